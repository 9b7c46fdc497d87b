import pytest

from ivr.domain.account_tail import tail_of


@pytest.mark.parametrize(
    ("account", "tail"),
    [("101-1234567", "4567"), ("12345678", "5678"), ("1234567", "567"), ("1234", "34")],
)
def test_what_is_shown_of_an_account_is_never_most_of_it(account: str, tail: str) -> None:
    assert tail_of(account) == tail
