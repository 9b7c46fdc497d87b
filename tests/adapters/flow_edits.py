"""Edits of the shipped flows, each of which makes them unsafe or breaks them.

Knows what somebody could do to the files. Does not know how they are checked.
"""

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from ivr.domain.callflow import ANSWERS, KEY_ONLY, TRANSFER_ENDS

SHIPPED = Path("callflows")
FILES = [*SHIPPED.glob("*.yaml"), *(SHIPPED / "parts").glob("*.yaml")]
DROPPED = object()
Sources = dict[str, Any]
"""The shipped files as plain values, by path; `true` is true, all else text."""
Edit = tuple[dict[str, Any], dict[str, Any]]
"""A table, and what becomes of some of its fields."""


def read_shipped() -> Sources:
    loader = yaml.BaseLoader  # gives texts and tables, and builds nothing
    values = {str(file): yaml.load(file.read_text(), loader) for file in FILES}  # noqa: S506
    for value in values.values():
        for step in value["steps"].values():
            step.update({flag: True for flag in ("warning", "hang_up") if flag in step})
    return values


SHIPPED_VALUES = read_shipped()


def shipped() -> Sources:
    return copy.deepcopy(SHIPPED_VALUES)


def steps_of(sources: Sources) -> Iterator[tuple[dict[str, Any], str, dict[str, Any]]]:
    for value in sources.values():
        for name in list(value["steps"]):
            yield value["steps"], name, value["steps"][name]


def targets_of(sources: Sources) -> Iterator[dict[str, Any]]:
    for _, _, step in steps_of(sources):
        yield from (each for each in step.get("on", {}).values() if isinstance(each, dict))


def texts_of(step: dict[str, Any]) -> Iterator[dict[str, str]]:
    for holder in (step, step.get("ask", {})):
        for field in ("say", "slowly"):
            if field in holder:
                yield holder[field]


def drop_step(sources: Sources) -> Iterator[Edit]:
    for steps, name, _ in steps_of(sources):
        yield steps, {name: DROPPED}


def drop_demanded_outcome(sources: Sources) -> Iterator[Edit]:
    for _, _, step in steps_of(sources):
        for outcome in step.get("on", {}):
            if outcome in ANSWERS | TRANSFER_ENDS | {"silence", "other", "9", "*"}:
                yield step["on"], {outcome: DROPPED}


def unbind_repeat(sources: Sources) -> Iterator[Edit]:
    for _, name, step in steps_of(sources):
        for outcome, target in step.get("on", {}).items():
            if "repeat" in target:
                yield step["on"], {outcome: target.get("via", name)}


def let_language_key_consent(sources: Sources) -> Iterator[Edit]:
    for target in targets_of(sources):
        if "language" in target:
            for behind in ("warn", "confirmed"):
                yield target, {"consent": behind}


def let_no_key_consent(sources: Sources) -> Iterator[Edit]:
    for _, _, step in steps_of(sources):
        for outcome in step.get("on", {}):
            if not outcome.isdigit() or outcome == "9":
                for behind in ("warn", "confirmed"):
                    yield step["on"], {outcome: {"consent": behind}}


def forget_consent(sources: Sources) -> Iterator[Edit]:
    for target in targets_of(sources):
        if "consent" in target:
            yield target, {"then": target["consent"], "consent": DROPPED}


def swap_yes_and_no(sources: Sources) -> Iterator[Edit]:
    for _, _, step in steps_of(sources):
        on = step.get("on", {})
        if {"1", "9"} <= on.keys():
            yield on, {"1": on["9"], "9": on["1"]}


def lead_past_the_question(sources: Sources) -> Iterator[Edit]:
    """Lead any outcome before consent to a step that lies behind it."""
    for _, name, step in steps_of(sources):
        for outcome in step.get("on", {}) if name == "greet" else ():
            for behind in ("warn", "read", "enter_code", "confirmed"):
                yield step["on"], {outcome: behind}


def consent_past_the_warning(sources: Sources) -> Iterator[Edit]:
    for target in targets_of(sources):
        for behind in ("read", "enter_code", "not_me") if "consent" in target else ():
            yield target, {"consent": behind}


def lead_nine_elsewhere(sources: Sources) -> Iterator[Edit]:
    for _, _, step in steps_of(sources):
        for key in sorted({"9", "*"} & step.get("on", {}).keys()):
            for elsewhere in ("thanks", "no_reply", "greet", "called_back"):
                yield step["on"], {key: elsewhere}


