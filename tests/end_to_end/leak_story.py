"""What happens in the house before it is searched: whole verifications, and how each may fail.

Knows depositors, a bank's backend and the people who attack it. Does not know what is searched.
Each play tells the secrets that came up in it.
"""

import datetime as dt
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from uuid import uuid4

from ivr.simulator.story_digits import another
from tests.end_to_end.depositor import Depositor
from tests.end_to_end.guises import Kind, Secret, full_width, numbers_spoken, text_of
from tests.end_to_end.tapped_house import PEOPLE, TappedHouse

AT_ONCE = 13
PATIENCE = 60.0  # seconds
SAYS_YES = {"question": True, "after": 1.0, "press": "1"}
SAYS_NO = {"question": True, "after": 1.0, "press": "9"}

Play = Iterator[Secret]


def read_out(tapped: TappedHouse) -> Play:
    reader = Depositor(tapped, "reader")
    reader.behaves("script", SAYS_YES, answer_after=1.0)
    reader.asks("readout", reference="leak-1")
    code = reader.hears()
    yield reader.secret(Kind.SPOKEN, code)
    assert reader.types(code)[0] == 200
    assert reader.types(code)[0] == 409
    reader.ends("right_passcode")


def read_out_wrong_then_right(tapped: TappedHouse) -> Play:
    mistaken = Depositor(tapped, "mistaken")
    mistaken.behaves("script", SAYS_YES, answer_after=1.0, repeat_hooks=True)
    mistaken.asks("readout")
    code = mistaken.hears()
    yield mistaken.secret(Kind.SPOKEN, code)
    wrong = another(code)
    yield mistaken.secret(Kind.TYPED, wrong)
    once = {"Idempotency-Key": str(uuid4())}
    for _ in range(2):
        assert mistaken.types(full_width(wrong), **once)[0] == 422
    assert mistaken.types(code, **once)[0] == 422
    assert mistaken.types(f"{code[:3]} {code[3:]}")[0] == 200
    mistaken.ends("right_passcode")


def read_out_in_english(tapped: TappedHouse) -> Play:
    foreigner = Depositor(tapped, "foreigner")
    foreigner.behaves("script", SAYS_YES, answer_after=1.0)
    foreigner.asks("readout", language="en", pace="slow")
    code = foreigner.hears()
    yield foreigner.secret(Kind.SPOKEN, code)
    assert foreigner.types(code)[0] == 200
    foreigner.ends("right_passcode")


def key_in_wrong_then_right(tapped: TappedHouse) -> Play:
    keyer = Depositor(tapped, "keyer")
    once = {"Idempotency-Key": str(uuid4())}
    asked = {
        "mode": "keyin",
        "purpose": "link",
        "bank": "honnin",
        "wallet": "kumopay",
        "account": keyer.account,
    }
    first, again = (keyer.house.ask("POST", "/v1/verifications", asked, once)[1] for _ in range(2))
    assert first["passcode"] == again["passcode"]
    keyer.id, code = first["id"], first["passcode"]
    yield keyer.secret(Kind.SHOWN, code)
    wrong = another(code)
    yield keyer.secret(Kind.TYPED, wrong)
    assert keyer.types(wrong)[0] == 409
    keyer.answers()
    keyer.keys(wrong)
    keyer.keys(wrong[:4] + "#")
    keyer.keys(code)
    keyer.ends("right_passcode")


def key_in_on_the_second_call(tapped: TappedHouse) -> Play:
    patient = Depositor(tapped, "patient")
    patient.behaves("rejected", after=1.0)
    yield patient.secret(Kind.SHOWN, patient.asks("keyin")["passcode"])
    patient.waits_for("resting")
    patient.behaves("live")
    code = patient.calls_again()["passcode"]
    yield patient.secret(Kind.SHOWN, code)
    patient.answers()
    patient.keys(code)
    patient.ends("right_passcode")


def call_back(tapped: TappedHouse) -> Play:
    """The page goes on to show what it showed: the call that the depositor asked for takes that."""
    returner = Depositor(tapped, "returner")
    returner.behaves("rejected", after=1.0)
    code = returner.asks("keyin")["passcode"]
    yield returner.secret(Kind.SHOWN, code)
    returner.waits_for("resting")
    returner.behaves("live")
    returner.calls_the_bank()
    returner.answers()
    returner.keys(code)
    returner.ends("right_passcode")


def report_not_me(tapped: TappedHouse) -> Play:
    victim = Depositor(tapped, "victim")
    victim.behaves("script", SAYS_NO, answer_after=1.0)
    victim.asks("readout")
    victim.ends("not_me")
    yield from ()


def reach_a_machine(tapped: TappedHouse) -> Play:
    absent = Depositor(tapped, "absent")
    absent.behaves("voicemail", answer_after=1.0, greeting_seconds=2.0)
    absent.asks("readout")
    absent.waits_for("resting")
    absent.calls_again()
    absent.waits_for("resting")
    absent.house.ask("DELETE", f"/v1/verifications/{absent.id}")
    absent.ends("cancelled")
    yield from ()


