"""Roles: a table of who may do what."""

import pytest

from ivr.domain.errors import StaffFault
from ivr.domain.staff import Deed, Member, Role, StaffEntry, latest, live_admins, may

TABLE = {
    # deed:           viewer editor approver admin
    Deed.READ: (True, True, True, True),
    Deed.DRAFT: (False, True, True, True),
    Deed.APPROVE: (False, False, True, True),
    Deed.PUBLISH: (False, False, True, True),
    Deed.KEEP_STAFF: (False, False, False, True),
}


@pytest.mark.parametrize("deed", Deed)
@pytest.mark.parametrize("role", Role)
def test_each_role_may_do_what_the_table_says(role: Role, deed: Deed) -> None:
    allowed = TABLE[deed][list(Role).index(role)]
    assert may(role, deed) is allowed
    member = Member(name="sato", role=role)
    if allowed:
        member.check_may(deed)
    else:
        with pytest.raises(StaffFault, match=f"sato is {role} and may not {deed}; that takes"):
            member.check_may(deed)


def entry(number: int, name: str, role: Role | None) -> StaffEntry:
    return StaffEntry(number=number, name=name, role=role, digest="d" * 64, by="sato", at=1)


def test_the_last_line_about_somebody_counts() -> None:
    entries = [
        entry(1, "sato", Role.ADMIN),
        entry(2, "kato", Role.ADMIN),
        entry(3, "kato", None),
        entry(4, "ito", Role.VIEWER),
    ]
    assert {name: each.role for name, each in latest(entries).items()} == {
        "sato": Role.ADMIN,
        "kato": None,
        "ito": Role.VIEWER,
    }
    assert live_admins(entries) == {"sato"}


def test_an_entry_prints_no_digest() -> None:
    assert "d" * 64 not in repr(entry(1, "sato", Role.ADMIN))