def report_for_the_silent(sources: Sources) -> Iterator[Edit]:
    for _, _, step in steps_of(sources):
        for outcome in step.get("on", {}):
            if outcome in ANSWERS | TRANSFER_ENDS | {"silence", "other"}:
                yield step["on"], {outcome: "not_me"}
                yield step["on"], {outcome: "called_back"}


def put_through_unreported(sources: Sources) -> Iterator[Edit]:
    """Put whoever says “not me” through to the desk, and stop nothing."""
    for _, _, step in steps_of(sources):
        for key in sorted({"9", "*"} & step.get("on", {}).keys()):
            yield step["on"], {key: "put_through"}


def speak_a_passcode_after_the_desk(sources: Sources) -> Iterator[Edit]:
    for _, _, step in steps_of(sources):
        for outcome in sorted(TRANSFER_ENDS & step.get("on", {}).keys()):
            for behind in ("warn", "read", "enter_code"):
                yield step["on"], {outcome: behind}


def mistell_the_staff(sources: Sources) -> Iterator[Edit]:
    for _, _, step in steps_of(sources):
        if "staff" in step:
            yield step, {"staff": DROPPED}
        for language, text in step.get("staff", {}).items():
            for told in ("", "{passcode|digits}", "{account_tail|digits}", "{bank}"):
                yield step["staff"], {language: text.replace("{reference|digits}", told)}


def drop_report(sources: Sources) -> Iterator[Edit]:
    for _, _, step in steps_of(sources):
        if "outcome" in step:
            yield step, {"outcome": DROPPED}


def drop_language(sources: Sources) -> Iterator[Edit]:
    for _, _, step in steps_of(sources):
        for texts in texts_of(step):
            yield from ((texts, {language: DROPPED}) for language in texts)


def drop_name(sources: Sources) -> Iterator[Edit]:
    for _, name, step in steps_of(sources):
        for language, text in step["say"].items() if name == "greet" else ():
            for slot in ("{bank}", "{wallet}", "{purpose}", "{amount|yen}"):
                if slot in text:
                    yield step["say"], {language: text.replace(slot, "○○")}


def name_where_a_key_cuts_short(sources: Sources) -> Iterator[Edit]:
    for _, name, step in steps_of(sources):
        if name == "greet":
            yield step, {"ask": {**step["ask"], "say": step["say"]}, "say": DROPPED}


def drop_warning(sources: Sources) -> Iterator[Edit]:
    for _, _, step in steps_of(sources):
        if "warning" in step:
            yield step, {"warning": DROPPED}


def weaken_warning(sources: Sources) -> Iterator[Edit]:
    banks = ("銀行", "ank", "银行", "은행", "gân hàng", "anco")
    police = ("警察", "olice", "경찰", "ảnh sát", "olícia")
    keys = ("9", "こめじるし", "star key", "星号", "별표", "phím sao", "asterisco")
    words = (*banks, *police, *keys)
    for _, _, step in steps_of(sources):
        for language, text in step["say"].items() if "warning" in step else ():
            for word in words:
                if word in text:
                    yield step["say"], {language: text.replace(word, "○")}


def speak_the_passcode_elsewhere(sources: Sources) -> Iterator[Edit]:
    """Speak it wherever it is not spoken yet: no text but those of `read` may hold it."""
    for _, _, step in steps_of(sources):
        for texts in texts_of(step):
            if not any("{passcode" in text for text in texts.values()):
                yield texts, {each: f"{text}{{passcode|digits}}" for each, text in texts.items()}


def begin_or_end_elsewhere(sources: Sources) -> Iterator[Edit]:
    for value in sources.values():
        for field in ("start", "decided", "apology"):
            for name in ("greet", "warn", "read", "enter_code", "not_me", "desk"):
                says_desk = (value.get("mode"), field, name) == ("inbound", "decided", "desk")
                if value.get(field, name) != name and not says_desk:  # where that does no harm
                    yield value, {field: name}


def never_hang_up(sources: Sources) -> Iterator[Edit]:
    for _, _, step in steps_of(sources):
        if "hang_up" in step:
            yield step, {"hang_up": DROPPED}


def take_another_mode(sources: Sources) -> Iterator[Edit]:
    for value in sources.values():
        for mode in ("readout", "keyin", "notice", "reverify") if "mode" in value else ():
            if mode != value["mode"]:
                yield value, {"mode": mode}


