"""A network in virtual time, and a product made of documents by path: what tests here build on."""

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlsplit

from ivr.simulator.network.behaviours import AnyBehaviour, Script, Step
from ivr.simulator.network.calls import Call, Order, Source
from ivr.simulator.network.carrier import Account, Carrier
from ivr.simulator.network.clock import VirtualClock
from ivr.simulator.network.events import Event, Speech, Trouble
from ivr.simulator.network.messages import Reply, Request
from ivr.simulator.network.phones import Phone, PhoneBook
from ivr.simulator.network.signing import Signer
from ivr.simulator.network.transcript import entries

ACCOUNT = Account(sid="AC" + "0" * 32, auth_token="token-of-the-tests")
BANK_NUMBER = "+81345678900"
JIRO = "+819012345603"
DESK = "+81345678901"
VOICE = "https://product.example/voice"
STATUS = "https://product.example/status"
ALL_EVENTS = frozenset({"initiated", "ringing", "answered", "completed"})

Answer = str | Reply | Callable[[dict[str, str]], "str | Reply"]


@dataclass(frozen=True, kw_only=True)
class Sent:
    """A request as it left the network."""

    at: float
    method: str
    url: str
    form: dict[str, str]
    headers: dict[str, str]

    @property
    def path(self) -> str:
        return urlsplit(self.url).path

    @property
    def fields(self) -> dict[str, str]:
        """Form and query together."""
        return {**dict(parse_qsl(urlsplit(self.url).query, keep_blank_values=True)), **self.form}


def say(text: str, language: str = "ja-JP") -> str:
    return f'<Say language="{language}">{text}</Say>'


def response(*verbs: str) -> str:
    return f"<Response>{''.join(verbs)}</Response>"


def xml(body: str) -> Reply:
    return Reply(headers={"Content-Type": "text/xml; charset=utf-8"}, body=body.encode())


def person(*steps: Step, answer_after: float = 2.0) -> Script:
    return Script(answer_after=answer_after, steps=steps)


@dataclass(kw_only=True)
class World:
    """One network; `answers` are the product's documents by path."""

    answers: dict[str, Answer] = field(default_factory=dict)
    sent: list[Sent] = field(default_factory=list)
    clock: VirtualClock = field(default_factory=VirtualClock)
    behaviour: AnyBehaviour = field(default_factory=Script)
    seed: int = 1
    account: Account = ACCOUNT
    signer: Signer | None = None

    def __post_init__(self) -> None:
        book = PhoneBook(
            [
                Phone(id="jiro", number=JIRO, label={"ja": "次郎"}, behaviour=self.behaviour),
                Phone(id="desk", number=DESK, label={"ja": "窓口"}, behaviour=Script()),
            ]
        )
        self.carrier = Carrier(
            account=self.account,
            clock=self.clock,
            send=self.send,
            phones=book,
            rng=random.Random(self.seed),  # noqa: S311 - repeats, as it must
            signer=self.signer,
        )

    def send(self, request: Request) -> Reply:
        sent = Sent(
            at=self.clock.now(),
            method=request.method,
            url=request.url,
            form=dict(request.form),
            headers=dict(request.headers),
        )
        self.sent.append(sent)
        answer = self.answers.get(sent.path, Reply(status=204))
        if callable(answer):
            answer = answer(sent.fields)
        return xml(answer) if isinstance(answer, str) else answer

    def order(self, document: str | None = None, **changes: object) -> Order:
        if document is not None:
            self.answers["/voice"] = document
        fields = {"to": JIRO, "from_": BANK_NUMBER, "source": Source(url=VOICE), **changes}
        return Order(**fields)  # type: ignore[arg-type]

    def call(self, document: str | None = None, **changes: object) -> Call:
        """Place a call and play it to its end."""
        call = self.carrier.place(self.order(document, **changes))
        self.clock.run_until_idle()
        return call

    def asked(self, path: str) -> list[Sent]:
        """What was asked of one path."""
        return [sent for sent in self.sent if sent.path == path]

    def statuses(self) -> list[str]:
        return [sent.form["CallStatus"] for sent in self.asked("/status")]


def heard(call: Call) -> list[str]:
    return [event.text for event in call.events if isinstance(event, Speech)]


def kinds(call: Call) -> list[str]:
    return [entry["kind"] for entry in entries(call)]


def troubles(call: Call) -> list[int]:
    return [event.code for event in call.events if isinstance(event, Trouble)]


def times(call: Call, kind: type[Event]) -> list[float]:
    """Seconds since the phone was answered."""
    assert call.answered_at is not None
    answered = call.since_order(call.answered_at)
    return [
        round((event.at - answered) / 1000, 1) for event in call.events if isinstance(event, kind)
    ]


def all_text(values: Iterable[object]) -> str:
    return " ".join(str(value) for value in values)
