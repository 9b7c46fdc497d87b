"""Recordings that call flows play in place of a text: are they there, playable, and allowed where they are?

    callflows/audio/*.mp3, *.wav

A recording is named to the carrier by its content, so that it can be kept for ever and never be
mistaken for another. It is played at the normal pace only: at the slow one the voice reads the text.

Knows audio formats and where a recording may not stand: a text with a placeholder cannot be recorded,
and what must be said as it was checked (a warning, what is agreed to, the apology) is not left to a
file that nobody can read. Does not know how recordings are served.
"""

from __future__ import annotations

import hashlib
import importlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePath
from typing import Final

import msgspec

from ivr.adapters.flows.assembly import Assembled
from ivr.adapters.flows.faults import Faults, Mark, did_you_mean
from ivr.domain.callflow import CallFlow, Collect, Recorded, Slot, Step, Texts
from ivr.service.ports import Recording

AUDIO: Final = "audio"
MEDIA_TYPES: Final = {".mp3": "audio/mpeg", ".wav": "audio/wav"}
"""What the carrier's Play takes of what people have (its page on Play, table of MIME types)."""
MAX_BYTES: Final = 1024 * 1024
SHORTEST: Final = 0.1
LONGEST: Final = 60.0
"""Seconds."""
_TELEPHONE: Final = 8000
"""Samples a second, of one channel: what is left of any recording on the telephone."""
_LOWEST_RATE: Final = 8000
_HIGHEST_RATE: Final = 48_000
_CHANNELS: Final = 2
"""At most what recorders make and the carrier is known to play."""
_DECODER: Final = "miniaudio"
"""Loaded where there is a recording: most houses have none, and it takes a tenth of a web process's memory."""
_INFO: Final = {".mp3": "mp3_get_info", ".wav": "wav_get_info"}


class Sound(msgspec.Struct, frozen=True):
    """A recording that can be played: under which name, and for how many seconds."""

    name: str
    seconds: float


Sounds = Mapping[str, Sound | None]
"""By file name; None where it cannot be played, which was noted."""


def is_recording(path: str) -> bool:
    """Tell whether a file of the folder is a recording, by where it is and what it is called."""
    pure = PurePath(path)
    return pure.parent.name == AUDIO and pure.suffix in MEDIA_TYPES


def recordings_in(files: Mapping[str, bytes]) -> dict[str, Recording]:
    """Return the recordings among a set of files, by the name under which they are played."""
    found: dict[str, Recording] = {}
    for path in filter(is_recording, files):
        name = _name(path, files[path])
        media_type = MEDIA_TYPES[PurePath(path).suffix]
        found[name] = Recording(name=name, media_type=media_type, data=files[path])
    return found


def listen_to(files: Mapping[str, bytes], faults: Faults) -> dict[str, Sound | None]:
    """Listen to every recording among a set of files, and note those that cannot be played."""
    return {
        PurePath(path).name: _listen(path, files[path], faults)
        for path in filter(is_recording, files)
    }


def _name(path: str, data: bytes) -> str:
    return hashlib.sha256(data).hexdigest() + PurePath(path).suffix


def _listen(path: str, data: bytes, faults: Faults) -> Sound | None:
    mark, suffix = Mark(path), PurePath(path).suffix
    if len(data) > MAX_BYTES:
        reason = f"the recording has more than {MAX_BYTES} bytes"
        faults.add(mark, reason, "save it for the telephone: one channel, 8000 to 16000 Hz")
        return None
    miniaudio = importlib.import_module(_DECODER)
    try:
        # First what it says of itself: to decode a second of one sample takes eight thousand.
        info = getattr(miniaudio, _INFO[suffix])(data)
        if not _LOWEST_RATE <= info.sample_rate <= _HIGHEST_RATE or info.nchannels > _CHANNELS:
            reason = f"the recording has {info.nchannels} channels of {info.sample_rate} Hz"
            remedy = f"save it with one channel of {_LOWEST_RATE} to {_HIGHEST_RATE} Hz"
            faults.add(mark, reason, remedy)
            return None
        decoded = miniaudio.decode(data, nchannels=1, sample_rate=_TELEPHONE)
    except miniaudio.DecodeError:
        reason = f"this cannot be played as {suffix.removeprefix('.')}"
        faults.add(mark, reason, "save the recording anew, in the format that its name says")
        return None
    seconds = decoded.num_frames / _TELEPHONE
    if not SHORTEST <= seconds <= LONGEST:
        reason = f"the recording has {seconds:.1f} s"
        faults.add(mark, reason, f"keep it from {SHORTEST} s to {LONGEST:.0f} s")
        return None
    return Sound(_name(path, data), seconds)


