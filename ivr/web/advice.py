"""What each problem means and what to do about it, for the developer of a bank's backend.

Knows words only; `problems.py` knows the statuses. Every code that can be sent is here, once.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from ivr.domain.errors import Code
from ivr.web.bodies import LARGEST_BODY
from ivr.web.problems import (
    INTERNAL,
    OVERLOADED,
    REPLICA_UNAVAILABLE,
    STORE_CONTENDED,
    STORE_UNAVAILABLE,
)


class Advice(NamedTuple):
    """What a code means, and what to do."""

    means: str
    to_do: str


ADVICE: Final[Mapping[str, Advice]] = {
    Code.WRONG_CONTENT_TYPE: Advice(
        "The body is not declared as JSON.", "Send Content-Type: application/json."
    ),
    Code.BODY_TOO_LARGE: Advice(
        f"The body has more than {LARGEST_BODY} bytes.", "Send only the fields of this document."
    ),
    Code.NOT_JSON: Advice("The body is not JSON in UTF-8.", "Send one JSON object."),
    Code.UNKNOWN_FIELD: Advice(
        "The body has a field that does not exist; field names it.",
        "Leave it out, or correct its spelling.",
    ),
    Code.MISSING_FIELD: Advice(
        "A required field is not in the body; field names it.", "Add the field."
    ),
    Code.INVALID_FIELD: Advice(
        "A field, or the query parameter wait, has a wrong type or form; field names it.",
        "Send what detail says it must be.",
    ),
    Code.IDEMPOTENCY_KEY_MISSING: Advice(
        "The request would begin a call and has no Idempotency-Key.",
        "Send a UUID of your own for each new request, and the same one when you repeat it.",
    ),
    Code.IDEMPOTENCY_KEY_MALFORMED: Advice(
        "The Idempotency-Key is too short, too long or not visible ASCII.",
        "Send 8 to 128 visible ASCII characters, such as a UUID.",
    ),
    Code.IDEMPOTENCY_KEY_REUSED: Advice(
        "The Idempotency-Key was used for a request with another content.",
        "Use a new key for a new request. Nothing was done.",
    ),
    Code.IDEMPOTENCY_KEY_SPENT: Advice(
        "The Idempotency-Key was used before, and what it started is no longer kept.",
        "Use a new key if the depositor still wants it.",
    ),
    Code.KEY_MISSING: Advice(
        "There is no API key in the request.", "Send Authorization: Bearer KEY."
    ),
    Code.KEY_UNKNOWN: Advice(
        "The API key is not known.", "Check it; the staff of this service can make a new one."
    ),
    Code.KEY_REVOKED: Advice(
        "The API key was revoked.", "Use your other key, or have a new one made."
    ),
    Code.SCOPE_MISSING: Advice(
        "The key may not do this.", "Use a key with the scope that detail names."
    ),
    Code.ADDRESS_NOT_ALLOWED: Advice(
        "The key may not be used from the address that the request came from.",
        "Send from a registered address, or have this one registered.",
    ),
    Code.BANK_NOT_YOURS: Advice(
        "The key belongs to another bank.", "Name your own bank in the field bank."
    ),
    Code.UNKNOWN_BANK: Advice("There is no such bank.", "Name your own bank by its id."),
    Code.UNKNOWN_WALLET: Advice(
        "The bank has no such wallet.", "Use the id under which the wallet is configured."
    ),
    Code.UNKNOWN_ACCOUNT: Advice(
        "The bank's registry has no such account.",
        "Check the account and how it is written. Do not tell the person before the screen that "
        "the account does not exist.",
    ),
    Code.NO_REGISTERED_NUMBER: Advice(
        "The account has no registered telephone number.",
        "Ask the depositor to register one at the bank, in person.",
    ),
    Code.NUMBER_NOT_CALLED: Advice(
        "The registered number is not one that is called: its form or its class is wrong.",
        "The bank must correct its registry; mobile numbers and landlines are called.",
    ),
    Code.NUMBER_TOO_NEW: Advice(
        "The registered number was changed so lately that it is not trusted yet.",
        "Wait until the cooling-off days are over, or verify the depositor at a branch.",
    ),
    Code.NUMBER_CALLED_TOO_OFTEN: Advice(
        "The number had as many calls as it may have in an hour or a day.",
        "Ask again after the seconds in Retry-After.",
    ),
    Code.AMOUNT_NOT_ALLOWED: Advice("The purpose has no amount.", "Leave the field amount out."),
    Code.AMOUNT_MISSING: Advice(
        "The purpose needs an amount.", "Send the amount that the depositor hears, in whole yen."
    ),
    Code.LANGUAGE_NOT_OFFERED: Advice(
        "The bank, the wallet or the call flow does not speak this language.",
        "Choose one that detail names, or leave the field out.",
    ),
    Code.MODE_NOT_ALLOWED: Advice(
        "The mode is not one that a client can ask for.", "Choose one that detail names."
    ),
    Code.PURPOSE_NOT_ALLOWED: Advice(
        "The mode is not for this purpose: where a key alone is the answer, nothing new is approved by it.",
        "Ask in readout or keyin, or for the purpose that detail names.",
    ),
    Code.PURPOSE_NOT_OFFERED: Advice(
        "No call flow is published for this purpose in this mode.",
        "Choose another mode, or have a call flow published.",
    ),
    Code.CALLBACK_NOT_ALLOWED: Advice(
        "The callback is under none of the prefixes registered for the client.",
        "Have its prefix registered, or leave the field out and poll.",
    ),
    Code.ACCOUNT_BLOCKED: Advice(
        "There were too many wrong passcodes in a row for this account.",
        "Wait until the block lifts, or have the bank's staff unlock the account.",
    ),
    Code.ACCOUNT_IN_USE: Advice(
        "Another verification of the account is open; verification names it where it is yours.",
        "Wait for its verdict, or cancel it.",
    ),
    Code.NOT_FOUND: Advice(
        "There is nothing at this address, or no such verification of yours.",
        "Check the address and the id. Another client's verification gives the same answer.",
    ),
    Code.METHOD_NOT_ALLOWED: Advice(
        "The address does not take this method.", "Use one that the Allow header names."
    ),
    Code.PASSCODE_MALFORMED: Advice(
        "What was typed does not have six digits. It was not counted as a try.",
        "Let the depositor type it again. Blanks, hyphens and full-width digits are understood.",
    ),
    Code.WRONG_MODE: Advice(
        "There is nothing to check here: in keyin the depositor keys the passcode into the phone, "
        "in notice and reverify there is none.",
        "Read the verdict with GET.",
    ),
    Code.WRONG_PASSCODE: Advice(
        "The passcode is wrong, and this was counted. With tries_left 0 the verdict is in the answer.",
        "Let the depositor type it again while there are tries left. This is never a pass.",
    ),
    Code.NOT_SPOKEN_YET: Advice(
        "The passcode was not spoken yet, so nothing can be right. It was not counted as a try.",
        "Wait until state is spoken or heard; call again if the call has ended.",
    ),
    Code.PASSCODE_EXPIRED: Advice(
        "The passcode's life is over. It was not counted as a try.", "Ask for another call."
    ),
    Code.ALREADY_DECIDED: Advice(
        "The verification has its verdict; verdict, reason and receipt are in the answer.",
        "Use that verdict; start a new verification for a new question.",
    ),
    Code.CALL_IN_PROGRESS: Advice(
        "A call is being placed or in progress.", "Wait until call.progress is ended."
    ),
    Code.NO_CALLS_LEFT: Advice(
        "All calls of this verification were used.", "Start a new verification."
    ),
    STORE_UNAVAILABLE: Advice(
        "The service cannot reach its store. What was accepted before is kept.",
        "Ask again after Retry-After, with the same Idempotency-Key.",
    ),
    STORE_CONTENDED: Advice(
        "Too many requests changed the same thing at once.",
        "Ask again after Retry-After, with the same Idempotency-Key.",
    ),
    REPLICA_UNAVAILABLE: Advice(
        "It may have been done, and no replica of the store has it yet: nothing is said before it is safe.",
        "Ask again after Retry-After, with the same Idempotency-Key; the answer tells.",
    ),
    OVERLOADED: Advice(
        "The store is short of memory, or more is due than is done. Only starts and calls are refused.",
        "Ask again after Retry-After, with the same Idempotency-Key.",
    ),
    INTERNAL: Advice(
        "Something is wrong on our side; our log has it.",
        "Ask again with the same Idempotency-Key, or read the verification.",
    ),
}
