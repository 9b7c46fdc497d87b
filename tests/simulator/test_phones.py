from pathlib import Path
from typing import get_args

import phonenumbers
import pytest

from ivr.simulator.network import phones
from ivr.simulator.network.behaviours import AnyBehaviour, Script, Unreachable, Voicemail
from ivr.simulator.network.phones import Phone, PhoneBook

KINDS = {kind.__struct_config__.tag for kind in get_args(AnyBehaviour)}
FAULTS = ("repeat_hooks", "reorder_status", "late_status", "lost_status")


def test_the_table_has_a_phone_for_every_behaviour_and_every_fault_of_the_network() -> None:
    table = list(phones.load())
    assert {phone.behaviour.__struct_config__.tag for phone in table} == KINDS
    for fault in FAULTS:
        assert any(getattr(phone.behaviour, fault) for phone in table)


def test_the_sample_banks_depositors_have_their_phones() -> None:
    ids = [phone.id for phone in phones.load()]
    assert ids[:7] == ["hanako", "taro", "jiro", "sachiko", "kenji", "yuki", "mei"]


def test_every_number_is_valid_in_japan_and_of_a_class_that_may_be_called() -> None:
    classes = {
        phonenumbers.PhoneNumberType.MOBILE,
        phonenumbers.PhoneNumberType.FIXED_LINE,
    }
    for phone in phones.load():
        parsed = phonenumbers.parse(phone.number)
        assert phonenumbers.is_valid_number(parsed), phone.id
        assert phonenumbers.number_type(parsed) in classes, phone.id


def test_every_phone_is_labelled_in_both_languages() -> None:
    assert all(set(phone.label) == {"ja", "en"} for phone in phones.load())


def test_a_number_that_is_not_there_cannot_be_reached() -> None:
    assert phones.load().behaviour_of("+819099999999") == Unreachable()


def test_an_id_or_a_number_is_there_only_once() -> None:
    one = Phone(id="a", number="+819012345601", label={}, behaviour=Script())
    for other in ({"id": "a", "number": "+819012345602"}, {"id": "b", "number": one.number}):
        with pytest.raises(ValueError, match="there twice"):
            PhoneBook([one, Phone(**other, label={}, behaviour=Script())])


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"kind": "parrot"}, "parrot"),
        ({"kind": "live", "colour": "red"}, "colour"),
        ({"kind": "script", "steps": [{"press": "x"}]}, "press"),
        ({"kind": "voicemail", "longest": -1}, "longest"),
        ({}, "kind"),
        (None, "Expected"),
    ],
)
def test_a_wrong_behaviour_is_refused_and_the_field_named(given: object, named: str) -> None:
    with pytest.raises(ValueError, match=named):
        phones.behaviour(given)


def test_a_behaviour_is_read_with_its_defaults() -> None:
    given = {"kind": "voicemail", "greeting_seconds": 3, "repeat_hooks": True}
    assert phones.behaviour(given) == Voicemail(greeting_seconds=3.0, repeat_hooks=True)


def test_a_table_of_ones_own_can_be_read(tmp_path: Path) -> None:
    file = tmp_path / "phones.toml"
    text = (
        '[[phone]]\nid = "x"\nnumber = "+819012345699"\nlabel = {}\nbehaviour = {kind = "busy"}\n'
    )
    file.write_text(text)
    assert [phone.id for phone in phones.load(file)] == ["x"]
    file.write_text(text.replace("+819012345699", "090-1234-5699"))
    with pytest.raises(ValueError, match="number"):
        phones.load(file)
