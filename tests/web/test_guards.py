"""An audit of the app itself: every address has its guard, or is on a short list of what anybody may read."""

from pathlib import Path

import pytest
from flask import Flask

from ivr.settings import Role
from tests.web.small_house import SmallHouse, small_house

OPEN = {
    "/healthz",
    "/readyz",
    "/.well-known/jwks.json",
    "/openapi.json",
    "/docs",
    "/problems",
    "/audio/<name>",
}
GUARDS = {"client_api": "bearer_guard", "carrier_hooks": "hook_guard"}


def routes(app: Flask) -> dict[str, tuple[str, set[str]]]:
    """Each address with its endpoint and its methods."""
    found: dict[str, tuple[str, set[str]]] = {}
    for rule in app.url_map.iter_rules():
        _, methods = found.get(rule.rule, ("", set[str]()))
        found[rule.rule] = (rule.endpoint, methods | (rule.methods or set()))
    return found


def test_every_address_is_guarded_or_open_on_purpose(house: SmallHouse) -> None:
    for address, (endpoint, methods) in routes(house.app).items():
        blueprint = endpoint.partition(".")[0]
        guards = house.app.before_request_funcs.get(blueprint, [])
        if address in OPEN:
            assert not guards
            assert methods <= {"GET", "HEAD", "OPTIONS"}
        else:
            first = guards[0].__qualname__.partition(".")[0]
            assert first == GUARDS[blueprint], address


def test_every_address_belongs_to_a_blueprint(house: SmallHouse) -> None:
    assert all("." in endpoint for endpoint, _ in routes(house.app).values())


def test_no_guarded_address_answers_a_stranger(house: SmallHouse) -> None:
    for address, (_, methods) in routes(house.app).items():
        if address in OPEN:
            continue
        path = address.replace("<int:call>", "1").replace("<int:turn>", "1")
        path = path.replace("<", "").replace(">", "")
        for method in methods:
            answer = house.client.open(path, method=method)
            expected = 403 if address.startswith("/hooks") else 401
            assert answer.status_code == expected, (method, address)


def test_what_is_open_answers_everybody(house: SmallHouse) -> None:
    for address in OPEN:
        is_named = "<" in address  # an address with a name in it, of which there is none here
        assert house.client.get(address).status_code == (404 if is_named else 200)


def test_a_refusal_for_a_missing_key_says_how_to_send_one(house: SmallHouse) -> None:
    answer = house.ask("GET", "/v1/verifications/vaaaaaaaaaaaaaaaaaaaaaaaaaa", key=None)
    assert answer.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize(
    ("proxies", "sent", "status"),
    [
        (0, "10.1.2.3", 403),
        (1, "10.1.2.3", 404),
        (1, "192.0.2.7, 10.1.2.3", 404),
        (1, "10.1.2.3, 192.0.2.7", 403),
        (2, "10.1.2.3, 192.0.2.7", 404),
        (1, "not-an-address", 403),
        (1, "", 403),
    ],
)
def test_a_forwarded_address_counts_only_from_trusted_proxies(
    tmp_path: Path, proxies: int, sent: str, status: int
) -> None:
    house = small_house(tmp_path, house={"trusted_proxies": proxies}, role=Role.API)
    answer = house.ask(
        "GET",
        "/v1/verifications/vaaaaaaaaaaaaaaaaaaaaaaaaaa",
        key="inside",
        headers={"X-Forwarded-For": sent},
        address="192.0.2.200",
    )
    assert answer.status_code == status
