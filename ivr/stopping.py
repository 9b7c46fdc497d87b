"""Leaving in time: a process that was told to stop is gone so many seconds later, whatever still runs in it.

Knows signals. Does not know what is stopped: whatever is cut short must be something that a kill may cut
short as well.
"""

from __future__ import annotations

import logging
import os
import signal
import socket
import threading
import time
from collections.abc import Callable
from typing import Final

_LOG: Final = logging.getLogger(__name__)
_SPARE_SECONDS: Final = 0.5


def stop_when_told(stop: Callable[[], None], seconds: float) -> None:
    """At the first SIGTERM or SIGINT call `stop`, on a thread; `seconds` later end the process as it stands.

    A further signal changes nothing. To be called on the main thread. `stop` is not called in a
    signal's handler: that may interrupt whoever holds the very lock that it needs.
    """
    heard, rung = socket.socketpair()
    rung.settimeout(0.0)
    signal.set_wakeup_fd(rung.detach(), warn_on_full_buffer=False)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    threading.Thread(
        target=_stop, args=(heard, stop, seconds), name="stopping", daemon=True
    ).start()


def _stop(heard: socket.socket, stop: Callable[[], None], seconds: float) -> None:
    heard.recv(1)
    # Where even these lines cannot run, because of who holds the interpreter or the log, the kernel ends us.
    signal.setitimer(signal.ITIMER_REAL, seconds + _SPARE_SECONDS)
    stop()
    time.sleep(seconds)
    _LOG.warning("stopped_short")
    os._exit(0)
