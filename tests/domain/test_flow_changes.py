"""What a depositor would hear differently, told in words."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from ivr.adapters.flows.files import compile_release, read_folder
from ivr.domain.callflow import CallFlow, In, Purpose, Rest
from ivr.domain.flow_changes import SAME, changes
from ivr.domain.release import ALL_BANKS

GOOD = Path("tests/callflows/good/plain.yaml").read_text(encoding="utf-8")
HASH = "0123456789abcdef" * 4


def flows(text: str) -> tuple[CallFlow, ...]:
    return compile_release(ALL_BANKS, {"plain.yaml": text.encode()}).flows


def told(*edits: tuple[str, str]) -> list[str]:
    text = GOOD
    for old, new in edits:
        assert old in text
        text = text.replace(old, new, 1)
    return changes(flows(GOOD), flows(text))


def test_another_word_is_told_with_what_it_was() -> None:
    (place, old, new) = told(("止めました", "とめました"))
    assert place == "plain, not_me: says (ja)"
    assert old.startswith("  - ")
    assert "止めました" in old
    assert new == old.replace("止め", "とめ").replace("  - ", "  + ")


@pytest.mark.parametrize(
    "edit", [("steps:", "# a remark\nsteps:"), ("title: {ja: ", "title: {ja: 別の")]
)
def test_what_nobody_hears_is_not_told(edit: tuple[str, str]) -> None:
    assert told(edit) == [SAME]


def test_another_wait_is_told() -> None:
    assert told(("wait: 10s", "wait: 12s")) == [
        "plain, greet: waits for an answer, in seconds",
        "  - 10",
        "  + 12",
    ]


def test_another_way_at_a_key_is_told() -> None:
    assert told(
        ("      silence: {repeat: 2, then: bye}", "      silence: {repeat: 3, then: bye}")
    ) == [
        "plain, greet: silence leads to",
        "  - the same step again, at most 2 times, then bye",
        "  + the same step again, at most 3 times, then bye",
    ]
    assert told(('      "1": {consent: warn}', '      "3": {consent: warn}')) == [
        "plain, greet: key 1 leads to",
        "  - warn, as consent",
        "plain, greet: key 3 leads to",
        "  + warn, as consent",
    ]


def test_a_step_between_is_told_with_its_words() -> None:
    lines = told(
        ("\n    then: read", "\n    then: pause"),
        (
            "\n  read:\n",
            "\n  pause:\n    say: {ja: 少々お待ちください。}\n    then: read\n\n  read:\n",
        ),
    )
    assert lines == [
        "plain, warn: goes on to",
        "  - read",
        "  + pause",
        "plain, pause: this step is new",
        "plain, pause: says (ja)",
        "  + 少々お待ちください。",
        "plain, pause: goes on to",
        "  + read",
    ]


def test_a_recording_made_to_begin_alike_is_told() -> None:
    (old,) = flows(GOOD)
    named = (f"{HASH[:12]}{each * 52}.mp3" for each in "ab")
    one, other = (
        replace(old, steps={"bye": replace(old.steps["bye"], audio={"ja": name})}) for name in named
    )
    assert len(changes([one], [other])) == 3


def test_words_that_look_like_a_pause_or_a_voice_are_told_from_them() -> None:
    (old,) = flows(GOOD)
    parts = [(Rest(500), "(pause of 0.5 s)"), (In("en"), "(in en) ")]
    for part, words in parts:
        one, other = (
            replace(old, steps={"bye": replace(old.steps["bye"], say={"ja": ("a", each)})})
            for each in (part, words)
        )
        assert len(changes([one], [other])) == 3


def test_a_recording_and_another_purpose_are_told_in_words() -> None:
    (old,) = flows(GOOD)
    greet = replace(old.steps["greet"], audio={"ja": f"{HASH}.mp3"})
    new = replace(
        old,
        purposes=(Purpose.LINK, Purpose.REVERIFY),
        steps={**old.steps, "greet": greet},
        recordings={f"{HASH}.mp3": 2.5},
        voices={"ja": "Polly.Tomoko-Neural"},
    )
    assert changes([old], [new]) == [
        "plain: is for the purposes",
        "  - link",
        "  + link, reverify",
        "plain: is spoken by (ja)",
        "  - Polly.Kazuha-Neural",
        "  + Polly.Tomoko-Neural",
        "plain, greet: plays instead, at the normal pace (ja)",
        "  + the recording 0123456789abcdef0123456789abcdef",
    ]


def test_a_flow_that_comes_or_goes_is_told() -> None:
    assert changes([], flows(GOOD)) == ["plain: this flow is new"]
    assert changes(flows(GOOD), []) == ["plain: this flow is no longer there"]


def test_the_shipped_flows_compared_with_themselves_are_the_same() -> None:
    shipped = compile_release(ALL_BANKS, read_folder(Path("callflows"))).flows
    assert changes(shipped, shipped) == [SAME]
