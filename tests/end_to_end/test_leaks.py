"""The passcode is nowhere, and no number or account is in clear: a house is run and searched whole.

Not searched for are the last four digits, which are shown on purpose, and the caller's number, which
is the bank's own: in the carrier's bodies it is `From` and `Caller`.
"""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from random import Random

import pytest

from tests.end_to_end import planted, planted_http
from tests.end_to_end.commands import (
    check_broken_configurations,
    run_commands,
    telling_commands,
    wrong_commands,
)
from tests.end_to_end.depositor import Depositor
from tests.end_to_end.guises import PASSCODES, Kind, Secret
from tests.end_to_end.leak_story import bodies_with, play_everything
from tests.end_to_end.misuse import Clumsy, Held
from tests.end_to_end.planted import Read
from tests.end_to_end.tapped_house import TappedHouse, tapped_house
from tests.end_to_end.traces import DIGEST, DIGITS, WORDS, Finding, Search

pytestmark = [pytest.mark.real_server, pytest.mark.slow]

PATIENCE, LOOK_AGAIN = 60.0, 0.1  # seconds


@dataclass(frozen=True, kw_only=True)
class Allowed:
    """A place where a secret may stand: in which field, of which kind, in which guise, and why."""

    sink: str
    part: str
    kinds: frozenset[Kind]
    why: str
    how: tuple[str, ...] | None = (DIGITS,)  # None is any guise
    only: Callable[[Finding], bool] = lambda _: True

    def __str__(self) -> str:
        return f"{self.sink}/{self.part}"

    def allows(self, finding: Finding) -> bool:
        """Tell whether a finding is this one."""
        trace, kind = finding.trace, finding.secret.kind
        place = (trace.sink, trace.part) == (self.sink, self.part) and kind in self.kinds
        return place and self.how in {None, finding.how} and self.only(finding)


def in_its_own_call(finding: Finding) -> bool:
    return f"/hooks/{finding.secret.owner}/" in finding.trace.place


def of_a_call_to_us(finding: Finding) -> bool:
    return finding.trace.place.startswith("POST /hooks/inbound")


def begins_a_call(finding: Finding) -> bool:
    method, _, path = finding.trace.place.partition(" ")
    return method == "POST" and (path == "/v1/verifications" or path.endswith("/calls"))


def in_the_registry(finding: Finding) -> bool:
    return finding.trace.place == "config/accounts.csv"


def in_its_own_arguments(finding: Finding) -> bool:
    return finding.secret.core in "".join(filter(str.isdigit, finding.trace.place))


NUMBER, ACCOUNT = frozenset({Kind.NUMBER}), frozenset({Kind.ACCOUNT})
SPOKEN, SHOWN = frozenset({Kind.SPOKEN}), frozenset({Kind.SHOWN})
KEYED = frozenset({Kind.SHOWN, Kind.TYPED})
ALL = frozenset(Kind)
BODY, HASHED_IN_A_RECEIPT = frozenset({Kind.BODY}), ("base64", "base64", DIGEST)

