"""A release's life on both databases: draft, approve, publish, roll back, and what is refused."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from ivr.domain.errors import FlowFault, HonninError, ReleaseFault, StaffFault
from ivr.domain.publication import NONE, Kind, in_force
from ivr.domain.release import ALL_BANKS, name_release
from ivr.domain.staff import Member, Role
from tests.releases.office import KATO, SATO, Office, flow_files

ITO = Member(name="ito", role=Role.ADMIN)


def present(office: Office, scope: str = ALL_BANKS) -> str:
    return in_force(office.store.publications(), office.store.now()).get(scope, NONE)


def refused(deed: Callable[[], object], match: str, kind: type[HonninError] = ReleaseFault) -> None:
    with pytest.raises(kind, match=match):
        deed()


def test_a_release_is_named_by_its_content_and_kept_whole(office: Office) -> None:
    files = flow_files("新しい言葉です")
    release = office.releases.draft(SATO, ALL_BANKS, files, "kinder words")
    assert release.name == name_release(ALL_BANKS, files)
    assert office.releases.find(release.name) == release
    assert office.releases.files(release.name) == files
    assert (release.author, release.reason, release.based_on) == ("sato", "kinder words", NONE)
    assert present(office) == NONE


def test_what_is_faulty_is_not_kept(office: Office) -> None:
    files = {"plain.yaml": flow_files("x")["plain.yaml"].replace(b"warning: true", b"")}
    refused(lambda: office.releases.draft(SATO, ALL_BANKS, files, "why"), "warning", FlowFault)
    assert office.store.releases() == []


def test_the_same_content_is_drafted_once(office: Office) -> None:
    office.releases.draft(SATO, ALL_BANKS, flow_files("a"), "first")
    again = lambda: office.releases.draft(ITO, ALL_BANKS, flow_files("a"), "second")  # noqa: E731 - one deed
    refused(again, "sato drafted it \\(first\\)")
    office.releases.draft(ITO, "kita", flow_files("a"), "for a bank it is another release")


@pytest.mark.parametrize("reason", ["", "  ", "two\nlines", "x" * 501])
def test_a_reason_is_one_line(office: Office, reason: str) -> None:
    refused(
        lambda: office.releases.draft(SATO, ALL_BANKS, flow_files("a"), reason),
        "Say why in one line",
    )


def test_nobody_publishes_what_nobody_approved(office: Office) -> None:
    release = office.releases.draft(SATO, ALL_BANKS, flow_files("a"), "why")
    refused(lambda: office.releases.publish(KATO, release.name, ""), "Nobody approved release")
    assert present(office) == NONE


def test_nobody_approves_his_own(office: Office) -> None:
    release = office.releases.draft(ITO, ALL_BANKS, flow_files("a"), "why")
    refused(lambda: office.releases.approve(ITO, release.name), "somebody else must approve it")
    refused(lambda: office.releases.publish(ITO, release.name, ""), "Nobody approved")
    office.releases.approve(KATO, release.name)
    refused(lambda: office.releases.approve(KATO, release.name), "kato approved release .* already")
    office.releases.publish(ITO, release.name, "")


@pytest.mark.parametrize("role", Role)
def test_each_deed_asks_for_the_role(office: Office, role: Role) -> None:
    release = office.releases.draft(ITO, ALL_BANKS, flow_files("a"), "why")
    someone = Member(name="someone", role=role)
    deeds: list[tuple[Role, Callable[[], object]]] = [
        (
            Role.EDITOR,
            lambda: office.releases.draft(someone, ALL_BANKS, flow_files("b"), "why"),
        ),
        (Role.APPROVER, lambda: office.releases.approve(someone, release.name)),
        (Role.APPROVER, lambda: office.releases.publish(someone, release.name, "")),
        (Role.APPROVER, lambda: office.releases.roll_back(someone, ALL_BANKS, None, "why")),
    ]
    order = list(Role)
    for least, deed in deeds:
        if order.index(role) >= order.index(least):
            deed()
        else:
            refused(deed, f"someone is {role} and may not", StaffFault)


def test_what_is_published_is_in_force_and_rolls_back_step_by_step(office: Office) -> None:
    first, second, third = (office.published(words).name for words in ("a", "b", "c"))
    assert present(office) == third
    for expected in (second, first, NONE):
        done = office.releases.roll_back(KATO, ALL_BANKS, None, "complaints")
        assert (done.release, done.kind) == (expected, Kind.ROLLED_BACK)
        assert present(office) == expected
    refused(
        lambda: office.releases.roll_back(KATO, ALL_BANKS, None, "why"),
        "Nothing is published for all banks",
    )


def test_rolling_back_to_a_release_by_name(office: Office) -> None:
    first, _, third = (office.published(words).name for words in ("a", "b", "c"))
    office.releases.roll_back(KATO, ALL_BANKS, first, "why")
    assert present(office) == first
    refused(lambda: office.releases.roll_back(KATO, ALL_BANKS, first, "why"), "is in force already")
    never = office.approved("d").name
    refused(lambda: office.releases.roll_back(KATO, ALL_BANKS, never, "why"), "never in force")
    refused(lambda: office.releases.roll_back(KATO, "kita", third, "why"), "never in force")


def test_publishing_at_a_time_needs_nobody_at_that_time(office: Office) -> None:
    release = office.approved("a")
    at = office.store.now() + 60_000
    office.releases.publish(KATO, release.name, "", at)
    assert present(office) == NONE
    office.wait(61)
    assert present(office) == release.name


def test_a_time_that_is_past_is_refused(office: Office) -> None:
    release = office.approved("a")
    past = office.store.now() - 1
    refused(lambda: office.releases.publish(KATO, release.name, "", past), "is past")


def test_a_rollback_takes_back_what_was_planned(office: Office) -> None:
    first = office.published("a").name
    second = office.approved("b").name
    office.releases.publish(KATO, second, "", office.store.now() + 60_000)
    office.releases.roll_back(KATO, ALL_BANKS, first, "stop it")
    office.wait(61)
    assert present(office) == first


def test_a_first_publication_that_is_planned_can_be_taken_back(office: Office) -> None:
    release = office.approved("a").name
    office.releases.publish(KATO, release, "", office.store.now() + 60_000)
    office.releases.roll_back(KATO, ALL_BANKS, None, "not yet")
    office.wait(61)
    assert present(office) == NONE


def test_what_somebody_published_meanwhile_is_not_undone_unseen(office: Office) -> None:
    mine = office.approved("mine")
    theirs = office.published("theirs")
    refused(
        lambda: office.releases.publish(KATO, mine.name, ""),
        f"release {theirs.name} came into force for all banks since {mine.name} was drafted",
    )
    assert present(office) == theirs.name
    office.releases.publish(KATO, mine.name, "", over=True)
    assert present(office) == mine.name
    refused(lambda: office.releases.publish(KATO, mine.name, ""), "in force already")


def test_what_is_planned_is_not_taken_back_unseen(office: Office) -> None:
    planned, mine = office.approved("planned"), office.approved("mine")
    office.releases.publish(KATO, planned.name, "", office.store.now() + 60_000)
    refused(lambda: office.releases.publish(KATO, mine.name, ""), "is to come into force later")


def test_what_all_banks_got_meanwhile_is_not_taken_from_one_unseen(office: Office) -> None:
    older = office.published("older").name
    files = flow_files("its own")
    own = office.releases.draft(SATO, "kita", files, "why", older).name
    office.releases.approve(KATO, own)
    newer = office.published("newer").name
    refused(
        lambda: office.releases.publish(KATO, own, ""),
        f"laid over {older}, and all banks follow release {newer} now",
    )
    office.releases.roll_back(KATO, ALL_BANKS, NONE, "why")
    refused(lambda: office.releases.publish(KATO, own, ""), "follow no published release now")
    office.releases.roll_back(KATO, ALL_BANKS, older, "why")
    office.releases.publish(KATO, own, "")
    assert present(office, "kita") == own


def test_a_plan_that_was_taken_back_was_never_in_force(office: Office) -> None:
    first = office.published("a").name
    bad = office.approved("b").name
    office.releases.publish(KATO, bad, "", office.store.now() + 60_000)
    office.releases.roll_back(KATO, ALL_BANKS, first, "it is unsafe")
    office.wait(61)
    refused(lambda: office.releases.roll_back(KATO, ALL_BANKS, bad, "why"), "never in force")


def test_rolling_back_passes_over_a_plan_that_was_taken_back(office: Office) -> None:
    first = office.published("a").name
    office.releases.publish(KATO, first, "", office.store.now() + 60_000, over=True)
    office.published("b", over=True)
    office.releases.roll_back(KATO, ALL_BANKS, None, "why")
    assert present(office) == first
    office.wait(61)
    assert office.releases.roll_back(KATO, ALL_BANKS, None, "why").release == NONE


def test_of_two_who_publish_at_once_one_is_told_of_the_other(office: Office) -> None:
    names = [office.approved(words).name for words in ("a", "b", "c", "d")]

    told: list[str] = []

    def try_it(name: str) -> bool:
        try:
            office.releases.publish(KATO, name, "")
        except ReleaseFault as fault:
            told.append(str(fault))
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        won = [name for name, done in zip(names, pool.map(try_it, names), strict=True) if done]
    assert [each.release for each in office.store.publications()] == won == [present(office)]
    assert all("came into force" in each for each in told)
    assert len(told) == len(names) - 1


def test_a_bank_of_its_own_follows_its_own(office: Office) -> None:
    shared = office.published("a").name
    own = office.published("b", "kita").name
    assert (present(office), present(office, "kita")) == (shared, own)
    office.releases.roll_back(KATO, "kita", NONE, "like everybody")
    assert present(office, "kita") == NONE


def test_what_was_changed_where_it_is_kept_is_not_published(office: Office, database: str) -> None:
    release = office.approved("a")
    engine = sa.create_engine(database)
    with engine.begin() as connection:
        connection.execute(
            sa.text("UPDATE flow_files SET content = :content"),
            {"content": flow_files("b")["plain.yaml"]},
        )
    engine.dispose()
    refused(lambda: office.releases.publish(KATO, release.name, ""), "was changed where it is kept")


def test_a_release_that_is_not_there_is_named(office: Office) -> None:
    for deed in (
        lambda: office.releases.approve(KATO, "0" * 12),
        lambda: office.releases.publish(KATO, "x'; DROP TABLE staff; --", ""),
    ):
        refused(deed, "There is no release")
