import pytest

from ivr.simulator import story
from ivr.simulator.story_digits import another, numbers_in, passcodes_in
from tests.simulator_pages.fake_world import fake_world

SPEED = 20.0
"""Who keys six digits has ten seconds for each: half a second here, which a busy machine keeps too."""


@pytest.mark.parametrize(
    ("heard", "numbers"),
    [
        ("番号は、ゼロ イチ ニ サン ヨン ゴ。くり返します。", ["012345"]),
        ("番号は、ロク、ナナ、ハチ、キュウ、ゼロ、ゼロです", ["678900"]),
        ("ヨン ゴ ロク ナナ で終わる口座", ["4567"]),
        ("ゼロ イチ ニ サン ヨン ゴ。ゼロ イチ ニ サン ヨン ゴ。", ["012345", "012345"]),
        ("ニホンゴのクモペイとカタカナ、サンキュウ", []),
        ("番号は、012345です", []),
    ],
)
def test_digits_are_picked_out_as_a_person_hears_them(heard: str, numbers: list[str]) -> None:
    assert numbers_in(heard) == numbers


def test_only_six_digits_are_a_passcode() -> None:
    heard = ["ヨン ゴ ロク ナナ で終わる口座", "番号は、ゼロ イチ ニ サン ヨン ゴ。"]
    assert passcodes_in(heard) == ["012345"]


@pytest.mark.parametrize("passcode", ["012345", "999999", "000000"])
def test_another_passcode_is_never_the_same(passcode: str) -> None:
    assert another(passcode) != passcode
    assert len(another(passcode)) == 6


def test_the_story_ends_as_expected_and_leaves_the_phones_as_they_were(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with fake_world(speed=SPEED) as world:
        environment = {
            "SIM_PUBLIC_URL": world.url,
            "SIM_API_URL": world.url,
            "SIM_SPEED": str(SPEED),
        }
        code = story.main(environment)
        behaviours = {phone.behaviour["kind"] for phone in world.phones.values()}
    told = capsys.readouterr().out
    assert code == 0, told
    assert behaviours == {"live"}
    assert told.startswith("7 scenes. Time runs 20 times faster than real.\n1. 番号を聞いて")
    assert told.count("as expected") == 8
    assert "types    012346 -> wrong_passcode, tries left 4" in told
    assert "+81" not in told


def test_a_wrong_verdict_is_told_and_fails_the_story(capsys: pytest.CaptureFixture[str]) -> None:
    with fake_world(speed=SPEED) as world:
        world.api.accounts.pop("205-4567890")
        environment = {
            "SIM_PUBLIC_URL": world.url,
            "SIM_API_URL": world.url,
            "SIM_SPEED": str(SPEED),
        }
        code = story.main(environment)
    told = capsys.readouterr().out
    assert code == 1
    assert "stuck: the bank's page refused: 422 no_registered_number" in told
    assert "6 of 7 verdicts are as expected" in told


def test_what_is_not_set_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert story.main({"SIM_PUBLIC_URL": "http://127.0.0.1:9"}) == 2
    assert "SIM_API_URL" in capsys.readouterr().out