ALLOWED = (
    Allowed(sink="order", part="To", kinds=NUMBER, why="the carrier must know whom to call"),
    Allowed(sink="order answer", part="to", kinds=NUMBER, why="the carrier repeats the order"),
    Allowed(sink="order answer", part="to_formatted", kinds=NUMBER, why="the same, formatted"),
    Allowed(sink="hook", part="To", kinds=NUMBER, why="the carrier says whom it called"),
    Allowed(sink="hook", part="Called", kinds=NUMBER, why="the same, by its older name"),
    Allowed(
        sink="hook",
        part="From",
        kinds=NUMBER,
        only=of_a_call_to_us,
        why="the carrier says who calls, or claims to",
    ),
    Allowed(
        sink="hook",
        part="Caller",
        kinds=NUMBER,
        only=of_a_call_to_us,
        why="the same, by its older name",
    ),
    Allowed(
        sink="hook",
        part="Digits",
        kinds=KEYED,
        only=in_its_own_call,
        why="the carrier hands over what the depositor keyed in",
    ),
    Allowed(
        sink="document",
        part="body",
        kinds=SPOKEN,
        how=(WORDS,),
        only=in_its_own_call,
        why="the document that speaks the code must hold it, in words",
    ),
    Allowed(sink="request", part="account", kinds=ACCOUNT, why="the bank names the account"),
    Allowed(
        sink="request", part="passcode", kinds=PASSCODES, why="the bank hands in what was typed"
    ),
    Allowed(
        sink="answer",
        part="passcode",
        kinds=SHOWN,
        only=begins_a_call,
        why="in keyin the page shows it; only the request that began the call is told",
    ),
    Allowed(
        sink="answer",
        part="receipt",
        kinds=BODY,
        how=HASHED_IN_A_RECEIPT,
        why="a receipt names the request by the SHA-256 of its body: the bank compares",
    ),
    Allowed(
        sink="callback",
        part="data.receipt",
        kinds=BODY,
        how=HASHED_IN_A_RECEIPT,
        why="the same receipt",
    ),
    Allowed(
        sink="file",
        part="content",
        kinds=NUMBER | ACCOUNT,
        only=in_the_registry,
        why="the bank's registry of numbers is where they come from",
    ),
    Allowed(
        sink="no HTTP",
        part="answer",
        kinds=ALL,
        how=None,
        why="gunicorn repeats a malformed line to its sender, and to nobody else",
    ),
    Allowed(
        sink="command",
        part="output",
        kinds=ALL,
        only=in_its_own_arguments,
        why="an error repeats an argument to the person who typed it there",
    ),
)


@dataclass(frozen=True, kw_only=True)
class Story:
    """A house in which everything has happened, and what was found in it."""

    tapped: TappedHouse
    sinks: frozenset[tuple[str, str]]
    findings: list[Finding]


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    folder = tmp_path_factory.mktemp("leaks")
    with tapped_house(folder) as tapped, ThreadPoolExecutor(1) as beside:
        misread = Depositor(tapped, "misread")
        code = misread.asks("keyin")["passcode"]
        held = Held(
            verification=misread.id, account=misread.account, number=misread.number, code=code
        )
        wrong = beside.submit(run_commands, tapped, wrong_commands(held))
        secrets = [misread.secret(Kind.SHOWN, code), *play_everything(tapped)]
        traces = [*wrong.result(), *check_broken_configurations(tapped, folder, held)]
        shown = {secret.owner for secret in secrets if secret.kind is Kind.TYPED}
        traces += run_commands(tapped, telling_commands(held, *shown))
        traces += Clumsy(tapped, held).misuses_everything()
        tapped.settle()
        traces += tapped.traces()
        yield Story(
            tapped=tapped,
            sinks=frozenset((trace.sink, trace.part) for trace in traces),
            findings=Search([*secrets, *bodies_with(secrets, tapped)]).find(traces),
        )


def test_nothing_lies_where_it_must_not(story: Story) -> None:
    strange = [
        str(finding)
        for finding in story.findings
        if not any(place.allows(finding) for place in ALLOWED)
    ]
    assert strange == []


@pytest.mark.parametrize("place", ALLOWED, ids=str)
def test_every_place_that_is_allowed_is_needed(story: Story, place: Allowed) -> None:
    assert any(place.allows(finding) for finding in story.findings), place.why


