"""A poll that is held until something changes: by what it saw, for how long, and how many at once."""

import time
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.web.small_house import Answer, SmallHouse, small_house

AT_ONCE = 10.0  # seconds; a poll that is held is held for twenty
PATIENCE = 30.0


def poll(house: SmallHouse, verification: str, wait: int, seen: str = "") -> Answer:
    return house.ask(
        "GET", f"/v1/verifications/{verification}?wait={wait}", headers={"If-None-Match": seen}
    )


def held(
    house: SmallHouse, pool: ThreadPoolExecutor, verification: str, seen: str = ""
) -> Future[Answer]:
    """Begin a poll and return once it is held."""
    before = house.bell.waiting
    future = pool.submit(poll, house, verification, 20, seen)
    house.bell.wait_until_held(before + 1)
    return future


def test_a_held_poll_answers_when_something_changes(house: SmallHouse) -> None:
    view = house.start()
    with ThreadPoolExecutor(1) as pool:
        future = held(house, pool, view["id"])
        house.place(view["id"])
        answer = future.result(PATIENCE)
    assert answer.json["state"] in {"placing", "ringing"}


def test_the_tag_changes_with_the_verification_and_only_with_it(house: SmallHouse) -> None:
    view = house.start(mode="keyin")
    first, second = (poll(house, view["id"], 0).headers["ETag"] for _ in range(2))
    house.place(view["id"])
    assert first == second != poll(house, view["id"], 0).headers["ETag"]


def test_the_tag_of_a_start_is_the_tag_of_the_first_poll(house: SmallHouse) -> None:
    body = {"mode": "keyin", "purpose": "link", "bank": "honnin", "wallet": "kumopay"}
    start = house.ask("POST", "/v1/verifications", {**body, "account": "101-1234567"})
    assert "passcode" in start.json
    assert poll(house, start.json["id"], 0).headers["ETag"] == start.headers["ETag"]


def test_nothing_is_missed_between_two_polls(house: SmallHouse) -> None:
    view = house.start()
    seen = poll(house, view["id"], 0).headers["ETag"]
    house.place(view["id"])
    begun = time.monotonic()
    assert poll(house, view["id"], 20, seen).json["state"] == "ringing"
    assert time.monotonic() - begun < AT_ONCE


@pytest.mark.parametrize("form", ["{}", "W/{}", '"an-older-one", {}', "W/{}, W/{}"])
def test_a_tag_is_known_in_every_form_that_a_proxy_gives_it(house: SmallHouse, form: str) -> None:
    view = house.start()
    tag = poll(house, view["id"], 0).headers["ETag"]
    with ThreadPoolExecutor(1) as pool:
        future = held(house, pool, view["id"], form.replace("{}", tag))
        house.place(view["id"])
        assert future.result(PATIENCE).json["state"] != "wanted"


def test_a_poll_with_an_unknown_tag_is_answered_at_once(house: SmallHouse) -> None:
    view = house.start()
    begun = time.monotonic()
    assert poll(house, view["id"], 20, '"of-another-life"').status_code == 200
    assert time.monotonic() - begun < AT_ONCE


def test_a_poll_is_held_no_longer_than_it_asked(house: SmallHouse) -> None:
    view = house.start()
    begun = time.monotonic()
    answer = poll(house, view["id"], 1)
    assert 0.9 < time.monotonic() - begun < AT_ONCE
    assert (answer.status_code, answer.json["state"]) == (200, "wanted")
    assert "Retry-After" not in answer.headers


def test_a_decided_verification_is_told_at_once(house: SmallHouse) -> None:
    view = house.start()
    house.ask("DELETE", f"/v1/verifications/{view['id']}")
    tag = poll(house, view["id"], 0).headers["ETag"]
    begun = time.monotonic()
    assert poll(house, view["id"], 20, tag).json["verdict"] == "fail"
    assert time.monotonic() - begun < AT_ONCE


def test_a_held_poll_notices_a_deadline_that_nobody_was_awake_for(house: SmallHouse) -> None:
    view = house.start()
    with ThreadPoolExecutor(1) as pool:
        future = held(house, pool, view["id"])
        house.clock.move(601)
        house.bell.ring()
        assert future.result(PATIENCE).json["verdict"] == "fail"


def test_beyond_the_cap_a_poll_is_answered_at_once_with_retry_after(house: SmallHouse) -> None:
    view = house.start()
    with ThreadPoolExecutor(2) as pool:
        futures = [held(house, pool, view["id"]) for _ in range(2)]
        begun = time.monotonic()
        answer = poll(house, view["id"], 20)
        assert time.monotonic() - begun < AT_ONCE
        assert (answer.status_code, answer.headers["Retry-After"]) == (200, "1")
        house.place(view["id"])
        assert all(future.result(PATIENCE).json["state"] != "wanted" for future in futures)
    assert "Retry-After" not in poll(house, view["id"], 1).headers


def test_a_process_that_leaves_answers_whom_it_holds_and_holds_nobody_any_more(
    house: SmallHouse,
) -> None:
    view = house.start()
    assert house.client.get("/readyz").status_code == 200
    with ThreadPoolExecutor(2) as pool:
        futures = [held(house, pool, view["id"]) for _ in range(2)]
        house.app.leave()
        answers = [future.result(5) for future in futures]
    answers.append(poll(house, view["id"], 20))
    assert [each.json["state"] for each in answers] == ["wanted"] * 3
    assert [each.headers["Retry-After"] for each in answers] == ["1"] * 3
    ready = house.client.get("/readyz")
    assert (ready.status_code, ready.json) == (503, {"status": "leaving"})
    assert house.client.get("/healthz").status_code == 200


def test_a_house_may_hold_no_poll_at_all(tmp_path: Path) -> None:
    house = small_house(tmp_path, long_polls=0)
    view = house.start()
    assert poll(house, view["id"], 20).headers["Retry-After"] == "1"


def test_a_longer_wait_than_is_offered_is_refused(house: SmallHouse) -> None:
    view = house.start()
    answer = poll(house, view["id"], 26)
    assert (answer.status_code, answer.json["code"]) == (400, "invalid_field")


def test_a_poll_of_another_clients_verification_is_not_held(house: SmallHouse) -> None:
    view = house.start()
    begun = time.monotonic()
    answer = house.ask("GET", f"/v1/verifications/{view['id']}?wait=20", key="rival")
    assert answer.status_code == 404
    assert time.monotonic() - begun < AT_ONCE
