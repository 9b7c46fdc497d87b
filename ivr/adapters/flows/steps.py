"""One step, read: what it says, asks and leads to, and where each of that was written.

Knows a step's fields and which of them go together. Does not know the other steps.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Final, TypeVar

import msgspec

from ivr.adapters.flows.faults import Mark
from ivr.adapters.flows.fields import Fields, Report, scalar_text, table_of
from ivr.adapters.flows.targets import Targets, read_targets, read_transfer_targets
from ivr.adapters.flows.text import read_text
from ivr.adapters.flows.yaml import Node, Scalar
from ivr.domain.callflow import Ask, Collect, Slot, Step, Target, Text, Texts, Transfer

SHORTEST_WAIT: Final = 3
LONGEST_WAIT: Final = 30
STEP_FIELDS: Final = (
    "say",
    "audio",
    "ask",
    "transfer",
    "staff",
    "on",
    "then",
    "outcome",
    "hang_up",
    "warning",
)
ASK_FIELDS: Final = ("say", "audio", "slowly", "keys", "wait")
KEYS_ASKED: Final = {"one": Collect.KEY, "passcode": Collect.PASSCODE}
STEP_OUTCOMES: Final = ("not_me", "confirmed", "call_back")
WAYS_ON: Final = ("ask", "then", "transfer", "hang_up")
_BRANCHES: Final = ("ask", "transfer")
DEFAULT_WAIT: Final = 10
_Value = TypeVar("_Value")


class WrittenStep(msgspec.Struct, frozen=True, kw_only=True):
    """A step and its places: of a field ("then"), a text ("ask.say.ja") or an outcome ("on.1")."""

    step: Step
    mark: Mark
    marks: Mapping[str, Mark]

    def mark_of(self, field: str) -> Mark:
        """Return where a field was written; where it was not, where the step is."""
        return self.marks.get(field, self.mark)


def read_step(name: str, mark: Mark, node: Node, report: Report) -> WrittenStep | None:
    """Read a step; None where some of it cannot be read."""
    table = table_of(node, "the step", report)
    if table is None:
        return None
    return _Reader(Fields(table, "a step", STEP_FIELDS, report), report).read(name, mark)


def texts_of(step: Step) -> Iterator[tuple[str, Texts]]:
    """Yield what a step tells the depositor, with the place of each: `say`, `ask.say`, `ask.slowly`."""
    if step.say is not None:
        yield "say", step.say
    if step.ask:
        yield "ask.say", step.ask.say
    if step.ask and step.ask.slowly is not None:
        yield "ask.slowly", step.ask.slowly


def count_slots(text: Text, name: str) -> int:
    """Count a placeholder in a text."""
    return sum(isinstance(part, Slot) and part.name == name for part in text)


class _Reader:
    """Reads one step, gathering the places of what it reads."""

    def __init__(self, fields: Fields, report: Report) -> None:
        self._fields = fields
        self._report = report
        self._marks: dict[str, Mark] = {}
        self._whole = True

    def read(self, name: str, mark: Mark) -> WrittenStep | None:
        """Read the fields that were written."""
        fields = self._fields
        self._check_ways_on()
        ask = self._ask() if fields.has("ask") else None
        outcome = self._outcome()
        transfer = self._transfer() if fields.has("transfer") else None
        step = Step(
            name=name,
            say=self._texts(fields, "say", "say") if fields.has("say") else None,
            audio=self._audio(fields, "audio"),
            ask=ask,
            on=self._on(ask, transfer),
            then=self._then(),
            warning=fields.flag("warning"),
            not_me=outcome == "not_me",
            confirmed=outcome == "confirmed",
            call_back=outcome == "call_back",
            hang_up=fields.flag("hang_up"),
            transfer=transfer,
        )
        return WrittenStep(step=step, mark=mark, marks=self._marks) if self._whole else None

    def _check_ways_on(self) -> None:
        fields = self._fields
        ways = [way for way in WAYS_ON if fields.has(way)]
        if not ways:
            reason = "no way out: the call stays silent after this step"
            self._refuse(fields.mark, reason, "add ask:, then:, transfer: or hang_up: true")
        elif len(ways) > 1:
            reason = f"{' and '.join(ways)} exclude each other"
            self._refuse(fields.mark_of(ways[1]), reason, "keep one of them")
        self._check_company()

    def _check_company(self) -> None:
        """Check that no field stands without the one that it belongs to."""
        fields = self._fields
        branch = next(filter(fields.has, _BRANCHES), "")
        if bool(branch) != fields.has("on"):
            have, lack = (branch, "on") if branch else ("on", "ask")
            self._refuse(fields.mark_of(have), f"{have} without {lack}", f"add {lack}:")
        if fields.has("staff") and not fields.has("transfer"):
            self._refuse(fields.mark_of("staff"), "staff without transfer", "add transfer: desk")
        if fields.has("warning") and not fields.has("say"):
            mark = fields.mark_of("warning")
            self._refuse(mark, "a warning that says nothing", "add say: with the warning")
        if not any(fields.has(name) for name in ("say", "outcome", *_BRANCHES)):
            self._refuse(fields.mark, "the step does nothing", "add say:, or leave the step out")

    def _outcome(self) -> str | None:
        if not self._fields.has("outcome"):
            return None
        self._marks["outcome"] = self._fields.mark_of("outcome")
        return self._need(self._fields.choice("outcome", STEP_OUTCOMES))

    def _then(self) -> str | None:
        if not self._fields.has("then"):
            return None
        self._marks["then"] = self._fields.mark_of("then")
        return self._need(self._fields.text("then"))

    def _ask(self) -> Ask | None:
        node = self._fields.node("ask")
        table = self._need(table_of(node, "ask", self._report)) if node else None
        if table is None:
            return None
        self._marks["ask"] = table.mark
        fields = Fields(table, "ask", ASK_FIELDS, self._report)
        keys = self._need(fields.choice("keys", KEYS_ASKED))
        say = self._texts(fields, "say", "ask.say")
        slowly = self._texts(fields, "slowly", "ask.slowly") if fields.has("slowly") else None
        audio = self._audio(fields, "ask.audio")
        wait: int | None = DEFAULT_WAIT
        if fields.has("wait"):
            wait = self._need(fields.seconds("wait", SHORTEST_WAIT, LONGEST_WAIT))
        if keys is None or wait is None:
            return None
        return Ask(say=say, slowly=slowly, audio=audio, collect=KEYS_ASKED[keys], wait=wait)

    def _transfer(self) -> Transfer:
        self._marks["transfer"] = self._fields.mark_of("transfer")
        self._need(self._fields.choice("transfer", ["desk"]))
        return Transfer(staff=self._texts(self._fields, "staff", "staff"))

    def _on(self, ask: Ask | None, transfer: Transfer | None) -> Mapping[str, Target]:
        node = self._fields.node("on")
        targets: Targets | None = None
        if node and ask:
            targets = self._need(read_targets(node, ask.collect, self._report))
        elif node and transfer:
            targets = self._need(read_transfer_targets(node, self._report))
        if targets is None:
            return {}
        self._marks.update({f"on.{outcome}": mark for outcome, mark in targets.marks.items()})
        return targets.by_outcome

    def _texts(self, fields: Fields, name: str, path: str) -> dict[str, Text]:
        """Read a text in each language; a text with faults is read as far as it goes."""
        node = fields.must(name)
        table = table_of(node, path, self._report) if node else None
        if table is None:
            self._whole = False
            return {}
        self._marks[path] = table.mark
        texts: dict[str, Text] = {}
        for language, words in table.entries:
            what = f"{path} in {language.text}"
            source = self._need(scalar_text(words, what, self._report))
            if isinstance(words, Scalar) and words.is_cut:
                reason = f"{what} ends before #, and what follows is a comment that nobody hears"
                self._refuse(words.mark, reason, "put the text in quotes")
            elif source is not None:
                self._marks[f"{path}.{language.text}"] = words.mark
                texts[language.text] = read_text(source, partial(self._report.add, words.mark))
        return texts

    def _audio(self, fields: Fields, path: str) -> dict[str, str]:
        """Read the recordings' file names by language, if there are any."""
        node = fields.node("audio")
        table = self._need(table_of(node, path, self._report)) if node else None
        named: dict[str, str] = {}
        for language, value in table.entries if table else ():
            file = self._need(scalar_text(value, f"{path} in {language.text}", self._report))
            self._marks[f"{path}.{language.text}"] = value.mark
            named |= {language.text: file} if file else {}
        return named

    def _need(self, value: _Value | None) -> _Value | None:
        """Pass a value on; without it the step is not whole. Its lack was noted already."""
        self._whole &= value is not None
        return value

    def _refuse(self, mark: Mark, reason: str, remedy: str) -> None:
        self._whole = False
        self._report.add(mark, reason, remedy)
