"""TwiML from values. Pure: instructions and words in, one document out.

Knows the carrier's markup and escapes all that is spoken: a wallet named `<Hangup/>` is read aloud.
"""

from __future__ import annotations

from functools import lru_cache
from html import escape
from typing import Final

from ivr.domain.callflow import Collect, Pace, Rest, Text
from ivr.domain.conversation import Dial, HangUp, Instruction, Listen, Say
from ivr.domain.errors import Impossible
from ivr.domain.passcode import DIGITS
from ivr.domain.reading import Spoken, read_text
from ivr.domain.spoken_time import wait_seconds
from ivr.service.replies import DeskLine, Reply

MEDIA_TYPE: Final = "text/xml; charset=utf-8"
# Brazil's Portuguese and the Mandarin of mainland China: most who speak these in Japan come from there.
LOCALES: Final = {
    "ja": "ja-JP",
    "en": "en-US",
    "zh": "cmn-CN",
    "ko": "ko-KR",
    "vi": "vi-VN",
    "pt": "pt-BR",
}
_RATE: Final = {Pace.NORMAL: None, Pace.SLOW: "80%"}
HEAD: Final = '<?xml version="1.0" encoding="UTF-8"?><Response>'
TAIL: Final = "</Response>"
HANG_UP: Final = "<Hangup/>"
# One key ends the first; `*` ends the second, because a passcode can hold any digit.
_COLLECT: Final = {
    Collect.KEY: 'numDigits="1" finishOnKey=""',
    Collect.PASSCODE: f'numDigits="{DIGITS}" finishOnKey="*"',
}


def render(reply: Reply, action: str, whisper: str = "", recordings: str = "") -> str:
    """Render what to say next. `action` and `whisper` are the absolute URLs of the next hook and the desk's.

    `recordings` is the absolute URL to which a recording's name is added.
    """
    said = (_render(each, reply, action, whisper, recordings) for each in reply.instructions)
    return HEAD + "".join(said) + TAIL


def _render(
    instruction: Instruction, reply: Reply, action: str, whisper: str, recordings: str
) -> str:
    match instruction:
        case Say(text, audio):
            return _play(recordings + audio) if audio else _say(text, reply)
        case Listen(text, collect, wait, audio):
            prompt = _play(recordings + audio) if audio else _say(text, reply)
            seconds = wait_seconds(wait, reply.pace)
            return (
                f'<Gather input="dtmf" method="POST" action="{escape(action)}" timeout="{seconds}" '
                f'actionOnEmptyResult="true" {_COLLECT[collect]}>{prompt}</Gather>'
            )
        case HangUp():
            return HANG_UP
        case Dial():
            return _dial(reply.desk, action, whisper)


def _dial(desk: DeskLine | None, action: str, whisper: str) -> str:
    """Dial the desk. The depositor hears it ring until the staff have heard what they hear first."""
    if desk is None:
        raise Impossible("a transfer without a desk")
    return (
        f'<Dial method="POST" action="{escape(action)}" callerId="{escape(desk.caller)}" '
        f'timeout="{desk.ring}" timeLimit="{desk.longest - desk.ring}" answerOnBridge="true">'
        f'<Number method="POST" url="{escape(whisper)}">{escape(desk.number)}</Number></Dial>'
    )


def _play(url: str) -> str:
    return f"<Play>{escape(url)}</Play>"


def _say(text: Text, reply: Reply) -> str:
    spoken = read_text(text, reply.values, reply.language, reply.pace)
    return "".join(_say_passage(each, reply.voices[each.language]) for each in spoken)


def _say_passage(spoken: Spoken, voice: str) -> str:
    """Render what is said in one language; a document says what follows in another by another `Say`."""
    before, after = _around(voice, spoken.language, spoken.pace)
    return before + "".join(map(_mark_up, spoken.parts)) + after


@lru_cache
def _around(voice: str, language: str, pace: Pace) -> tuple[str, str]:
    """Return what stands before words and after them."""
    before, after = f'<Say voice="{escape(voice)}" language="{LOCALES[language]}">', "</Say>"
    rate = _RATE[pace]
    return (f'{before}<prosody rate="{rate}">', f"</prosody>{after}") if rate else (before, after)


@lru_cache(maxsize=4096)
def _mark_up(part: str | Rest) -> str:
    """Escape words, and drop what XML 1.0 cannot hold. A passcode comes here digit by digit."""
    if isinstance(part, Rest):
        return f'<break time="{part.ms}ms"/>'
    words = "".join(each for each in part if each.isprintable() or each in "\n\t ")
    return escape(words, quote=False)
