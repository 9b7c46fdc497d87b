"""Telephone numbers: one canonical form, the class a number belongs to, and a masked print.

Knows the numbering plan (Google's `phonenumbers`) and nothing about who owns a number.
A number from a registry must already be written in its canonical E.164 form: a lenient parser
accepts extensions, trunk zeros and full-width digits, and a mistake here rings a stranger.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

import phonenumbers

from ivr.domain.errors import Code, Refused


class NumberClass(StrEnum):
    """What kind of line a number leads to."""

    MOBILE = "mobile"
    LANDLINE = "landline"
    OTHER = "other"


_CLASSES: Final = {
    phonenumbers.PhoneNumberType.MOBILE: NumberClass.MOBILE,
    phonenumbers.PhoneNumberType.FIXED_LINE: NumberClass.LANDLINE,
}


class PhoneNumber:
    """A checked E.164 number that prints itself masked. `reveal()` is for the carrier alone."""

    __slots__ = ("_e164", "number_class")

    def __init__(self, e164: str, number_class: NumberClass) -> None:
        """Use `parse`: it is the only place that checks."""
        self._e164 = e164
        self.number_class = number_class

    def reveal(self) -> str:
        """Return the number in full, for the request to the carrier and for the sealed record."""
        return self._e164

    def __str__(self) -> str:
        """Mask all but the country code and the last four digits."""
        return mask(self._e164)

    __repr__ = __str__

    def __eq__(self, other: object) -> bool:
        """Compare by number."""
        return isinstance(other, PhoneNumber) and other._e164 == self._e164

    def __hash__(self) -> int:
        """Hash by number."""
        return hash(self._e164)


def mask(e164: str) -> str:
    """Mask an E.164 number: `+81••••••5678`."""
    return f"{e164[:3]}••••••{e164[-4:]}"


def parse(text: str, *, callable_classes: frozenset[NumberClass]) -> PhoneNumber:
    """Check a registered number and return it.

    Raises:
        Refused: `no_registered_number` when empty; `number_not_called` when it is not written
            in canonical E.164, is not a valid number, or is of a class that we do not call.

    """
    if not text:
        raise Refused(
            Code.NO_REGISTERED_NUMBER,
            "The bank has no registered number for this account; ask the depositor to register one at the bank.",
            field="account",
        )
    number = _canonical(text)
    number_class = _CLASSES.get(phonenumbers.number_type(number), NumberClass.OTHER)
    if number_class not in callable_classes:
        raise _not_called("is of a class that is not called (mobile and landline are)")
    return PhoneNumber(text, number_class)


def _canonical(text: str) -> phonenumbers.PhoneNumber:
    try:
        number = phonenumbers.parse(text, None)
    except phonenumbers.NumberParseException as error:
        raise _not_called("is not a telephone number in E.164 form") from error
    if (
        number.extension
        or phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164) != text
    ):
        raise _not_called("is not written in canonical E.164 form, such as +819012345678")
    if not phonenumbers.is_valid_number(number):
        raise _not_called("is not a number that the numbering plan knows")
    return number


def _not_called(why: str) -> Refused:
    return Refused(
        Code.NUMBER_NOT_CALLED,
        f"The account's registered number {why}; the bank must correct its registry.",
        field="account",
    )
