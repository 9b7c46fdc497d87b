"""The releases in force, as a running process has them: looked for once a second and at each ring.

Everything is in memory, compiled and checked, before a call needs it; what is bad never replaces what is
good; and where the board cannot be read, calls go on with what was last in force. Where no release was
ever published, the folder's own is in force.
"""

from __future__ import annotations

import logging
import re
import threading
import time
from collections.abc import Mapping
from typing import Final, Protocol

from ivr.adapters.flows.files import FlowFiles, compile_release
from ivr.domain.callflow import CallFlow, Mode, Purpose
from ivr.domain.errors import FlowFault
from ivr.domain.release import ALL_BANKS, Content, Files
from ivr.service.ports import Recording
from ivr.service.release_port import Notice

_LOG: Final = logging.getLogger(__name__)
_LOOK_SECONDS: Final = 1.0
_KEPT: Final = 8
"""So many releases stay in memory besides those announced, the last read; any other is read from the board again."""
_UNKNOWN_SECONDS: Final = 10.0
"""For so long a release that nobody had is not asked for again."""
_NAME: Final = re.compile(r"[0-9a-f]{12}", re.ASCII)


class Reading(Protocol):
    """The board, as far as a process that follows it needs it."""

    def notice(self) -> Notice:
        """Return what hangs there."""

    def content(self, release: str) -> Content | None:
        """Return a release with its files; None where they are not there."""

    def keep(self, release: str) -> bool:
        """Keep a release's files for a day more; False where they are not there."""

    def put(self, scope: str, files: Files) -> None:
        """Put a release's files there, for a day."""

    def wait(self, seconds: float) -> None:
        """Return when the bell rings, or after `seconds`."""


class FollowedBook:
    """The releases in force; fulfils `FlowBook`."""

    def __init__(self, own_files: Files, own: FlowFiles, board: Reading) -> None:
        """Take the folder's own release, and the board."""
        self._own_files = own_files
        self._own = own
        self._board = board
        self._in_force: Mapping[str, FlowFiles] = {ALL_BANKS: own}
        self._known = {own.release: own}
        self._announced: frozenset[str] = frozenset()
        self._refused: set[str] = set()
        self._unknown: dict[str, float] = {}
        self._lock = threading.Lock()
        self._looking = threading.Lock()
        self._is_away = False
        self._sought = -_LOOK_SECONDS

    def find(self, mode: Mode, purpose: Purpose | None, bank: str) -> CallFlow | None:
        """Return the flow that new calls for a bank follow."""
        in_force = self._in_force
        return (in_force.get(bank) or in_force[ALL_BANKS]).find(mode, purpose)

    def any(self) -> CallFlow:
        """Return one of the flows that all banks follow."""
        return self._in_force[ALL_BANKS].any()

    def get(self, release: str, mode: Mode, purpose: Purpose | None) -> CallFlow | None:
        """Return the flow of a release, in force or not; None where the release is not known.

        A release that this process did not see in force, because it started later, is read from the
        board: once, and only then.
        """
        found = self._known.get(release) or self._look_up(release)
        return found.find(mode, purpose) if found else None

    def recording(self, name: str) -> Recording | None:
        """Return a recording of any release that this process knows; None where there is none.

        Another process may have switched a moment earlier and named it to the carrier: the board is
        looked at for it, at most once a second.
        """
        found = self._find_recording(name)
        if found is None and time.monotonic() >= self._sought + _LOOK_SECONDS:
            self._sought = time.monotonic()
            self.refresh()
            found = self._find_recording(name)
        return found

    def _find_recording(self, name: str) -> Recording | None:
        known = list(self._known.values())
        return next(filter(None, (each.recording(name) for each in known)), None)

    def in_force(self) -> dict[str, str]:
        """Return the release that each scope follows here."""
        return {scope: found.release for scope, found in self._in_force.items()}

    def follow(self) -> None:
        """Look at the board once, and from now on in a thread of its own."""
        self.refresh()
        threading.Thread(target=self._follow, name="flows", daemon=True).start()

    def refresh(self) -> None:
        """Look at the board and take over what is new on it. Whatever fails is logged; nothing is lost.

        One look at a time: a slower one would put an older release in place of a newer one.
        """
        with self._looking:
            self._look()

    def _look(self) -> None:
        try:
            if not self._board.keep(self._own.release):
                self._board.put(ALL_BANKS, self._own_files)
            scopes = self._board.notice().scopes
            if scopes is not None:
                self._take_over(scopes)
        except Exception as error:  # noqa: BLE001 - the board may fail in many ways; calls go on
            if not self._is_away:
                _LOG.warning("flow_board_away", extra={"error": type(error).__name__})
            self._is_away = True
        else:
            self._is_away = False

    def _follow(self) -> None:
        while True:
            try:
                self._board.wait(_LOOK_SECONDS)
            except Exception:  # noqa: BLE001 - a bell that fails leaves the looking once a second
                time.sleep(_LOOK_SECONDS)
            self.refresh()

    def _take_over(self, scopes: Mapping[str, str]) -> None:
        """Swap to what is announced; a scope whose release is missing or bad stays as it is."""
        former = self._in_force
        self._announced = frozenset(scopes.values())
        found = {ALL_BANKS: self._own}
        for scope, release in scopes.items():
            taken = self._known.get(release) or self._load(release) or former.get(scope)
            if taken:
                found[scope] = taken
        changed = {scope: each.release for scope, each in found.items()}
        if changed == self.in_force():
            return
        self._in_force = found
        _LOG.info("flows_switched", extra={"scopes": changed})

    def _look_up(self, release: str) -> FlowFiles | None:
        """Read a release that a call in progress follows; None where nobody has it."""
        if not _NAME.fullmatch(release):
            return None
        if time.monotonic() < self._unknown.get(release, 0.0):
            return None
        try:
            found = self._load(release)
        except Exception as error:  # noqa: BLE001 - the board may fail in many ways; the call goes on
            _LOG.warning("flow_board_away", extra={"error": type(error).__name__})
            return None
        if found is None:
            if len(self._unknown) > _KEPT:
                self._unknown.clear()
            self._unknown[release] = time.monotonic() + _UNKNOWN_SECONDS
        return found

    def _load(self, release: str) -> FlowFiles | None:
        """Read, check and remember a release; only one thread at a time."""
        with self._lock:
            if release in self._refused or release in self._known:
                return self._known.get(release)
            content = self._board.content(release)
            if content is None:
                _LOG.warning("flow_release_missing", extra={"release": release})
                return None
            try:
                compiled = compile_release(content.scope, content.files)
            except FlowFault as fault:
                self._refused.add(release)
                _LOG.error("flows_refused", extra={"release": release, "faults": fault.faults[:3]})
                return None
            self._remember(compiled)
            return compiled

    def _remember(self, compiled: FlowFiles) -> None:
        """Keep it, and let go of what was read longest ago and is neither announced nor in force."""
        self._known[compiled.release] = compiled
        needed = {self._own.release, *self.in_force().values(), *self._announced, compiled.release}
        others = [each for each in self._known if each not in needed]
        for release in others[: max(0, len(others) - _KEPT)]:
            del self._known[release]
