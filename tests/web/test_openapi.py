"""The description of the API: valid, whole, true, and readable."""

import ast
import re
from collections.abc import Mapping
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import msgspec
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from ivr.domain.errors import Code
from ivr.domain.policy import Request
from ivr.domain.record import State
from ivr.service.delivery import Deliveries
from ivr.service.ports import Courier
from ivr.settings import Role
from ivr.web.advice import ADVICE
from ivr.web.bodies import EXPECTED, CheckBody
from ivr.web.operations import OPERATIONS
from ivr.web.problems import ALL_STATUSES, STATUSES
from tests.web.described import check_shape, document
from tests.web.small_house import KEYRING, SmallHouse, small_house

PATHS = document()["paths"]
ROOT = Path(__file__).parents[2]


def operations() -> dict[tuple[str, str], Any]:
    """Every call of the document, by method and address."""
    return {
        (method.upper(), path): described
        for path, methods in PATHS.items()
        for method, described in methods.items()
        if method != "parameters"
    }


def test_it_is_valid_openapi() -> None:
    assert document()["openapi"] == "3.1.0"
    errors = OpenAPIV31SpecValidator(document()).iter_errors()
    assert not [error.message for error in errors]


def test_every_address_is_described_and_every_description_is_served(tmp_path: Path) -> None:
    app = small_house(tmp_path, role=Role.API).app
    served = {
        (method, re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule))
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert served == set(operations())


def test_every_call_has_words_and_a_name_of_its_own() -> None:
    found = operations().values()
    names = [described["operationId"] for described in found]
    assert len(set(names)) == len(names)
    assert all(described["summary"] for described in found)


def test_every_example_fits_its_shape() -> None:
    for described in operations().values():
        body = described.get("requestBody", {}).get("content", {}).get("application/json")
        if body:
            check_shape(body["schema"], body["example"])
        for response in described["responses"].values():
            for content in response.get("content", {}).values():
                examples = [each["value"] for each in content.get("examples", {}).values()]
                examples += [content["example"]] if "example" in content else []
                for example in examples:
                    check_shape(content["schema"], example)


def test_every_code_that_a_client_can_meet_is_in_some_call() -> None:
    promised = set().union(*(operation.codes for operation in OPERATIONS))
    assert promised == set(Code) - {Code.METHOD_NOT_ALLOWED}


def test_each_code_of_a_call_stands_under_its_status() -> None:
    for operation in OPERATIONS:
        described = operations()[operation.method.upper(), operation.path]
        for code in operation.codes:
            content = described["responses"][str(STATUSES[code].value)]["content"]
            names = content["application/problem+json"]["schema"]["properties"]["code"]["enum"]
            assert code in names


def test_every_field_of_a_body_says_what_it_must_be() -> None:
    fields = {*Request.__struct_fields__, *CheckBody.__struct_fields__}
    assert fields == set(EXPECTED)
    for name in ("VerificationRequest", "PasscodeCheck"):
        properties = document()["components"]["schemas"][name]["properties"]
        assert all(EXPECTED[field] in schema["description"] for field, schema in properties.items())


def test_every_code_has_a_status_and_advice() -> None:
    assert set(STATUSES) == set(Code)
    assert set(ADVICE) == set(ALL_STATUSES)
    assert all(advice.means and advice.to_do for advice in ADVICE.values())


def test_every_code_with_which_the_house_says_try_later_is_known() -> None:
    used = set()
    for path in (ROOT / "ivr").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and getattr(node.func, "id", "") == "TryLater"
                and isinstance(node.args[0], ast.Constant)
            ):
                used.add(node.args[0].value)
    assert used
    assert used <= set(ADVICE)


class KeepingCourier(Courier):
    """Delivers everything, and keeps it."""

    def __init__(self) -> None:
        self.sent: list[tuple[Any, dict[str, str]]] = []

    def post(
        self,
        url: str,
        body: bytes,
        headers: Mapping[str, str],
        *,
        private_allowed: bool,
    ) -> int:
        assert (url, private_allowed) == (CALLBACK_URL, False)
        self.sent.append((msgspec.json.decode(body), dict(headers)))
        return 204


CALLBACK_URL = "https://linking.bank.example/callbacks/1"


