"""What is checked of each text by itself: its languages, placeholders and length.

Knows one step at a time. Does not know what a step must say (`duties.py`).
"""

from __future__ import annotations

from typing import Final

from ivr.adapters.flows.assembly import Assembled
from ivr.adapters.flows.faults import Faults, did_you_mean
from ivr.adapters.flows.letters import holds_words, unread_in
from ivr.adapters.flows.sizes import describe_excess
from ivr.adapters.flows.steps import WrittenStep, texts_of
from ivr.domain.callflow import (
    REFERENCE_SLOT,
    CallFlow,
    Part,
    Rest,
    Slot,
    Text,
    Texts,
    Transfer,
    own_words,
    passages,
)
from ivr.domain.words import available

_LONGEST_SILENCE_MS: Final = 5000
_SHOWN: Final = 20


def check_words(assembled: Assembled, faults: Faults) -> None:
    """Note what is wrong with each text."""
    own_file = assembled.marks["steps"].file
    for name in assembled.flow.steps:
        written = assembled.written[name]
        _Words(assembled.flow, written, own_file, faults).check()


class _Words:
    """The texts of one step."""

    def __init__(self, flow: CallFlow, written: WrittenStep, own_file: str, faults: Faults) -> None:
        self._flow = flow
        self._written = written
        self._is_own = written.mark.file == own_file
        self._faults = faults

    def check(self) -> None:
        """Check each text in each language."""
        for path, texts in texts_of(self._written.step):
            self._check_languages(path, texts)
            for language in sorted(texts.keys() & self._flow.voices.keys()):
                self._check_text(path, texts[language], language)
        if transfer := self._written.step.transfer:
            self._check_staff(transfer)

    def _check_staff(self, transfer: Transfer) -> None:
        """Check what the desk's staff hear: in one language at least, and of nothing but the reference."""
        staff, voices = transfer.staff, self._flow.voices
        if not staff.keys() & voices.keys():
            reason = "staff has no words in a language of this flow"
            self._note("staff", reason, "write them in the bank's own language")
        self._check_strangers("staff", staff)
        for language in sorted(staff.keys() & voices.keys()):
            text, field = staff[language], f"staff.{language}"
            names = {part.name for part in text if isinstance(part, Slot)}
            for name in sorted(names - {REFERENCE_SLOT}):
                self._note(field, f"staff are not told {{{name}}}", "leave it out")
            if REFERENCE_SLOT not in names:
                reason = f"staff in {language} do not hear of which case it is"
                self._note(field, reason, "say {reference|digits}")
            self._check_length("staff", text, language)

    def _check_languages(self, path: str, texts: Texts) -> None:
        voices = self._flow.voices
        for language in sorted(voices.keys() - texts.keys()):
            self._note(path, f"{path} is missing in {language}", f"add {language}: and the words")
        self._check_strangers(path, texts)

    def _check_strangers(self, path: str, texts: Texts) -> None:
        voices = self._flow.voices
        # A part may speak more languages than one of its flows.
        for language in sorted(texts.keys() - voices.keys()) if self._is_own else ():
            reason = f"{path} has words in {language}, which has no voice"
            self._note(f"{path}.{language}", reason, did_you_mean(language, voices))

    def _check_text(self, path: str, text: Text, language: str) -> None:
        mode, purposes = self._flow.mode, self._flow.purposes
        field = f"{path}.{language}"
        for name in sorted({part.name for part in text if isinstance(part, Slot)}):
            if not available(name, mode, purposes):
                where = f"{mode} for {', '.join(purposes)}" if purposes else mode
                self._note(field, f"there is no {{{name}}} in {where}", "leave it out")
        if not any(map(_is_said, own_words(text, language))):
            self._note(field, f"{path} in {language} says nothing", "write words")
        if (silence := _longest_silence(text)) > _LONGEST_SILENCE_MS:
            reason = f"{path} in {language} is silent for {silence / 1000:g} s in one go"
            self._note(
                field, reason, f"let pauses in a row be {_LONGEST_SILENCE_MS // 1000} s together"
            )
        self._check_length(path, text, language)

    def _check_length(self, path: str, text: Text, language: str) -> None:
        field = f"{path}.{language}"
        if not self._check_passages(field, text, language):
            return
        if excess := describe_excess(text, language):
            reason = f"{path} in {language} is too long for the carrier: {excess}"
            self._note(field, reason, "shorten it, or go on in another step")

    def _check_passages(self, field: str, text: Text, language: str) -> bool:
        """Check what is said in other languages; tell whether this flow has the voices for it."""
        voices = self._flow.voices
        other = [each for each in passages(text, language) if each[0] != language]
        for name in sorted({each for each, _ in other} - voices.keys()):
            reason = f"some of it is in {name}, which has no voice here"
            self._note(field, reason, did_you_mean(name, voices))
        for name, passage in passages(text, language):
            self._check_letters(field, name, passage)
        for name, passage in other:
            for slot in sorted({part.name for part in passage if isinstance(part, Slot)}):
                reason = f"{{{slot}}} stands in a passage in {name}"
                self._note(
                    field, reason, f"say it before {{in|{name}}}, or after {{in|{language}}}"
                )
        return voices.keys() >= {each for each, _ in other}

    def _check_letters(self, field: str, language: str, passage: Text) -> None:
        """Check that the language's voice can read what it is given."""
        words = " ".join(part for part in passage if isinstance(part, str))
        if unread := unread_in(words, language):
            reason = f"{unread[:_SHOWN]} is in letters that no voice reads in {language}"
            remedy = "use the letters of that language, or put {in|…} before it"
            self._note(field, reason, remedy)

    def _note(self, field: str, reason: str, remedy: str) -> None:
        written = self._written
        self._faults.add(written.mark_of(field), reason, remedy, step=written.step.name)


def _is_said(part: Part) -> bool:
    return isinstance(part, Slot) or (isinstance(part, str) and holds_words(part))


def _longest_silence(text: Text) -> int:
    """Return the milliseconds of the longest rests between which nothing is said."""
    longest = silent = 0
    for part in text:
        silent = 0 if _is_said(part) else silent + (part.ms if isinstance(part, Rest) else 0)
        longest = max(longest, silent)
    return longest
