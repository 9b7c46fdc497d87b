"""Voices that need no network, one for each language: Open JTalk for Japanese, eSpeak NG for the others.

Knows their packages, of the extra `voice`. They are not the carrier's voices: how fast they speak is
near (`bench/spoken_time.py`), how they sound is not.
"""

from __future__ import annotations

import io
import warnings
from contextlib import redirect_stderr, redirect_stdout
from functools import cache
from pathlib import Path
from typing import Any, Final, Protocol

from ivr.rehearsal.espeak import Espeak
from ivr.rehearsal.extras import Extra, load_package

_ESPEAK: Final = {
    "en": ("en-us", 0.88),
    "zh": ("cmn", 1.17),
    "ko": ("ko", 1.15),
    "vi": ("vi", 0.93),
    "pt": ("pt-br", 0.86),
}
"""Its names, and by how much each is quickened so that it speaks as fast as `spoken_time` reckons."""


class Voice(Protocol):
    """Speaks words."""

    @property
    def rate(self) -> int:
        """Samples a second."""

    def speak(self, words: str, speed: float) -> bytes:
        """Speak words at `speed` times the voice's own; return samples of 16 bits, mono."""


class OpenJtalk:
    """The Japanese voice."""

    rate: Final = 48_000

    def __init__(self) -> None:
        with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
            self._jtalk = load_package("pyopenjtalk", Extra.VOICE)
        self._numpy: Any = load_package("numpy", Extra.VOICE)

    def speak(self, words: str, speed: float) -> bytes:
        """Speak words at `speed` times the voice's own; return samples of 16 bits, mono."""
        with warnings.catch_warnings(action="ignore"):  # of how it uses its own dictionary
            samples, _ = self._jtalk.tts(words, speed=speed)
        return bytes(self._numpy.clip(samples, -32768, 32767).astype("<i2").tobytes())


@cache
def voice_for(language: str) -> Voice:
    """Return the voice that speaks a language.

    Raises:
        NotInstalled: the extra `voice` is not there.

    """
    if language == "ja":
        return OpenJtalk()
    loader = load_package("espeakng_loader", Extra.VOICE)
    return Espeak(Path(loader.get_library_path()), Path(loader.get_data_path()), *_ESPEAK[language])
