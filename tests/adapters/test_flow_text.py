import pytest

from ivr.adapters.flows.text import read_text
from ivr.domain.callflow import Part, Reading, Rest, Slot, Text

BANK = Slot("bank")
PASSCODE = Slot("passcode", Reading.DIGITS)


def read(source: str) -> Text:
    complaints: list[str] = []
    text = read_text(source, lambda reason, _: complaints.append(reason))
    assert complaints == []
    return text


def complaints_of(source: str) -> list[str]:
    complaints: list[str] = []
    read_text(source, lambda reason, remedy: complaints.append(f"{reason}; {remedy}"))
    return complaints


@pytest.mark.parametrize(
    ("source", "parts"),
    [
        ("失礼いたします。", ["失礼いたします。"]),
        ("{bank}です。", [BANK, "です。"]),
        ("{bank|plain}です。", [BANK, "です。"]),
        ("番号は、{passcode|digits}。", ["番号は、", PASSCODE, "。"]),
        ("番号{pause}は", ["番号", Rest(500), "は"]),
        ("番号{pause|800ms}は", ["番号", Rest(800), "は"]),
        ("番号{pause|2s}は", ["番号", Rest(2000), "は"]),
        ("番号{pause|1.5s}は", ["番号", Rest(1500), "は"]),
        ("{pause|100ms}{pause|5s}", [Rest(100), Rest(5000)]),
        ("  This is {bank}.  ", ["This is ", BANK, "."]),
        ("This is\n  {bank}.", ["This is ", BANK, "."]),
        ("お電話、\nありがとう ございました。", ["お電話、ありがとうございました。"]),
        ("For English,\n press three.", ["For English, press three."]),
        ("", []),
    ],
)
def test_a_text_is_read(source: str, parts: list[Part]) -> None:
    assert read(source) == tuple(parts)


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        ("{bnk}", "there is no placeholder {bnk}; did you mean bank?"),
        ("{}", "there is no placeholder {}; use one of: "),
        ("{ bank }", "there is no placeholder { bank }; did you mean bank?"),
        ("{passcode}", "{passcode} does not say how it is read; write {passcode|digits}"),
        ("{passcode|plain}", "{passcode} cannot be read as plain; write {passcode|digits}"),
        ("{bank|}", "{bank} cannot be read as ; write {bank|plain}"),
        ("{pause|1m}", "a pause cannot be 1m long; write {pause|800ms} or {pause|2s}"),
        ("{pause|}", "a pause cannot be  long; "),
        ("{pause|0.05s}", "a pause cannot be 0.05s long; "),
        ("{pause|99ms}", "a pause of 99ms is out of bounds; choose from 100ms to 5s"),
        ("{pause|5.1s}", "a pause of 5.1s is out of bounds; "),
        ("{pause|１s}", "a pause cannot be １s long; "),
        ("{bank", "an opening brace without its end: {; "),
        ("bank}", "a closing brace without its beginning: }; "),
        ("{{bank}}", "an opening brace without its end: {; "),
        ("｛bank｝", "a full-width brace: ｛; "),
        ("<Hangup/>", "markup: <; "),
    ],
)
def test_what_cannot_be_read_is_complained_of(source: str, complaint: str) -> None:
    assert any(each.startswith(complaint) for each in complaints_of(source))
