"""What many call flows cost: banks with scripts of their own, each released by itself and followed by every process.

Knows the board on which releases are announced. Does not know what is measured of a request.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence

from bench.growth import Row, relax
from bench.kinds import BY_NAME
from bench.rounds import Stage, ours
from bench.world import ROOT
from ivr.adapters.flows.files import load_book, read_folder
from ivr.adapters.redis_board import RedisBoard
from ivr.assembly import board_of
from ivr.domain.release import ALL_BANKS, name_release

_KINDS = ("start", "hook", "poll")


def many_flows(stage: Stage, sizes: Sequence[int], count: int) -> list[Row]:
    """Have so many call flows in force, and measure a process that follows them all."""
    relax(stage)
    rows = []
    for size in sizes:
        stage.client.flushall()
        row: Row = {"flows": _release(board_of(stage.client, stage.world.settings), size)}
        began = time.monotonic()
        server = ours(stage)
        try:
            row["ready s"] = time.monotonic() - began
            row["MiB"] = server.memory()
            for kind in map(BY_NAME.__getitem__, _KINDS):
                measured = [
                    stage.measure(server, stage.requests.batch(kind, count), count, kind.status)[0]
                    for _ in range(4)
                ][1:]
                row[kind.name] = statistics.median(measured)
        finally:
            server.stop()
        rows.append(row)
    stage.client.flushall()
    return rows


def _release(board: RedisBoard, wanted: int) -> int:
    """Put as many releases in force, one for a bank each, as have the wanted number of flows; return how many flows."""
    files = read_folder(ROOT / "callflows")
    own = len(load_book(ROOT / "callflows").flows)
    scopes = {}
    for number in range(max(0, round(wanted / own) - 1)):
        bank = f"bank{number:04d}"
        changed = {path: b"# %s\n" % bank.encode() + text for path, text in files.items()}
        board.put(bank, changed)
        scopes[bank] = name_release(bank, changed)
    board.put(ALL_BANKS, files)
    scopes[ALL_BANKS] = name_release(ALL_BANKS, files)
    if not board.post(board.notice().mark, scopes):
        raise SystemExit("bench: the board changed meanwhile")
    return len(scopes) * own