def take_another_mode_with_its_purpose(sources: Sources) -> Iterator[Edit]:
    """Whatever a key alone could be asked for, a flow with a passcode is not for it, nor the other way round."""
    for value in sources.values():
        for mode, purpose in (("notice", "link"), ("reverify", "reverify"), ("readout", "change")):
            key_only = value.get("mode") in {"notice", "reverify"}
            if "mode" in value and key_only != (mode != "readout"):
                yield value, {"mode": mode, "purpose": purpose}


def take_another_purpose(sources: Sources) -> Iterator[Edit]:
    """Let a flow without an amount be for a purpose with one, a key alone for what needs a passcode."""
    for value in sources.values():
        if "purpose" in value:
            has_amount = "change" in value["purpose"]
            others = ("link", "reverify") if has_amount else ("charge", "change")
            yield from ((value, {"purpose": [other]}) for other in others)
            yield value, {"purpose": ["change", "link"]}


def confirm_elsewhere(sources: Sources) -> Iterator[Edit]:
    """Let any other step confirm: one that is reached by silence, by a wrong key or by going on."""
    for _, name, step in steps_of(sources):
        if name != "confirmed":
            yield step, {"outcome": "confirmed"}


def confirm_without_consent(sources: Sources) -> Iterator[Edit]:
    """Lead every outcome there is to the step that confirms, but for the consent key."""
    for _, _, step in steps_of(sources):
        for outcome, target in step.get("on", {}).items():
            if "consent" not in target:
                yield step["on"], {outcome: "confirmed"}


def speak_or_take_a_passcode_where_there_is_none(sources: Sources) -> Iterator[Edit]:
    for value in sources.values():
        for name, step in value["steps"].items() if value.get("mode") in KEY_ONLY else ():
            if name == "greet":
                yield step["ask"], {"keys": "passcode"}
                said = {
                    each: f"{text}{{passcode|digits}}" for each, text in step["ask"]["say"].items()
                }
                yield step["ask"], {"say": said}


def ask_for_the_passcode_on_a_call_to_us(sources: Sources) -> Iterator[Edit]:
    for step in inbound_steps(sources):
        if "ask" in step:
            yield step["ask"], {"keys": "passcode"}


def let_a_caller_consent(sources: Sources) -> Iterator[Edit]:
    for step in inbound_steps(sources):
        for key in step.get("on", {}):
            yield step["on"], {key: {"consent": "called_back"}}


def let_a_caller_decide(sources: Sources) -> Iterator[Edit]:
    for step in inbound_steps(sources):
        for outcome in ("not_me", "confirmed"):
            yield step, {"outcome": outcome}


def keep_whoever_is_called_back_on_the_line(sources: Sources) -> Iterator[Edit]:
    for step in inbound_steps(sources):
        if step.get("outcome") == "call_back":
            yield step, {"hang_up": DROPPED, "then": "greet"}


def withhold_the_desk(sources: Sources) -> Iterator[Edit]:
    for step in inbound_steps(sources):
        for language, text in step["say"].items() if "hang_up" in step else ():
            if "{desk" in text:
                yield step["say"], {language: text.replace("{desk|digits}", "○○")}


def call_back_whom_we_called(sources: Sources) -> Iterator[Edit]:
    for value in sources.values():
        for step in value["steps"].values() if value.get("mode") != "inbound" else ():
            if "outcome" in step:
                yield step, {"outcome": "call_back"}


def inbound_steps(sources: Sources) -> Iterator[dict[str, Any]]:
    for value in sources.values():
        if value.get("mode") == "inbound":
            yield from value["steps"].values()


EDITS = (
    ask_for_the_passcode_on_a_call_to_us,
    call_back_whom_we_called,
    keep_whoever_is_called_back_on_the_line,
    let_a_caller_consent,
    let_a_caller_decide,
    withhold_the_desk,
    begin_or_end_elsewhere,
    consent_past_the_warning,
    drop_demanded_outcome,
    drop_language,
    drop_name,
    drop_report,
    drop_step,
    drop_warning,
    forget_consent,
    lead_nine_elsewhere,
    lead_past_the_question,
    let_language_key_consent,
    let_no_key_consent,
    mistell_the_staff,
    name_where_a_key_cuts_short,
    never_hang_up,
    put_through_unreported,
    report_for_the_silent,
    speak_a_passcode_after_the_desk,
    speak_the_passcode_elsewhere,
    swap_yes_and_no,
    confirm_elsewhere,
    confirm_without_consent,
    speak_or_take_a_passcode_where_there_is_none,
    take_another_mode,
    take_another_mode_with_its_purpose,
    take_another_purpose,
    unbind_repeat,
    weaken_warning,
)
