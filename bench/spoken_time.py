"""How near the estimate of spoken time is to voices: every text of the call flows, spoken and measured.

    python bench/spoken_time.py [--fit] [--texts] [FOLDER OR FILE…]

Prints for each language how many texts were spoken, the mean and the extremes of estimate over voice,
and with `--texts` each text. `--fit` proposes the numbers of `SPEECH` in `ivr/domain/spoken_time.py`
that come nearest. Needs the extra `voice`. Texts of under a second are left out: a tenth of them is
shorter than the rest at their end.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from statistics import fmean

import msgspec
import numpy as np

from ivr.adapters.flows.compiler import compile_flows
from ivr.adapters.flows.faults import Faults
from ivr.adapters.flows.files import load_book
from ivr.domain.callflow import CallFlow, Pace, Rest, Text
from ivr.domain.reading import Spoken, read_text
from ivr.domain.spoken_time import SPEECH, rest_after, seconds
from ivr.rehearsal.sound import Recorder
from ivr.rehearsal.values import Values, values_for
from ivr.settings import read_files

SHORTEST = 1.0


class Measured(msgspec.Struct, frozen=True):
    """A text as a voice spoke it and as it was estimated, in seconds, its last rest left out of both."""

    words: str
    voice: float
    estimate: float

    @property
    def ratio(self) -> float:
        """Estimate over voice."""
        return self.estimate / self.voice


def main() -> None:
    """Measure, and print."""
    arguments = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    arguments.add_argument("places", nargs="*", type=Path, default=[Path("callflows")])
    arguments.add_argument("--fit", action="store_true")
    arguments.add_argument("--texts", action="store_true")
    given = arguments.parse_args()
    flows = [flow for place in given.places for flow in flows_of(place)]
    print("language  texts  seconds   mean   least   most")
    for language in SPEECH:
        spoken = (measure(words, language) for words in words_of(flows, language))
        measured = [each for each in spoken if each.voice >= SHORTEST]
        for line in told(language, measured, texts=given.texts, fitted=given.fit):
            print(line)


def told(language: str, measured: list[Measured], *, texts: bool, fitted: bool) -> Iterator[str]:
    """Write what was measured of a language."""
    if not measured:
        return
    ratios = [each.ratio for each in measured]
    total = sum(each.voice for each in measured)
    yield (
        f"{language:8}  {len(measured):5}  {total:7.1f}  {fmean(ratios):5.2f}  "
        f"{min(ratios):6.2f} {max(ratios):6.2f}"
    )
    if texts:
        for each in sorted(measured, key=lambda each: each.ratio):
            yield f"    {each.ratio:5.2f}  {each.voice:6.2f} s  {each.words}"
    if fitted:
        yield f"    nearest: {fit(measured, language)}"


def flows_of(place: Path) -> Iterable[CallFlow]:
    """Read a folder of flows, or one file."""
    if place.is_dir():
        return load_book(place).flows
    return compile_flows({str(place): place.read_bytes()}, Faults())


def words_of(flows: Iterable[CallFlow], language: str) -> Iterable[str]:
    """Return what the flows say in a language between one rest and the next, each once."""
    files = read_files(Path(os.environ.get("IVR_CONFIG", "config")), [])
    bank = next(iter(files.banks.values()))
    wallet = next(iter(files.wallets.values()))
    found: dict[str, None] = {}
    for flow in flows:
        values = values_for(flow, bank, wallet)
        for text in _texts(flow, language) if language in values else ():
            for words in _breaths(text, language, values):
                found.setdefault(words)
    return found


def _texts(flow: CallFlow, language: str) -> Iterator[Text]:
    for step in flow.steps.values():
        ask = step.ask
        for texts in (step.say, ask and ask.say, ask and ask.slowly):
            if texts and language in texts:
                yield texts[language]


def _breaths(text: Text, language: str, values: Values) -> Iterator[str]:
    for passage in read_text(text, values[language], language, Pace.NORMAL):
        words = ""
        for part in (*passage.parts, Rest(1)):
            if isinstance(part, str):
                words += part
            elif words.strip() and passage.language == language:
                yield words.strip()
                words = ""


def measure(words: str, language: str) -> Measured:
    """Speak words, and estimate them."""
    spoken = Spoken(parts=(words,), language=language, pace=Pace.NORMAL)
    recorder = Recorder()
    recorder.speak([spoken])
    rest = rest_after(words, language)
    return Measured(words, recorder.seconds - rest, seconds(spoken) - rest)


def fit(measured: list[Measured], language: str) -> str:
    """Return the units a second, the comma and the stop by which the ratios are nearest to one."""
    speech = SPEECH[language]
    rows, voices = [], []
    for each in measured:
        commas, stops = _signs(each.words, language)
        rested = commas * speech.comma + stops * speech.stop
        rows.append(((each.estimate - rested) * speech.units_a_second, commas, stops))
        voices.append(each.voice)
    scaled = np.array(rows) / np.array(voices)[:, None]
    (unit, comma, stop), *_ = np.linalg.lstsq(scaled, np.ones(len(rows)), rcond=None)
    ratios = scaled @ (unit, comma, stop)
    return (
        f"{1 / unit:.2f} units a second, comma {comma:.2f}, stop {stop:.2f} "
        f"(ratios {ratios.min():.2f} to {ratios.max():.2f})"
    )


def _signs(words: str, language: str) -> tuple[int, int]:
    speech = SPEECH[language]
    rests = [rest_after(letter, language) for letter in words[:-1] if letter.strip()]
    return rests.count(speech.comma), rests.count(speech.stop)


if __name__ == "__main__":
    main()
