"""The case number: by which the bank's staff and ours name a verification to each other by voice.

Eight digits, made of the end of the verification's id and nothing else. Two verifications may have
the same one, once in some thirty million: whoever looks one up sees the time too.
"""

from __future__ import annotations

import re
from typing import Final

from ivr.domain.errors import Impossible

_ALPHABET: Final = "abcdefghijklmnopqrstuvwxyz234567"
_TAKEN: Final = 5  # characters of base32: 25 bits, which are eight digits
_NUMBER: Final = re.compile(r"(\d{4})-?(\d{4})", re.ASCII)
_SAYABLE: Final = re.compile(r"(?=(?:-?\d){1,12}$(?!\n))\d+(?:-\d+)*", re.ASCII)


def case_number(verification_id: str) -> str:
    """Return a verification's case number, with a hyphen where a rest is made: `0123-4567`.

    Raises:
        Impossible: this is not an id of ours.

    """
    value = 0
    for letter in verification_id[-_TAKEN:]:
        place = _ALPHABET.find(letter)
        if place < 0:
            raise Impossible("an id that is not in base32 has no case number")
        value = value * len(_ALPHABET) + place
    return f"{value:08d}"[:4] + "-" + f"{value:08d}"[4:]


def id_ending(number: str) -> str | None:
    """Return how the ids with this case number end; None where it is no case number."""
    found = _NUMBER.fullmatch(number)
    value = int(found[1] + found[2]) if found else len(_ALPHABET) ** _TAKEN
    if value >= len(_ALPHABET) ** _TAKEN:
        return None
    letters = []
    for _ in range(_TAKEN):
        value, place = divmod(value, len(_ALPHABET))
        letters.append(_ALPHABET[place])
    return "".join(reversed(letters))


def reference_spoken(verification_id: str, reference: str | None) -> str:
    """Return what staff hear: the client's own reference if it is up to twelve digits, else the case number."""
    if reference and _SAYABLE.fullmatch(reference):
        return reference
    return case_number(verification_id)
