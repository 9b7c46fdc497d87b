"""How large texts and documents become at the carrier, counted with the longest values.

Knows the carrier's limits. Does not know its markup but for its length.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final
from urllib.parse import quote

from ivr.adapters.flows.assembly import Assembled
from ivr.adapters.flows.faults import Faults
from ivr.adapters.flows.steps import texts_of
from ivr.domain.callflow import PASSCODE_SLOT, Pace, Step, Text
from ivr.domain.reading import read_text
from ivr.domain.routes import silent_chain, ways_of

# In one Say; the second once it is URL-encoded, where a Japanese character is nine. A document: 64 KB.
_CHARACTERS: Final = 3000
_ENCODED: Final = 4500
_DOCUMENT: Final = 60_000
_REST: Final = '<break time="9999ms"/>'
_SAY_MARKUP: Final = 400
_LONG_NAME: Final = "銀" * 24
_VALUES: Final = {
    "bank": _LONG_NAME,
    "wallet": _LONG_NAME,
    "purpose": _LONG_NAME,
    "life": "10分50秒",
    "account_tail": "7777",
    "desk": "0777-777-777",
    PASSCODE_SLOT: "777777",
}


def text_size(text: Text, language: str) -> tuple[int, int]:
    """Count a text's characters, plain and URL-encoded, markup included, at the slow pace."""
    parts = read_text(text, _VALUES, language, Pace.SLOW).parts
    words = [part if isinstance(part, str) else _REST for part in parts]
    return sum(map(len, words)), sum(len(quote(word, safe="")) for word in words)


def describe_excess(text: Text, language: str) -> str:
    """Say by how much a text is too long for one Say; empty where it is not."""
    characters, encoded = text_size(text, language)
    if characters <= _CHARACTERS and encoded <= _ENCODED:
        return ""
    return (
        f"{characters} characters of {_CHARACTERS}, {encoded} encoded of {_ENCODED} "
        "(about 500 Japanese characters)"
    )


def check_documents(assembled: Assembled, faults: Faults) -> None:
    """Note the steps from which one turn says more than a document holds."""
    steps = assembled.flow.steps
    entries = {assembled.flow.start: None}
    entries |= {way.to: None for step in steps.values() if step.ask for way in ways_of(step)}
    sizes = {name: _document_bytes(step, assembled.flow.voices) for name, step in steps.items()}
    for entry in entries:
        size = sum(sizes[step.name] for step in silent_chain(steps, entry))
        if size > _DOCUMENT:
            reason = f"what is said from here to the next question has {size} bytes of {_DOCUMENT}"
            mark = assembled.written[entry].mark
            faults.add(mark, reason, "say less, or ask something in between", step=entry)


def _document_bytes(step: Step, languages: Iterable[str]) -> int:
    """Bound what a step adds to a document in any language; URL-encoding is never shorter."""
    return sum(
        _SAY_MARKUP
        + max((text_size(texts[each], each)[1] for each in languages if each in texts), default=0)
        for _, texts in texts_of(step)
    )
