"""A transfer through the whole app: what the carrier is told, what staff hear, and who gets in."""

from datetime import UTC, time
from pathlib import Path
from typing import Any

import msgspec
import pytest
from twilio.request_validator import RequestValidator

from ivr.domain.callflow import CallFlow, Mode, Reading, Slot, Step, Target, Transfer
from ivr.domain.case_number import case_number
from ivr.domain.desk import Desk, Hours
from ivr.domain.policy import Limits
from ivr.service.tokens import desk_token
from tests.web.heard import parsed, spoken
from tests.web.small_flow import SmallBook, both, hang_up, small_flow
from tests.web.small_house import (
    ACCOUNT_SID,
    HOOKS,
    KEYRING,
    SID,
    TOKENS,
    SmallHouse,
    bank,
    small_house,
)

ALWAYS = tuple((Hours(time(0), None),) for _ in range(7))
DESK = Desk(number="+81345678901", ring=25, zone=UTC, week=ALWAYS)
SHUT = msgspec.structs.replace(DESK, week=((),) * 7)
CHILD = "CA" + "c" * 32
STAFF = {
    "ja": ("照会番号は、", Slot("reference", Reading.DIGITS)),
    "en": ("Case ", Slot("reference", Reading.DIGITS)),
}


def flow_with_transfer(mode: Mode) -> CallFlow:
    """The small flow, whose `not_me` goes on to the desk."""
    flow = small_flow(mode)
    ends = {"closed": "shut", "busy": "busy", "no_answer": "nobody", "done": "goodbye"}
    more = (
        Step(name="not_me", say=both("止めました。", "Stopped."), not_me=True, then="desk"),
        Step(
            name="desk",
            say=both("おつなぎします。", "Connecting."),
            transfer=Transfer(staff=STAFF),
            on={by: Target(then=to) for by, to in ends.items()},
        ),
        hang_up("shut", "窓口は閉まっています。", "The desk is closed."),
        hang_up("busy", "話し中です。", "The desk is busy."),
        hang_up("nobody", "出ません。", "Nobody is there."),
    )
    return msgspec.structs.replace(
        flow, steps=dict(flow.steps) | {step.name: step for step in more}
    )


def house_with(folder: Path, desk: Desk | None, book: SmallBook | None = None) -> SmallHouse:
    own = msgspec.structs.replace(bank("honnin", Limits()), desk=desk)
    book = book or SmallBook(flow_with_transfer(Mode.READOUT), flow_with_transfer(Mode.KEYIN))
    return small_house(folder, book=book, banks={"honnin": own, "other": bank("other", Limits())})


@pytest.fixture
def house(tmp_path: Path) -> SmallHouse:
    return house_with(tmp_path, DESK)


def put_through(house: SmallHouse, **fields: Any) -> str:
    """Start, answer and say "not me"."""
    view = house.start(**fields)
    house.place(view["id"])
    house.hook(house.hook_path(view["id"], "0"))
    house.hook(house.hook_path(view["id"], "1"), {"Digits": "9"})
    return str(view["id"])


def dialled(house: SmallHouse, verification: str, status: str, **fields: str) -> Any:
    """Tell how the transfer ended."""
    told = {"CallStatus": "in-progress", "DialCallSid": CHILD, "DialCallStatus": status, **fields}
    return house.hook(house.hook_path(verification, "2"), told)


def whisper_path(house: SmallHouse, verification: str, language: str = "ja") -> str:
    token = desk_token(KEYRING, house.record(verification).key_id, verification, 1)
    return f"/hooks/{verification}/1/{token}/{language}/desk"


def whisper(house: SmallHouse, path: str, token: str = TOKENS[0], **fields: str) -> Any:
    form = {"CallSid": CHILD, "AccountSid": ACCOUNT_SID, "ParentCallSid": SID, **fields}
    signature = RequestValidator(token).compute_signature(HOOKS + path, form)
    return house.client.post(path, data=form, headers={"X-Twilio-Signature": signature})


