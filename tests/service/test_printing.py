"""Nothing of the service prints a passcode, a number, an account or a key, however it is printed."""

from pathlib import Path
from typing import Any

import pytest

from ivr.domain.callflow import Mode
from ivr.domain.errors import Refused
from ivr.service.carrier_port import CallOrder, VoiceHook
from ivr.service.ports import RegisteredNumber
from ivr.settings import CarrierSettings, Role, Settings
from ivr.settings.house import House as HouseSettings
from tests.service.house import CALLBACK, KEYRING, MemoryHouse, id_of, wrong

NUMBER, ACCOUNT, REFERENCE, SECRET = "+819012345601", "001-0000001", "client-reference", "s3cr3t"


def things_to_print() -> dict[str, Any]:
    """Everything that passes through the service while a passcode is spoken and keyed."""
    house = MemoryHouse()
    started = house.start(mode=Mode.KEYIN, reference=REFERENCE, callback_url=CALLBACK)
    phone = house.ring()
    phone.wait_for_code_question()
    keyed = phone.press(started.passcode or "")
    spoken = house.start("001-0000002", reference=REFERENCE)
    speaking = house.ring()
    reply = speaking.wait_for_code_question()
    with pytest.raises(Refused) as caught:
        house.check(spoken, wrong(speaking.passcode))
    passed = house.check(spoken, speaking.passcode)
    return {
        "passcodes": (started.passcode, speaking.passcode, wrong(speaking.passcode)),
        "values": [
            started,
            passed,
            keyed,
            reply,
            caught.value,
            house.store.load(id_of(spoken)),
            house.store.load_account("honnin", ACCOUNT),
            house.carrier.orders[0],
            house.store.read_notes(100),
            VoiceHook(sid="CA1", digits=speaking.passcode, finished_on="#"),
            RegisteredNumber(number=NUMBER, days=3),
            CallOrder(
                to=NUMBER,
                caller=NUMBER,
                voice_url="https://v",
                status_url="https://v",
                ring=1,
                time_limit=1,
            ),
        ],
    }


def settings() -> list[Any]:
    carrier = CarrierSettings(
        url="https://api.carrier.example",
        account=SECRET,
        tokens=(SECRET,),
        shared_keys={"k": SECRET},
    )
    whole = Settings(
        role=Role.BOTH,
        public_url="https://verify.example",
        redis_url=f"redis://:{SECRET}@store.example",
        database_url=f"postgresql://honnin:{SECRET}@db.example",
        data_dir=Path(),
        config_dir=Path("config"),
        callflows_dir=Path(),
        house=HouseSettings(),
        carriers=(carrier,),
        keyring=KEYRING,
        banks={},
        wallets={},
    )
    return [carrier, whole]


def ways_to_print(value: Any) -> str:
    return "\n".join([str(value), repr(value), f"{value}", f"{value!r}", f"{[value]}"])


def test_nothing_that_passes_through_the_service_prints_what_it_must_not() -> None:
    things = things_to_print()
    secrets = [*things["passcodes"], NUMBER, "9012345601", ACCOUNT, REFERENCE]
    for value in things["values"]:
        text = ways_to_print(value)
        assert not [secret for secret in secrets if secret in text], type(value).__name__


@pytest.mark.parametrize("value", settings(), ids=lambda value: type(value).__name__)
def test_settings_print_no_secret(value: Any) -> None:
    text = ways_to_print(value)
    assert SECRET not in text
    assert "1" * 32 not in text
