"""Master keys are rotated while a call runs: old and new processes serve it side by side, and it passes."""

import base64
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import redis
from flask.testing import FlaskClient
from twilio.request_validator import RequestValidator

from ivr.adapters.client_file import add_client
from ivr.adapters.redis_client import connect
from ivr.adapters.redis_resealing import Resealing
from ivr.adapters.seal import Sealer
from ivr.app import create_app
from ivr.assembly import Parts, assemble, redis_parts
from ivr.domain.callflow import Mode, Pace, Purpose
from ivr.domain.errors import Impossible
from ivr.domain.keyring import Keyring, Use
from ivr.domain.passcode import derive
from ivr.domain.record import Account, Call, Verification
from ivr.service.placing import Placings
from ivr.service.routing import Route
from ivr.service.tokens import call_token
from ivr.settings import read_settings
from tests.web.small_house import ACCOUNT_SID, HOOKS, SID, TOKENS, QuietCarrier

pytestmark = pytest.mark.real_server
ROOT = Path(__file__).parents[2]


def key(number: int) -> str:
    return f"k{number}:{base64.b64encode(bytes([number]) * 32).decode()}"


STEPS = (key(1), f"{key(1)} {key(2)}", f"{key(2)} {key(1)}")
"""As `ivr keys` tells: known everywhere first, then current, and the old one stays while calls run."""


VERIFICATION = Verification(
    id="v" + "a" * 26, client="linking", bank="honnin", wallet="kumopay", account="101-1234567",
    number="+819012345601", mode=Mode.READOUT, purpose=Purpose.LINK, language="ja", pace=Pace.NORMAL,
    key_id="k1", request_digest=b"", created_at=1, expires_at=2, call=Call(number=1, wished_at=1),
)  # fmt: skip


class Process:
    """The product over one configuration of keys, as a process of its own has it."""

    def __init__(self, folder: Path, server: str, keys: str) -> None:
        settings = read_settings(
            {
                "IVR_PUBLIC_URL": HOOKS,
                "IVR_CARRIER_ACCOUNT": ACCOUNT_SID,
                "IVR_CARRIER_TOKENS": TOKENS[0],
                "IVR_LASTING_KEY": base64.b64encode(b"l" * 32).decode(),
                "IVR_MASTER_KEYS": keys,
                "IVR_CONFIG": str(folder),
                "IVR_CALLFLOWS": str(ROOT / "callflows"),
            }
        )
        self.client: redis.Redis = connect(server)
        self.parts: Parts = assemble(settings, *redis_parts(self.client, settings))
        self.app = create_app(self.parts)

    @property
    def web(self) -> FlaskClient:
        return self.app.test_client()


@pytest.fixture
def processes(tmp_path: Path, real_server: str) -> list[Process]:
    folder = tmp_path / "config"
    shutil.copytree(ROOT / "config", folder)
    with connect(real_server) as client:
        client.flushall()
    return [Process(folder, real_server, keys) for keys in STEPS]


def hook(process: Process, path: str, **fields: str) -> str:
    form = {"CallSid": SID, "AccountSid": ACCOUNT_SID, **fields}
    signature = RequestValidator(TOKENS[0]).compute_signature(HOOKS + path, form)
    answer = process.web.post(path, data=form, headers={"X-Twilio-Signature": signature})
    assert answer.status_code == 200
    return answer.text


def test_what_an_old_key_sealed_is_sealed_anew_and_the_old_key_can_go(
    processes: list[Process], real_server: str, tmp_path: Path
) -> None:
    first, _, third = processes
    names = "101-1234567", "101-2345678"
    for account in names:
        loaded = first.parts.store.load_account("honnin", account)
        first.parts.store.save_account(loaded, Account(failures=7), [])
    loaded = third.parts.store.load_account("honnin", names[1])
    third.parts.store.save_account(loaded, Account(failures=8), [])
    last = Process(tmp_path / "config", real_server, key(2))
    with pytest.raises(Impossible, match="is gone; there is k2"):
        last.parts.store.load_account("honnin", names[0])
    resealing = Resealing(third.client, Sealer(third.parts.settings.keyring))
    assert [resealing.run(), resealing.run()] == [1, 0]
    found = [last.parts.store.load_account("honnin", each).account.failures for each in names]
    assert found == [7, 8]


def test_a_live_verification_keeps_its_life_when_it_is_sealed_anew(
    processes: list[Process], real_server: str
) -> None:
    _, _, third = processes
    name = "v" + "a" * 26
    key_of = "{p07}" + name
    with connect(real_server) as client:
        value = Sealer(Keyring({"k1": bytes([1]) * 32}, b"l" * 32)).seal(name, VERIFICATION)
        client.set(key_of, value, px=60_000)
        sealer = Sealer(third.parts.settings.keyring)
        assert Resealing(client, sealer).run() == 1
        found: Any = client.get(key_of)
        assert sealer.is_current(found)
        assert sealer.open(name, found, Verification) == VERIFICATION
        assert 0 < int(client.pttl(key_of)) <= 60_000


def test_a_call_goes_on_while_its_key_is_replaced(processes: list[Process]) -> None:
    first, second, third = processes
    wanted: Mapping[str, Any] = {
        "bank": "honnin", "scopes": ["read", "verify"], "callback_prefixes": [], "source_addresses": [],
    }  # fmt: skip
    api_key = add_client(first.parts.settings.clients_file, "linking", wanted)
    login = {"Authorization": f"Bearer {api_key}"}
    body = {"mode": "readout", "purpose": "link", "bank": "honnin", "wallet": "kumopay"}

    def start(process: Process, account: str) -> str:
        headers = {**login, "Idempotency-Key": f"rotation-{account}"}
        asked = {**body, "account": account}
        answer = process.web.post("/v1/verifications", json=asked, headers=headers)
        assert answer.status_code == 202, answer.text
        return str(answer.get_json()["id"])

    one = start(first, "101-1234567")
    Placings(
        records=second.parts.records,
        routes={"main": Route(QuietCarrier())},
        keyring=second.parts.settings.keyring,
        banks=second.parts.settings.banks,
        public_url=HOOKS,
        pacing=second.parts.pacing,
    ).place(one)
    keyring = third.parts.settings.keyring

    def path(turn: int) -> str:
        return f"/hooks/{one}/1/{call_token(keyring, 'k1', one, 1)}/ja/{turn}"

    hook(first, path(0))
    hook(third, path(1), Digits="1")
    record = third.parts.records.read(one)[0].verification
    assert (record.key_id, record.state.value) == ("k1", "spoken")
    new = start(third, "101-2345678")
    assert second.parts.records.read(new)[0].verification.key_id == "k2"
    passcode = derive(keyring.key("k1", Use.PASSCODE), record.binding(), 1)
    sent = {"passcode": passcode}
    answer = third.web.post(f"/v1/verifications/{one}/check", json=sent, headers=login)
    assert (answer.status_code, answer.get_json()["verdict"]) == (200, "pass")
    read = second.web.get(f"/v1/verifications/{one}", headers=login)
    assert read.get_json()["verdict"] == "pass"
    published = third.web.get("/.well-known/jwks.json").get_json()["keys"]
    assert [each["kid"] for each in published] == ["k2", "k1"]
