"""The carrier's words: every one that its documents have is in the table, and no other is guessed at."""

import itertools

import pytest

from ivr.adapters.carrier_words import read_caller, read_refusal, read_status
from ivr.domain.errors import Impossible
from ivr.domain.events import CallEnd
from ivr.service.carrier_port import CallProgress, NotPlaced, Postponed, Unsure

# The statuses of Twilio's Call resource, and the names of its status events.
STATUSES = {
    "queued",
    "initiated",
    "ringing",
    "in-progress",
    "answered",
    "completed",
    "busy",
    "no-answer",
    "canceled",
    "failed",
}
NOT_OVER = {"queued", "initiated", "ringing", "in-progress", "answered"}


@pytest.mark.parametrize("status", sorted(STATUSES))
def test_every_documented_status_has_a_meaning(status: str) -> None:
    meaning = read_status(status, "")
    assert isinstance(meaning, CallProgress if status in NOT_OVER else CallEnd)


@pytest.mark.parametrize("status", sorted(STATUSES))
def test_every_sip_code_leaves_every_status_with_a_meaning(status: str) -> None:
    for code in range(100, 700):
        meaning = read_status(status, str(code))
        assert isinstance(meaning, CallProgress if status in NOT_OVER else CallEnd)


def test_a_call_that_was_completed_stays_so_whatever_the_sip_code() -> None:
    assert {read_status("completed", str(code)) for code in range(100, 700)} == {CallEnd.COMPLETED}


@pytest.mark.parametrize(
    ("status", "code", "end"),
    [
        ("no-answer", "", CallEnd.NO_ANSWER),
        ("no-answer", "487", CallEnd.NO_ANSWER),
        ("no-answer", "603", CallEnd.REJECTED),
        ("busy", "486", CallEnd.BUSY),
        ("canceled", "", CallEnd.NO_ANSWER),
        ("failed", "", CallEnd.UNREACHABLE),
        ("failed", "404", CallEnd.UNREACHABLE),
        ("failed", "480", CallEnd.NO_ANSWER),
        ("failed", "503", CallEnd.CARRIER_BUSY),
    ],
)
def test_what_the_far_end_said_tells_more(status: str, code: str, end: CallEnd) -> None:
    assert read_status(status, code) is end


@pytest.mark.parametrize("status", ["", "Ringing", "on-hold", "complete", "no_answer"])
def test_an_unknown_status_is_an_error_that_names_it(status: str) -> None:
    with pytest.raises(Impossible, match=repr(status)):
        read_status(status, "")


NUMBER_REFUSED = (13224, 21211, 21214, 21215, 21216, 21217)


@pytest.mark.parametrize("code", NUMBER_REFUSED)
def test_a_number_refused_for_good_is_unreachable(code: int) -> None:
    assert read_refusal(400, code, 1.0) == NotPlaced(CallEnd.UNREACHABLE, str(code))


@pytest.mark.parametrize(
    ("status", "code"), [(429, None), (429, 20429), (400, 20429), (400, 10004)]
)
def test_what_was_surely_not_processed_is_asked_again(status: int, code: int | None) -> None:
    assert read_refusal(status, code, 1.5) == Postponed(1.5, str(code or status))


@pytest.mark.parametrize(
    ("status", "code"), [(500, None), (500, 20500), (503, 20503), (502, None), (400, 20500)]
)
def test_a_servers_fault_says_nothing_about_the_call(status: int, code: int | None) -> None:
    assert read_refusal(status, code, 1.0) == Unsure(str(code or status))


@pytest.mark.parametrize(("status", "code"), [(404, 20404), (400, 21210), (400, None)])
def test_every_other_refusal_is_of_a_call_that_was_not_placed(
    status: int, code: int | None
) -> None:
    assert read_refusal(status, code, 1.0) == NotPlaced(CallEnd.CARRIER_BUSY, str(code or status))


def test_only_a_full_carrier_is_ever_asked_again() -> None:
    codes = (None, 20003, 20404, 20429, 20500, 20503, 10004, 32018, *NUMBER_REFUSED)
    for status, code in itertools.product((302, 400, 401, 403, 404, 408, 429, 500, 503), codes):
        if isinstance(read_refusal(status, code, 1.0), Postponed):
            assert status == 429 or code in {20429, 10004}


@pytest.mark.parametrize(
    "shown",
    [
        "",
        "anonymous",
        "ANONYMOUS",
        "+266696687",
        "+2562533",
        "+7378742833",
        "+86282452253",
        "+8656696",
        "+7748283",
        "sip:desk@pbx.example",
        "client:alice",
        "09012345601",
        "819012345601",
        "+81 90-1234-5601",
        "+８１９０１２３４５６０１",
        "+0",
    ],
)
def test_a_caller_who_shows_no_telephone_number_is_nobody(shown: str) -> None:
    assert read_caller(shown) == ""


def test_a_callers_number_is_read_as_it_is_shown() -> None:
    assert read_caller("+819012345601") == "+819012345601"
