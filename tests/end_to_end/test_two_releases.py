"""This release and the next serve the same records, under load, and either takes over from the other."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from ivr.adapters.sql_archive import SqlArchive
from ivr.cli.children import web, worker
from ivr.cli.demo import free_port
from ivr.service.ports import Entry
from tests.end_to_end.balancer import Balancer
from tests.end_to_end.customers import Customers
from tests.end_to_end.next_release import NEWLY_TOLD, NextRelease, write_next_release
from tests.end_to_end.outsiders import Outsider
from tests.end_to_end.shifts import Shift, Shifts, shifts
from tests.redis_servers import until

pytestmark = [pytest.mark.real_server, pytest.mark.slow]
PHONES = 600
LIVES = 8
SPEED = 8.0


@pytest.fixture
def house(tmp_path: Path, receiver: Outsider) -> Iterator[Shifts]:
    limits = "calls_to_number_per_hour = 60\n"
    with shifts(
        tmp_path, callbacks=receiver.url, phones=PHONES, limits=limits, speed=SPEED
    ) as house:
        yield house


class Pair:
    """A gunicorn and a worker of one release, behind a balancer."""

    def __init__(
        self, house: Shifts, balancer: Balancer, name: str, of: NextRelease | None
    ) -> None:
        bind = f"127.0.0.1:{free_port()}"
        children = web(bind, house.environment), worker(house.environment)
        self._balancer = balancer
        self._shifts = [
            house.start(of.child(child) if of else child, f"{name}-{child.name}")
            for child in children
        ]

    def join(self) -> None:
        """Begin to serve, and return when both do."""
        for shift in self._shifts:
            shift.until_ready()
        self._balancer.add(self._web.url)

    def leave(self) -> None:
        for shift in self._shifts:
            shift.tell()
        for shift in self._shifts:
            shift.until_gone()
        self._balancer.leave_out(self._web.url)

    @property
    def _web(self) -> Shift:
        return self._shifts[0]


def test_this_release_and_the_next_serve_the_same_records_and_either_goes(
    house: Shifts, receiver: Outsider, tmp_path: Path
) -> None:
    following = write_next_release(tmp_path / "next")
    port = urlsplit(house.environment["IVR_PUBLIC_URL"]).port or 0
    with Balancer(port) as balancer:
        this = Pair(house, balancer, "this", None)
        this.join()
        with Customers(house, receiver, PHONES) as customers:
            customers.await_more(LIVES // 4)
            later = Pair(house, balancer, "next", following)
            later.join()
            customers.await_more(LIVES)
            this.leave()
            customers.await_more(LIVES)
            again = Pair(house, balancer, "again", None)  # the next release disappoints
            again.join()
            later.leave()
            customers.await_more(LIVES)
        customers.check()
        assert not balancer.cut
        assert not balancer.faults
        assert len(balancer.answered) == 3, "each has done its share"
    told = stories(tmp_path, sorted(customers.told))
    assert len([each for each in told if shared(each)]) >= LIVES // 2, "both served the same calls"
    assert any(saves for each in told for saves in saves_in(each)), "the next reads its own field"


def stories(folder: Path, verifications: list[str]) -> list[list[Entry]]:
    """Return the story of each verification, when the archive knows of its callback."""
    archive = SqlArchive(f"sqlite:///{folder / 'archive.sqlite'}")
    try:
        until(
            lambda: all(is_whole(archive.story(own)) for own in verifications),
            "the archive has every story",
            30.0,
            look=1.0,
        )
        return [archive.story(own) for own in verifications]
    finally:
        archive.close()


def is_whole(story: list[Entry]) -> bool:
    return any(each.kind == "callback_delivered" for each in story)


def shared(story: list[Entry]) -> bool:
    """Whether both releases took turns in a call."""
    turns = [each for each in story if each.kind == "turn_taken"]
    by_next = [each for each in story if each.kind == NEWLY_TOLD]
    return 0 < len(by_next) < len(turns)


def saves_in(story: list[Entry]) -> list[int]:
    return [int(each.detail["saves"]) for each in story if each.kind == NEWLY_TOLD]
