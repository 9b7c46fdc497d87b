"""A passcode with a leading zero is spoken with it, and typed with it: 012345 all the way."""

import pytest

from ivr.adapters.memory_store import MemoryStore
from ivr.adapters.seal import Sealer
from ivr.domain.callflow import Mode
from ivr.domain.errors import Code
from tests.service.house import KEYRING, NAMES, House, code
from tests.service.world import Clock, FakeCarrier, FakeCourier

ID_OF_012345 = "vwhryueckz5w2k2bcaaaaabgups"
"""Found by trying ids in order: the first call of this verification has the passcode 012345."""


class OneIdStore(MemoryStore):
    """Gives the one id out."""

    def new_id(self, bank: str, account: str) -> str:
        assert super().new_id(bank, account)[:17] == ID_OF_012345[:17]
        return ID_OF_012345


@pytest.fixture
def house() -> House:
    store = OneIdStore(NAMES, Sealer(KEYRING), Clock())
    return House(store, FakeCarrier(), FakeCourier())


@pytest.mark.parametrize("typed", ["012345", "０１２ ３４５", "012-345"])
def test_012345_is_spoken_and_accepted(house: House, typed: str) -> None:
    view = house.start()
    assert house.ring().listen() == "012345"
    assert code(house.check, view, "12345") == Code.PASSCODE_MALFORMED
    assert house.check(view, typed).record.verification.passed


def test_012345_is_shown_and_keyed(house: House) -> None:
    view = house.start(mode=Mode.KEYIN)
    assert view.passcode == "012345"
    phone = house.ring()
    phone.wait_for_code_question()
    phone.press("12345")
    assert house.record(view).verification.tries == 0
    phone.press("012345")
    assert house.record(view).verification.passed
