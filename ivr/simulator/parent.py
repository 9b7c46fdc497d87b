"""Ending with the process that started us, however that ends.

Knows Linux's death signal, and how to see elsewhere that the parent is gone.
"""

import ctypes
import os
import signal
import sys
import threading
import time

PR_SET_PDEATHSIG = 1
BETWEEN_LOOKS = 1.0


def end_with(parent: int) -> None:
    """Send ourselves SIGTERM when process `parent` is gone; call it early, on the main thread.

    The kernel's signal comes when the *thread* that started us ends: whoever starts the stand-in
    from a thread keeps that thread.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    threading.Thread(target=_watch, args=(parent,), name="parent", daemon=True).start()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(BETWEEN_LOOKS)
    os.kill(os.getpid(), signal.SIGTERM)
