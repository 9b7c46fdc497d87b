"""eSpeak NG as a voice: its library, called without a system program.

Knows the library's C interface (`speak_lib.h`). Does not know texts with rests: `voices.py` does.
"""

from __future__ import annotations

import ctypes
from pathlib import Path
from typing import Any, Final

from ivr.domain.errors import HonninError

_SYNCHRONOUS: Final = 2
_NO_EXIT: Final = 1 << 15
_UTF8: Final = 1
_RATE: Final = 1
_BY_CHARACTER: Final = 1
_WORDS_A_MINUTE: Final = 175
"""The library's own speed."""
_Callback: Final[Any] = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p
)


class Silent(HonninError):
    """We must act: a voice said nothing."""


class Espeak:
    """One voice of the library. The library has state of its own: use one at a time, in one thread."""

    def __init__(self, library: Path, data: Path, name: str, quickened: float = 1.0) -> None:
        """Load the library with its data. `name` is one of its voices, such as `en-us`."""
        self._library = ctypes.CDLL(str(library))
        self._name = name.encode()
        self._words_a_minute = _WORDS_A_MINUTE * quickened
        folder = str(data.parent).encode()
        self.rate = self._library.espeak_Initialize(_SYNCHRONOUS, 0, folder, _NO_EXIT)
        if self.rate <= 0:
            raise Silent(f"the voice's data cannot be read from {data}")

    def speak(self, words: str, speed: float) -> bytes:
        """Speak words at `speed` times the voice's own; return samples of 16 bits, mono."""
        heard: list[bytes] = []

        def take(samples: Any, count: int, _: Any) -> int:
            if samples and count > 0:
                heard.append(ctypes.string_at(samples, count * 2))
            return 0

        callback = _Callback(take)
        text = words.encode()
        library = self._library
        library.espeak_SetSynthCallback(callback)
        if library.espeak_SetVoiceByName(self._name):
            raise Silent(f"there is no voice {self._name.decode()}")
        library.espeak_SetParameter(_RATE, round(self._words_a_minute * speed), 0)
        library.espeak_Synth(
            text, ctypes.c_size_t(len(text) + 1), 0, _BY_CHARACTER, 0, _UTF8, None, None
        )
        library.espeak_Synchronize()
        return b"".join(heard)
