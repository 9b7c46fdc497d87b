"""How long the steps of a flow take for those who hear them: seconds by language and pace.

Knows which words fill the placeholders, the longest where several could, and how long a depositor
takes over a passcode. Does not know in which order steps come.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from ivr.adapters.flows.sizes import LONGEST
from ivr.domain.callflow import CallFlow, Collect, Pace, Recorded, Slot, Step, Text, Texts
from ivr.domain.passcode import DIGITS
from ivr.domain.policy import Bank, Wallet
from ivr.domain.reading import read_text
from ivr.domain.spoken_time import seconds, wait_seconds
from ivr.domain.words import PURPOSES, READINGS, name_in

KEYING: Final = 3.0
"""Seconds for each digit of a passcode after the first, for somebody who looks for every key."""


class Served(msgspec.Struct, frozen=True, kw_only=True):
    """The banks whose depositors hear the flows, and the wallets they hear of."""

    banks: Mapping[str, Bank] = {}
    wallets: Mapping[str, Wallet] = {}


NOBODY: Final = Served()


class Manner(msgspec.Struct, frozen=True):
    """How a flow is heard: in which language, at which pace."""

    language: str
    pace: Pace


class Lengths:
    """How long each text of a flow is without its placeholders, and each word for one: counted once for all banks."""

    def __init__(self, flow: CallFlow) -> None:
        self.flow = flow
        self._of: dict[tuple[Text, Manner], tuple[float, tuple[str, ...]]] = {}
        self._of_word: dict[tuple[str, str, Manner], float] = {}

    def of(self, text: Text, manner: Manner) -> tuple[float, tuple[str, ...]]:
        """Return the seconds of a text's own words and rests, and the placeholders in it."""
        key = (text, manner)
        if key not in self._of:
            own = tuple(part for part in text if not isinstance(part, Slot))
            slots = tuple(part.name for part in text if isinstance(part, Slot))
            self._of[key] = (_seconds(own, {}, manner), slots)
        return self._of[key]

    def of_word(self, name: str, word: str, manner: Manner) -> float:
        """Return the seconds of what stands for a placeholder."""
        key = (name, word, manner)
        if key not in self._of_word:
            self._of_word[key] = _seconds((Slot(name, READINGS[name]),), {name: word}, manner)
        return self._of_word[key]


class Times:
    """How long the steps of a flow take for one bank's depositors."""

    def __init__(self, lengths: Lengths, bank: Bank, wallets: Mapping[str, Wallet]) -> None:
        self._lengths = lengths
        flow = lengths.flow
        self.manners = tuple(
            Manner(language, pace) for language in sorted(flow.voices) for pace in Pace
        )
        self._values = {each: _values(lengths, bank, wallets, each) for each in self.manners}

    def of(self, text: Text, manner: Manner) -> float:
        """Return the seconds of a text."""
        own, slots = self._lengths.of(text, manner)
        values = self._values[manner]
        return own + sum(values[name] for name in slots)

    def said(self, step: Step, manner: Manner) -> float:
        """Return the seconds of what no key stops."""
        return self._among(step.say, step.audio, manner)

    def asked(self, step: Step, manner: Manner) -> float:
        """Return the seconds of a step's question, the wait for an answer left out."""
        ask = step.ask
        return self._among(ask.at(manner.pace), ask.audio, manner) if ask else 0.0

    def waited(self, step: Step, manner: Manner) -> float:
        """Return the seconds that an answer to a step's question may take."""
        if step.ask is None:
            return 0.0
        keying = KEYING * (DIGITS - 1) if step.ask.collect is Collect.PASSCODE else 0.0
        return wait_seconds(step.ask.wait, manner.pace) + keying

    def whole(self, step: Step) -> float:
        """Return the most seconds that a step can take, in any language and at either pace."""
        return max(
            self.said(step, each) + self.asked(step, each) + self.waited(step, each)
            for each in self.manners
        )

    def longest_said(self, step: Step) -> float:
        """Return the most seconds of what no key stops."""
        return max(self.said(step, each) for each in self.manners)

    def _among(self, texts: Texts | None, audio: Recorded, manner: Manner) -> float:
        if manner.pace is Pace.NORMAL and manner.language in audio:
            return self._lengths.flow.recordings[audio[manner.language]]
        text = (texts or {}).get(manner.language)
        return self.of(text, manner) if text else 0.0


def _values(
    lengths: Lengths, bank: Bank, wallets: Mapping[str, Wallet], manner: Manner
) -> dict[str, float]:
    """Return the seconds of what each placeholder stands for."""
    language = manner.language
    purposes = PURPOSES[language]
    names = [name_in(language, wallets[each].name, bank) for each in bank.wallets]
    words = {
        **{name: [value] for name, value in LONGEST.items()},
        "bank": [name_in(language, bank.name, bank)],
        "wallet": names or [""],
        "purpose": [purposes[each] for each in lengths.flow.purposes] or [""],
        "desk": [bank.desk_spoken],
    }
    return {
        name: max(lengths.of_word(name, word, manner) for word in words[name]) for name in READINGS
    }


def _seconds(text: Text, values: Mapping[str, str], manner: Manner) -> float:
    return sum(map(seconds, read_text(text, values, manner.language, manner.pace)))
