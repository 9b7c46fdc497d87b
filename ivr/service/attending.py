"""What this thread attends to now: the request and the verification, for whoever writes it down.

Knows names and values that may be logged. Does not know who logs them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

_NOTHING: Final[Mapping[str, str]] = {}
_NOW: Final[ContextVar[Mapping[str, str]]] = ContextVar("attending", default=_NOTHING)


def attended() -> Mapping[str, str]:
    """Return what is attended to now: `request` and `verification`, each where it is known."""
    return _NOW.get()


def begin_to_attend(**names: str) -> None:
    """Say what is attended to from now on, in place of what was."""
    _NOW.set(names)


def attend_also(**names: str) -> None:
    """Say what else it turned out to be."""
    _NOW.set({**_NOW.get(), **names})


def leave() -> None:
    """Attend to nothing."""
    _NOW.set(_NOTHING)


@contextmanager
def attending(**names: str) -> Iterator[None]:
    """Attend to this within the block."""
    former = _NOW.set(names)
    try:
        yield
    finally:
        _NOW.reset(former)
