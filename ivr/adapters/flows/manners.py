"""What is poor in a flow, though safe: told by the check, and never refused.

Knows what people on a telephone cannot follow: too many keys, keys that nobody named, sentences
without an end, too many readings in one go, digits that are mistaken by ear. Does not know rules.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final

from ivr.adapters.flows.assembly import Assembled
from ivr.adapters.flows.faults import Faults
from ivr.adapters.flows.steps import count_slots, texts_of
from ivr.domain.callflow import (
    KEYS,
    OTHER,
    PASSCODE_SLOT,
    SILENCE,
    Ask,
    CallFlow,
    Pace,
    Reading,
    Slot,
    Step,
    Text,
    passages,
)
from ivr.domain.reading import Spoken
from ivr.domain.routes import THEN, silent_chain, ways_of
from ivr.domain.spoken_time import seconds

MOST_KEYS: Final = 5
"""In one question, keys that only change the language left out: each listener hears one of those."""
MOST_READINGS: Final = {"ask.say": 2, "ask.slowly": 3}
"""Of a passcode, before the keys are named; at the slow pace people asked for more."""
LONGEST_SENTENCE: Final = 60
"""Characters of Japanese, a placeholder that is not read digit by digit counted as four."""
LONGEST_SECONDS: Final = 12.0
"""Of a sentence in any other language, at the normal pace."""
_NAME: Final = 4
_NAME_SECONDS: Final = 1.0
_STOP: Final = re.compile(r"[。．.！？!?]")
_SILENT: Final = re.compile(r"[\s、，,「」・]")
# Alone, that is not within a longer word: シチ is heard as イチ, シ as シチ, ク as ロク.
_MISHEARD: Final = re.compile(r"(?<![ァ-ヺー])(シチ|ク|シ)(?![ァ-ヺー])")
_FULL_WIDTH: Final = str.maketrans("０１２３４５６７８９＊＃", "0123456789*#")
_KEYS_BY_NAME: Final = {
    "*": "こめじるし 米印 star 星号 星键 米字 별표 phím_sao dấu_sao asterisco",
    "#": "シャープ 井桁 hash pound 井号 井字 우물 phím_thăng dấu_thăng jogo_da_velha cerquilha",
}
"""What each key that is no digit is called, in all languages; "_" stands for a blank."""
Warn = Callable[[str, str, str], None]
"""Takes the place of a text or outcome, a reason and a remedy."""


def warn_of_manners(assembled: Assembled, faults: Faults) -> None:
    """Note what is poor in each step."""
    for name, step in assembled.flow.steps.items():
        written = assembled.written[name]

        def warn(field: str, reason: str, remedy: str) -> None:
            faults.warn(written.mark_of(field), reason, remedy, step=name)  # noqa: B023 - called at once

        _keys(step, warn)
        _desk(assembled.flow, step, warn)
        for path, texts in texts_of(step):
            for language in texts.keys() & assembled.flow.voices.keys():
                _text(path, language, texts[language], warn)


def _keys(step: Step, warn: Warn) -> None:
    if step.ask is None:
        return
    keys = [key for key in step.on if key in KEYS and not step.on[key].language]
    if len(keys) > MOST_KEYS:
        reason = f"{len(keys)} keys in one question, more than {MOST_KEYS}"
        warn("ask", reason, "ask in two steps; nobody remembers so many")
    for key in sorted(step.on.keys() & KEYS):
        # Whoever hears Japanese need not be told how to change to Japanese.
        for language in {*_unnamed(step, step.ask, key)} - {step.on[key].language}:
            reason = f"the key {key} does something, and nobody is told so in {language}"
            warn(f"on.{key}", reason, "say what it is for in the question, or take it out")


def _desk(flow: CallFlow, step: Step, warn: Warn) -> None:
    """Warn where nobody has to press a key to be put through to the desk: voicemail presses none."""
    entries = {way.by: way.to for way in ways_of(step) if way.by in {SILENCE, OTHER}}
    if step.name == flow.start:
        entries[THEN] = step.name
    for by, entry in entries.items():
        if any(each.transfer for each in silent_chain(flow.steps, entry)):
            reason = "the desk is rung though no key was pressed, and so by voicemail too"
            warn(THEN if by == THEN else f"on.{by}", reason, "let a key lead to the desk")


def _unnamed(step: Step, ask: Ask, key: str) -> Iterator[str]:
    """Yield the languages in which a step names a key at neither pace."""
    names = [key, *(name.replace("_", " ") for name in _KEYS_BY_NAME.get(key, "").split())]
    for language in sorted(ask.say):
        spoken = [step.say or {}, *(ask.at(pace) for pace in Pace)]
        texts = [each.get(language, ()) for each in spoken]
        said = " ".join(part for text in texts for part in text if isinstance(part, str))
        plain = said.translate(_FULL_WIDTH).lower()
        if not any(name in plain for name in names) and not _in_words(key, language, plain):
            yield language


def _in_words(key: str, language: str, said: str) -> bool:
    words = {"en": _ENGLISH, "zh": _CHINESE}.get(language, {})
    return words.get(key, "\n") in said


_ENGLISH: Final = dict(
    zip(
        "0123456789",
        ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"],
        strict=True,
    )
)
_CHINESE: Final = dict(zip("0123456789", "零一二三四五六七八九", strict=True))


def _text(path: str, language: str, text: Text, warn: Warn) -> None:
    field = f"{path}.{language}"
    readings = count_slots(text, PASSCODE_SLOT)
    if readings > MOST_READINGS.get(path, readings):
        reason = f"the passcode is read {readings} times before a key can be pressed for it"
        warn(field, reason, "read it twice, and let a key repeat it")
    for spoken, passage in passages(text, language):
        for sentence in _sentences(passage):
            if excess := _too_long(sentence, spoken):
                reason = f"a sentence of {excess}: {_shown(sentence)}"
                warn(field, reason, "make it two")
        for part in passage if spoken == "ja" else ():
            if isinstance(part, str) and (found := _MISHEARD.search(part)):
                reason = f"{found[1]} is mistaken for another digit by ear"
                warn(field, reason, "write ヨン for 4, ナナ for 7 and キュウ for 9")


def _sentences(passage: Text) -> Iterator[list[str]]:
    """Yield the sentences of a passage, names filled in; digits read one by one end a sentence, as rests do."""
    words: list[str] = []
    for part in passage:
        pieces = _STOP.split(part) if isinstance(part, str) else [""]
        if isinstance(part, Slot) and part.reading is not Reading.DIGITS:
            words.append(f"{{{part.name}}}")
            continue
        for place, piece in enumerate(pieces):
            if (place or not isinstance(part, str)) and words:
                yield words
                words = []
            words.append(piece)
    yield words


def _too_long(sentence: list[str], language: str) -> str:
    if language == "ja":
        count = sum(
            _NAME if word.startswith("{") else len(_SILENT.sub("", word)) for word in sentence
        )
        return f"{count} characters, more than {LONGEST_SENTENCE}" * (count > LONGEST_SENTENCE)
    words = tuple(word for word in sentence if not word.startswith("{"))
    taken = seconds(Spoken(parts=words, language=language, pace=Pace.NORMAL))
    taken += _NAME_SECONDS * (len(sentence) - len(words))
    return f"{taken:.0f} s, more than {LONGEST_SECONDS:.0f}" * (taken > LONGEST_SECONDS)


def _shown(sentence: list[str]) -> str:
    return f"{''.join(sentence).strip()[:24]}…"