def test_the_carrier_is_told_whom_to_dial_and_what_to_ask_first(house: SmallHouse) -> None:
    view = house.start()
    house.place(view["id"])
    house.hook(house.hook_path(view["id"], "0"))
    answer = house.hook(house.hook_path(view["id"], "1"), {"Digits": "9"})
    (dial,) = parsed(answer.text).iter("Dial")
    (number,) = dial
    assert [text for _, text in spoken(answer.text)] == ["止めました。", "おつなぎします。"]
    assert dial.attrib == {
        "method": "POST",
        "action": HOOKS + house.hook_path(view["id"], "2"),
        "callerId": "+81345678900",
        "timeout": "25",
        "timeLimit": "1775",
        "answerOnBridge": "true",
    }
    assert (number.tag, number.text) == ("Number", "+81345678901")
    assert number.attrib == {"method": "POST", "url": HOOKS + whisper_path(house, view["id"])}
    assert house.read(view["id"])["reason"] == "not_me", "decided before anybody was dialled"


@pytest.mark.parametrize("desk", [None, SHUT])
def test_while_the_desk_is_closed_nobody_is_dialled(tmp_path: Path, desk: Desk | None) -> None:
    house = house_with(tmp_path, desk)
    view = house.start()
    house.place(view["id"])
    house.hook(house.hook_path(view["id"], "0"))
    answer = house.hook(house.hook_path(view["id"], "1"), {"Digits": "9"})
    assert [text for _, text in spoken(answer.text)] == ["止めました。", "窓口は閉まっています。"]
    assert parsed(answer.text)[-1].tag == "Hangup"


@pytest.mark.parametrize(
    ("status", "fields", "heard"),
    [
        ("completed", {"DialCallDuration": "63", "DialBridged": "true"}, "失礼します。"),
        ("answered", {}, "失礼します。"),
        ("completed", {"DialBridged": "false"}, "出ません。"),
        ("busy", {"DialBridged": "false"}, "話し中です。"),
        ("no-answer", {}, "出ません。"),
        ("failed", {}, "出ません。"),
        ("canceled", {}, "出ません。"),
        ("", {}, "出ません。"),
    ],
)
def test_the_call_goes_on_as_the_transfer_ended(
    house: SmallHouse, status: str, fields: dict[str, str], heard: str
) -> None:
    verification = put_through(house)
    answer = dialled(house, verification, status, **fields)
    assert [text for _, text in spoken(answer.text)] == [heard]
    before = house.store.snapshot()
    assert dialled(house, verification, "busy").data == answer.data, "the first news counts"
    assert house.store.snapshot() == before


def test_an_end_that_nobody_knows_is_an_apology(house: SmallHouse) -> None:
    verification = put_through(house)
    before = house.store.snapshot()
    answer = dialled(house, verification, "eaten")
    assert [text for _, text in spoken(answer.text)] == ["申し訳ございません。"]
    assert house.store.snapshot() == before


def test_a_repeated_key_hears_the_same_though_the_desk_has_closed(tmp_path: Path) -> None:
    until_a_minute_past = ((Hours(time(8), time(8, 1)),),) * 7
    house = house_with(tmp_path, msgspec.structs.replace(DESK, week=until_a_minute_past))
    verification = put_through(house)
    first = house.hook(house.hook_path(verification, "1"), {"Digits": "9"})
    assert "<Dial" in first.text
    house.clock.move(120)
    assert house.hook(house.hook_path(verification, "1"), {"Digits": "9"}).data == first.data


def test_whoever_hangs_up_at_the_desk_hears_nothing_more(house: SmallHouse) -> None:
    verification = put_through(house)
    answer = dialled(house, verification, "completed", CallStatus="completed", DialBridged="true")
    assert [each.tag for each in parsed(answer.text)] == ["Hangup"]
    ended = [note for note in house.store.noted() if note.kind == "desk_call_ended"]
    assert [note.detail["how"] for note in ended] == ["done"]
    assert not house.record(verification).call.at_desk


