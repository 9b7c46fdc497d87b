"""What is heard in a turn of a call: its words as they are spoken, how long they take, how they look.

Knows how rests are shown. Does not know who listens.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from ivr.domain.callflow import Rest, Text
from ivr.domain.conversation import Listen, Position, Say, Turn
from ivr.domain.reading import Spoken, read_text
from ivr.domain.spoken_time import rest_after, seconds, wait_seconds
from ivr.rehearsal.values import Values

_LONG_REST: Final = 800


def heard_in(turn: Turn, values: Values) -> tuple[Spoken, ...]:
    """Return all that a turn says, in order."""
    texts = [each.text for each in turn.instructions if isinstance(each, Say | Listen)]
    return tuple(passage for text in texts for passage in read_at(text, turn.position, values))


def read_at(text: Text, position: Position, values: Values) -> tuple[Spoken, ...]:
    """Read a text as it is spoken at a position of a call."""
    return tuple(read_text(text, values[position.language], position.language, position.pace))


def length(passages: Iterable[Spoken]) -> float:
    """Return how many seconds passages take together."""
    return sum(map(seconds, passages))


def to_the_last_word(passages: Iterable[Spoken]) -> float:
    """Return how many seconds passages take, a rest after the last word left out."""
    heard = tuple(passages)
    words = [(part, each.language) for each in heard for part in each.parts]
    last, language = words[-1] if words else ("", "")
    rest = rest_after(last, language) if isinstance(last, str) and last else 0.0
    return length(heard) - rest


def wait_of(turn: Turn) -> float:
    """Return how many seconds a turn's question waits for a key; nothing where none is asked."""
    return sum(
        wait_seconds(each.wait, turn.position.pace)
        for each in turn.instructions
        if isinstance(each, Listen)
    )


def written(passages: Iterable[Spoken]) -> str:
    """Write what is heard, a short rest as a dot and a long one with its seconds."""
    each = ("".join(map(_written, passage.parts)).strip() for passage in passages)
    return re.sub(" +", " ", " ".join(each))


def _written(part: str | Rest) -> str:
    if isinstance(part, str):
        return part
    return " · " if part.ms < _LONG_REST else f" ({part.ms / 1000:g} s) "
