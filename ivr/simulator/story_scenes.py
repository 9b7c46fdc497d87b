"""The plot: seven calls, what people do in them, and how each must end.

Knows who plays whom and the expected verdicts. Knows no HTTP: the page and the telephone are
handed in.
"""

from collections.abc import Callable
from dataclasses import dataclass

from ivr.simulator.story_digits import another, passcodes_in
from ivr.simulator.story_world import Page, Phone, StuckError

SAYS_YES = {"question": True, "after": 1.0, "press": "1"}
SAYS_NOT_ME = {"question": True, "after": 1.0, "press": "9"}
FOLLOWS_CONSENT = {"kind": "script", "answer_after": 2.0, "steps": [SAYS_YES]}
REPORTS = {"kind": "script", "answer_after": 2.0, "steps": [SAYS_NOT_ME]}
REPORTS_LATE = {"kind": "script", "answer_after": 12.0, "steps": [SAYS_NOT_ME]}
MACHINE = {"kind": "voicemail", "answer_after": 2.0, "greeting_seconds": 5.0}
A_GUESS = "123456"


@dataclass(frozen=True, kw_only=True)
class Scene:
    """One call or a few: who is called, what is done, how it must end."""

    title: str
    in_english: str
    depositor: str
    play: Callable[[Page, Phone], None]
    verdict: str
    reason: str


def read_out_and_type(page: Page, phone: Phone) -> None:
    """Hear the passcode, type it."""
    page.type(_heard_passcode(page, phone))


def read_out_wrong_then_right(page: Page, phone: Phone) -> None:
    """Mistype once."""
    passcode = _heard_passcode(page, phone)
    _must(page.type(another(passcode)), "wrong_passcode")
    page.type(passcode)


def key_in(page: Page, phone: Phone) -> None:
    """Key in what the page shows."""
    passcode = _shown_passcode(page, phone)
    phone.press_when_asked(passcode, question=2)


def key_in_wrong_then_right(page: Page, phone: Phone) -> None:
    """Mistype once on the telephone."""
    passcode = _shown_passcode(page, phone)
    phone.press_when_asked(another(passcode), question=2)
    phone.press_when_asked(passcode, question=3)


def report_not_me(page: Page, phone: Phone) -> None:
    """Know nothing of the request, and say so."""
    phone.behave(REPORTS)
    page.open("readout")


def reach_a_machine(page: Page, phone: Phone) -> None:
    """Reach an answering machine on every call; no passcode may be on its tape."""
    phone.behave(MACHINE)
    page.open("readout")
    page.wait_until(lambda told: told["state"] == "resting" or bool(told["verdict"]), "over")
    while not page.told["verdict"]:
        page.call_again()
        page.wait_until(_call_is_over, "over")
    if passcodes_in([*phone.heard(), phone.recorded()]):
        raise StuckError("a passcode was spoken to an answering machine")


def steal(page: Page, phone: Phone) -> None:
    """Have every fact and not the telephone: guess before the call and after it."""
    phone.behave(REPORTS_LATE)
    page.open("readout")
    _must(page.type(A_GUESS), "not_spoken_yet")
    page.wait_for_verdict()
    _must(page.type(A_GUESS), "already_decided")


SCENES = (
    Scene(
        title="番号を聞いて、画面に入れる",
        in_english="readout, right passcode",
        depositor="sachiko",
        play=read_out_and_type,
        verdict="pass",
        reason="right_passcode",
    ),
    Scene(
        title="番号を聞いて、一度まちがえる",
        in_english="readout, wrong and then right",
        depositor="mei",
        play=read_out_wrong_then_right,
        verdict="pass",
        reason="right_passcode",
    ),
    Scene(
        title="画面の番号を、電話で押す",
        in_english="keyin, right passcode",
        depositor="jiro",
        play=key_in,
        verdict="pass",
        reason="right_passcode",
    ),
    Scene(
        title="画面の番号を、一度押しまちがえる",
        in_english="keyin, wrong and then right",
        depositor="yuki",
        play=key_in_wrong_then_right,
        verdict="pass",
        reason="right_passcode",
    ),
    Scene(
        title="心当たりがない",
        in_english="not me",
        depositor="taro",
        play=report_not_me,
        verdict="fail",
        reason="not_me",
    ),
    Scene(
        title="留守番電話につながる",
        in_english="voicemail, three calls",
        depositor="kenji",
        play=reach_a_machine,
        verdict="fail",
        reason="no_consent",
    ),
    Scene(
        title="犯人はすべての情報を知っている",
        in_english="a thief with every fact",
        depositor="hanako",
        play=steal,
        verdict="fail",
        reason="not_me",
    ),
)


def _heard_passcode(page: Page, phone: Phone) -> str:
    phone.behave(FOLLOWS_CONSENT)
    page.open("readout")
    phone.wait_until(lambda: passcodes_in(phone.heard()), "heard a passcode")
    return passcodes_in(phone.heard())[-1]


def _shown_passcode(page: Page, phone: Phone) -> str:
    phone.behave({"kind": "live"})
    page.open("keyin")
    phone.answer()
    phone.press_when_asked("1", question=1)
    return str(page.told["passcode"])


def _call_is_over(told: object) -> bool:
    return isinstance(told, dict) and (told["state"] == "resting" or bool(told["verdict"]))


def _must(said: str, expected: str) -> None:
    if said != expected:
        raise StuckError(f"the answer was {said}, and not {expected}")
