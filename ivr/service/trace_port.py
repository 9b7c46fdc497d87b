"""Spans: what took how long, for whoever follows one verification through all processes.

Knows that a span belongs to the verification that is attended to. Does not know who collects spans.
"""

from __future__ import annotations

from typing import Protocol


class Traces(Protocol):
    """Takes spans in; never fails, and never holds up, what it is told of."""

    def span(self, name: str, began: int, *, link: str = "", **attributes: str | int) -> None:
        """Take in what began at `began` (ns since 1970) and ends now.

        `link` is the W3C `traceparent` of whoever asked; attributes are such as may be logged.
        """


class Untraced:
    """Takes nothing in."""

    def span(self, name: str, began: int, *, link: str = "", **attributes: str | int) -> None:
        """Let it pass."""
