"""Recordings as the carrier fetches them, and as the stand-in carrier plays the document that names one."""

from pathlib import Path

import pytest

from ivr.adapters.flows.files import FlowFiles, compile_release
from ivr.domain.callflow import Collect, Pace
from ivr.domain.conversation import Listen, Say
from ivr.domain.release import ALL_BANKS
from ivr.service.replies import Reply
from ivr.settings import Role
from ivr.simulator.network.messages import Reply as Fetched
from ivr.simulator.network.prompter import sound_seconds
from ivr.simulator.network.twiml import read
from ivr.simulator.network.verbs import Gather, Play
from ivr.web.twiml import render
from tests.adapters.recorded import TONE, recorded, wav
from tests.web.small_flow import VOICES
from tests.web.small_house import HOOKS, SmallHouse, small_house

BOOK = compile_release(ALL_BANKS, recorded())
(NAME,) = BOOK.flows[0].recordings
DATA = wav(2.0)


@pytest.fixture
def recorded_house(tmp_path: Path) -> SmallHouse:
    return small_house(tmp_path, book=BOOK)


def test_a_recording_is_served_for_ever(recorded_house: SmallHouse) -> None:
    answer = recorded_house.client.get(f"/audio/{NAME}")
    assert (answer.status_code, answer.content_type, answer.data) == (200, "audio/wav", DATA)
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    again = recorded_house.client.get(
        f"/audio/{NAME}", headers={"If-None-Match": answer.headers["ETag"]}
    )
    assert (again.status_code, again.data) == (304, b"")


def test_a_part_of_it_is_served_to_whoever_asks(recorded_house: SmallHouse) -> None:
    part = recorded_house.client.get(f"/audio/{NAME}", headers={"Range": "bytes=4-9"})
    assert (part.status_code, part.data) == (206, DATA[4:10])
    assert part.headers["Content-Range"] == f"bytes 4-9/{len(DATA)}"
    assert recorded_house.client.head(f"/audio/{NAME}").content_length == len(DATA)


@pytest.mark.parametrize(
    "wanted", ["bytes=5-2", "bytes=0-0,2-3", "bytes=999999999-", "items=0-1", "bytes=a-b"]
)
def test_a_range_that_cannot_be_had_is_the_whole(recorded_house: SmallHouse, wanted: str) -> None:
    answer = recorded_house.client.get(f"/audio/{NAME}", headers={"Range": wanted})
    assert (answer.status_code, answer.data) == (200, DATA)
    assert "Content-Range" not in answer.headers


@pytest.mark.parametrize(
    "name",
    [
        "0" * 64 + ".wav",
        NAME.upper(),
        NAME.removesuffix(".wav"),
        "stopped.wav",
        "..%2f..%2fconfig%2fbanks.toml",
        "../callflows/link-readout.yaml",
        f"{NAME}/",
        f"./{NAME}%00",
        "",
    ],
)
def test_nothing_else_is_served(recorded_house: SmallHouse, name: str) -> None:
    answer = recorded_house.client.get(f"/audio/{name}")
    assert answer.status_code == 404
    assert answer.get_json()["code"] == "not_found"


def test_a_process_for_banks_alone_serves_none(tmp_path: Path) -> None:
    house = small_house(tmp_path, book=BOOK, role=Role.API)
    assert house.client.get(f"/audio/{NAME}").status_code == 404


def reply(*instructions: Say | Listen) -> Reply:
    return Reply(
        instructions=instructions,
        values={},
        language="ja",
        pace=Pace.NORMAL,
        voices=VOICES,
        next_turn=2,
    )


def test_the_document_names_it_where_words_would_be_said() -> None:
    action, audio = f"{HOOKS}/hooks/v/1/t/ja/2", f"{HOOKS}/audio/"
    asked = Listen(("番号は？",), Collect.KEY, 5, NAME)
    document = read(render(reply(Say(("words",), NAME), asked), action, recordings=audio))
    played, gather = document.verbs
    assert played == Play(url=f"{HOOKS}/audio/{NAME}", loop=1)
    assert isinstance(gather, Gather)
    assert gather.prompts == (Play(url=f"{HOOKS}/audio/{NAME}", loop=1),)
    assert not document.warnings


def test_the_text_is_said_where_the_recording_is_not_to_be_had(tmp_path: Path) -> None:
    for book, plays in ((BOOK, True), (FlowFiles(BOOK.release, BOOK.flows), False)):
        (tmp_path / str(plays)).mkdir()
        house = small_house(tmp_path / str(plays), book=book)
        view = house.start()
        house.place(view["id"])
        house.press(view["id"], 0)
        document = house.press(view["id"], 1, "9")
        assert (f"<Play>{HOOKS}/audio/{NAME}</Play>" in document) is plays
        assert ("お申し込みを止めました。" in document) is not plays


def test_the_stand_in_carrier_hears_how_long_either_format_is() -> None:
    for data, kind in ((wav(2.0), "audio/wav"), (TONE, "audio/mpeg")):
        fetched = Fetched(headers={"Content-Type": kind}, body=data)
        assert sound_seconds(fetched) == pytest.approx(2.0, abs=0.3)
