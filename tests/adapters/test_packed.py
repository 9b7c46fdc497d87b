"""Records as they lie: each comes back as it was, an older release reads over what a later one added, in few bytes."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.adapters.packed import pack_verification, unpack_verification
from ivr.adapters.packed_account import (
    account_of_number,
    number_of_live,
    pack_account,
    unpack_account,
)
from ivr.domain.callflow import Mode, Pace, Purpose
from ivr.domain.conversation import Position
from ivr.domain.delivery import Delivery
from ivr.domain.events import CallEnd
from ivr.domain.record import Account, Call, Reason, State, Verification

ID = "v7yvg3uwqwbexosxi5j5usywmxo"
NAME = ID[1:17]
NOW = 1_795_000_000_123
texts = st.text(max_size=12)
times = st.one_of(st.just(0), st.integers(NOW - 10, NOW + 10**9))
few = st.integers(0, 300)
sids = st.one_of(texts, st.from_regex(r"\A(CA)?[0-9a-f]{32}\Z"), st.just("CA" + "0" * 32))
releases = st.one_of(texts, st.from_regex(r"\A[0-9a-f]{12}\Z"))
digests = st.one_of(st.binary(max_size=40), st.just(bytes(32)), st.binary(min_size=32, max_size=32))
names = st.one_of(st.binary(max_size=17), st.binary(min_size=16, max_size=16))
numbers = st.one_of(texts, st.from_regex(r"\A\+[0-9]{7,16}\Z"))
steps = st.one_of(texts, st.sampled_from(["read", "greet", "warn", "ja", "xx"]))
positions = st.builds(
    Position,
    step=steps,
    entered=steps,
    language=steps,
    pace=st.sampled_from(Pace),
    consented=st.booleans(),
    over=st.booleans(),
    counts=st.dictionaries(texts, few, max_size=2),
    at_desk=st.booleans(),
)
calls = st.builds(
    Call,
    number=few,
    wished_at=times,
    sid=sids,
    turn=few,
    position=st.one_of(st.none(), positions),
    release=releases,
    hang_up_owed=st.booleans(),
    postponed_until=times,
    replay=names,
    asked_in=st.binary(max_size=9),
    code_of=few,
    postponed=few,
    turned_after=few,
    carrier=steps,
    retried=few,
)
verifications = st.builds(
    Verification,
    id=st.just(ID),
    client=texts,
    bank=texts,
    wallet=texts,
    account=texts,
    number=numbers,
    mode=st.sampled_from(Mode),
    purpose=st.sampled_from(Purpose),
    language=steps,
    pace=st.sampled_from(Pace),
    key_id=st.sampled_from(["k1", "k2"]),
    request_digest=digests,
    created_at=times,
    expires_at=times,
    call=calls,
    amount=st.one_of(st.none(), st.integers(0, 10**8)),
    reference=st.one_of(st.none(), texts),
    callback_url=st.one_of(st.none(), texts),
    state=st.sampled_from(State),
    since=times,
    tries=few,
    last_call=st.one_of(st.none(), st.sampled_from(CallEnd)),
    code_until=times,
    code_heard=st.booleans(),
    reason=st.one_of(st.none(), st.sampled_from(Reason)),
    decided_at=times,
    delivery=st.one_of(
        st.none(), st.builds(Delivery, attempts=few, next_at=times, delivered=st.booleans())
    ),
    checks=st.lists(st.tuples(st.binary(max_size=9), st.integers(-1, 9)), max_size=3).map(tuple),
    disputed_at=times,
)


def lying(verification: Verification, key_id: str = "k1") -> tuple[bytes, list[Any]]:
    """What lies in the store, as it is read back."""
    fixed, row = pack_verification(verification, key_id)
    return fixed, msgspec.msgpack.decode(msgspec.msgpack.encode(row))


@given(verification=verifications)
def test_a_verification_comes_back_as_it_was(verification: Verification) -> None:
    found = unpack_verification(ID, *lying(verification), "k1")
    assert found == verification
    assert msgspec.to_builtins(found) == msgspec.to_builtins(verification)


def test_every_field_of_a_record_was_tried() -> None:
    # What is left to its default above would come back as it was without being kept.
    tried = {"Verification": verifications, "Call": calls, "Position": positions}
    for kind in (Verification, Call, Position):
        fields = {each.name for each in msgspec.structs.fields(kind)}
        assert all(f"{each}=" in repr(tried[kind.__name__]) for each in fields)


@given(verification=verifications)
def test_an_older_release_reads_over_what_a_later_one_added(verification: Verification) -> None:
    fixed, row = lying(verification)
    every = pack_verification(msgspec.structs.replace(verification, disputed_at=1), "k1")[1]
    rest = [*row, *every[len(row) :]][: len(every) - 1]
    later = [*rest, verification.disputed_at, "added", 7]
    assert unpack_verification(ID, fixed, later, "k1").disputed_at == verification.disputed_at


@given(
    account=st.builds(
        Account,
        failures=few,
        blocked_until=times,
        live=st.one_of(texts, st.just(ID), st.from_regex(r"\Av[a-z2-7]{26}\Z")),
    )
)
def test_an_account_comes_back_as_it_was(account: Account) -> None:
    assert unpack_account([*pack_account(account), "added"]) == account
    digits = number_of_live(NAME, account)
    is_plain = account == Account(live=ID)
    assert bool(digits) == is_plain
    if digits:
        assert len(digits) == 16
        assert account_of_number(NAME, digits) == account


@pytest.mark.parametrize("last", ["a" * 10, "7" * 10])
def test_every_number_of_an_id_has_sixteen_digits(last: str) -> None:
    account = Account(live=f"v{NAME}{last}")
    digits = number_of_live(NAME, account)
    assert len(digits) == 16
    assert account_of_number(NAME, digits) == account


def test_a_verification_in_mid_call_takes_few_bytes() -> None:
    fixed, row = pack_verification(MID_CALL, "k20261129")
    assert len(fixed) + len(msgspec.msgpack.encode(row)) <= 172
    assert len(msgspec.msgpack.encode(MID_CALL)) > 330


def test_what_was_written_once_is_read_for_ever() -> None:
    fixed, row = bytes.fromhex(FIXED), msgspec.msgpack.decode(bytes.fromhex(ROW))
    assert unpack_verification(ID, fixed, row, "k20261129") == MID_CALL


MID_CALL = Verification(
    id=ID,
    client="linking",
    bank="honnin",
    wallet="kumopay",
    account="101-0000000",
    number="+819010000000",
    mode=Mode.READOUT,
    purpose=Purpose.LINK,
    language="ja",
    pace=Pace.NORMAL,
    key_id="k20261129",
    request_digest=b"d" * 32,
    created_at=NOW,
    expires_at=NOW + 600_000,
    call=Call(
        number=1,
        wished_at=NOW,
        sid="CA" + "5" * 32,
        turn=2,
        position=Position(step="read", entered="warn", language="ja", consented=True),
        release="f86e50de0ee3",
        replay=b"r" * 16,
        carrier="main",
        turned_after=9,
    ),
    reference="link-20260115-0042",
    state=State.SPOKEN,
    since=NOW + 9_000,
    code_until=NOW + 309_000,
    code_heard=True,
)
FIXED = (
    "01a1ee565e7b0000beb0ccd480646464646464646464646464646464646464646464646464646464"
    "64646464645555555555555555555555555555555572727272727272727272727272727272f86e50"
    "de0ee3"
)
ROW = (
    "dc0016a76c696e6b696e67a6686f6e6e696ea76b756d6f706179ab3130312d303030303030304f54"
    "7472c0ce000927c0b26c696e6b2d32303236303131352d303034323ecd2328ce0004b708c3000100"
    "025d09955a707472c3"
)
