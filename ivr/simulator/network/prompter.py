"""Saying, playing and pausing, one prompt after the other.

Knows how long a prompt lasts, how often it is repeated, and how it stops in the middle. Does not
know questions, keys or documents.
"""

from collections.abc import Callable

import miniaudio

from ivr.simulator.network import trouble
from ivr.simulator.network.addresses import join
from ivr.simulator.network.calls import Source
from ivr.simulator.network.clock import Timer
from ivr.simulator.network.document import check
from ivr.simulator.network.events import Cut, Paused, Sound, Trouble
from ivr.simulator.network.messages import Reply
from ivr.simulator.network.near_end import NearEnd
from ivr.simulator.network.speech import speak
from ivr.simulator.network.trouble import TwimlError
from ivr.simulator.network.verbs import Pause, Play, Prompt, Say

SOUND_SECONDS = 3.0
TELEPHONE = 8000
Then = Callable[[], None]


class Prompter:
    """Fills a line with sound; one prompt at a time."""

    def __init__(self, line: NearEnd, *, failed: Callable[[TwimlError, Source], None]) -> None:
        self._line = line
        self._failed = failed
        self._timer: Timer | None = None
        self._sounding = False
        self._turn = 0

    def play(self, prompt: Prompt, *, base: str, then: Then) -> None:
        """Play one prompt, and go on with `then` when it is over."""
        match prompt:
            case Say():
                self._say(prompt, then, left=prompt.loop)
            case Play():
                self._fetch(prompt, base, then)
            case Pause():
                self._line.tell(Paused, seconds=float(prompt.seconds))
                self._wait(prompt.seconds, then)

    def stop(self) -> None:
        """Fall silent at once."""
        self._turn += 1
        if self._timer:
            self._timer.cancel()
        if self._sounding:
            self._sounding = False
            self._line.cut()
            self._line.tell(Cut)

    def _say(self, say: Say, then: Then, *, left: int) -> None:
        spoken = speak(say.pieces, language=say.language, voice=say.voice)
        if not spoken.text:
            empty = {"code": trouble.SAY_INVALID, "message": "Say: Invalid text", "fatal": False}
            self._line.tell(Trouble, **empty)
            self._wait(spoken.seconds, then)
            return
        self._line.speaks(spoken)
        self._sound(spoken.seconds, lambda: self._say(say, then, left=left - 1), then, left=left)

    def _fetch(self, play: Play, base: str, then: Then) -> None:
        try:
            url = join(base, play.url)
        except TwimlError as wrong:
            self._failed(wrong, Source(url=base))
            return
        source, turn = Source(url=url, method="GET"), self._turn

        def arrived(reply: Reply) -> None:
            if turn != self._turn:
                return
            try:
                check(reply)
                seconds = sound_seconds(reply)
            except TwimlError as wrong:
                self._failed(wrong, source)
            else:
                self._play(url, seconds, then, left=play.loop)

        self._line.fetch("media", source, None, arrived)

    def _play(self, url: str, seconds: float, then: Then, *, left: int) -> None:
        self._line.tell(Sound, url=url, seconds=seconds)
        self._sound(seconds, lambda: self._play(url, seconds, then, left=left - 1), then, left=left)

    def _sound(self, seconds: float, again: Then, then: Then, *, left: int) -> None:
        """Wait until it is over; `left` counts down to 1, and from 0 never gets there."""
        self._sounding = True
        self._wait(seconds, then if left == 1 else again)

    def _wait(self, seconds: float, then: Then) -> None:
        def over() -> None:
            self._sounding = False
            then()

        self._timer = self._line.after(seconds, over)


def sound_seconds(reply: Reply) -> float:
    """Say how long a recording is, by decoding it; three seconds for a format that is not known here.

    Raises:
        TwimlError: 13420 where what was sent is no recording.

    """
    if not reply.content_type.startswith("audio/"):
        kind = reply.content_type or "none"
        raise TwimlError(trouble.PLAY_WRONG_TYPE, f"Play: Invalid Content-Type: {kind}")
    try:
        sound = miniaudio.decode(reply.body, nchannels=1, sample_rate=TELEPHONE)
    except miniaudio.DecodeError:
        return SOUND_SECONDS
    return float(round(sound.num_frames / TELEPHONE, 3))
