"""Collecting keys: which are kept, and when it is enough.

Knows the rules of `<Gather>` for `numDigits` and `finishOnKey`. Does not know time, prompts or
hooks.
"""

from dataclasses import dataclass

from ivr.simulator.network.verbs import Gather


@dataclass(kw_only=True)
class Gathering:
    """The keys pressed so far at one question."""

    gather: Gather
    digits: str = ""
    finished_on: str = ""
    done: bool = False

    def press(self, key: str) -> None:
        """Take one key; the finishing key ends it and is not kept."""
        if key == self.gather.finish_on:
            self.finished_on = key
        else:
            self.digits += key
        enough = self.gather.digits is not None and len(self.digits) >= self.gather.digits
        self.done = bool(self.finished_on) or enough

    @property
    def worth_asking(self) -> bool:
        """Whether the action is asked; without a key only when the document wants it so."""
        return bool(self.digits) or self.gather.action_on_empty

    def fields(self, *, absent_digits: bool) -> tuple[tuple[str, str], ...]:
        """Give what the hook says of it."""
        kept = (("FinishedOnKey", self.finished_on), ("msg", "Gather End"))
        if not self.digits and absent_digits:
            return kept
        return (("Digits", self.digits), *kept)
