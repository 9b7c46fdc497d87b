"""Calls and releases: which release a call follows, and that its whole story names it."""

from msgspec.structs import replace

from ivr.domain.callflow import Mode
from ivr.service.carrier_port import CallProgress
from ivr.service.ports import Note
from tests.service.flows import FLOWS
from tests.service.house import MemoryHouse
from tests.service.phone import words

BEFORE = {"verification_requested", "placing_started", "call_accepted", "phone_rang"}


def notes_of(house: MemoryHouse) -> list[Note]:
    return [note for _, _, _, notes in house.store.read_notes(1000) for note in notes]


def publish(house: MemoryHouse, release: str) -> None:
    """Put the same flows in force under another name; the former stay known."""
    newer = [replace(flow, release=release) for flow in FLOWS]
    house.flows.flows = [*newer, *house.flows.flows]


def test_every_note_of_a_call_that_has_begun_names_its_release_and_step(house: MemoryHouse) -> None:
    house.start()
    phone = house.ring()
    phone.listen()
    told = {note.kind: note.detail for note in notes_of(house) if note.kind not in BEFORE}
    assert told.keys() == {
        "phone_answered",
        "consent_given",
        "passcode_spoken",
        "turn_taken",
        "call_ended",
    }
    assert {each["release"] for each in told.values()} == {"release-of-link-readout"}
    assert {kind: each["step"] for kind, each in told.items()} == {
        "phone_answered": "ask_consent",
        "consent_given": "ask_consent",
        "passcode_spoken": "code",
        "turn_taken": "code",
        "call_ended": "code",
    }


def test_a_tried_passcode_and_a_not_me_name_them_too(house: MemoryHouse) -> None:
    view = house.start(mode=Mode.KEYIN)
    phone = house.ring()
    phone.wait_for_code_question()
    phone.press("000000" if view.passcode != "000000" else "111111")
    phone.press("*")
    told = {note.kind: note.detail for note in notes_of(house)}
    for kind in ("passcode_keyed", "not_me_reported"):
        assert told[kind]["release"] == "release-of-link-keyin"
        assert told[kind]["step"] == "code"


def test_what_happens_before_a_call_begins_follows_no_release(house: MemoryHouse) -> None:
    house.start()
    house.ring().tell(CallProgress.RINGING)
    assert all("release" not in note.detail for note in notes_of(house))


def test_a_call_takes_the_release_in_force_when_it_begins_and_keeps_it(house: MemoryHouse) -> None:
    view = house.start()
    phone = house.ring()
    publish(house, "newer")
    phone.answer()
    publish(house, "newest")
    phone.press("1")
    assert house.record(view).verification.call.release == "newer"
    phone.hang_up()
    assert house.check(view, phone.passcode).record.verification.passed


def test_the_next_call_of_a_verification_takes_the_newer_one(house: MemoryHouse) -> None:
    view = house.start()
    house.ring().listen()
    publish(house, "newer")
    house.call_again(view)
    house.ring().listen()
    assert house.record(view).verification.call.release == "newer"


def test_a_release_that_nobody_knows_gives_way_to_the_one_in_force(house: MemoryHouse) -> None:
    view = house.start()
    phone = house.ring()
    phone.answer()
    house.flows.flows = [replace(flow, release="newer") for flow in FLOWS]
    assert "The passcode is" in words(phone.press("1"))
    assert house.record(view).verification.call.release == "newer"


def test_a_language_that_a_newer_release_lacks_gives_way_to_one_it_has(house: MemoryHouse) -> None:
    house.start(language="en")
    phone = house.ring()
    house.flows.flows = [replace(flow, voices={"ja": flow.voices["ja"]}) for flow in FLOWS]
    assert phone.answer().language == "ja"


def test_a_call_in_a_language_that_is_gone_is_closed_in_one_that_is_there(
    house: MemoryHouse,
) -> None:
    house.start(language="en")
    phone = house.ring()
    phone.answer()
    house.flows.flows = [
        replace(flow, release="newer", voices={"ja": flow.voices["ja"]}) for flow in FLOWS
    ]
    reply = phone.press("1")
    assert reply.language == "ja"
    assert words(reply) == "There is nothing more to do. (hangs up)"
