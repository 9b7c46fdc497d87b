"""The words inside `<Say>`: plain text and the subset of SSML that the carrier's voices take.

Knows which SSML elements exist and what each does to words and silences. Does not know how long
words take (see `speech.py`).
Source: the carrier's pages on `<Say>` and Amazon Polly's list of SSML tags.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from xml.etree.ElementTree import Element

from ivr.simulator.network.speech import Piece
from ivr.simulator.network.trouble import SAY_INVALID, TwimlError

LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
STRENGTHS = {
    "none": 0.0,
    "x-weak": 0.1,
    "weak": 0.25,
    "medium": 0.4,
    "strong": 0.7,
    "x-strong": 1.0,
}
RATES = {"x-slow": 0.5, "slow": 0.75, "medium": 1.0, "default": 1.0, "fast": 1.25, "x-fast": 1.5}
SLOWEST, FASTEST = 0.2, 2.0
LONGEST_BREAK = 10.0
AFTER = {"p": 0.7, "s": 0.4}
ONE_BY_ONE = frozenset({"digits", "characters", "spell-out", "telephone"})
AS_THEY_ARE = frozenset({"emphasis", "w", "say-as", "sub", "phoneme", "prosody", "lang", "break"})
KNOWN = AS_THEY_ARE | AFTER.keys()


def pieces(say: Element, *, language: str) -> tuple[Piece, ...]:
    """Turn the contents of a `<Say>` into words and silences.

    Raises:
        TwimlError: 13520 for an element or a value that the voices do not take.

    """
    return tuple(one for one in _inside(say, Piece(language=language)) if one.text or one.silence)


def _inside(element: Element, manner: Piece) -> Iterator[Piece]:
    yield replace(manner, text=_one_line(element.text))
    for child in element:
        yield from _element(child, manner)
        yield replace(manner, text=_one_line(child.tail))


def _element(element: Element, manner: Piece) -> Iterator[Piece]:
    match element.tag:
        case "break":
            yield replace(manner, silence=_break(element))
        case "prosody":
            yield from _inside(element, replace(manner, rate=manner.rate * _rate(element)))
        case "lang":
            language = element.get(LANGUAGE, manner.language)
            yield from _inside(element, replace(manner, language=language))
        case "sub":
            yield replace(manner, text=_one_line(element.get("alias")))
        case "say-as" if element.get("interpret-as") in ONE_BY_ONE:
            yield replace(manner, text=" ".join("".join((element.text or "").split())))
        case known if known in KNOWN:
            yield from _inside(element, manner)
            yield replace(manner, silence=AFTER.get(known, 0.0))
        case unknown:
            raise TwimlError(SAY_INVALID, f"Say: the voices do not take <{unknown}>")


def _one_line(text: str | None) -> str:
    return re.sub(r"\s+", " ", text or "")


def _break(element: Element) -> float:
    time = element.get("time")
    if time is None:
        return _named(STRENGTHS, element.get("strength", "medium"), "break strength")
    match re.fullmatch(r"(\d*\.?\d+)(ms|s)", time):
        case None:
            raise TwimlError(SAY_INVALID, f"Say: break time {time!r} is not like 500ms or 1s")
        case found:
            amount = float(found[1]) / (1000 if found[2] == "ms" else 1)
    if amount > LONGEST_BREAK:
        raise TwimlError(SAY_INVALID, f"Say: a break is at most {LONGEST_BREAK:g}s")
    return amount


def _rate(element: Element) -> float:
    rate = element.get("rate", "medium")
    if re.fullmatch(r"\d+(\.\d+)?%", rate):
        return min(max(float(rate[:-1]) / 100, SLOWEST), FASTEST)
    return _named(RATES, rate, "prosody rate")


def _named(table: dict[str, float], name: str, what: str) -> float:
    if name not in table:
        raise TwimlError(SAY_INVALID, f"Say: {what} {name!r} is none of {', '.join(table)}")
    return table[name]
