"""Calls that are tried again by rule: counted for the number before, as every call is.

Knows how a number's calls are paced. Does not know when a retry may follow: the domain's rules do.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Protocol

from ivr.domain.events import CallEnd
from ivr.domain.policy import Bank
from ivr.domain.record import Record
from ivr.service.carrier_port import CallProgress
from ivr.service.hook_address import HookAddress
from ivr.service.records import Change, Records


class Step(Protocol):
    """What is to be done to the record."""

    def __call__(self, change: Change, *, may_retry: bool) -> bool:
        """Change it; return whether anything was new."""


class Retrying:
    """Counts a retry before the end of a call is told, and gives it back where none followed."""

    def __init__(self, records: Records, banks: Mapping[str, Bank]) -> None:
        """Take the records, and the banks with their rules."""
        self._records = records
        self._is_on = any(bank.limits.retries(end) for bank in banks.values() for end in CallEnd)

    def change(
        self, address: HookAddress, news: CallProgress | CallEnd, step: Step
    ) -> tuple[Record, bool]:
        """Change the record, as `Records.change` does; `step` is told whether a retry may follow."""
        reserved = self._reserve(address, news)
        record, changed = self._records.change(
            address.verification, partial(step, may_retry=reserved)
        )
        if reserved and record.verification.call.number == address.call:
            self._records.store.release_call(record.verification.number, _wish(address))
        return record, changed

    def _reserve(self, address: HookAddress, news: CallProgress | CallEnd) -> bool:
        if not self._is_on or isinstance(news, CallProgress):
            return False
        verification = self._records.read(address.verification)[0].verification
        limits = self._records.limits_of(verification.bank)
        if not limits.retries(news) or address.call != verification.call.number:
            return False
        wait = self._records.store.reserve_call(
            verification.number,
            _wish(address),
            per_hour=limits.calls_to_number_per_hour,
            per_day=limits.calls_to_number_per_day,
        )
        return not wait


def _wish(address: HookAddress) -> str:
    return f"{address.verification}/after-{address.call}"
