"""What is shown of an account, and put on record: so much that people know which one is meant.

Knows no account.
"""

from __future__ import annotations


def tail_of(account: str) -> str:
    """Return an account's last four characters for people to know it by; of a short one, at most half."""
    return account[-min(4, len(account) // 2) :]
