"""The phones of the stand-in network: who has which number, and what each does when called.

Knows the file `phones.toml`, and that a number in nobody's hands cannot be reached. Does not know
calls. A behaviour may be changed at any time; a call goes on with the one it began with.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from ivr.simulator.network.behaviours import AnyBehaviour, Unreachable

FILE = Path(__file__).parent.with_name("phones.toml")
Slug = Annotated[str, Meta(pattern="^[a-z][a-z0-9_-]{0,39}$")]
E164 = Annotated[str, Meta(pattern=r"^\+[1-9][0-9]{6,14}$")]


class Phone(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """One phone. The id stands in addresses, so that the number need not."""

    id: Slug
    number: E164
    label: dict[str, str]
    behaviour: AnyBehaviour


class _Table(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    phone: tuple[Phone, ...]


class PhoneBook:
    """All phones, by id and by number."""

    def __init__(self, phones: Iterable[Phone]) -> None:
        """Keep the phones. Raises: ValueError when an id or a number is there twice."""
        self._by_id: dict[str, Phone] = {}
        self._by_number: dict[str, Phone] = {}
        self._shown: dict[str | None, str] = {}
        for phone in phones:
            if phone.id in self._by_id or phone.number in self._by_number:
                raise ValueError(f"phone {phone.id!r}: its id or its number is there twice")
            self._by_id[phone.id] = self._by_number[phone.number] = phone

    def __iter__(self) -> Iterator[Phone]:
        return iter(self._by_id.values())

    def __getitem__(self, phone_id: str) -> Phone:
        """Find a phone. Raises: KeyError."""
        return self._by_id[phone_id]

    def with_number(self, number: str) -> Phone | None:
        """Find the phone that has this number."""
        return self._by_number.get(number)

    def behaviour_of(self, number: str) -> AnyBehaviour:
        """Say what happens when this number is called."""
        phone = self._by_number.get(number)
        return phone.behaviour if phone else Unreachable()

    def set_behaviour(self, phone_id: str, behaviour: AnyBehaviour) -> None:
        """Let a phone behave so from its next call on. Raises: KeyError."""
        self._by_id[phone_id].behaviour = behaviour

    def shown_beside(self, phone_id: str | None) -> str:
        """Give the keys that a page shows to whoever holds the phone; empty where none does."""
        return self._shown.get(phone_id, "")

    def show_beside(self, phone_id: str, keys: str) -> None:
        """Have a page show keys from now on. Raises: KeyError."""
        self._shown[self._by_id[phone_id].id] = keys


def load(file: Path = FILE) -> PhoneBook:
    """Read a table of phones. Raises: OSError, ValueError (which names the wrong field)."""
    table = msgspec.toml.decode(file.read_bytes(), type=_Table)
    return PhoneBook(table.phone)


def behaviour(given: object) -> AnyBehaviour:
    """Read one behaviour, as the control API takes it. Raises: ValueError (names the field)."""
    kept: AnyBehaviour = msgspec.convert(given, AnyBehaviour, strict=False)
    return kept
