"""The page and the story speak with the real stand-in network, not only with the fake one."""

import json
import threading
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
import urllib3

from ivr.simulator import server, story_scenes
from ivr.simulator.__main__ import build_carrier
from ivr.simulator.bank import BankSettings, bank_blueprint
from ivr.simulator.depositors import load_bank
from ivr.simulator.environment import read_settings
from ivr.simulator.network.clock import RealClock
from ivr.simulator.story_world import Phone, Wire

ENVIRONMENT = {"SIM_PORT": "0", "SIM_ACCOUNT_SID": "AC" + "1" * 32, "SIM_AUTH_TOKEN": "t" * 32}
NOWHERE = "http://127.0.0.1:9"
PAGE_S_BEHAVIOURS = [
    {"kind": "live"},
    {"kind": "no_answer"},
    {"kind": "script", "answer_after": 4, "steps": [{"question": True, "after": 1, "press": "9"}]},
]
STORY_S_BEHAVIOURS = [
    story_scenes.FOLLOWS_CONSENT,
    story_scenes.REPORTS,
    story_scenes.REPORTS_LATE,
    story_scenes.MACHINE,
]


@pytest.fixture
def url() -> Iterator[str]:
    clock = RealClock(speed=20.0)
    settings = BankSettings(
        api_url=NOWHERE, api_key="k", callback_secrets=("whsec_AAAA",), public_url=NOWHERE
    )
    pages = [bank_blueprint(settings, load_bank())]
    carrier = build_carrier(read_settings(ENVIRONMENT), clock)
    listening = server.listen("127.0.0.1", 0)
    port = listening.getsockname()[1]
    web = server.serve(server.create_app(carrier, blueprints=pages), listening)
    clock.start()
    thread = threading.Thread(target=web.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{port}"
    web.shutdown()
    thread.join()
    web.server_close()
    clock.stop()


@pytest.mark.parametrize("behaviour", PAGE_S_BEHAVIOURS + STORY_S_BEHAVIOURS)
def test_the_network_knows_every_behaviour_that_is_asked_of_it(
    url: str, behaviour: dict[str, Any]
) -> None:
    answer = urllib3.request("PUT", f"{url}/sim/phones/hanako", json={"behaviour": behaviour})
    assert answer.status == 200, answer.data


def test_every_depositor_has_a_phone_there(url: str) -> None:
    phones = json.loads(urllib3.request("GET", f"{url}/sim/phones").data)
    wanted = {one.phone for one in load_bank().depositors if one.phone}
    assert wanted <= {phone["id"] for phone in phones}


def test_a_call_is_seen_heard_and_answered_through_its_control(url: str) -> None:
    phone = Phone(Wire(url), "hanako")
    order = {
        "To": "+819012345601",
        "From": "+81345678900",
        "Twiml": "<Response><Say language='ja-JP'>番号は、ゼロ イチ</Say><Pause/></Response>",
    }
    sid, token = ENVIRONMENT["SIM_ACCOUNT_SID"], ENVIRONMENT["SIM_AUTH_TOKEN"]
    answer = urllib3.request(
        "POST",
        f"{url}/2010-04-01/Accounts/{sid}/Calls.json",
        body=urlencode(order),
        headers={
            **urllib3.make_headers(basic_auth=f"{sid}:{token}"),
            "Content-Type": "application/x-www-form-urlencoded",
        },
    )
    assert answer.status == 201, answer.data
    phone.answer()
    phone.wait_for_end()
    assert phone.heard() == ["番号は、ゼロ イチ"]


def test_the_page_is_served_beside_it_and_an_api_that_is_away_is_said_to_be(url: str) -> None:
    assert urllib3.request("GET", url).status == 200
    asked = load_bank().depositor("hanako").facts("ja")
    wish = {"mode": "readout", "language": "ja", "pace": "normal"}
    answer = urllib3.request("POST", f"{url}/bank/links", json={**asked, **wish})
    assert (answer.status, json.loads(answer.data)) == (503, {"code": "api_unreachable"})
