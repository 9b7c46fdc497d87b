import pytest

from ivr.domain.record import Reason, State
from tests.service.house import CALLBACK, WEB, MemoryHouse, id_of, wrong


def test_a_verification_comes_to_its_verdict_with_only_a_worker_awake(house: MemoryHouse) -> None:
    views = [
        house.start(account, callback_url=CALLBACK) for account in ("001-0000001", "001-0000002")
    ]
    house.run_until_nothing_is_due()
    assert {house.record(view).verification.reason for view in views} == {Reason.NO_ANSWER}
    assert len(house.courier.posts) == 2


def test_what_is_gone_is_forgotten(house: MemoryHouse) -> None:
    view = house.start()
    house.memory._values.clear()
    assert house.work() == 1
    house.wait(60)
    assert house.work() == 0
    assert id_of(view) not in house.memory._due


def test_looking_too_early_does_nothing(house: MemoryHouse) -> None:
    view = house.start()
    house.work()
    before, notes = house.record(view), house.notes()
    for _ in range(3):
        house.upkeep.attend(id_of(view))
    assert (house.record(view), house.notes()) == (before, notes)
    assert len(house.carrier.orders) == 1


def test_a_lease_that_ran_out_lets_another_worker_finish(house: MemoryHouse) -> None:
    view = house.start()
    assert house.store.take_due(lease_ms=10_000, limit=9) == [id_of(view)]
    assert house.work() == 0
    house.wait(10)
    assert house.work() == 1
    assert house.record(view).verification.state is State.RINGING


def test_a_story_is_archived_whole_and_once(house: MemoryHouse) -> None:
    view = house.start()
    phone = house.ring()
    passcode = phone.listen()
    with pytest.raises(Exception, match="wrong_passcode"):
        house.check(view, wrong(passcode))
    house.check(view, passcode)
    told = house.notes()
    while house.upkeep.archive():
        pass
    assert house.notes() == []
    kinds = [entry.kind for entry in house.archive.story(id_of(view))]
    assert kinds == told
    assert kinds == [
        "verification_requested",
        "placing_started",
        "call_accepted",
        "phone_answered",
        "turn_taken",
        "consent_given",
        "passcode_spoken",
        "turn_taken",
        "call_ended",
        "passcode_checked",
        "passcode_checked",
    ]


def test_a_story_that_could_not_be_archived_is_archived_later(house: MemoryHouse) -> None:
    view = house.start()
    house.archive.broken = True
    with pytest.raises(OSError, match="full"):
        house.upkeep.archive()
    house.archive.broken = False
    assert house.upkeep.archive() == 1
    assert [entry.kind for entry in house.archive.story(id_of(view))] == ["verification_requested"]


def test_a_story_tells_no_passcode_and_no_number(house: MemoryHouse) -> None:
    view = house.start(callback_url=CALLBACK, reference="r-1")
    phone = house.ring()
    passcode = phone.listen()
    with pytest.raises(Exception, match="wrong_passcode"):
        house.check(view, wrong(passcode), "key")
    house.check(view, passcode, "other")
    house.work()
    house.accounts.unlock("honnin", "001-0000001", person="suzuki", reason="asked")
    told = repr(house.store.read_notes(1000))
    for secret in (passcode, wrong(passcode), "9012345601", "0000001", "5678900"):
        assert secret not in told


def test_every_change_is_told_with_the_state_it_led_to(house: MemoryHouse) -> None:
    view = house.start()
    house.ring().hang_up()
    house.verifications.cancel(WEB, id_of(view))
    rows = house.store.read_notes(100)
    states = [note.detail.get("state") for row in rows for note in row[3]]
    assert states == [None, "placing", "ringing", "resting", "failed"]
    assert rows[-1][3][0].detail["reason"] == "cancelled"
