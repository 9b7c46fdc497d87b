"""Kills the process before and after every command that one verification's life sends to the store.

Run by its name, with the address of a server and a folder: it forks for each step of a life, so that what
is killed is a process, and the one that goes on knows nothing of what the dead one had in mind. The
carrier, the bank's receiver and the bank itself outlive it. Prints how many points there were.
"""

import json
import os
import signal
import sys
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, ClassVar

import pytest
import redis

from ivr.domain.errors import Code, Refused
from ivr.domain.events import CallEnd
from ivr.service.carrier_port import CallOrder, CallProgress, Placing
from ivr.service.views import View
from tests.service.house import CALLBACK
from tests.service.phone import Phone
from tests.service.real_house import RealHouse
from tests.service.world import FakeCarrier, FakeCourier

WRONG, RIGHT = "wrong-key", "right-key"
LEASE_SECONDS, CALL_SECONDS = 31.0, 90.0


class Point(redis.UnixDomainSocketConnection):
    """Counts commands, and dies before or after one of them."""

    sent: ClassVar[int] = 0
    before: ClassVar[int] = -1
    after: ClassVar[int] = -1

    def send_packed_command(self, command: Any, check_health: bool = True) -> None:  # noqa: FBT001, FBT002 - redis-py's
        Point.sent += 1
        if Point.sent == Point.before:
            os.kill(os.getpid(), signal.SIGKILL)
        super().send_packed_command(command, check_health)  # type: ignore[no-untyped-call]

    def read_response(self, *args: Any, **kwargs: Any) -> Any:
        answer = super().read_response(*args, **kwargs)
        if Point.sent == Point.after:
            os.kill(os.getpid(), signal.SIGKILL)
        return answer


class LastingCarrier(FakeCarrier):
    """Writes down what it was asked before it answers: it does not die with who asked."""

    def __init__(self, book: Path) -> None:
        super().__init__()
        self._book = book

    def place(self, order: CallOrder) -> Placing:
        with self._book.open("a") as book:
            book.write(
                json.dumps([order.to, order.caller, order.voice_url, order.status_url]) + "\n"
            )
        return super().place(order)

    def placed(self) -> list[CallOrder]:
        lines = self._book.read_text().splitlines() if self._book.exists() else []
        return [
            CallOrder(to=to, caller=by, voice_url=voice, status_url=status, ring=30, time_limit=600)
            for to, by, voice, status in map(json.loads, lines)
        ]


class LastingCourier(FakeCourier):
    """Writes down what arrived before it answers."""

    def __init__(self, book: Path) -> None:
        super().__init__()
        self._book = book

    def post(
        self, url: str, body: bytes, headers: Mapping[str, str], *, private_allowed: bool
    ) -> int:
        with self._book.open("ab") as book:
            book.write(body + b"\n")
        return super().post(url, body, headers, private_allowed=private_allowed)


