"""The sample bank's customers and the facts by which it knows them.

Knows the file `depositors.toml` and how a typed fact compares with a kept one. Knows nothing of the
product, of calls or of pages. These facts are what the thieves of 2020 had: here they never decide
alone.
"""

import datetime as dt
import hmac
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("depositors.toml")
FACTS = ("branch", "number", "name", "pin", "birth_date")


@dataclass(frozen=True, kw_only=True)
class Depositor:
    """One customer: the account, the facts, and the telephone of the stand-in network."""

    id: str
    account: str
    branch: Mapping[str, str]
    name: Mapping[str, str]
    birth_date: dt.date
    pin: str
    phone: str
    number_hint: str

    def facts(self, language: str) -> dict[str, str]:
        """Give every remembered fact, as a person would type it into the bank's page."""
        branch, number = self.account.split("-")
        return {
            "branch": branch,
            "number": number,
            "name": self.name[language],
            "pin": self.pin,
            "birth_date": self.birth_date.isoformat(),
        }

    def matches(self, facts: Mapping[str, str]) -> bool:
        """Say whether every fact is right; a name counts in any of its spellings."""
        known = self.facts("ja")
        given = {fact: same_spelling(facts[fact]) for fact in FACTS}
        names = {same_spelling(name) for name in self.name.values()}
        others = (fact for fact in FACTS if fact != "name")
        return given["name"] in names and all(
            hmac.compare_digest(given[fact].encode(), known[fact].encode()) for fact in others
        )


@dataclass(frozen=True, kw_only=True)
class Bank:
    """The sample bank, the sample wallet and everybody who has an account."""

    id: str
    name: Mapping[str, str]
    wallet_id: str
    wallet_name: Mapping[str, str]
    depositors: tuple[Depositor, ...]

    def depositor(self, depositor_id: str) -> Depositor:
        """Find a depositor by id. Raises: KeyError."""
        found = {depositor.id: depositor for depositor in self.depositors}
        return found[depositor_id]

    def who_knows(self, facts: Mapping[str, str]) -> Depositor | None:
        """Find the depositor all of whose facts these are; which fact was wrong is not told."""
        return next((one for one in self.depositors if one.matches(facts)), None)


def same_spelling(text: str) -> str:
    """Bring a typed fact to one form: half width, no spaces, no case."""
    return "".join(unicodedata.normalize("NFKC", text).split()).casefold()


def load_bank(file: Path = FILE) -> Bank:
    """Read the sample bank. Raises: OSError, tomllib.TOMLDecodeError, KeyError, TypeError."""
    kept: dict[str, Any] = tomllib.loads(file.read_text(encoding="utf-8"))
    return Bank(
        id=kept["bank"]["id"],
        name=kept["bank"]["name"],
        wallet_id=kept["wallet"]["id"],
        wallet_name=kept["wallet"]["name"],
        depositors=tuple(Depositor(**fields) for fields in kept["depositor"]),
    )
