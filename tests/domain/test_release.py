"""A release's name follows from all of its content, and from nothing else."""

from ivr.domain.release import ALL_BANKS, name_release

FILES = {"a.yaml": b"1", "parts/b.yaml": b"2"}
NAME = name_release(ALL_BANKS, FILES)


def test_a_name_is_twelve_hex_digits_and_does_not_depend_on_order() -> None:
    assert len(NAME) == 12
    assert int(NAME, 16)
    assert name_release(ALL_BANKS, dict(reversed(FILES.items()))) == NAME


def test_every_change_gives_another_name() -> None:
    changed = (
        (ALL_BANKS, {**FILES, "a.yaml": b"3"}),
        (ALL_BANKS, {**FILES, "c.yaml": b""}),
        (ALL_BANKS, {"a.yaml": b"1"}),
        (ALL_BANKS, {"a.yam": b"l1", "parts/b.yaml": b"2"}),
        (ALL_BANKS, {"a.yaml1": b"", "parts/b.yaml": b"2"}),
        ("honnin", FILES),
    )
    names = {name_release(scope, files) for scope, files in changed}
    assert len(names | {NAME}) == len(changed) + 1
