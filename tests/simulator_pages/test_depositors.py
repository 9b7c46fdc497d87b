import csv
import tomllib
from pathlib import Path

import pytest

from ivr.simulator.depositors import FACTS, Bank, load_bank

ROOT = Path(__file__).parents[2]


def registry() -> list[dict[str, str]]:
    return list(csv.DictReader((ROOT / "config/accounts.csv").read_text(encoding="utf-8").split()))


@pytest.fixture
def bank() -> Bank:
    return load_bank()


@pytest.mark.parametrize("language", ["ja", "en"])
def test_every_depositor_is_known_by_his_own_facts(bank: Bank, language: str) -> None:
    for depositor in bank.depositors:
        assert bank.who_knows(depositor.facts(language)) is depositor


@pytest.mark.parametrize("fact", FACTS)
def test_one_wrong_fact_is_enough_to_be_nobody(bank: Bank, fact: str) -> None:
    facts = bank.depositor("hanako").facts("ja")
    assert bank.who_knows(facts | {fact: bank.depositor("mei").facts("ja")[fact]}) is None


def test_a_fact_may_be_typed_in_full_width_and_with_spaces(bank: Bank) -> None:
    facts = bank.depositor("hanako").facts("ja")
    typed = facts | {"number": "１２３４５６７", "name": "ﾎﾝﾆﾝ　ﾊﾅｺ", "pin": " 4071 "}
    assert bank.who_knows(typed) is bank.depositor("hanako")


def test_the_registry_names_every_account_and_its_telephone(bank: Bank) -> None:
    phones = tomllib.loads((ROOT / "ivr/simulator/phones.toml").read_text(encoding="utf-8"))
    numbers = {phone["id"]: phone["number"] for phone in phones["phone"]} | {"": ""}
    registered = {(row["bank"], row["account"]): row["number"] for row in registry()}
    for depositor in bank.depositors:
        assert registered[bank.id, depositor.account] == numbers[depositor.phone]


def test_the_hint_shows_the_last_two_digits_and_no_more(bank: Bank) -> None:
    numbers = {row["account"]: row["number"] for row in registry()}
    for depositor in bank.depositors:
        shown = depositor.number_hint.rpartition("-")[2]
        assert shown.strip("•") == numbers[depositor.account][-2:]
        assert "••••" in depositor.number_hint or not depositor.number_hint
