"""The pace at which calls are placed: per carrier, per bank, per wallet; people before campaigns.

Knows whose a call is and what rates are configured. Does not know how a gate is kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ivr.domain.callflow import KEY_ONLY
from ivr.domain.policy import SECOND, Bank, Limits, Wallet
from ivr.domain.record import Verification
from ivr.service.gate_port import Bucket, Gate, Rate, Wish


class Pacing:
    """Asks the gate for each call, where there is any limit; else for none."""

    def __init__(
        self,
        gate: Gate,
        *,
        carriers: Mapping[str, Rate],
        banks: Mapping[str, Bank],
        wallets: Mapping[str, Wallet],
    ) -> None:
        """`carriers` gives the rate of each carrier by its id."""
        self._gate = gate
        self._banks = banks
        self._rates = {
            **{f"wallet:{name}": _rate(wallet) for name, wallet in wallets.items()},
            **{f"bank:{name}": _rate(bank.limits) for name, bank in banks.items()},
            **{f"carrier:{name}": rate for name, rate in carriers.items()},
        }
        self._of_carriers = [f"carrier:{name}" for name in carriers]
        self.is_on = any(rate.is_limited for rate in self._rates.values())

    def enter(self, verification: Verification, carrier: str) -> int:
        """Ask for the present call of a verification; return 0, or the milliseconds after which to ask again."""
        names = (
            f"wallet:{verification.wallet}",
            f"bank:{verification.bank}",
            f"carrier:{carrier}",
        )
        buckets = list(self._limited(*names))
        if not buckets:
            return 0
        return self._gate.enter(self._wish(verification), buckets)

    def leave(self, verification: Verification, call: int) -> None:
        """Say that a call is over, or was not placed, whichever carrier had it."""
        names = (
            f"wallet:{verification.wallet}",
            f"bank:{verification.bank}",
            *self._of_carriers,
        )
        if buckets := [bucket.name for bucket in self._limited(*names)]:
            self._gate.leave(_name(verification, call), buckets)

    def withdraw(self, verification: Verification, carrier: str) -> None:
        """Say that the present call of a verification waits no longer for this carrier: another has room.

        Where two workers are at it and the other was let through to this one, that call stays counted.
        """
        name = _name(verification, verification.call.number)
        self._gate.stop_waiting(name, [f"carrier:{carrier}"])

    def _limited(self, *names: str) -> Iterator[Bucket]:
        for name in names:
            rate = self._rates.get(name)
            if rate and rate.is_limited:
                yield Bucket(name, rate)

    def _wish(self, verification: Verification) -> Wish:
        bank = self._banks[verification.bank]
        limits = bank.limits
        longest = (
            limits.ring + limits.carrier_queue + limits.whole_call(at_desk=bank.desk is not None)
        )
        return Wish(
            name=_name(verification, verification.call.number),
            owner=verification.bank,
            can_wait=verification.mode in KEY_ONLY,
            hold=longest * SECOND,
        )


def _rate(limited: Limits | Wallet) -> Rate:
    return Rate(per_second=limited.calls_per_second, at_once=limited.calls_at_once)


def _name(verification: Verification, call: int) -> str:
    return f"{verification.id}/{call}"
