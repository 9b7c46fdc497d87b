"""What is heard, as sound: words by the voices of this machine, rests as long as they are written.

Knows samples. Does not know flows: passages are handed in as they are spoken.
"""

from __future__ import annotations

import io
import wave
from collections.abc import Iterable, Iterator
from typing import Any, Final

from ivr.domain.callflow import Rest
from ivr.domain.reading import Spoken
from ivr.domain.spoken_time import RATE, rest_after
from ivr.rehearsal.extras import Extra, load_package
from ivr.rehearsal.voices import Voice, voice_for

SAMPLES_A_SECOND: Final = 24_000
_BYTES: Final = 2
_QUIET: Final = 0.01
"""Of the loudest sample: what is quieter at either end is a rest that the voice adds by itself."""
_PEAK: Final = 0.6 * 32767


class Recorder:
    """Gathers sound: 16 bits, mono."""

    def __init__(self) -> None:
        self._numpy: Any = load_package("numpy", Extra.VOICE)
        self._heard: list[Any] = []

    @property
    def seconds(self) -> float:
        """How long the sound is so far."""
        return sum(map(len, self._heard)) / SAMPLES_A_SECOND

    def rest(self, seconds: float) -> None:
        """Add silence."""
        self._heard.append(self._numpy.zeros(round(seconds * SAMPLES_A_SECOND)))

    def speak(self, passages: Iterable[Spoken]) -> None:
        """Add passages, each by the voice of its language."""
        for passage in passages:
            voice = voice_for(passage.language)
            for part in _joined(passage):
                if isinstance(part, Rest):
                    self.rest(part.ms / 1000)
                else:
                    self._heard.append(self._spoken(part, voice, RATE[passage.pace]))
                    self.rest(rest_after(part, passage.language))

    def _spoken(self, words: str, voice: Voice, speed: float) -> Any:
        numpy = self._numpy
        samples = numpy.frombuffer(voice.speak(words, speed), "<i2").astype(float)
        loud = numpy.flatnonzero(abs(samples) > _QUIET * abs(samples).max(initial=1.0))
        if not len(loud):
            return samples[:0]
        samples = samples[loud[0] : loud[-1] + 1]
        wanted = round(len(samples) * SAMPLES_A_SECOND / voice.rate)
        old, new = numpy.arange(len(samples)), numpy.linspace(0, len(samples) - 1, wanted)
        samples = numpy.interp(new, old, samples)
        return samples * (_PEAK / abs(samples).max())

    def wav(self) -> bytes:
        """Return the sound as a WAV file."""
        numpy = self._numpy
        written = io.BytesIO()
        with wave.open(written, "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(_BYTES)
            file.setframerate(SAMPLES_A_SECOND)
            for samples in self._heard:
                file.writeframes(numpy.round(samples).astype("<i2").tobytes())
        return written.getvalue()


def _joined(passage: Spoken) -> Iterator[str | Rest]:
    """Join words that stand beside each other, so that they are spoken in one breath."""
    words = ""
    for part in passage.parts:
        if isinstance(part, str):
            words += part
            continue
        if words.strip():
            yield words
        words = ""
        yield part
    if words.strip():
        yield words
