"""The web processes and the worker over real servers, and depositors who go through whole lives on them.

Knows what was shown to whom, kept outside of the servers, to be compared with what they say in the end.
"""

import itertools
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self, cast

import redis

from ivr.adapters.names import Names
from ivr.adapters.redis_bell import RedisBell
from ivr.adapters.redis_client import connect
from ivr.adapters.redis_store import RedisStore
from ivr.adapters.seal import Sealer
from ivr.app import create_app
from ivr.domain.errors import TryLater
from ivr.domain.policy import Limits
from ivr.domain.record import State
from ivr.service.ports import RegisteredNumber
from ivr.service.room import Room
from tests.web.small_flow import SmallBook
from tests.web.small_house import ASKED, KEYRING, Answer, SmallHouse, parts, settings

PARTITIONS = 16
ACCOUNTS = {
    f"301-{number:07}": RegisteredNumber(number=f"+8190{number + 12_000_000:08}", days=900)
    for number in range(2000)
}
PATIENCE = 90.0


class ServedHouse(SmallHouse):
    """A house on real servers; its store is theirs, and its time too."""

    def ask_until(self, method: str, path: str, body: object, key: str) -> Answer:
        """Ask again and again with one key, as a bank does, until the answer is no 503."""
        end = time.monotonic() + PATIENCE
        while True:
            answer = self.ask(method, path, body, headers={"Idempotency-Key": key})
            if answer.status_code != 503:
                return answer
            assert int(answer.headers["Retry-After"]) >= 1
            assert time.monotonic() < end, answer.text
            time.sleep(0.05)


@contextmanager
def served_house(
    url: str,
    folder: Path,
    *,
    replicas: int = 0,
    most_due: int = 10_000,
    empty: bool = True,
) -> Iterator[ServedHouse]:
    """Open a house on the servers of `url`, which are emptied before; one process more where not."""
    with connect(url) as client:
        if empty:
            client.flushall()
        names = Names(KEYRING, PARTITIONS)
        store = RedisStore(client, names, Sealer(KEYRING), replicas)
        made = parts(
            settings(folder, limits=Limits()), store, RedisBell(client), ACCOUNTS, SmallBook()
        )
        made.__dict__["check_room"] = Room(store, most_due=most_due, most_memory_percent=90).check
        app = create_app(made, store.can_write)
        yield ServedHouse(app, made, cast("Any", store), cast("Any", None), cast("Any", None))


class Lives:
    """Depositors in threads, each going through a life after the other, and what each was shown."""

    def __init__(self, house: ServedHouse, threads: int = 4) -> None:
        self.house = house
        self.tries: dict[str, int] = {}
        self.passes: set[str] = set()
        self.unplaced: set[str] = set()
        self.errors: list[BaseException] = []
        self._enough = threading.Event()
        self._accounts = itertools.cycle(ACCOUNTS)
        self._keys = itertools.count()
        self._threads = [threading.Thread(target=self._live, daemon=True) for _ in range(threads)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._enough.set()
        for thread in self._threads:
            thread.join(PATIENCE * 3)
        assert not any(thread.is_alive() for thread in self._threads)

    def await_more(self, lives: int) -> None:
        """Return when so many more have passed."""
        wanted = len(self.passes) + lives
        end = time.monotonic() + PATIENCE
        while len(self.passes) < wanted and not self.errors:
            assert time.monotonic() < end, f"{len(self.passes)} of {wanted} passed"
            time.sleep(0.02)

    def check_nothing_was_lost(self) -> None:
        """Compare what was shown with what the servers say now."""
        assert not self.errors, self.errors
        for own, tries in self.tries.items():
            record = self.house.record(own)
            assert record.tries >= tries, f"{own}: {tries} shown, {record.tries} kept"
            assert record.tries <= 1, f"{own}: one wrong passcode counted {record.tries} times"
        for own in self.passes:
            view = self.house.ask_until("GET", f"/v1/verifications/{own}", None, "")
            assert view.json["verdict"] == "pass"
            assert view.json["receipt"]
        rung = Counter(order.status_url for order in self.house.carrier.orders)
        assert not [url for url, times in rung.items() if times > 1], "rung twice for one wish"

    def _live(self) -> None:
        while not self._enough.is_set() and not self.errors:
            try:
                self._live_once(next(self._accounts))
            except BaseException as error:  # noqa: BLE001 - told by whoever reads `errors`
                self.errors.append(error)

    def _live_once(self, account: str) -> None:
        house = self.house
        started = self._ask("POST", "", {**ASKED, "account": account})
        assert started.status_code == 202, started.text
        own = started.json["id"]
        if not self._ring(own):
            self.unplaced.add(own)
            return
        self._until(lambda: "Gather" in house.press(own, 0))
        self._until(lambda: "<Response" in house.press(own, 1, "1") and self._is_spoken(own))
        codes: list[str] = []
        self._until(lambda: not codes.extend([house.wrong(own), house.passcode(own)]))  # type: ignore[func-returns-value]
        wrong = self._ask("POST", f"/{own}/check", {"passcode": codes[-2]})
        assert wrong.json["code"] == "wrong_passcode", wrong.text
        self.tries[own] = 1
        right = self._ask("POST", f"/{own}/check", {"passcode": codes[-1]})
        # Where the first answer was lost, asking again finds the verdict.
        assert right.status_code == 200 or right.json["verdict"] == "pass", right.text
        self.passes.add(own)

    def _ring(self, own: str) -> bool:
        """Place the call; where the mark was made and nobody may ask the carrier, there is none."""

        def place() -> bool:
            self.house.place(own)
            return True

        self._until(place)
        return any(own in order.status_url for order in list(self.house.carrier.orders))

    def _is_spoken(self, own: str) -> bool:
        return self.house.record(own).state is State.SPOKEN

    def _ask(self, method: str, path: str, body: object) -> Answer:
        key = f"life-{next(self._keys):08}"
        return self.house.ask_until(method, f"/v1/verifications{path}", body, key)

    def _until(self, does: Callable[[], bool]) -> None:
        """Do something until it is done; a server that fails may do so now and then."""
        end = time.monotonic() + PATIENCE
        while True:
            try:
                if does():
                    return
            except (redis.RedisError, TryLater):
                pass
            assert time.monotonic() < end
            time.sleep(0.05)
