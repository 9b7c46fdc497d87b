"""The way from the workers to the carrier: open, closed (connections are refused), or cut before an answer.

Knows sockets alone; what is sent is passed on unread.
"""

from __future__ import annotations

import socket
import threading
from contextlib import suppress

from tests.redis_servers import free_port

_CHUNK = 65_536


class Gate:
    """A port of its own in front of another."""

    def __init__(self, behind: int) -> None:
        self.port = free_port()
        self.cut = 0
        self._behind = behind
        self._to_cut = 0
        self._listening: socket.socket | None = None
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def open(self) -> None:
        """Pass everything on, but for answers that are yet to be cut."""
        if self._listening is None:
            self._listening = socket.create_server(("127.0.0.1", self.port), backlog=128)
            threading.Thread(target=self._accept, args=[self._listening], daemon=True).start()

    def close(self) -> None:
        """Refuse connections, and break those that are there."""
        listening, self._listening = self._listening, None
        if listening:
            with suppress(OSError):
                listening.shutdown(socket.SHUT_RDWR)
            listening.close()
        self._break_all()

    def cut_answers(self, count: int) -> None:
        """Pass the next questions on, so many, and break the line before their answers."""
        with self._lock:
            self._to_cut += count

    def _break_all(self) -> None:
        with self._lock:
            for each in self._open:
                with suppress(OSError):
                    each.shutdown(socket.SHUT_RDWR)

    def _accept(self, listening: socket.socket) -> None:
        while True:
            try:
                outer, _ = listening.accept()
            except OSError:  # closed
                return
            threading.Thread(target=self._serve, args=[outer], daemon=True).start()

    def _serve(self, outer: socket.socket) -> None:
        with (
            outer,
            suppress(OSError),
            socket.create_connection(("127.0.0.1", self._behind)) as inner,
        ):
            with self._lock:
                self._open |= {outer, inner}
            try:
                asks = threading.Thread(target=_pass_on, args=[outer, inner], daemon=True)
                asks.start()
                self._answer(inner, outer)
                with suppress(OSError):
                    outer.shutdown(socket.SHUT_RDWR)
                asks.join()
            finally:
                with self._lock:
                    self._open -= {outer, inner}

    def _answer(self, inner: socket.socket, outer: socket.socket) -> None:
        while answer := inner.recv(_CHUNK):
            with self._lock:
                cuts = self._to_cut > 0
                self._to_cut -= cuts
                self.cut += cuts
            if cuts:
                return
            outer.sendall(answer)


def _pass_on(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(_CHUNK):
            sink.sendall(data)
    with suppress(OSError):
        sink.shutdown(socket.SHUT_WR)