class Life:
    """One verification, from start to callback, each step in a process of its own that may be killed."""

    def __init__(self, url: str, folder: Path, kill: tuple[str, int] | None) -> None:
        folder.mkdir()
        self._url, self._kill = url, kill
        self.carrier = LastingCarrier(folder / "calls")
        self.courier_book = folder / "posts"
        self.courier = LastingCourier(self.courier_book)
        self.house = RealHouse(url, self.carrier, self.courier)
        self.house.client.flushall()
        self.points = 0
        self.killed = False
        self.passcode = ""

    def step(self, does: Callable[[RealHouse], object]) -> None:
        """Do something in a process; where that is killed, let its leases run out and do it again."""
        while self._dies(does):
            self.killed = True
            self.house.wait(LEASE_SECONDS)

    def _dies(self, does: Callable[[RealHouse], object]) -> bool:
        reader, writer = os.pipe()
        pid = os.fork()
        if pid == 0:
            house = RealHouse(self._url, self.carrier, self.courier, self.house.shift)
            house.client.connection_pool.connection_class = Point
            if self._kill and not self.killed:
                setattr(Point, self._kill[0], self._kill[1] - self.points)
            try:
                does(house)
            except BaseException as error:  # noqa: BLE001 - told to the parent
                os.write(writer, f"!{error!r}".encode())
            os.write(writer, str(Point.sent).encode())
            os._exit(0)
        _, status = os.waitpid(pid, 0)
        os.close(writer)
        with os.fdopen(reader, "rb") as told:
            said = told.read().decode()
        if os.WIFSIGNALED(status):
            return True
        assert not said.startswith("!"), said
        self.points += int(said)
        return False

    def live(self) -> None:
        """Go through it all."""
        self.step(lambda house: house.start(key="start-key", callback_url=CALLBACK))
        own = self.house.live()
        view = View(record=self.house.record_of(own), limits=self.house.limits)
        call = 1
        self.step(lambda house: house.work())
        while not any(f"/{own}/{call}/" in each.voice_url for each in self.carrier.placed()):
            # The mark was made and nobody asked the carrier: it is never asked, and the bank wishes anew.
            self.house.wait(CALL_SECONDS)
            assert call == 1, "one kill costs one call at most"
            self.step(lambda house: house.call_again(view, "again-key"))
            call += 1
            self.step(lambda house: house.work())
        order = self.carrier.placed()[-1]
        sid = self.carrier.sid_of(order)

        def phone(house: RealHouse, turn: int) -> Phone:
            found = Phone(house.calls, order, sid)
            found.next_turn = turn
            return found

        self.step(lambda house: phone(house, 0).tell(CallProgress.RINGING))
        self.step(lambda house: phone(house, 0).turn())
        self.step(lambda house: phone(house, 1).turn("1"))
        spoken = phone(self.house, 1)
        spoken.turn("1")  # the carrier asks once more, and hears the same
        wrong = f"{(int(spoken.passcode) + 1) % 1_000_000:06}"
        self.step(lambda house: refused(house, view, wrong))
        self.step(lambda house: house.check(view, spoken.passcode, RIGHT))
        self.step(lambda house: phone(house, 2).tell(CallEnd.COMPLETED))
        self.step(lambda house: house.work())
        self.step(lambda house: house.upkeep.archive())
        self.check(view, own)

    def check(self, view: View, own: str) -> None:
        """Hold it to the promises."""
        house = self.house
        for _ in range(3):
            house.wait(LEASE_SECONDS)
            house.work()
        record = house.read(view)
        assert record.verification.passed
        assert record.verification.tries == 1, "a wrong passcode counts once"
        assert record.account.failures == 0
        rung = Counter(order.voice_url for order in self.carrier.placed())
        assert set(rung.values()) == {1}, "nobody is rung twice for one wish"
        posted = [json.loads(line)["data"] for line in self.courier_book.read_text().splitlines()]
        assert {(each["id"], each["verdict"]) for each in posted} == {(own, "pass")}
        receipts = {each["receipt"] for each in posted}
        assert {house.claims_of(each)["verdict"] for each in receipts} == {"pass"}
        assert record.verification.delivery
        assert record.verification.delivery.delivered
        assert house.store.overdue() == 0  # type: ignore[attr-defined]
        house.client.close()


def refused(house: RealHouse, view: View, wrong: str) -> None:
    """Hand in a wrong passcode, as a bank does: with a key, so that a repeated request counts once."""
    with pytest.raises(Refused) as caught:
        house.check(view, wrong, WRONG)
    assert caught.value.code is Code.WRONG_PASSCODE
    assert caught.value.extra["tries_left"] == 4


def main(url: str, folder: Path) -> None:
    """Live once unharmed, then once for each point, killed before it and after it."""
    Life(url, folder / "warm", None).live()  # the server knows the scripts from now on
    unharmed = Life(url, folder / "unharmed", None)
    unharmed.live()
    for when in ("before", "after"):
        for point in range(1, unharmed.points + 1):
            life = Life(url, folder / f"{when}{point}", (when, point))
            try:
                life.live()
            except BaseException as error:
                raise RuntimeError(f"killed {when} command {point}") from error
            assert life.killed, f"nobody died {when} command {point}"
    print(f"{unharmed.points * 2} points")  # noqa: T201 - what it is run for


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