def test_the_callbacks_that_are_really_sent_fit_their_shape(house: SmallHouse) -> None:
    view = house.start(callback_url=CALLBACK_URL, reference="r-1")
    house.speak(view["id"])
    passcode = {"passcode": house.passcode(view["id"])}
    house.ask("POST", f"/v1/verifications/{view['id']}/check", passcode)
    courier = KeepingCourier()
    deliveries = Deliveries(
        records=house.parts.records,
        receipts=house.parts.receipts,
        keyring=KEYRING,
        courier=courier,
    )
    client = house.parts.clients.find("linking")
    deliveries.deliver(view["id"], client)
    house.press(view["id"], 2, "9")
    deliveries.deliver(view["id"], client)
    callback = PATHS["/v1/verifications"]["post"]["callbacks"]["decided"]
    posted = next(iter(callback.values()))["post"]
    for value, headers in courier.sent:
        check_shape(posted["requestBody"]["content"]["application/json"]["schema"], value)
        assert value["data"]["receipt"] == house.read(view["id"])["receipt"]
        assert {each["name"] for each in posted["parameters"]} < set(headers)
    kinds = document()["components"]["schemas"]["Callback"]["properties"]["type"]["enum"]
    assert [value["type"] for value, _ in courier.sent] == kinds
    assert len({headers["webhook-id"] for _, headers in courier.sent}) == len(kinds)


class Reading(HTMLParser):
    """Reads a page: its anchors, links, tags and text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.tags: list[str] = []
        self.attributes: set[str] = set()
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.tags.append(tag)
        self.attributes |= set(given)
        if name := given.get("id"):
            self.ids.append(name)
        if link := given.get("href"):
            self.links.append(link)

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Reading]:
    client = small_house(tmp_path_factory.mktemp("house")).client
    return {path: Reading(client.get(path).text) for path in ("/docs", "/problems")}


def test_the_page_shows_every_call_with_its_fields_codes_and_curl(
    pages: dict[str, Reading],
) -> None:
    page = pages["/docs"]
    for (_, path), described in operations().items():
        assert path in page.text
        assert described["summary"] in page.text
    for described in operations().values():
        for sample in described.get("x-codeSamples", []):
            assert sample["source"] in page.text
    for name in ("VerificationRequest", "PasscodeCheck", "Verification", "Problem", "Callback"):
        for field in document()["components"]["schemas"][name]["properties"]:
            assert field in page.text
    assert all(f"/problems#{code}" in page.links for code in set(Code) - {"method_not_allowed"})
    assert all(state in page.text for state in State)


def test_every_code_has_an_anchor_and_what_to_do(pages: dict[str, Reading]) -> None:
    page = pages["/problems"]
    assert page.ids == list(ALL_STATUSES)
    assert set(Code) < set(page.ids)
    for code, advice in ADVICE.items():
        assert code in page.text
        assert advice.to_do in page.text


def test_every_link_leads_somewhere(house: SmallHouse, pages: dict[str, Reading]) -> None:
    for path, page in pages.items():
        assert len(set(page.ids)) == len(page.ids)
        for link in page.links:
            address, _, anchor = link.partition("#")
            if address.startswith("https://"):
                continue
            assert house.client.get(address or path).status_code == 200
            if anchor:
                assert anchor in pages[address or path].ids, link


def test_a_problem_leads_to_its_explanation(house: SmallHouse, pages: dict[str, Reading]) -> None:
    problem = house.ask("GET", "/v1/verifications/nobody").json
    address, _, anchor = problem["type"].partition("#")
    assert address == "/problems"
    assert anchor in pages[address].ids


def test_the_pages_need_no_script_and_load_nothing(
    house: SmallHouse, pages: dict[str, Reading]
) -> None:
    for path, page in pages.items():
        assert not {"script", "link", "img", "iframe", "form", "object"} & set(page.tags)
        assert not {"style", "src", "onclick", "onload"} & page.attributes
        headers = house.client.get(path).headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe-inline" not in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "no-referrer"


@pytest.mark.parametrize("path", ["/openapi.json", "/docs", "/problems"])
def test_what_never_changes_is_sent_once(house: SmallHouse, path: str) -> None:
    first = house.client.get(path)
    again = house.client.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert house.client.get(path, headers={"If-None-Match": '"other"'}).data == first.data
    assert house.client.head(path).headers["ETag"] == first.headers["ETag"]


def test_the_document_that_is_served_is_the_one_that_was_checked(house: SmallHouse) -> None:
    answer = house.client.get("/openapi.json")
    assert answer.get_json() == document()
    assert answer.mimetype == "application/json"
