import pytest

from ivr.domain.callflow import KEY_ONLY, WITH_PASSCODE, Mode, Purpose
from ivr.domain.errors import Code, Refused
from ivr.domain.events import Cancelled, NotMeReported, PasscodeChecked, PasscodeKeyed
from ivr.domain.passcode import Binding, derive, matches
from ivr.domain.policy import DAY, Limits
from ivr.domain.record import Account, Reason, State
from ivr.domain.verdicts import NEVER
from tests.domain.lives import ACCOUNT, CALLBACK, NOON, Life

BOTH = pytest.mark.parametrize("mode", sorted(WITH_PASSCODE))


def refusal(life: Life, *, right: bool = False) -> Code:
    with pytest.raises(Refused) as caught:
        life.check(right=right)
    return caught.value.code


@BOTH
def test_the_right_passcode_passes(mode: Mode) -> None:
    life = Life(mode).ask_for_passcode().give(right=True)
    assert (life.state, life.verification.reason) == (State.PASSED, Reason.RIGHT_PASSCODE)
    assert life.verification.decided_at == life.now
    assert life.account.live == ""


def test_a_passcode_is_bound_to_everything_that_was_asked_for() -> None:
    verification = Life(purpose=Purpose.CHARGE, amount=5000).verification
    assert verification.binding() == Binding(
        verification=verification.id,
        bank="honnin",
        wallet="kumopay",
        account=ACCOUNT,
        purpose="charge",
        amount=5000,
    )


@BOTH
def test_four_wrong_tries_are_forgiven_and_the_fifth_fails(mode: Mode) -> None:
    life = Life(mode).ask_for_passcode()
    state = life.state
    for left in (4, 3, 2, 1):
        life.give(right=False)
        assert (life.state, life.tries_left) == (state, left)
    life.give(right=False)
    assert (life.state, life.verification.reason) == (State.FAILED, Reason.WRONG_PASSCODE)
    assert (life.verification.tries, life.tries_left) == (5, 0)


@BOTH
def test_after_the_last_wrong_try_the_right_passcode_is_worth_nothing(mode: Mode) -> None:
    life = Life(mode).ask_for_passcode()
    for _ in range(5):
        life.give(right=False)
    lost = life.record
    if mode is Mode.READOUT:
        assert refusal(life, right=True) == Code.ALREADY_DECIDED
    else:
        life.give(right=True)
    assert life.record is lost


@BOTH
def test_the_fifth_try_may_still_be_right(mode: Mode) -> None:
    life = Life(mode).ask_for_passcode()
    for _ in range(4):
        life.give(right=False)
    assert life.give(right=True).state is State.PASSED


@BOTH
def test_a_new_call_gives_no_new_tries(mode: Mode) -> None:
    life = Life(mode).ask_for_passcode()
    for _ in range(3):
        life.give(right=False)
    if mode is Mode.KEYIN:
        life.end()
    life.call_again()
    assert life.tries_left == 2
    life.ask_for_passcode().give(right=False).give(right=False)
    assert life.verification.reason is Reason.WRONG_PASSCODE


@BOTH
def test_a_guess_before_there_is_anything_to_guess_counts_nothing(mode: Mode) -> None:
    expected = Code.NOT_SPOKEN_YET if mode is Mode.READOUT else Code.WRONG_MODE
    for come_to in (Life.place, Life.ring, Life.answer, Life.consent, Life.miss):
        life = come_to(Life(mode))
        for right in (True, False):
            assert refusal(life, right=right) == expected
        assert (life.verification.tries, life.account.failures) == (0, 0)


def test_the_passcode_of_an_earlier_call_cannot_be_checked_while_the_next_one_is_wished_for() -> (
    None
):
    life = Life().hear().call_again()
    assert refusal(life, right=True) == Code.NOT_SPOKEN_YET


@BOTH
def test_failures_of_an_account_survive_its_verification_and_its_number(mode: Mode) -> None:
    first = Life(mode).ask_for_passcode()
    for _ in range(5):
        first.give(right=False)
    second = Life(mode, first.account, number="+819087654321").ask_for_passcode()
    assert (second.account.failures, second.tries_left) == (5, 5)
    second.give(right=False)
    assert (second.account.failures, second.tries_left) == (6, 4)


@pytest.mark.parametrize(
    ("tries", "failures", "left"),
    [(0, 0, 5), (0, 4, 5), (0, 5, 5), (0, 7, 3), (3, 3, 2), (4, 9, 1), (0, 9, 1), (0, 12, 1)],
)
def test_the_tries_left_are_the_fewer_of_the_verifications_and_the_accounts(
    tries: int, failures: int, left: int
) -> None:
    assert Life(account=Account(failures=failures), tries=tries).hear().tries_left == left


@BOTH
def test_the_tenth_failure_in_a_row_blocks_the_account_for_a_day_and_ends_the_verification(
    mode: Mode,
) -> None:
    life = Life(mode, Account(failures=8)).ask_for_passcode().give(right=False)
    assert (life.verification.decided, life.account.blocked_until) == (False, 0)
    life.give(right=False)
    assert life.verification.reason is Reason.ACCOUNT_BLOCKED
    assert life.account == Account(failures=10, blocked_until=life.now + DAY)


