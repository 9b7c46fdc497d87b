"""What staff do with an account: look at its failures and block, and unlock it.

Knows that an unlock is put on record with a reason. Does not know who may do it: that is the
command's and later the console's to check.
"""

from __future__ import annotations

from ivr.domain.record import Account
from ivr.service.ports import Note, Store
from ivr.service.store_faults import LostRaceError


class Accounts:
    """Looks at accounts and unlocks them."""

    def __init__(self, store: Store) -> None:
        """Take the store."""
        self._store = store

    def show(self, bank: str, account: str) -> tuple[Account, int]:
        """Return what is remembered of an account, and the store's time in ms."""
        loaded = self._store.load_account(bank, account)
        return loaded.account, loaded.now

    def unlock(self, bank: str, account: str, *, person: str, reason: str) -> Account:
        """Lift a block and begin counting anew; return the account as it was before."""
        while True:
            loaded = self._store.load_account(bank, account)
            note = Note(
                kind="account_unlocked",
                at=loaded.now,
                detail={"person": person, "reason": reason, "failures": loaded.account.failures},
            )
            try:
                self._store.save_account(loaded, Account(live=loaded.account.live), [note])
            except LostRaceError:
                continue
            return loaded.account
