"""Requests as seen from outside: their ids, what is counted of them, what is written down."""

import json
import logging
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from prometheus_client.parser import text_string_to_metric_families

from ivr.adapters.prometheus_meter import PrometheusMeter
from ivr.logs import JsonLines
from tests.web.small_house import ASKED, NUMBERS, SID, SmallHouse, small_house

SENT = "6F1C2A52-9d0c-4b8e-8a55-3f6c7d0b6a11"
LABELS = {
    "endpoint", "status", "turn", "age", "mode", "verdict", "reason", "result", "answer", "code", "le",
}  # fmt: skip


def counted(meter: PrometheusMeter, name: str) -> dict[frozenset[str], float]:
    """The samples of a name, by the values of their labels."""
    families = text_string_to_metric_families(meter.expose().decode())
    samples = (sample for family in families for sample in family.samples)
    return {frozenset(each.labels.values()): each.value for each in samples if each.name == name}


@pytest.fixture
def meter() -> PrometheusMeter:
    return PrometheusMeter()


@pytest.fixture
def house(tmp_path: Path, meter: PrometheusMeter) -> SmallHouse:
    return small_house(tmp_path, meter=meter)


def pass_one(house: SmallHouse) -> Any:
    """Play a readout from the request to the pass; return how it started."""
    view = house.start()
    house.speak(view["id"])
    house.report(view["id"], "completed")
    passcode = {"passcode": house.passcode(view["id"])}
    answer = house.ask("POST", f"/v1/verifications/{view['id']}/check", passcode)
    assert answer.status_code == 200
    return view


def test_a_whole_verification_is_counted_once_in_each_respect(
    house: SmallHouse, meter: PrometheusMeter
) -> None:
    pass_one(house)
    seen = frozenset
    assert counted(meter, "honnin_verdicts_total") == {
        seen({"readout", "pass", "right_passcode"}): 1
    }
    assert counted(meter, "honnin_calls_total") == {seen({"completed"}): 1}
    assert counted(meter, "honnin_carrier_answers_total") == {seen({"accepted", ""}): 1}
    assert counted(meter, "honnin_hooks_total") == {
        seen({"first", "fresh"}): 1,
        seen({"keys", "fresh"}): 1,
        seen({"ended", "fresh"}): 1,
    }
    requests = counted(meter, "honnin_request_seconds_count")
    assert requests[seen({"client_api.start", "202"})] == 1
    assert requests[seen({"client_api.check", "200"})] == 1
    assert requests[seen({"carrier_hooks.voice", "200"})] == 2
    assert counted(meter, "honnin_call_wait_seconds_count") == {seen(): 1}


def test_repeated_late_and_forged_hooks_are_told_apart(
    house: SmallHouse, meter: PrometheusMeter
) -> None:
    view = house.start()
    house.speak(view["id"])
    house.press(view["id"], 1, "1")
    house.press(view["id"], 7, "1")
    for _ in range(2):
        house.report(view["id"], "completed")
    path = house.hook_path(view["id"], "2")
    assert house.hook(path, token="of-somebody-else").status_code == 403
    hooks = counted(meter, "honnin_hooks_total")
    assert hooks[frozenset({"keys", "repeated"})] == 1
    assert hooks[frozenset({"keys", "late"})] == 1
    assert hooks[frozenset({"ended", "late"})] == 1
    assert counted(meter, "honnin_hooks_forged_total") == {frozenset(): 1}


def test_no_label_names_a_verification_or_an_account_or_a_number(
    house: SmallHouse, meter: PrometheusMeter
) -> None:
    view = pass_one(house)
    stray = "/v1/verifications/09012345601"
    assert house.client.get(stray).status_code == 401
    assert house.client.get("/no/such/09012345601").status_code == 404
    text = meter.expose().decode()
    secret = (view["id"], house.passcode(view["id"]), SID, ASKED["account"], "1234567", "2345601")
    assert not [each for each in secret if each in text]
    assert not [each.number for each in NUMBERS.values() if each.number and each.number in text]
    labels = {
        label
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        for label in sample.labels
    }
    assert labels <= LABELS


def test_codes_that_a_carrier_makes_up_do_not_fill_the_memory(meter: PrometheusMeter) -> None:
    assert len({meter._code(str(each)) for each in range(1000)}) == 65


def test_an_id_that_is_a_uuid_is_taken_and_any_other_is_not(house: SmallHouse) -> None:
    ids = {}
    for sent in (SENT, "", "09012345601", "a" * 36, f"{SENT}x", "../../etc/passwd"):
        answer = house.client.get("/healthz", headers={"X-Request-Id": sent})
        ids[sent] = answer.headers["X-Request-Id"]
    assert ids.pop(SENT) == SENT.lower()
    assert all(UUID(each).version == 4 for each in ids.values())
    assert len(set(ids.values())) == len(ids)


def lines(caplog: pytest.LogCaptureFixture) -> list[Mapping[str, Any]]:
    return [json.loads(text) for text in caplog.text.splitlines() if text.startswith("{")]


def test_every_line_of_a_verification_names_it_and_its_request(
    house: SmallHouse, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.handler.setFormatter(JsonLines())
    caplog.set_level(logging.INFO)
    answer = house.ask("POST", "/v1/verifications", ASKED, headers={"X-Request-Id": SENT})
    verification = answer.json["id"]
    house.speak(verification)
    house.read(verification)
    house.client.get("/healthz")
    told = [line for line in lines(caplog) if line["event"] == "request_answered"]
    assert [line["endpoint"] for line in told] == [
        "client_api.start", "carrier_hooks.voice", "carrier_hooks.voice", "client_api.read",
    ]  # fmt: skip
    assert {line["verification"] for line in told} == {verification}
    assert told[0]["request"] == SENT.lower()
    assert (told[0]["client"], told[0]["status"]) == ("linking", 202)
    assert len({line["request"] for line in told}) == 4


def test_what_strangers_write_into_an_address_is_not_written_down(
    house: SmallHouse, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.handler.setFormatter(JsonLines())
    caplog.set_level(logging.INFO)
    house.ask("GET", "/v1/verifications/09012345601")
    assert lines(caplog)
    assert "verification" not in lines(caplog)[0]
    assert not re.search("2345601", caplog.text)
