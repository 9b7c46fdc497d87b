from ivr.domain.errors import TryLater
from ivr.service.room import Room


class FakeGauge:
    def __init__(self) -> None:
        self.memory, self.due, self.looks = 0, 0, 0

    def memory_percent(self) -> int:
        self.looks += 1
        return self.memory

    def overdue(self) -> int:
        return self.due


def lack(room: Room) -> str:
    try:
        room.check()
    except TryLater as error:
        return f"{error.code}: {error.detail}"
    return ""


def test_room_is_looked_for_once_a_second_and_not_at_each_request() -> None:
    gauge, now = FakeGauge(), [0.0]
    room = Room(gauge, most_due=10, most_memory_percent=90, clock=lambda: now[0])
    for _ in range(100):
        assert lack(room) == ""
    assert gauge.looks == 1
    gauge.memory = 90
    assert lack(room) == ""
    now[0] = 1.0
    assert "overloaded: Nothing new is taken while the store is short of memory" in lack(room)
    assert "overloaded: Nothing new is taken while the store is short of memory" in lack(room)
    assert gauge.looks == 2
    gauge.memory = 89
    now[0] = 2.0
    assert lack(room) == ""


def test_work_that_piles_up_stops_what_is_new() -> None:
    gauge, now = FakeGauge(), [0.0]
    room = Room(gauge, most_due=10, most_memory_percent=90, clock=lambda: now[0])
    gauge.due = 10
    assert lack(room) == ""
    gauge.due, now[0] = 11, 1.0
    assert "due" in lack(room)
