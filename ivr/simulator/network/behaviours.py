"""What a phone does when it is called.

Knows the kinds of phone and their settings, as they stand in `phones.toml` and in the control API.
Does not act: `callee.py` does what happens on the line, `rest.py` what the carrier answers.
"""

from typing import Annotated

import msgspec
from msgspec import Meta

Seconds = Annotated[float, Meta(ge=0, le=3600)]
Keys = Annotated[str, Meta(pattern="^[0-9*#]*$", max_length=32)]


class Behaviour(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    tag_field="kind",
    forbid_unknown_fields=True,
    omit_defaults=True,
):
    """What every kind has: how the network treats the hooks of calls to this phone."""

    repeat_hooks: bool = False
    """Every hook is sent twice; the second answer counts."""
    reorder_status: bool = False
    """Status callbacks overtake each other."""
    late_status: Seconds = 0.0
    """Status callbacks come this many seconds late."""
    lost_status: bool = False
    """Status callbacks never come."""
    absent_digits: bool = False
    """A question that got no key has no field `Digits`, instead of an empty one."""


class Step(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    """One thing a scripted person does: wait for words or a question, think, press or hang up."""

    heard: str = ""
    """Wait until these words were spoken."""
    question: bool = False
    """Wait until the call is silent and listens for keys."""
    after: Seconds = 1.0
    """Then think this long."""
    press: Keys = ""
    press_shown: bool = False
    """Press what the page shows, as the control API told it; wait for it until then."""
    hang_up: bool = False


class Live(Behaviour, frozen=True, kw_only=True, tag="live"):
    """A person drives it through the control API."""


class Script(Behaviour, frozen=True, kw_only=True, tag="script"):
    """A person who answers and then does what the steps say, in order."""

    answer_after: Seconds = 2.0
    steps: tuple[Step, ...] = ()


class NoAnswer(Behaviour, frozen=True, kw_only=True, tag="no_answer"):
    """Rings until the caller gives up."""


class Busy(Behaviour, frozen=True, kw_only=True, tag="busy"):
    """Is engaged."""


class Rejected(Behaviour, frozen=True, kw_only=True, tag="rejected"):
    """Rings, and the call is declined."""

    after: Seconds = 3.0


class Voicemail(Behaviour, frozen=True, kw_only=True, tag="voicemail"):
    """Answers by itself, plays its greeting over whatever we say, beeps and records the rest."""

    answer_after: Seconds = 8.0
    greeting: str = "ただいま電話に出ることができません。発信音の後に、メッセージをお話しください。"
    greeting_seconds: Seconds = 8.0
    longest: Seconds = 60.0


class Screening(Behaviour, frozen=True, kw_only=True, tag="screening"):
    """Answers by itself, asks who is calling and why, records the opening, then forwards or not."""

    answer_after: Seconds = 1.0
    asks: str = "お名前とご用件をお話しください。通話の相手におつなぎします。"
    asks_seconds: Seconds = 4.0
    listens: Seconds = 8.0
    forwards: bool = False
    steps: tuple[Step, ...] = ()


class HangUpMidPrompt(Behaviour, frozen=True, kw_only=True, tag="hang_up_mid_prompt"):
    """Answers, listens to the first sentence for a moment and hangs up in the middle of it."""

    answer_after: Seconds = 2.0
    after: Seconds = 2.0


class Desk(Behaviour, frozen=True, kw_only=True, tag="desk"):
    """Somebody to whom calls are transferred: answers, talks and hangs up."""

    answer_after: Seconds = 3.0
    talks: Seconds = 20.0
    leaves_early: bool = False
    """Puts the receiver down while it is told who is to be put through."""


class Unreachable(Behaviour, frozen=True, kw_only=True, tag="unreachable"):
    """The carrier takes the order, and the call fails."""


class Unreachable21214(Behaviour, frozen=True, kw_only=True, tag="unreachable_21214"):
    """The carrier refuses the order: this number cannot be reached."""


class Rest429(Behaviour, frozen=True, kw_only=True, tag="rest_429"):
    """The carrier refuses the order: too many requests. Nothing was placed."""


class Rest5xx(Behaviour, frozen=True, kw_only=True, tag="rest_5xx"):
    """The carrier answers the order with a server error. Nothing was placed."""

    status: Annotated[int, Meta(ge=500, le=599)] = 503


class Rest5xxPlaced(Script, frozen=True, kw_only=True, tag="rest_5xx_placed"):
    """The carrier answers the order with a server error, and the phone rings all the same."""

    status: Annotated[int, Meta(ge=500, le=599)] = 500


class RestTimeout(Behaviour, frozen=True, kw_only=True, tag="rest_timeout"):
    """The carrier never answers the order. Nothing was placed."""


class RestTimeoutPlaced(Script, frozen=True, kw_only=True, tag="rest_timeout_placed"):
    """The carrier never answers the order, and the phone rings all the same."""


AnyBehaviour = (
    Live
    | Script
    | NoAnswer
    | Busy
    | Rejected
    | Voicemail
    | Screening
    | HangUpMidPrompt
    | Desk
    | Unreachable
    | Unreachable21214
    | Rest429
    | Rest5xx
    | Rest5xxPlaced
    | RestTimeout
    | RestTimeoutPlaced
)
