from email.utils import parsedate_to_datetime

import pytest

from ivr.simulator.network.behaviours import (
    AnyBehaviour,
    Busy,
    NoAnswer,
    Rejected,
    Script,
    Unreachable,
)
from ivr.simulator.network.calls import Source
from tests.simulator.world import ALL_EVENTS, World, response, say, troubles

CALLBACK = Source(url="https://product.example/status")


def world(behaviour: AnyBehaviour, events: frozenset[str] = ALL_EVENTS) -> World:
    here = World(behaviour=behaviour)
    here.call(response(say("はい。")), status_callback=CALLBACK, status_events=events)
    return here


def sequence(here: World) -> list[str]:
    return [sent.form["SequenceNumber"] for sent in here.asked("/status")]


def test_every_event_is_told_in_order_with_its_number() -> None:
    here = world(Script())
    assert here.statuses() == ["initiated", "ringing", "in-progress", "completed"]
    assert sequence(here) == ["0", "1", "2", "3"]


def test_only_the_end_is_told_unless_more_is_asked_for() -> None:
    here = World()
    here.call(response(), status_callback=CALLBACK)
    assert (here.statuses(), sequence(here)) == (["completed"], ["0"])


def test_nothing_is_told_without_an_address() -> None:
    here = World()
    here.call(response())
    assert here.statuses() == []


def test_an_event_that_does_not_exist_silences_all_of_them() -> None:
    here = World()
    events = frozenset({"initiated ringing"})
    call = here.call(response(), status_callback=CALLBACK, status_events=events)
    assert (here.statuses(), troubles(call)) == ([], [21626])


def test_a_status_callback_has_its_own_fields() -> None:
    here = world(Script())
    ringing, last = here.asked("/status")[1].form, here.asked("/status")[-1].form
    assert ringing["CallbackSource"] == "call-progress-events"
    assert "CallDuration" not in ringing
    assert "SipResponseCode" not in ringing
    assert last["SipResponseCode"] == "200"
    assert (last["CallDuration"], last["Duration"]) == ("1", "1")
    when = parsedate_to_datetime(last["Timestamp"])
    assert when.timestamp() == pytest.approx(here.asked("/status")[-1].at, abs=1)
    assert last["CallerCity"] == ""


@pytest.mark.parametrize(
    ("behaviour", "status", "sip"),
    [
        (NoAnswer(), "no-answer", "487"),
        (Busy(), "busy", "486"),
        (Rejected(), "no-answer", "603"),
        (Unreachable(), "failed", "404"),
    ],
)
def test_a_call_that_was_not_answered_says_how_it_ended(
    behaviour: AnyBehaviour, status: str, sip: str
) -> None:
    last = world(behaviour).asked("/status")[-1].form
    assert (last["CallStatus"], last["SipResponseCode"]) == (status, sip)
    assert (last["CallDuration"], last["Duration"]) == ("0", "0")


def test_reordered_callbacks_keep_their_numbers_and_the_last_is_never_lost() -> None:
    here = world(Script(reorder_status=True))
    assert sequence(here) == ["1", "0", "3", "2"]
    assert sorted(here.statuses()) == ["completed", "in-progress", "initiated", "ringing"]


def test_a_reordering_network_with_one_callback_delivers_it() -> None:
    here = world(Script(reorder_status=True), frozenset({"completed"}))
    assert here.statuses() == ["completed"]


def test_late_callbacks_come_late_and_say_when_it_was() -> None:
    here = world(Script(late_status=30))
    for sent in here.asked("/status"):
        when = parsedate_to_datetime(sent.form["Timestamp"]).timestamp()
        assert sent.at - when == pytest.approx(30, abs=1)


def test_lost_callbacks_never_come_and_the_call_is_played_all_the_same() -> None:
    here = world(Script(lost_status=True))
    assert (here.statuses(), len(here.asked("/voice"))) == ([], 1)


def test_a_callback_that_fails_changes_nothing() -> None:
    here = World()
    call = here.call(
        response(say("はい。")),
        status_callback=Source(url="https://product.example/broken", method="GET"),
        status_events=ALL_EVENTS,
    )
    assert call.status == "completed"
    assert {sent.method for sent in here.asked("/broken")} == {"GET"}
