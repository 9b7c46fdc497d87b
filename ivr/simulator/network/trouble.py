"""What can go wrong with a document, by the carrier's own numbers.

Knows numbers and words. Does not decide what the callee hears then (see `player.py`).
Source: the carrier's dictionary of errors and warnings.
"""

from dataclasses import dataclass

BAD_ADDRESS = 11100
HTTP_FAILED = 11200
CONNECTION_FAILED = 11205
TIMED_OUT = 11203
TOO_MANY_REDIRECTS = 11215
BAD_STATUS_EVENTS = 21626
TOO_LARGE = 11750
NOT_XML = 12100
NOT_VALID = 12200
WRONG_CONTENT_TYPE = 12300
PLAY_WRONG_TYPE = 13420
SAY_INVALID = 13520
SAY_TOO_LONG = 13521
WRONG_FINISHING_KEY = 13310


@dataclass(frozen=True, kw_only=True)
class Note:
    """Something that the carrier's debugger would warn of; the call goes on."""

    code: int
    message: str


class TwimlError(Exception):
    """A document that cannot be fetched, read or played: an application error to the carrier."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