def test_staff_hear_the_case_number_and_nothing_changes(house: SmallHouse) -> None:
    verification = put_through(house)
    before = house.store.snapshot()
    path = whisper_path(house, verification)
    answers = {whisper(house, path).data for _ in range(3)}
    assert len(answers) == 1
    ((language, text),) = spoken(answers.pop().decode())
    digits = ["ゼロ", "イチ", "ニ", "サン", "ヨン", "ゴ", "ロク", "ナナ", "ハチ", "キュウ"]
    number = case_number(verification).replace("-", "")
    assert (language, text) == (
        "ja-JP",
        "照会番号は、" + "".join(digits[int(each)] for each in number),
    )
    assert house.store.snapshot() == before


def test_staff_hear_the_clients_own_reference_if_it_is_a_few_digits(house: SmallHouse) -> None:
    verification = put_through(house, reference="2026-0042")
    ((_, text),) = spoken(whisper(house, whisper_path(house, verification)).text)
    assert text == "照会番号は、ニゼロニロクゼロゼロヨンニ"


def test_staff_hear_a_language_that_the_flow_has_a_voice_for(tmp_path: Path) -> None:
    flow = flow_with_transfer(Mode.READOUT)
    staff = {"zh": ("案件编号",), "en": STAFF["en"]}  # zh: as a part shared with another flow
    desk = msgspec.structs.replace(flow.steps["desk"], transfer=Transfer(staff=staff))
    flow = msgspec.structs.replace(flow, steps={**flow.steps, "desk": desk})
    house = house_with(tmp_path, DESK, SmallBook(flow))
    ((language, text),) = spoken(whisper(house, whisper_path(house, put_through(house))).text)
    assert (language, text.startswith("Case ")) == ("en-US", True)


def test_whispers_of_others_are_refused(house: SmallHouse) -> None:
    verification = put_through(house)
    path = whisper_path(house, verification)
    call_path = house.hook_path(verification, "desk")
    assert whisper(house, call_path).status_code == 403, "the call's own token opens no whisper"
    assert whisper(house, path, token="another-token").status_code == 403
    assert whisper(house, path, ParentCallSid="CA" + "3" * 32).status_code == 403
    assert whisper(house, path, ParentCallSid="").status_code == 200
    assert house.hook(path.removesuffix("desk") + "2").status_code == 403, "and the other way round"


def test_staff_who_are_asked_too_late_hear_an_apology_and_no_reference(house: SmallHouse) -> None:
    verification = put_through(house)
    path = whisper_path(house, verification)
    dialled(house, verification, "no-answer")
    answer = whisper(house, path)
    assert answer.status_code == 200
    ((_, text),) = spoken(answer.text)
    assert text == "照会番号を、お伝えできません。おつなぎします。"
    assert [each.tag for each in parsed(answer.text)] == ["Say"], (
        "they are put through all the same"
    )


def test_a_talk_with_the_desk_is_not_cut_short(house: SmallHouse) -> None:
    """A transfer without a verdict: the client takes the request back while they talk."""
    flow = flow_with_transfer(Mode.READOUT)
    steps = dict(flow.steps)
    on = dict(steps["greet"].on) | {"5": Target(then="desk")}
    steps["greet"] = msgspec.structs.replace(steps["greet"], on=on)
    house.parts.flows.flows = (msgspec.structs.replace(flow, steps=steps),)  # type: ignore[attr-defined]
    view = house.start()
    house.place(view["id"])
    house.hook(house.hook_path(view["id"], "0"))
    assert "<Dial" in house.hook(house.hook_path(view["id"], "1"), {"Digits": "5"}).text
    house.clock.move(590)
    assert house.read(view["id"])["state"] == "answered", "they may still talk"
    house.ask("DELETE", f"/v1/verifications/{view['id']}")
    record = house.record(view["id"])
    assert (record.state, record.call.hang_up_owed) == ("failed", False)
    assert [text for _, text in spoken(dialled(house, view["id"], "completed").text)] == [
        "失礼します。"
    ]