def warn_of_unplayed(files: Mapping[str, bytes], flows: Iterable[CallFlow], faults: Faults) -> None:
    """Warn of recordings that no flow plays."""
    played = {name for flow in flows for name in flow.recordings}
    for path in filter(is_recording, files):
        if _name(path, files[path]) not in played:
            faults.warn(
                Mark(path), "no flow plays this recording", "name it in audio:, or delete it"
            )


def put_in_recordings(assembled: Assembled, sounds: Sounds, faults: Faults) -> Assembled:
    """Name every recording of a flow by its content, with its seconds; note what may not be recorded."""
    seconds: dict[str, float] = {}
    steps = {
        name: _Step(assembled, step, sounds, faults).played(seconds)
        for name, step in assembled.flow.steps.items()
    }
    flow = msgspec.structs.replace(assembled.flow, steps=steps, recordings=seconds)
    return msgspec.structs.replace(assembled, flow=flow)


class _Step:
    """The recordings of one step."""

    def __init__(self, assembled: Assembled, step: Step, sounds: Sounds, faults: Faults) -> None:
        self._assembled = assembled
        self._step = step
        self._sounds = sounds
        self._faults = faults

    def played(self, seconds: dict[str, float]) -> Step:
        """Return the step with its recordings named by content; `seconds` gathers how long they are."""
        step = self._step
        if not step.audio and not (step.ask and step.ask.audio):
            return step
        replace = msgspec.structs.replace
        ask = step.ask
        if ask:
            ask = replace(ask, audio=self._named("ask.audio", ask.audio, ask.say, seconds))
        audio = self._named("audio", step.audio, step.say or {}, seconds)
        return replace(step, ask=ask, audio=audio)

    def _named(
        self, path: str, audio: Recorded, texts: Texts, seconds: dict[str, float]
    ) -> dict[str, str]:
        named: dict[str, str] = {}
        for language, file in audio.items():
            field = f"{path}.{language}"
            for reason, remedy in self._refusals(path, language, texts):
                self._note(field, reason, remedy)
            if file not in self._sounds:
                self._note(field, f"there is no recording {file} in {AUDIO}/", self._hint(file))
            elif sound := self._sounds[file]:
                named[language] = sound.name
                seconds[sound.name] = sound.seconds
        return named

    def _hint(self, file: str) -> str:
        if PurePath(file).suffix not in MEDIA_TYPES:
            return f"save it as {' or '.join(MEDIA_TYPES)}"
        return did_you_mean(file, self._sounds)

    def _refusals(self, path: str, language: str, texts: Texts) -> Iterator[tuple[str, str]]:
        step, apology = self._step, self._assembled.flow.apology
        if language not in texts:
            yield f"a recording in {language}, in which nothing is said here", "write the words too"
        elif any(isinstance(part, Slot) for part in texts[language]):
            yield "a recording of a text with a placeholder", "let the voice say it"
        if step.warning and path == AUDIO:
            yield "a recorded warning", "let the voice say it, as it was checked"
        if any(target.consent for target in step.on.values()):
            yield (
                "a recording where consent is asked for",
                "let the voice say it, as it was checked",
            )
        if step.ask and step.ask.collect is Collect.PASSCODE:
            yield "a recording where a passcode is keyed in", "let the voice say it"
        if step.name == apology:
            yield "a recorded apology: it is said when nothing can be fetched", "write words only"

    def _note(self, field: str, reason: str, remedy: str) -> None:
        mark = self._assembled.written[self._step.name].mark_of(field)
        self._faults.add(mark, reason, remedy, step=self._step.name)
