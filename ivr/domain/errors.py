"""Every error, sorted by who must act on it.

Knows the stable codes that clients branch on. Does not know HTTP, telephones or log formats:
`web/problems.py` turns a code into a JSON problem, `web/apology.py` into spoken words.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any


class Code(StrEnum):
    """A refusal's stable name. Once published, a code keeps its meaning."""

    # the request itself
    WRONG_CONTENT_TYPE = "wrong_content_type"
    BODY_TOO_LARGE = "body_too_large"
    NOT_JSON = "not_json"
    UNKNOWN_FIELD = "unknown_field"
    MISSING_FIELD = "missing_field"
    INVALID_FIELD = "invalid_field"
    IDEMPOTENCY_KEY_MISSING = "idempotency_key_missing"
    IDEMPOTENCY_KEY_MALFORMED = "idempotency_key_malformed"
    IDEMPOTENCY_KEY_REUSED = "idempotency_key_reused"
    IDEMPOTENCY_KEY_SPENT = "idempotency_key_spent"
    # who asks
    KEY_MISSING = "key_missing"
    KEY_UNKNOWN = "key_unknown"
    KEY_REVOKED = "key_revoked"
    SCOPE_MISSING = "scope_missing"
    ADDRESS_NOT_ALLOWED = "address_not_allowed"
    BANK_NOT_YOURS = "bank_not_yours"
    # what is asked for
    UNKNOWN_BANK = "unknown_bank"
    UNKNOWN_WALLET = "unknown_wallet"
    UNKNOWN_ACCOUNT = "unknown_account"
    NO_REGISTERED_NUMBER = "no_registered_number"
    NUMBER_NOT_CALLED = "number_not_called"
    NUMBER_TOO_NEW = "number_too_new"
    NUMBER_CALLED_TOO_OFTEN = "number_called_too_often"
    AMOUNT_NOT_ALLOWED = "amount_not_allowed"
    AMOUNT_MISSING = "amount_missing"
    LANGUAGE_NOT_OFFERED = "language_not_offered"
    MODE_NOT_ALLOWED = "mode_not_allowed"
    PURPOSE_NOT_ALLOWED = "purpose_not_allowed"
    PURPOSE_NOT_OFFERED = "purpose_not_offered"
    CALLBACK_NOT_ALLOWED = "callback_not_allowed"
    ACCOUNT_BLOCKED = "account_blocked"
    ACCOUNT_IN_USE = "account_in_use"
    # one verification
    NOT_FOUND = "not_found"
    METHOD_NOT_ALLOWED = "method_not_allowed"
    PASSCODE_MALFORMED = "passcode_malformed"
    WRONG_MODE = "wrong_mode"
    WRONG_PASSCODE = "wrong_passcode"
    NOT_SPOKEN_YET = "not_spoken_yet"
    PASSCODE_EXPIRED = "passcode_expired"
    ALREADY_DECIDED = "already_decided"
    CALL_IN_PROGRESS = "call_in_progress"
    NO_CALLS_LEFT = "no_calls_left"


class HonninError(Exception):
    """The root of everything this product raises on purpose."""


class Refused(HonninError):
    """The client must act: the request was understood and is refused. Nothing was changed.

    `detail` says what to do, in one sentence; `field` names the field at fault;
    `extra` holds members for the JSON problem (never a passcode or a full number).
    """

    def __init__(self, code: Code, detail: str, *, field: str | None = None, **extra: Any) -> None:
        """Keep the parts apart: they are printed in different places."""
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail
        self.field = field
        self.extra = extra


class TryLater(HonninError):
    """Nobody is at fault: a part of the house is away or full. Asking again later is right."""

    def __init__(self, code: str, detail: str, *, after: int = 1) -> None:
        """Say why, and after how many seconds asking again makes sense."""
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail
        self.after = after


class FlowFault(HonninError):
    """Ops must act: a call flow is wrong. Carries every fault found, each with file and line."""

    def __init__(self, faults: tuple[str, ...]) -> None:
        """Take all the faults, so that they are mended in one go."""
        super().__init__("\n".join(faults))
        self.faults = faults


class SettingsFault(HonninError):
    """Ops must act: the configuration is wrong. Carries every fault found, each with its place."""

    def __init__(self, faults: tuple[str, ...]) -> None:
        """Take all the faults, so that they are mended in one go."""
        super().__init__("\n".join(faults))
        self.faults = faults


class Impossible(HonninError):
    """We must act: the program asked for something that cannot happen. A defect, never a guess."""


class Forged(HonninError):
    """Nobody must act: a hook that does not come from the carrier, or not for this call."""


class StaffFault(HonninError):
    """Staff must act: a credential or a role does not allow what was asked for. Nothing was changed."""


class ReleaseFault(HonninError):
    """Staff must act: what was asked for cannot be done with this release. Nothing was changed."""
