"""The plainest good flow, with one of its texts recorded."""

import io
import math
import struct
import wave
from pathlib import Path

PLAIN = Path("tests/callflows/good/plain.yaml").read_text()
BYE = "  bye:\n"
TONE = Path("tests/callflows/audio/tone.mp3").read_bytes()
RATE = 8000


def wav(seconds: float, rate: int = RATE, channels: int = 1) -> bytes:
    """A tone as a WAV file."""
    made = io.BytesIO()
    with wave.open(made, "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(rate)
        samples = (
            int(6000 * math.sin(place / 3)) for place in range(round(seconds * rate) * channels)
        )
        file.writeframes(b"".join(struct.pack("<h", each) for each in samples))
    return made.getvalue()


def recorded(
    text: str = PLAIN.replace(
        "    say: {ja: お申し", "    audio: {ja: stopped.wav}\n    say: {ja: お申し"
    ),
    audio: bytes | None = None,
    name: str = "stopped.wav",
) -> dict[str, bytes]:
    """The files of a release: one flow and one recording; without another text, `not_me` plays it."""
    data = wav(2.0) if audio is None else audio
    return {"plain.yaml": text.encode(), f"audio/{name}": data}
