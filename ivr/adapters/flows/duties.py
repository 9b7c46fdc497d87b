"""What a step must say, or must not: names and amount before consent, the warning, the passcode, plain ends.

Knows the words that cannot be left out. Does not know by which way a step is reached.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from ivr.adapters.flows.assembly import Assembled
from ivr.adapters.flows.faults import Faults
from ivr.adapters.flows.steps import count_slots, texts_of
from ivr.domain.callflow import PASSCODE_SLOT, CallFlow, Collect, Slot, Step, Text, Texts, own_words
from ivr.domain.routes import Steps, silent_chain
from ivr.domain.words import available

_NAMED_BEFORE_CONSENT: Final = ("bank", "wallet", "purpose", "amount")
# The bank and the police, each by one of its names; in small letters, as texts are compared.
_AUTHORITIES: Final[Mapping[str, tuple[tuple[str, ...], ...]]] = {
    "ja": (("銀行",), ("警察",)),
    "en": (("bank",), ("police",)),
    "zh": (("银行",), ("警察", "公安")),
    "ko": (("은행",), ("경찰",)),
    "vi": (("ngân hàng",), ("cảnh sát", "công an")),
    "pt": (("banco",), ("polícia",)),
}
# How the key for “not me” is called, at a question for a key and while a passcode is keyed in. A
# numeral in words is no name where it is part of other words, as in 누구, chính or novembro.
_NOT_ME: Final[Mapping[str, Mapping[Collect, tuple[str, ...]]]] = {
    "ja": {Collect.KEY: ("9", "９"), Collect.PASSCODE: ("こめじるし", "米印")},
    "en": {Collect.KEY: ("9", "nine"), Collect.PASSCODE: ("star",)},
    "zh": {Collect.KEY: ("9", "九"), Collect.PASSCODE: ("星号", "星键", "米字")},
    "ko": {Collect.KEY: ("9",), Collect.PASSCODE: ("별표",)},
    "vi": {Collect.KEY: ("9",), Collect.PASSCODE: ("phím sao", "dấu sao")},
    "pt": {Collect.KEY: ("9",), Collect.PASSCODE: ("asterisco",)},
}
# A name in Latin letters or a numeral counts only by itself: no star in start, no 9 in 19 or 03-9.
_BY_ITSELF: Final = (
    (re.compile(r"[a-zà-ỹ]"), r"(?<![a-zà-ỹ]){}s?(?![a-zà-ỹ])"),
    (re.compile(r"[0-9０-９]"), r"(?<![0-9０-９-]){}(?![0-9０-９-])"),
)
Found = tuple[str, str, str]
"""A field, a reason and a remedy."""


def check_duties(assembled: Assembled, faults: Faults) -> None:
    """Note which steps fail to say what they must, or say what they must not."""
    flow = assembled.flow
    languages = sorted(flow.voices)
    for name, step in flow.steps.items():
        found = [*_misplaced_passcodes(step)]
        if any(target.consent for target in step.on.values()):
            found += _unnamed(step, flow)
        if step.warning:
            found += _unwarned(step, languages, _next_question(flow.steps, name))
        if name == flow.apology:
            found += _unknown_in_need(step)
        for field, reason, remedy in found:
            mark = assembled.written[name].mark_of(field)
            faults.add(mark, reason, remedy, step=name, unsafe=True)


def _misplaced_passcodes(step: Step) -> Iterator[Found]:
    for path, texts in texts_of(step):
        spoken = {language: count_slots(text, PASSCODE_SLOT) for language, text in texts.items()}
        if path == "say" and any(spoken.values()):
            yield path, "a passcode in say, where no key can stop it", "move it into ask: say:"
        elif len(set(spoken.values())) > 1:
            told = ", ".join(f"{times} in {language}" for language, times in sorted(spoken.items()))
            remedy = "say it as often in each language"
            yield path, f"the passcode is not said as often in each language: {told}", remedy
    slowly = step.ask.slowly if step.ask else None
    if step.ask and slowly is not None and _speaks(step.ask.say) != _speaks(slowly):
        reason = "the passcode is said at one pace and not at the other"
        yield "ask.slowly", reason, "say it in both say: and slowly:"


def _speaks(texts: Texts) -> bool:
    return any(count_slots(text, PASSCODE_SLOT) for text in texts.values())


def _unnamed(step: Step, flow: CallFlow) -> Iterator[Found]:
    """Find what consent could be given without: the names, and the amount where there is one."""
    names = [each for each in _NAMED_BEFORE_CONSENT if available(each, flow.mode, flow.purposes)]
    for language, text in _said(step, sorted(flow.voices)):
        lacking = [f"{{{name}}}" for name in names if not count_slots(text, name)]
        if lacking:
            reason = f"consent could be given in {language} before {', '.join(lacking)} was said"
            yield f"say.{language}", reason, "say it in this step's say:, which no key cuts short"


def _unwarned(step: Step, languages: list[str], collect: Collect) -> Iterator[Found]:
    for language, text in _said(step, languages):
        words = " ".join(part for part in text if isinstance(part, str)).lower()
        stop = _NOT_ME[language][collect]
        lacking = [
            names[0] for names in (*_AUTHORITIES[language], stop) if not _holds(words, names)
        ]
        if lacking:
            reason = f"the warning in {language} does not speak of {', '.join(lacking)}"
            remedy = (
                f"say that bank staff and police never ask for this, and that {stop[0]} stops it"
            )
            yield f"say.{language}", reason, remedy


def _holds(words: str, names: tuple[str, ...]) -> bool:
    """Tell whether words hold one of the names."""
    for name in names:
        form = next((form for sign, form in _BY_ITSELF if sign.match(name)), "{}")
        if re.search(form.format(re.escape(name)), words):
            return True
    return False


def _said(step: Step, languages: list[str]) -> Iterator[tuple[str, Text]]:
    """Yield what a step says for certain, and in words that its listener understands.

    A text that one language lacks was noted elsewhere.
    """
    for language in languages:
        if step.say is None or language in step.say:
            yield language, own_words((step.say or {}).get(language, ()), language)


def _next_question(steps: Steps, name: str) -> Collect:
    *_, last = silent_chain(steps, name)
    return last.ask.collect if last.ask else Collect.KEY


def _unknown_in_need(step: Step) -> Iterator[Found]:
    for path, texts in texts_of(step):
        for language, text in texts.items():
            if any(isinstance(part, Slot) for part in text):
                reason = "an apology with a placeholder: it is said when nothing else is known"
                yield f"{path}.{language}", reason, "write plain words"
