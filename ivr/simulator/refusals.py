"""How the carrier's REST interface says no.

Knows status, number and words of each refusal, and the body they come in. Does not decide anything.
Source: the carrier's dictionary of errors; the body as its own client reads it.
"""

from enum import Enum
from typing import Any


class Refusal(Enum):
    """A refusal: HTTP status, the carrier's number, its words."""

    AUTHENTICATE = (401, 20003, "Authenticate")
    NOT_FOUND = (404, 20404, "The requested resource {0} was not found")
    METHOD = (405, 20004, "Method not allowed")
    TOO_MANY = (429, 20429, "Too Many Requests")
    SERVER_ERROR = (500, 20500, "Internal Server Error")
    UNAVAILABLE = (503, 20503, "Service Unavailable")
    CALLS = (400, 21200, "Invalid parameter {0}")
    NO_TO = (400, 21201, "No 'To' number is specified")
    BAD_URL = (400, 21205, "Url is not a valid URL")
    BAD_TIMEOUT = (400, 21208, "Invalid Timeout")
    FROM_NOT_OURS = (400, 21210, "The source phone number provided is not yet verified")
    BAD_TO = (400, 21211, "The phone number you are attempting to call is not valid")
    BAD_FROM = (400, 21212, "The 'From' number is not a valid phone number")
    NO_FROM = (400, 21213, "No 'From' number is specified")
    CANNOT_BE_REACHED = (400, 21214, "'To' phone number cannot be reached")
    NOT_PERMITTED = (400, 21215, "Account not authorized to call this country")
    NOT_IN_STATE = (400, 21220, "{0}")
    BAD_STATUS_CALLBACK = (400, 21609, "The StatusCallback URL is not a valid url")
    TWIML_TOO_LONG = (400, 32018, "Twiml size exceeded maximum allowed value of 4000 characters")


class RefusedError(Exception):
    """An order that the carrier does not take."""

    def __init__(self, refusal: Refusal, *details: str, status: int | None = None) -> None:
        usual, code, words = refusal.value
        self.status = status or usual
        self.code = code
        super().__init__(words.format(*details))

    def body(self) -> dict[str, Any]:
        """Give the JSON body."""
        return {
            "code": self.code,
            "message": str(self),
            "more_info": f"https://www.twilio.com/docs/errors/{self.code}",
            "status": self.status,
        }