PLANTED: list[tuple[str, str, Kind, Callable[[TappedHouse, str], Read]]] = [
    ("valkey", "value", Kind.NUMBER, planted.an_unsealed_record),
    ("valkey", "key", Kind.ACCOUNT, planted.a_key_named_by_it),
    ("valkey", "key", Kind.NUMBER, planted.a_key_named_by_its_hash),
    ("valkey", "value", Kind.ACCOUNT, planted.a_member_of_a_set),
    ("valkey", "value", Kind.TYPED, planted.a_fingerprint_of_a_check),
    ("valkey", "command", Kind.SPOKEN, planted.a_message_to_whoever_listens),
    ("valkey", "command", Kind.TYPED, planted.a_note_in_a_stream),
    ("valkey", "memory", Kind.ACCOUNT, planted.a_command_that_was_slow),
    ("file", "content", Kind.SPOKEN, planted.a_value_that_was_deleted),
    ("archive", "detail", Kind.TYPED, planted.a_note_in_the_archive),
    ("file", "content", Kind.ACCOUNT, planted.a_row_that_was_deleted),
    ("file", "content", Kind.NUMBER, planted.a_line_in_the_log),
    ("file", "content", Kind.NUMBER, planted.a_hash_in_the_log),
    ("file name", "name", Kind.SPOKEN, planted.a_file_named_by_it),
    ("process", "arguments", Kind.NUMBER, planted.an_argument),
    ("process", "environment", Kind.ACCOUNT, planted.a_variable),
    ("command", "output", Kind.TYPED, planted.what_a_command_prints),
    ("archive", "detail", Kind.ACCOUNT, planted.a_reason_of_staff),
    ("order", "url", Kind.NUMBER, planted_http.an_order_in_an_address),
    ("order", "Twiml", Kind.SPOKEN, planted_http.an_order_with_the_words_in_it),
    ("order", "header x-reference", Kind.ACCOUNT, planted_http.an_order_with_a_header),
    ("hook", "url", Kind.SPOKEN, planted_http.a_hook_address),
    ("hook", "Digits", Kind.TYPED, planted_http.digits_of_another_call),
    ("callback", "url", Kind.ACCOUNT, planted_http.a_callback_that_repeats_the_request),
    ("callback", "data.reference", Kind.ACCOUNT, planted_http.a_callback_that_repeats_the_request),
    ("callback", "data.receipt", Kind.ACCOUNT, planted_http.a_callback_that_repeats_the_request),
    ("answer", "passcode", Kind.SHOWN, planted_http.an_answer_to_a_poll),
    ("answer", "header etag", Kind.SHOWN, planted_http.an_answer_with_a_tag),
    ("answer", "detail", Kind.TYPED, planted_http.a_problem_that_repeats_it),
    ("document", "body", Kind.SPOKEN, planted_http.a_document_of_another_call),
]


@pytest.mark.parametrize(
    ("sink", "part", "kind", "plant"),
    PLANTED,
    ids=[f"{plant.__name__}-{part}" for _, part, _, plant in PLANTED],
)
def test_a_leak_on_purpose_is_found(
    story: Story, sink: str, part: str, kind: Kind, plant: Callable[[TappedHouse, str], Read]
) -> None:
    secret = a_new_secret(kind, f"{part} {plant.__name__}")
    search = Search([secret])
    read = plant(story.tapped, secret.value)
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        found = [
            finding
            for finding in search.find(read())
            if (finding.trace.sink, finding.trace.part) == (sink, part)
        ]
        if found:
            assert not any(place.allows(finding) for place in ALLOWED for finding in found)
            return
        time.sleep(LOOK_AGAIN)
    pytest.fail("the leak was not found")


def a_new_secret(kind: Kind, name: str) -> Secret:
    """Make a secret that nobody has seen yet."""
    digits = "".join(Random(name).choices("456789", k=8))  # noqa: S311 - the same in every run
    match kind:
        case Kind.NUMBER:
            return Secret(kind=kind, value=f"+8190{digits}")
        case Kind.ACCOUNT:
            return Secret(kind=kind, value=f"417-{digits[:7]}")
        case _:
            return Secret(kind=kind, value=digits[:6], owner="vowner")


def test_every_place_is_read(story: Story) -> None:
    planted_in = {(sink, part) for sink, part, _, _ in PLANTED}
    made_for_it = {
        ("valkey", "memory"),
        ("order", "Twiml"),
        ("order", "header x-reference"),
    }
    assert planted_in - made_for_it <= story.sinks
