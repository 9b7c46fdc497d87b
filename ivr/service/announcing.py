"""Announcing: what hangs on the board is made what the list of publications says.

Level-triggered: nothing is remembered between rounds. Whether a notice was lost, flushed, forged, or a
planned time has come, the next round of any worker puts it right.
"""

from __future__ import annotations

from typing import Final

from ivr.domain.errors import ReleaseFault
from ivr.domain.publication import in_force
from ivr.service.release_port import Board, ReleaseStore

_ROUNDS: Final = 50


class Announcing:
    """Keeps the board right."""

    def __init__(self, store: ReleaseStore, board: Board) -> None:
        """Take the truth, and the board."""
        self._store = store
        self._board = board

    def announce(self) -> int:
        """Make the board say what is in force now; return 1 where something had to be changed.

        The notice is read before the list is: it is replaced only where nobody replaced it since, so a
        slow announcer never puts an older notice over a newer one.

        Raises:
            ReleaseFault: others replaced the notice all the time.

        """
        for _ in range(_ROUNDS):
            seen = self._board.notice()
            wanted = in_force(self._store.publications(), self._store.now())
            for scope, release in wanted.items():
                self._keep(scope, release)
            if seen.scopes == wanted:
                return 0
            if self._board.post(seen.mark, wanted):
                return 1
        raise ReleaseFault("Too many announcements of call flows at once; ask again.")

    def _keep(self, scope: str, release: str) -> None:
        if not self._board.keep(release) and (files := self._store.files(release)):
            self._board.put(scope, files)