def test_the_tenth_failure_as_the_fifth_try_blocks_too_and_says_wrong_passcode() -> None:
    life = Life(account=Account(failures=9), tries=4).hear().give(right=False)
    assert life.verification.reason is Reason.WRONG_PASSCODE
    assert life.account.blocked_until == life.now + DAY


def test_after_a_block_each_further_failure_blocks_again() -> None:
    life = Life(account=Account(failures=10, blocked_until=NOON - 1)).hear()
    assert life.tries_left == 1
    life.give(right=False)
    assert life.verification.reason is Reason.ACCOUNT_BLOCKED
    assert life.account == Account(failures=11, blocked_until=life.now + DAY)


def test_the_hundredth_failure_in_a_row_blocks_for_good() -> None:
    almost = Life(account=Account(failures=98)).hear().give(right=False)
    assert almost.account.blocked_until == almost.now + DAY
    life = Life(account=Account(failures=99)).hear().give(right=False)
    assert (life.account.failures, life.account.blocked_until) == (100, NEVER)


@BOTH
def test_only_a_pass_forgives_the_failures_of_an_account(mode: Mode) -> None:
    failed = Account(failures=7, blocked_until=NOON - 1)
    ends = [
        Life(mode, failed).answer().tell(NotMeReported),
        Life(mode, failed).tell(Cancelled),
        Life(mode, failed).miss().call_again().miss().call_again().miss(),
    ]
    assert [life.account.failures for life in ends] == [7, 7, 7]
    passed = Life(mode, failed).ask_for_passcode().give(right=True)
    assert passed.account == Account()
    assert passed.account.is_blank


def test_an_account_with_failures_or_a_live_verification_is_worth_keeping() -> None:
    assert Account().is_blank
    assert not Account(failures=1).is_blank
    assert not Account(live="v").is_blank


def test_another_verification_of_the_account_stays_its_live_one() -> None:
    life = Life()
    other = Account(live="another")
    life.record = type(life.record)(verification=life.verification, account=other)
    assert life.tell(Cancelled).account.live == "another"


def test_limits_may_be_stricter() -> None:
    life = Life(limits=Limits(tries=2, account_failures=1)).hear().give(right=False)
    assert life.verification.reason is Reason.ACCOUNT_BLOCKED


def test_a_check_is_remembered_with_what_was_answered_where_it_can_be_sent_again() -> None:
    life = Life().hear()
    life.tell(PasscodeChecked, right=False)
    life.tell(PasscodeChecked, right=False, replay=b"first")
    life.tell(PasscodeChecked, right=True, replay=b"second")
    assert life.verification.checks == ((b"first", 3), (b"second", -1))


def test_a_cancelled_verification_fails_and_a_call_at_the_carrier_is_to_be_hung_up() -> None:
    for come_to, owed in [
        (Life.place, True),
        (Life.ring, True),
        (Life.answer, True),
        (Life.speak, True),
        (Life.hear, False),
        (Life.miss, False),
    ]:
        life = come_to(Life()).tell(Cancelled)
        assert life.verification.reason is Reason.CANCELLED
        assert life.verification.call.hang_up_owed is owed


def test_a_verdict_owes_a_callback_at_once_where_one_was_asked_for() -> None:
    asked = Life(callback_url=CALLBACK).hear().give(right=True)
    assert asked.verification.delivery is not None
    assert asked.verification.delivery.next_at == asked.record.next_look(asked.limits) == asked.now
    unasked = Life().hear().give(right=True)
    assert unasked.verification.delivery is None
    assert unasked.record.next_look(unasked.limits) is None


def test_a_key_pressed_in_an_earlier_call_is_no_try() -> None:
    life = Life(Mode.KEYIN).consent().end().call_again().consent()
    before = life.record
    assert life.tell(PasscodeKeyed, right=True, call=1).record is before
    assert life.tell(PasscodeKeyed, right=False, call=1).record is before


@pytest.mark.parametrize("mode", sorted(KEY_ONLY))
def test_a_confirmation_passes_under_a_name_of_its_own_and_forgives_no_failure(mode: Mode) -> None:
    life = Life(mode, Account(failures=7)).consent()
    assert (life.tries_left, life.verification.code_until) == (0, 0)
    life.confirm()
    assert (life.state, life.verification.reason) == (State.PASSED, Reason.CONFIRMED)
    assert (life.account.failures, life.account.live) == (7, "")
    assert life.verification.pass_before == life.verification.expires_at


@pytest.mark.parametrize("mode", sorted(KEY_ONLY))
def test_where_there_is_no_passcode_none_is_checked_and_nothing_is_counted(mode: Mode) -> None:
    for come_to in (Life.place, Life.answer, Life.consent, Life.miss):
        life = come_to(Life(mode))
        assert refusal(life, right=True) == Code.WRONG_MODE
        assert (life.verification.tries, life.account.failures) == (0, 0)


def test_a_passcode_bound_to_one_amount_or_payee_is_none_for_another() -> None:
    life = Life(purpose=Purpose.CHANGE, amount=30_000)
    others = (
        Life(purpose=Purpose.CHANGE, amount=30_001),
        Life(purpose=Purpose.CHANGE, amount=30_000, wallet="sorapay"),
        Life(purpose=Purpose.CHARGE, amount=30_000),
    )
    secret = bytes(range(32))
    own = derive(secret, life.verification.binding(), 1)
    assert matches(secret, life.verification.binding(), 1, own)
    assert not any(matches(secret, other.verification.binding(), 1, own) for other in others)