def cancel_in_mid_call(tapped: TappedHouse) -> Play:
    doubtful = Depositor(tapped, "doubtful")
    yield doubtful.secret(Kind.SHOWN, doubtful.asks("keyin")["passcode"])
    doubtful.answers()
    doubtful.waits_for("answered", "consented")
    assert doubtful.house.ask("DELETE", f"/v1/verifications/{doubtful.id}")[0] == 200
    doubtful.ends("cancelled")


def guess_until_the_end(tapped: TappedHouse) -> Play:
    thief = Depositor(tapped, "thief")
    thief.behaves("script", SAYS_YES, answer_after=3.0)
    thief.asks("readout")
    guess = "804715"
    yield thief.secret(Kind.TYPED, guess)
    assert thief.types(guess)[0] == 409
    guess = thief.hears()
    yield thief.secret(Kind.SPOKEN, guess)
    for _ in range(5):
        guess = another(guess)
        yield thief.secret(Kind.TYPED, guess)
        assert thief.types(guess)[0] == 422
    assert thief.types(guess)[0] == 409
    thief.ends("wrong_passcode")


def be_refused_by_the_carrier(tapped: TappedHouse) -> Play:
    unlisted = Depositor(tapped, "unlisted")
    unlisted.behaves("unreachable_21214")
    yield unlisted.secret(Kind.SHOWN, unlisted.asks("keyin")["passcode"])
    assert unlisted.waits_for("failed")["reason"] == "unreachable"


def wait_for_a_busy_carrier(tapped: TappedHouse) -> Play:
    queued = Depositor(tapped, "queued")
    queued.behaves("rest_429")
    queued.asks("readout")
    time.sleep(0.5)
    queued.behaves("rest_5xx_placed", SAYS_YES, answer_after=1.0)
    code = queued.hears()
    yield queued.secret(Kind.SPOKEN, code)
    assert queued.types(code)[0] == 200
    queued.ends("right_passcode")


def break_a_record(tapped: TappedHouse) -> Play:
    """A value that does not open is a defect of ours: 500 for the bank, an apology on the phone."""
    broken = Depositor(tapped, "broken")
    yield broken.secret(Kind.SHOWN, broken.asks("keyin")["passcode"])
    broken.answers()
    broken.waits_for("consented")
    until = time.monotonic() + PATIENCE
    while broken.house.ask("GET", f"/v1/verifications/{broken.id}")[0] != 500:
        assert time.monotonic() < until, "the record was always mended by a save"
        _change_a_byte(tapped, broken.id)
    broken.keys("804716")
    yield broken.secret(Kind.TYPED, "804716")
    assert broken.types("804716")[0] == 500


def _change_a_byte(tapped: TappedHouse, verification: str) -> None:
    (key,) = tapped.client.scan_iter(match=f"*{verification}")
    tapped.client.setrange(key, tapped.client.strlen(key) - 1, b"?")


PLAYS = (
    read_out,
    read_out_wrong_then_right,
    read_out_in_english,
    key_in_wrong_then_right,
    key_in_on_the_second_call,
    call_back,
    report_not_me,
    reach_a_machine,
    cancel_in_mid_call,
    guess_until_the_end,
    be_refused_by_the_carrier,
    wait_for_a_busy_carrier,
    break_a_record,
)


def play_everything(tapped: TappedHouse) -> list[Secret]:
    """Play all of it, a few at a time; give the passcodes that came up, and everybody's numbers."""
    with ThreadPoolExecutor(AT_ONCE) as stage:
        told = list(stage.map(lambda play: list(play(tapped)), PLAYS))
    passcodes = dict.fromkeys(secret for secrets in told for secret in secrets)
    people = [
        Secret(kind=kind, value=value)
        for account, number in PEOPLE.values()
        for kind, value in ((Kind.ACCOUNT, account), (Kind.NUMBER, number))
    ]
    ordinary = _ordinary_digits()
    return [*(each for each in passcodes if each.value not in ordinary), *people]


def _ordinary_digits() -> str:
    """Write down digits that stand everywhere: a passcode that is among them tells nothing.

    Everybody's numbers, the bank's own two, today's date, the carrier's version, lives in the store.
    About one passcode in three thousand is left out for it.
    """
    today = dt.datetime.now(tz=dt.UTC)
    dates = [f"{today + dt.timedelta(days=days):%Y%m%d}" for days in (-1, 0, 1)]
    fixed = ["+81345678900", "03-4567-8901", "2010-04-01", "86400000", "3600000", "600000"]
    lines = [*chain(*PEOPLE.values()), *dates, *fixed]
    return " ".join("".join(filter(str.isdigit, line)) for line in lines)


def bodies_with(secrets: list[Secret], tapped: TappedHouse) -> list[Secret]:
    """Give every body that was sent and holds a secret: a hash of it without a key gives that away."""
    cores = [secret.core for secret in secrets]
    bodies = {
        body
        for exchange in tapped.exchanges
        for body in (exchange.body, exchange.answer)
        for said in (" ".join((text_of(body), *numbers_spoken(text_of(body)))),)
        if any(core in said for core in cores)
    }
    return [Secret(kind=Kind.BODY, value=body.decode()) for body in sorted(bodies)]
