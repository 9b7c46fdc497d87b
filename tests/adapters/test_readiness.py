"""A store that hangs keeps nobody who asks after it."""

import threading
import time

from ivr.adapters.readiness import Readiness


def test_it_says_what_the_store_says() -> None:
    said = [True, False]
    ready = Readiness(lambda: said.pop(0))
    assert [ready(), ready()] == [True, False]


def test_a_question_that_fails_is_a_no() -> None:
    def fail() -> bool:
        raise OSError

    assert not Readiness(fail)()


def test_a_store_that_hangs_is_asked_once_and_waited_for_in_vain() -> None:
    answer, asked = threading.Event(), []

    def hang() -> bool:
        asked.append(1)
        return answer.wait(60)

    ready = Readiness(hang, seconds=0.05)
    began = time.monotonic()
    assert [ready() for _ in range(4)] == [False] * 4
    assert time.monotonic() - began < 20
    assert len(asked) == 1
    answer.set()
    assert ready()
