"""One run: the product's own web and worker code on simulated processes, lines, clock and people.

Two web processes, two workers, a store, an archive, a carrier, banks and depositors. Everything that
could vary comes from the seed; the ledger looks at every save.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final, cast

import redis

from ivr.domain.policy import MINUTE
from ivr.service.ports import Note
from ivr.service.routing import Route
from ivr.service.store_faults import UnkeptError
from ivr.worker import create_upkeep
from tests.service.world import FakeArchive
from tests.simulation.bank import CALLBACK, Backend
from tests.simulation.carrier import Carrier, Depositor
from tests.simulation.ledger import Ledger
from tests.simulation.lines import Far, Lines
from tests.simulation.store import ReplicatedStore, WatchedStore
from tests.simulation.surroundings import Defects, surrounded
from tests.simulation.timeline import START, Process, Timeline
from tests.simulation.weather import draw
from tests.simulation.web import Answer, ask, form
from tests.simulation.wiring import ACCOUNTS, limits_in, wire

_LEASE_MS: Final = 10_000
_IDLE: Final = 20_000
_LONGEST: Final = 24 * 3_600_000
_FORGIVEN: Final = 60_000
_TRIED: Final = 15_000
_CHAPTER: Final = 60_000
_DRIFT: Final = 0.01
"""How much a bad clock gains or loses, of each second."""


class World:
    """A run from its seed."""

    def __init__(self, seed: int, banks: int) -> None:
        self.timeline = Timeline(seed)
        self.chance = self.timeline.chance
        self.weather = draw(self.chance, START)
        self.lines = Lines(self.timeline, self.weather)
        self.ledger = Ledger(limits_in(self.weather))
        self.hung_up: set[str] = set()
        self.store = self._open_store()
        self.archive = FakeArchive()
        self.defects = Defects()
        self._shunned_at = 0
        self._backends = [
            Backend(self, number, self.chance.choice(sorted(ACCOUNTS))) for number in range(banks)
        ]
        self.open_backends = banks
        self._by_id: dict[str, Backend] = {}
        self._webs = [Process(f"web-{each}") for each in (1, 2)]
        self._workers = [self._worker(each) for each in (1, 2)]
        for process in (*self._webs, *self._workers):
            self._set_clock(process)
        self._wire()

    def _open_store(self) -> WatchedStore:
        if self.weather.replicas:
            return ReplicatedStore(self.timeline, self.ledger, self.weather)
        return WatchedStore(self.timeline, self.ledger)

    def _set_clock(self, process: Process) -> None:
        """Give a process a clock of its own, which may be minutes off and goes too fast or too slowly."""
        most = self.weather.clocks * MINUTE
        process.off = self.chance.randint(-most, most)
        process.drift = self.chance.choice((-1, 1)) * (_DRIFT if most else 0.0)

    def _worker(self, number: int) -> Process:
        process = Process(f"worker-{number}")
        process.start = partial(self._work, process)
        return process

    def _wire(self) -> None:
        wired = wire(self.weather, self.store, self.lines)
        self._app, self._far = wired.app(), wired.store
        self.carriers = {each.id: Carrier(self, each) for each in wired.parts.settings.carriers}
        self._upkeep = create_upkeep(
            wired.parts,
            routes={name: Route(carrier) for name, carrier in self.carriers.items()},
            courier=self,
            story=cast("Any", wired.store),
            archive=cast("Any", Far(self.archive, self.lines)),
        )

    def judge_choice(self, asked: Carrier) -> None:
        """A carrier is asked: the second one only while the first is in trouble, or has no room.

        Or while somebody is about to try the first again: all others go by the second until he has.
        """
        weather, now = self.weather, self.timeline.now
        if asked is self.carriers["main"]:
            self._shunned_at = 0
            return
        is_forgiven = now - self.carriers["main"].troubled_at >= _FORGIVEN
        if not is_forgiven or not weather.is_calm or weather.per_second or weather.at_once:
            return
        self._shunned_at = self._shunned_at or now
        assert now - self._shunned_at < _TRIED, "a carrier is shunned for ever"

    def run(self) -> None:
        """Let everything happen, until nothing more does."""
        with surrounded(self.timeline, self.defects):
            self._run()

    def _run(self) -> None:
        for number, backend in enumerate(self._backends):
            backend.begin(number * self.chance.choice((50, 500, 5_000)))
        for worker in self._workers:
            assert worker.start
            self.timeline.begin(worker, "starts", worker.start)
        for at in self.weather.failovers:
            fail_over = cast("ReplicatedStore", self.store).fail_over
            self.timeline.begin(Process("store"), "fails over", fail_over, at - START)
        while not self._is_over():
            assert not self.defects.found, self.defects.found[0]
            assert self.timeline.now < START + _LONGEST, "the run does not end"
            self.timeline.run(self.timeline.now + _CHAPTER)
        self._end()

    def _is_over(self) -> bool:
        """Every bank knows its verdict, nothing is owed, and every story is in the archive."""
        nothing_due = self.store.next_due() is None and not self.store.has_notes
        return not self.open_backends and nothing_due

    def _end(self) -> None:
        story: dict[str, list[str]] = {}
        for owner, notes in self.archive.rows.values():
            story.setdefault(owner, []).extend(map(_verdict_in, notes))
        owed = {
            verification
            for verification in self.store.take_due(lease_ms=1, limit=1_000)
            if not self.ledger.saved[verification].decided
        }
        self.ledger.close(story, owed)

    def request(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str],
        body: bytes | Mapping[str, str],
        patience: int,
    ) -> Answer:
        """Ask a web process that is up. Raises `NoAnswerError`."""
        data = body if isinstance(body, bytes) else form(body)
        web = self.chance.choice([each for each in self._webs if each.is_up] or self._webs)
        answer: Answer = self.lines.ask(
            web, f"{method} {path}", lambda: ask(self._app, method, path, headers, data), patience
        )
        return answer

    def accept(self, verification: str, backend: Backend) -> None:
        """A start was answered with 202: from here on a verdict is owed."""
        self._by_id[verification] = backend
        case = self.ledger.case(verification)
        case.accepted = True
        case.has_callback = backend.has_callback

    def depositor_of(self, verification: str) -> Depositor:
        """Return who answers; a bank that never got its answer has a depositor all the same."""
        backend = self._by_id.get(verification)
        return backend.depositor if backend else Depositor(keys=())

    def post(self, url: str, body: bytes, headers: Mapping[str, str], **_: object) -> int:
        """Carry a callback to the banks' receiver, as a courier."""
        self.lines.travel()
        down = self.weather.is_receiver_down(self.timeline.now)
        fails = self.chance.random() < self.weather.receiver
        if down or (fails and self.chance.random() < 0.5):
            self.timeline.wait(self.chance.choice((5, 8_000)))
            return self.chance.choice((0, 503))
        assert url == CALLBACK
        assert headers["webhook-id"]
        told = json.loads(body)
        data = told["data"]
        assert told["type"] in {"verification.decided", "verification.disputed"}
        self.ledger.posted(data)
        self.timeline.wait(self.chance.randint(1, 300))
        return 0 if fails else 204

    def _work(self, process: Process) -> None:
        """Work as a worker's loop does, as long as its process lives."""
        while True:
            self._guard(partial(self._round, process))
            self.timeline.wait(self._pause())

    def _round(self, process: Process) -> None:
        for each in self._far.take_due(lease_ms=_LEASE_MS, limit=16):
            attend = partial(self._upkeep.attend, each, partial(self._hand_over, process))
            self.timeline.begin(process, f"attend {each}", partial(self._guard, attend))
        if self.store.has_notes:
            self._upkeep.archive()

    def _hand_over(self, process: Process, verification: str, _client: str) -> None:
        deliver = partial(self._guard, partial(self._upkeep.deliver, verification))
        self.timeline.begin(process, f"deliver {verification}", deliver)

    def _guard(self, work: Callable[[], object]) -> None:
        """Do one piece of work; a store that is out of reach ends it, as in the worker."""
        try:
            work()
        except (redis.RedisError, UnkeptError):
            self.timeline.tell(self.timeline.present().process.name, "cannot reach the store")

    def _pause(self) -> int:
        """Sleep until the bell rings or a second is over; where nothing is due, longer: it is the same."""
        due = self.store.next_due()
        idle = _IDLE if due is None else due - self.timeline.now
        return max(0, min(idle, _IDLE)) + self.chance.randrange(1_000)


def _verdict_in(note: Note) -> str:
    """Return the verdict that a note tells of, where it is the one that decided."""
    state = note.detail.get("state")
    if state not in {"passed", "failed"} or "reason" not in note.detail:
        return ""
    return "pass" if state == "passed" else "fail"
