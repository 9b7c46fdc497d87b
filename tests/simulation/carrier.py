"""The carrier and the depositors behind it: calls that are placed, or not, or nobody knows.

It rings, asks the web what to say, sends what was pressed, and reports; its hooks are signed as
Twilio signs them and are lost, doubled, reordered or late as the weather is. It hears documents and
knows nothing of what the product thinks.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ivr.domain.events import CallEnd
from ivr.domain.passcode import DIGITS
from ivr.service.carrier_port import Accepted, CallOrder, NotPlaced, Placing, Postponed, Unsure
from ivr.settings import CarrierSettings
from tests.simulation.lines import NoAnswerError
from tests.simulation.timeline import Process
from tests.simulation.web import Answer
from tests.web.small_house import HOOKS

if TYPE_CHECKING:
    from tests.simulation.world import World

_HOOK_LIMIT: Final = 15_000
_DIGITS: Final = {
    word: str(digit)
    for digit, word in enumerate(
        ("ゼロ", "イチ", "ニ", "サン", "ヨン", "ゴ", "ロク", "ナナ", "ハチ", "キュウ")
    )
}
_WORD: Final = "|".join(_DIGITS)
_PASSCODE: Final = re.compile(rf"番号は、((?:(?:{_WORD})(?:<break[^>]*/>)?){{6}})。")
_ACTION: Final = re.compile(r'<Gather[^>]* action="([^"]+)"[^>]*numDigits="(\d)"')
_ENDS: Final = ("completed", "busy", "no-answer", "failed", "canceled")
_PATH: Final = re.compile(r"/hooks/([^/]+)/(\d+)/")


def _told(answer: Placing) -> str:
    return "takes it" if isinstance(answer, Accepted) else f"{type(answer).__name__} {answer.code}"


@dataclass
class Depositor:
    """How somebody takes a call: the keys he presses at each question, in turn; `""` is silence."""

    answers: bool = True
    keys: tuple[str, ...] = ("1",)
    end: str = "completed"
    reads_page: Callable[[], str] = lambda: ""
    hears: Callable[[int, str], None] = lambda _call, _passcode: None
    from_call: int = 1

    def picks_up(self, call: int) -> bool:
        """Tell whether he answers this call; some let the first ones ring."""
        return self.answers and call >= self.from_call


class Carrier:
    """The carrier as a worker sees it, and its own side."""

    def __init__(self, world: World, settings: CarrierSettings) -> None:
        self._world = world
        self.settings = settings
        self._own = Process(f"carrier {settings.id}")
        self._calls = 0
        self.on = 0
        self.troubled_at = 0

    def place(self, order: CallOrder) -> Placing:
        """Take an order, as an HTTP API does that may fail before or after it did its work."""
        timeline = self._world.timeline
        found = _PATH.search(order.voice_url)
        assert found
        self._world.judge_choice(self)
        self.troubled_at = timeline.now
        answer = self._take(order, found[1], int(found[2]))
        if not isinstance(answer, Accepted):
            self.troubled_at = timeline.now
        timeline.tell(f"carrier {self.settings.id}", f"{found[1][-6:]}/{found[2]}: {_told(answer)}")
        return answer

    def _take(self, order: CallOrder, verification: str, number: int) -> Placing:
        world, chance = self._world, self._world.chance
        if self._is_down():
            return Postponed(0.0, "NewConnectionError", fault=True)
        world.ledger.rings(verification, number)
        world.lines.travel()
        sid = self._new_sid()
        if chance.random() >= world.weather.carrier:
            if chance.random() >= world.weather.lies:
                self._ring(order, sid, verification, number)
            if chance.random() < world.weather.dawdles:
                world.timeline.wait(chance.randint(1_000, 9_000))
            world.lines.travel()
            return Accepted(sid)
        match chance.randrange(5):
            case 0:
                world.ledger.case(verification).rung.discard(number)
                return Postponed(chance.choice((0.5, 2.0, 30.0)), "429")
            case 1:
                world.ledger.case(verification).rung.discard(number)
                end = chance.choice((CallEnd.UNREACHABLE, CallEnd.CARRIER_BUSY, CallEnd.REJECTED))
                return NotPlaced(end, "21210")
            case 2:
                world.timeline.wait(8_000)
                return Unsure("timeout")
            case _:
                self._ring(order, sid, verification, number)
                world.timeline.wait(chance.choice((50, 8_000)))
                return Unsure("503")

    def hang_up(self, sid: str) -> bool:
        """Take an order to hang up."""
        self._world.lines.travel()
        if self._world.chance.random() < self._world.weather.carrier:
            return False
        self._world.hung_up.add(sid)
        return True

    def _new_sid(self) -> str:
        self._calls += 1
        return f"{self.settings.account[:2].replace('AC', 'CA')}{self._calls:032x}"

    def _is_down(self) -> bool:
        first, last = self._world.weather.carrier_down.get(self.settings.id, (0, 0))
        return first <= self._world.timeline.now < last

    def _ring(self, order: CallOrder, sid: str, verification: str, number: int) -> None:
        depositor = self._world.depositor_of(verification)
        line = _Line(self, order, sid, number, depositor, verification)

        def go() -> None:
            line.go()
            self.on -= 1

        self.on += 1
        most = self.settings.calls_at_once
        assert not most or self.on <= most, "more calls at once than the carrier's pace allows"
        self._world.timeline.begin(self._own, f"call {number}", go)

    @property
    def world(self) -> World:
        """The run that it is part of."""
        return self._world


class _Line:
    """One call, from the carrier's side."""

    def __init__(
        self, carrier: Carrier, order: CallOrder, sid: str, number: int, who: Depositor, name: str
    ) -> None:
        self._carrier = carrier.settings
        self._world, self._order, self._sid, self._number = carrier.world, order, sid, number
        self._who, self._name = who, name
        self._keys = list(who.keys)
        self._own = Process("carrier")

    def go(self) -> None:
        """Ring, talk, and report the end."""
        world, chance = self._world, self._world.chance
        self._report("ringing")
        world.timeline.wait(chance.randint(100, 12_000))
        if not self._who.picks_up(self._number) or self._is_cut:
            self._report("canceled" if self._is_cut else self._who.end)
            return
        self._report("in-progress")
        self._talk()
        self._report("completed")

    @property
    def _is_cut(self) -> bool:
        return self._sid in self._world.hung_up

    def _talk(self) -> None:
        url = self._order.voice_url
        fields: dict[str, str] = {}
        began = self._world.timeline.now
        while url and not self._is_cut:
            answer = self._ask(url, fields)
            if answer is None:
                return
            url, digits = self._listen(answer.text)
            fields = {"Digits": digits}
            over = self._world.timeline.now - began > self._order.time_limit * 1000
            if over or digits == "hangs up":
                return

    def _tell(self, what: str) -> None:
        self._world.timeline.tell(f"phone {self._name[-6:]}/{self._number}", what)

    def _listen(self, document: str) -> tuple[str, str]:
        """Hear a document to its question and answer that; no address where it ends the call."""
        world = self._world
        case = world.ledger.case(self._name)
        if spoken := _PASSCODE.search(document):
            passcode = "".join(_DIGITS[word] for word in re.findall(_WORD, spoken[1]))
            now = world.timeline.now
            world.ledger.hears_passcode(self._name, self._number, passcode, now)
            self._tell("hears the passcode")
            self._who.hears(self._number, passcode)
        question = _ACTION.search(document)
        world.timeline.wait(world.chance.randint(500, 25_000))
        if question is None:
            return "", ""
        url = question[1].replace("&amp;", "&")
        if question[2] == "6":
            key = self._keyed()
            case.handed_in[self._number, url] = key
        else:
            key = self._keys.pop(0) if self._keys else ""
        self._tell("keys six digits" if len(key) == DIGITS else f"presses {key or 'nothing'}")
        if key == "1" and "クモペイ" in document:
            case.call(self._number).consented = True
        return url, key

    def _keyed(self) -> str:
        """Key in what the page shows, or something like it."""
        key = self._keys.pop(0) if self._keys else "page"
        shown = self._who.reads_page()
        if key == "page" and shown:
            return shown
        return key if key in {"", "*", "hangs up"} else f"{self._world.chance.randrange(10**6):06}"

    def _ask(self, url: str, fields: Mapping[str, str]) -> Answer | None:
        """Post a voice hook; once more where nobody was there. None is an apology of the carrier's own."""
        world, chance = self._world, self._world.chance
        if chance.random() < world.weather.hooks / 4:
            twice = dict(fields)
            world.timeline.begin(self._own, "doubled", lambda: self._post(url, twice), 2)
        for _ in range(2):
            answer = self._post(url, fields)
            if answer is not None:
                if fields.get("Digits") in {"9", "*"} and "申し訳" not in answer.text:
                    world.ledger.case(self._name).said_not_me |= fields["Digits"] == "9"
                return answer
        return None

    def _report(self, status: str) -> None:
        """Send a status hook; nobody waits for it. Now and then it says that the call had another end."""
        self._tell(status)
        world, chance = self._world, self._world.chance
        if chance.random() < world.weather.lies:
            status = chance.choice(_ENDS)
            self._tell(f"the carrier says {status}")
        late = 0
        if chance.random() < world.weather.hooks:
            match chance.randrange(3):
                case 0:
                    return
                case 1:
                    late = chance.randrange(60_000)
                case _:
                    self._send_status(status, chance.randrange(60_000))
        self._send_status(status, late)

    def _send_status(self, status: str, late: int) -> None:
        def send() -> None:
            self._post(self._order.status_url, {"CallStatus": status})

        self._world.timeline.begin(self._own, status, send, late)

    def _post(self, url: str, fields: Mapping[str, str]) -> Answer | None:
        sent = {
            "CallSid": self._sid,
            "AccountSid": self._carrier.account,
            "CallStatus": "in-progress",
        }
        sent |= fields
        signed = url + "".join(name + value for name, value in sorted(sent.items()))
        digest = hmac.digest(self._carrier.tokens[0].encode(), signed.encode(), hashlib.sha1)
        headers = {
            "X-Twilio-Signature": base64.b64encode(digest).decode(),
            "Content-Type": "application/x-www-form-urlencoded",
        }
        path = url.removeprefix(HOOKS)
        try:
            answer = self._world.request("POST", path, headers, sent, _HOOK_LIMIT)
        except NoAnswerError:
            return None
        return answer if answer.status < 300 else None
