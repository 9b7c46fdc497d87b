"""How large texts and documents become at the carrier, counted with the longest values.

Knows the carrier's limits. Does not know its markup but for its length.
"""

from __future__ import annotations

import string
from collections.abc import Iterable, Iterator
from typing import Final

from ivr.adapters.flows.assembly import Assembled
from ivr.adapters.flows.faults import Faults
from ivr.adapters.flows.steps import texts_of
from ivr.domain.callflow import PASSCODE_SLOT, REFERENCE_SLOT, Pace, Step, Text
from ivr.domain.reading import read_text
from ivr.domain.routes import closed_chain, ways_of

# In one Say; the second once it is URL-encoded, where a Japanese character is nine. A document: 64 KB.
_CHARACTERS: Final = 3000
_ENCODED: Final = 4500
_DOCUMENT: Final = 60_000
_UNRESERVED: Final = (string.ascii_letters + string.digits + "-._~").encode()
_REST: Final = '<break time="9999ms"/>'
_SAY_MARKUP: Final = 400
_LONG_NAME: Final = "銀" * 24
LONGEST: Final = {
    "bank": _LONG_NAME,
    "wallet": _LONG_NAME,
    "purpose": _LONG_NAME,
    "life": "10分50秒",
    "amount": "77777777",
    "account_tail": "7777",
    "desk": "0777-777-777",
    PASSCODE_SLOT: "777777",
    REFERENCE_SLOT: "777-777-777-777",
}


def say_sizes(text: Text, language: str) -> Iterator[tuple[int, int]]:
    """Count the characters of each Say that a text takes, plain and URL-encoded.

    Markup is counted too, at the slow pace; what is said in another language is a Say of its own.
    """
    for spoken in read_text(text, LONGEST, language, Pace.SLOW):
        words = [part if isinstance(part, str) else _REST for part in spoken.parts]
        yield sum(map(len, words)), sum(map(_encoded, words))


def _encoded(words: str) -> int:
    """Count what URL-encoding makes of words: three characters of each byte that is not unreserved (RFC 3986)."""
    written = words.encode()
    return len(written) + 2 * len(written.translate(None, _UNRESERVED))


def describe_excess(text: Text, language: str) -> str:
    """Say by how much a text is too long for one Say; empty where it is not."""
    for characters, encoded in say_sizes(text, language):
        if characters > _CHARACTERS or encoded > _ENCODED:
            return (
                f"{characters} characters of {_CHARACTERS}, {encoded} encoded of {_ENCODED} "
                "(about 500 Japanese characters)"
            )
    return ""


def check_documents(assembled: Assembled, faults: Faults) -> None:
    """Note the steps from which one turn says more than a document holds."""
    steps = assembled.flow.steps
    entries = {assembled.flow.start: None}
    entries |= {way.to: None for step in steps.values() if step.on for way in ways_of(step)}
    sizes = {name: _document_bytes(step, assembled.flow.voices) for name, step in steps.items()}
    for entry in entries:
        size = sum(sizes[step.name] for step in closed_chain(steps, entry))
        if size > _DOCUMENT:
            reason = f"what is said from here to the next question has {size} bytes of {_DOCUMENT}"
            mark = assembled.written[entry].mark
            faults.add(mark, reason, "say less, or ask something in between", step=entry)


def _document_bytes(step: Step, languages: Iterable[str]) -> int:
    """Bound what a step adds to a document in any language; URL-encoding is never shorter."""
    return sum(
        max((_text_bytes(texts[each], each) for each in languages if each in texts), default=0)
        for _, texts in texts_of(step)
    )


def _text_bytes(text: Text, language: str) -> int:
    return sum(_SAY_MARKUP + encoded for _, encoded in say_sizes(text, language))
