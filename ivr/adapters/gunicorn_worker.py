"""How a web process leaves: held polls are answered at once, and no connection is left without an answer.

Knows gunicorn's threaded worker, whose listening sockets stay open while it finishes what it has: whoever
connects then is taken in by the kernel and answered by nobody. Here they are closed before. Does not know
what is served: an application that has `leave` is told.
"""

from __future__ import annotations

import select
import threading
from types import FrameType
from typing import Any

from gunicorn.workers.gthread import ThreadWorker


class LeavingWorker(ThreadWorker):  # type: ignore[misc]  # the library has no types
    """A threaded worker that says that it leaves, answers whoever still comes, and then closes the door."""

    drain_seconds = 0.0
    """For how long it still answers newcomers; a balancer that asks for `/readyz` learns meanwhile to send none."""
    _is_leaving = False

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Take SIGTERM: what follows is done outside of the signal's handler."""
        if self.alive and not self._is_leaving:
            self._is_leaving = True
            self.method_queue.defer(self._leave, sig, frame)

    def _leave(self, sig: int, frame: FrameType | None) -> None:
        self.max_keepalived = -1  # each answer from now on closes its connection
        leave = getattr(self.wsgi, "leave", None)
        if leave:
            leave()
        end = threading.Timer(self.drain_seconds, super().handle_exit, (sig, frame))
        end.daemon = True
        end.start()

    def set_accept_enabled(self, enabled: bool) -> None:  # noqa: FBT001 - gunicorn's
        """Take connections in or not; for the last time where the worker ends: those that wait are taken in."""
        super().set_accept_enabled(enabled)
        if not enabled and not self.alive:
            for listener in self.sockets:
                listener.settimeout(0.0)
                while _has_more(listener):
                    self.accept(listener)
                listener.close()


def _has_more(listener: Any) -> bool:
    return bool(select.select([listener], [], [], 0)[0])
