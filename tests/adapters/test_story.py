"""Notes as they lie in the stream: what is told comes back to the letter, in few bytes."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.adapters import story
from ivr.domain.errors import Impossible
from ivr.service.ports import Note

WRITTEN = (
    "03d78c600995a50a291a6208f81c8f94ba8001a1ee565e7b"
    "dc0013"
    "1e01023dc406065225408f645e"
    "2001023ec05a"
    "2a1903fe57c0c0"
)
ID = "v7yvg3uwqwbexosxi5j5usywmxo"
texts = st.one_of(
    st.sampled_from(["state", "release", "spoken", "0" * 12, "01ab23cd45ef", "1234567890123"]),
    st.text(max_size=16),
)
details = st.dictionaries(texts, st.one_of(texts, st.integers(-(2**40), 2**40)), max_size=5)
notes = st.lists(
    st.builds(
        Note,
        kind=texts,
        at=st.integers(0, 2**43),
        call=st.integers(0, 300),
        detail=details,
    ),
    max_size=5,
)
owners = st.one_of(
    st.just("house"), st.from_regex(r"\Av?[a-z2-7]{26}\Z"), st.from_regex(r"\A[a-z2-7]{16}\Z")
)


@given(owner=owners, told=notes)
def test_every_note_comes_back_as_it_was_told(owner: str, told: list[Note]) -> None:
    found, read = story.unpack(story.pack(owner, told))
    assert (found, read) == (owner, told)
    assert [list(each.detail) for each in read] == [list(each.detail) for each in told]


def test_a_turn_takes_few_bytes() -> None:
    where = {"release": "01ab23cd45ef", "step": "read"}
    at = 1_767_225_600_000
    told = [
        Note(kind="consent_given", at=at, call=1, detail={"state": "consented", **where}),
        Note(kind="passcode_spoken", at=at, call=1, detail={"state": "spoken", **where}),
        Note(kind="turn_taken", at=at, call=1, detail={"turn": 1, "flow": "link-readout", **where}),
    ]
    assert len(story.pack(ID, told)) <= 53
    assert len(story.pack(ID, told)) < len(msgspec.msgpack.encode(told)) / 3


def test_a_number_of_a_telephone_is_never_packed_out_of_sight() -> None:
    told = [Note(kind="typed", at=1, detail={"typed": "819012345678", "code": "012345"})]
    assert b"819012345678" in story.pack(ID, told)
    assert b"012345" in story.pack(ID, told)


@pytest.mark.parametrize("first", [0, 2, 5, 0x93])
def test_notes_of_another_format_are_refused(first: int) -> None:
    with pytest.raises(Impossible, match=f"format {first};"):
        story.unpack(bytes((first,)) + story.pack(ID, [])[1:])


@pytest.mark.parametrize(
    "row",
    [[200, 1, 1, 58], [2, 1, 99, 58], [24, 1, 1, 250]],
    ids=["a kind", "names", "a value"],
)
def test_what_stands_in_no_table_is_named_and_not_guessed_at(row: list[int]) -> None:
    head = story.pack(ID, [])[:-1]
    assert msgspec.msgpack.encode([]) == story.pack(ID, [])[len(head) :]
    with pytest.raises(Impossible, match="was written"):
        story.unpack(head + msgspec.msgpack.encode(row))


def test_what_was_written_once_is_read_for_ever() -> None:
    written = bytes.fromhex(WRITTEN)
    owner, told = story.unpack(written)
    place = {"release": "065225408f64", "step": "greet"}
    assert owner == "v26ggacmvuufcsgtcbd4bzd4uxk"
    assert [each.detail for each in told] == [
        {"state": "consented", **place},
        {"state": "spoken", **place, "step": "read"},
        {"turn": 1, "flow": "link-readout", **place, "step": "read"},
    ]
    assert story.pack(owner, told) == written
