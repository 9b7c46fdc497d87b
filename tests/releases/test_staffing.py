"""Staff on both databases: credentials, roles, and who may come back."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from ivr.domain.errors import StaffFault
from ivr.domain.staff import Member, Role
from tests.releases.office import Office

ADMIN = Member(name="sato", role=Role.ADMIN)


def first(office: Office) -> Member:
    return office.staffing.admit(office.staffing.add(None, "sato", Role.ADMIN))


def test_the_first_is_an_admin_and_known_by_his_credential(office: Office) -> None:
    assert office.staffing.is_empty()
    assert first(office) == ADMIN
    assert not office.staffing.is_empty()


@pytest.mark.parametrize("role", [Role.VIEWER, Role.EDITOR, Role.APPROVER])
def test_the_first_can_be_nothing_else(office: Office, role: Role) -> None:
    with pytest.raises(StaffFault, match="the first must be an admin"):
        office.staffing.add(None, "sato", role)
    assert office.staffing.is_empty()


def test_once_there_is_one_nobody_is_added_without_a_credential(office: Office) -> None:
    first(office)
    with pytest.raises(StaffFault, match="takes an admin's credential"):
        office.staffing.add(None, "kato", Role.ADMIN)


def test_of_many_who_would_be_first_one_is(office: Office) -> None:
    def try_it(name: str) -> bool:
        try:
            office.staffing.add(None, name, Role.ADMIN)
        except StaffFault:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(try_it, [f"n{number}" for number in range(8)])) == 1
    assert len(office.store.staff()) == 1


def test_only_an_admin_adds_and_revokes(office: Office) -> None:
    admin = first(office)
    key = office.staffing.add(admin, "kato", Role.APPROVER)
    kato = office.staffing.admit(key)
    for deed in (
        lambda: office.staffing.add(kato, "ito", Role.VIEWER),
        lambda: office.staffing.renew(kato, "kato", Role.ADMIN),
        lambda: office.staffing.revoke(kato, "sato"),
    ):
        with pytest.raises(StaffFault, match="kato is approver and may not add or revoke staff"):
            deed()


def test_whoever_is_revoked_is_out_at_once_and_never_back_under_that_name(office: Office) -> None:
    admin = first(office)
    key = office.staffing.add(admin, "kato", Role.APPROVER)
    office.staffing.revoke(admin, "kato")
    with pytest.raises(StaffFault, match="nobody who is live"):
        office.staffing.admit(key)
    with pytest.raises(StaffFault, match="a name is never given twice"):
        office.staffing.add(admin, "kato", Role.APPROVER)
    with pytest.raises(StaffFault, match="no live kato"):
        office.staffing.revoke(admin, "kato")
    with pytest.raises(StaffFault, match="no live kato"):
        office.staffing.renew(admin, "kato", None)


def test_a_renewed_credential_takes_the_place_of_the_old_one(office: Office) -> None:
    admin = first(office)
    old = office.staffing.add(admin, "kato", Role.EDITOR)
    new = office.staffing.renew(admin, "kato", None)
    assert office.staffing.admit(new) == Member(name="kato", role=Role.EDITOR)
    with pytest.raises(StaffFault):
        office.staffing.admit(old)
    newest = office.staffing.renew(admin, "kato", Role.APPROVER)
    assert office.staffing.admit(newest).role is Role.APPROVER


def test_the_only_admin_stays(office: Office) -> None:
    admin = first(office)
    with pytest.raises(StaffFault, match="sato is the only admin"):
        office.staffing.revoke(admin, "sato")
    with pytest.raises(StaffFault, match="sato is the only admin"):
        office.staffing.renew(admin, "sato", Role.VIEWER)
    office.staffing.add(admin, "kato", Role.ADMIN)
    office.staffing.revoke(admin, "sato")


@pytest.mark.parametrize("name", ["", "Sato", "佐藤", "a b", "-a", "a" * 33, "a\n"])
def test_a_name_is_plain(office: Office, name: str) -> None:
    with pytest.raises(StaffFault, match="is no name for staff"):
        office.staffing.add(None, name, Role.ADMIN)


@pytest.mark.parametrize("key", ["", "staff_", "x" * 5000, "鍵"])
def test_a_wrong_credential_is_nobodys(office: Office, key: str) -> None:
    first(office)
    with pytest.raises(StaffFault, match="nobody who is live"):
        office.staffing.admit(key)


def test_the_list_holds_no_credential(office: Office) -> None:
    key = office.staffing.add(None, "sato", Role.ADMIN)
    (entry,) = office.staffing.list_staff(ADMIN)
    assert (entry.name, entry.role, entry.by) == ("sato", Role.ADMIN, "sato")
    assert key not in str(office.store.staff()[0].digest)
    assert len(key) > 40
