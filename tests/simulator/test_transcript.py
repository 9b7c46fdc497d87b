import random

import pytest
import yaml

from ivr.simulator.network import events
from ivr.simulator.network.behaviours import Screening, Step, Voicemail
from ivr.simulator.network.calls import Call
from ivr.simulator.network.events import Event
from ivr.simulator.network.transcript import as_text, as_yaml, entries
from tests.simulator.world import World, person, response, say

QUESTION = "お心当たりのない場合は、9を押してください。"


def reported(seed: int = 1) -> Call:
    world = World(behaviour=person(Step(question=True, press="9")), seed=seed)
    world.answers["/keys"] = response(say("お申し込みを止めました。"))
    gather = f'<Gather numDigits="1" action="/keys">{say(QUESTION)}</Gather>'
    return world.call(response(say("こちらは、ほんにん銀行です。"), gather))


def test_a_call_is_written_as_a_branch_manager_reads_it() -> None:
    assert as_yaml(reported(), ends="fail/not_me") == (
        '- hears: "こちらは、ほんにん銀行です。"\n'
        '- hears: "お心当たりのない場合は、9を押してください。"\n'
        '  presses: "9"\n'
        '- hears: "お申し込みを止めました。"\n'
        "- ends: fail/not_me\n"
    )


def test_what_is_written_is_yaml_and_ends_in_the_carriers_word_without_a_verdict() -> None:
    loaded = yaml.safe_load(as_yaml(reported()))
    assert loaded[1] == {"hears": QUESTION, "presses": "9"}
    assert loaded[-1] == {"ends": "completed"}


def test_quotes_and_digits_survive_the_writing() -> None:
    text = "彼は\"はい\"と言った: 'no' 012345"
    call = World().call(response(say(text.replace('"', "&quot;"))))
    assert yaml.safe_load(as_yaml(call))[0] == {"hears": text}


def test_the_text_has_times_and_every_event() -> None:
    lines = as_text(reported()).splitlines()
    assert lines[0].endswith("completed")
    assert lines[1:3] == ["  00:01.3  rings", "  00:03.3  answers"]
    assert lines[3].startswith("  00:03.3  hears       こちらは、ほんにん銀行です。 (")
    assert lines[6].endswith("presses     9")
    assert lines[-1].endswith("ends        completed")


def test_a_key_that_nobody_took_is_marked() -> None:
    world = World(behaviour=person(Step(press="5")))
    assert "5 (nobody listened)" in as_text(world.call(response('<Pause length="9"/>')))


def test_entries_have_time_kind_and_what_was_said_or_pressed() -> None:
    (key,) = [entry for entry in entries(reported()) if entry["kind"] == "presses"]
    assert key["key"] == "9"
    (first, *_rest) = [entry for entry in entries(reported()) if entry["kind"] == "hears"]
    assert (first["at"], first["text"]) == (3300, "こちらは、ほんにん銀行です。")


def test_there_is_a_word_for_every_event() -> None:
    every = [
        kind
        for kind in vars(events).values()
        if isinstance(kind, type) and issubclass(kind, Event) and kind is not Event
    ]
    sample = {
        "to": "+81345678900",
        "from_": "", "text": "", "language": "", "voice": "", "rate": 1.0, "seconds": 1.0,
        "url": "", "digits": None, "key": "1", "taken": True, "to_label": {}, "status": "busy",
        "code": 1, "message": "", "fatal": False, "how": events.Ending.BUSY,
    }  # fmt: skip
    call = World().call(response())
    call.events = [
        kind(
            call="CA",
            at=0,
            **{name: sample[name] for name in set(kind.__struct_fields__) - {"call", "at"}},
        )
        for kind in every
    ]
    assert len(entries(call)) == len(every) == len({entry["kind"] for entry in entries(call)}) + 1


@pytest.mark.parametrize("seed", [1, 2])
def test_the_same_seed_gives_the_same_call(seed: int) -> None:
    assert as_text(reported(seed)) == as_text(reported(seed))
    assert reported(seed).events == reported(seed).events
    assert reported(seed).exchanges == reported(seed).exchanges


def test_another_seed_gives_other_names_and_the_same_story() -> None:
    assert reported(1).sid != reported(2).sid
    assert as_yaml(reported(1)) == as_yaml(reported(2))


def test_a_crowd_of_calls_repeats_exactly() -> None:
    def crowd() -> list[str]:
        dice = random.Random(7)  # noqa: S311 - repeats, as it must
        texts: list[str] = []
        for behaviour in (Voicemail(), Screening(forwards=True), person(Step(press="1"))):
            world = World(behaviour=behaviour, seed=dice.randrange(1000))
            texts.append(as_text(world.call(response(say("はい。"), '<Gather action="/k"/>'))))
        return texts

    assert crowd() == crowd()
