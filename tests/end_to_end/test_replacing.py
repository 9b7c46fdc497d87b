"""Web processes and workers are replaced while depositors are called, and nothing is lost."""

import signal
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.end_to_end.balancer import Balancer
from tests.end_to_end.customers import Customers
from tests.end_to_end.outsiders import Outsider
from tests.end_to_end.shifts import Shift, Shifts, shifts

pytestmark = [pytest.mark.real_server, pytest.mark.slow]
PHONES = 600
ROUNDS = 2
LIVES = 3
SPEED = 8.0


@pytest.fixture
def house(tmp_path: Path, receiver: Outsider) -> Iterator[Shifts]:
    limits = "calls_to_number_per_hour = 60\n"
    with shifts(
        tmp_path, callbacks=receiver.url, phones=PHONES, limits=limits, speed=SPEED
    ) as house:
        yield house


class Crew:
    """Two gunicorns behind a balancer, and two workers."""

    def __init__(self, house: Shifts, balancer: Balancer) -> None:
        self._house, self._balancer = house, balancer
        self._count = 0
        self.webs: list[Shift] = []
        self.workers: list[Shift] = []

    def join(self) -> None:
        """Let a gunicorn and a worker begin; return when both work."""
        self._count += 1
        web = self._house.web(f"web{self._count}", IVR_WEB_DRAIN_SECONDS="1")
        worker = self._house.worker(f"worker{self._count}")
        self._balancer.add(web.until_ready().url)
        self.webs.append(web)
        self.workers.append(worker.until_ready())

    def leave(self) -> None:
        """Let those who have been there the longest leave."""
        web, worker = self.webs.pop(0), self.workers.pop(0)
        for each in (web, worker):
            each.tell()
        for each in (web, worker):
            each.until_gone()
        self._balancer.leave_out(web.url)


def test_everybody_is_replaced_one_after_the_other_and_nobody_notices(
    house: Shifts, receiver: Outsider
) -> None:
    port = urlsplit(house.environment["IVR_PUBLIC_URL"]).port or 0
    with Balancer(port) as balancer:
        crew = Crew(house, balancer)
        crew.join()
        crew.join()
        with Customers(house, receiver, PHONES) as customers:
            customers.await_more(LIVES)
            for _ in range(ROUNDS):
                crew.join()
                crew.leave()
                customers.await_more(LIVES)
            for web in crew.webs:
                web.tell(signal.SIGHUP)  # as `systemctl reload` does
            customers.await_more(LIVES)
        customers.check()
        assert not balancer.cut
        assert not balancer.faults
        assert len(balancer.answered) == ROUNDS + 2, "each has done its share"
