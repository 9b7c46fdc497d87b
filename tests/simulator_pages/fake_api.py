"""A stand-in for the product's API: the shapes of its answers over one made-up call flow."""

import base64
import contextlib
import datetime as dt
import hashlib
import json
import threading
import time
import uuid
from typing import Any

import flask
import jwt
import urllib3
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from standardwebhooks import Webhook

from tests.simulator_pages.fake_phones import FakePhone

KEY = "hk_test_of_the_fake"
SECRET = "whsec_" + base64.b64encode(b"callback secret of the fake bank").decode()
PASSCODE = "012345"
WORDS = ("ゼロ", "イチ", "ニ", "サン", "ヨン", "ゴ", "ロク", "ナナ", "ハチ", "キュウ")


def spoken(digits: str) -> str:
    return " ".join(WORDS[int(digit)] for digit in digits)


class FakeApi:
    """Answers like the API; each verification runs on a thread that plays its call on a phone."""

    def __init__(self, phones: dict[str, FakePhone], accounts: dict[str, str]) -> None:
        self.phones, self.accounts = phones, accounts
        self.changed = threading.Condition()
        self.known: dict[str, dict[str, Any]] = {}
        self.orders: dict[str, dict[str, Any]] = {}
        self.digests: dict[str, str] = {}
        self.signer = Ed25519PrivateKey.generate()
        self.idempotency_keys: list[str] = []
        self.pool = urllib3.PoolManager(maxsize=16)

    def begin(self, order: dict[str, Any], body: bytes) -> dict[str, Any]:
        name = f"vf_{uuid.uuid4().hex}"
        digest = base64.urlsafe_b64encode(hashlib.sha256(body).digest()).rstrip(b"=").decode()
        self.orders[name], self.digests[name] = order, digest
        self.known[name] = {
            "id": name,
            "state": "wanted",
            **{part: order[part] for part in ("mode", "purpose", "bank", "wallet", "reference")},
            "expires_at": _at(600),
            "tries_left": 5,
            "calls_left": 3,
            "call": {"number": 0, "progress": "wanted"},
            "last_call": None,
            "passcode_expires_at": None,
            "verdict": None,
            "reason": None,
            "receipt": None,
        }
        return self.call(name)

    def call(self, name: str) -> dict[str, Any]:
        one = self.known[name]
        call = {"number": one["call"]["number"] + 1, "progress": "wanted"}
        self.change(name, state="wanted", call=call, calls_left=one["calls_left"] - 1)
        threading.Thread(target=self.play, args=(name,), daemon=True).start()
        return one | ({"passcode": PASSCODE} if one["mode"] == "keyin" else {})

    def change(self, name: str, **what: Any) -> None:
        with self.changed:
            one = self.known[name]
            if one["verdict"] is None:
                one |= what
                one["call"] = {**one["call"], "progress": one["state"]}
            self.changed.notify_all()

    def play(self, name: str) -> None:
        order = self.orders[name]
        phone = self.phones[self.accounts[order["account"]]]
        self.change(name, state="ringing")
        end = phone.ring(f"CA{uuid.uuid4().hex}")
        if end != "answered":
            return self.rest(name, end)
        self.change(name, state="answered")
        tail = spoken(order["account"][-4:])
        phone.say(
            f"こちらは、ほんにん銀行です。クモペイから、{tail} で終わる口座との連携のお申し込みがありました。"
        )
        key = phone.ask("お心当たりがあるかたは1を、ないかたは9を押してください。", 1)
        if key == "9":
            self.decide(name, "fail", "not_me")
            phone.say("お申し込みを止めました。お知らせありがとうございます。")
        elif key == "1":
            self.change(name, state="consented", passcode_expires_at=_at(300))
            (self.read_out if order["mode"] == "readout" else self.take_keys)(name, phone)
        else:
            self.rest(name, "no_consent")
        phone.end()
        return None

    def rest(self, name: str, end: str) -> None:
        if self.known[name]["calls_left"]:
            self.change(name, state="resting", last_call=end)
        else:
            self.decide(name, "fail", end)

    def read_out(self, name: str, phone: FakePhone) -> None:
        self.change(name, state="spoken")
        phone.say(
            "銀行員や警察官がこの番号をたずねることはありません。人に言われてのことなら、9を押してください。"
        )
        phone.ask(f"番号は、{spoken(PASSCODE)}。くり返します。{spoken(PASSCODE)}。", 1, 4)
        self.change(name, state="heard")

    def take_keys(self, name: str, phone: FakePhone) -> None:
        for _ in range(5):
            if phone.ask("画面に出ている6けたの番号を押してください。", 6) == PASSCODE:
                self.decide(name, "pass", "right_passcode")
                return phone.say("確認できました。ありがとうございました。")
            self.change(name, tries_left=self.known[name]["tries_left"] - 1)
        return self.decide(name, "fail", "wrong_passcode")

    def decide(self, name: str, verdict: str, reason: str) -> None:
        order, now = self.orders[name], int(time.time())
        claims = {
            "iss": "fake",
            "aud": "fake-bank",
            "sub": name,
            "jti": uuid.uuid4().hex,
            "iat": now,
            "exp": now + 600,
            "verdict": verdict,
            "reason": reason,
            "mode": order["mode"],
            "purpose": "link",
            "bank": order["bank"],
            "wallet": order["wallet"],
            "request_sha256": self.digests[name],
        }
        receipt = jwt.encode(claims, self.signer, algorithm="EdDSA", headers={"kid": "k1"})
        state = "passed" if verdict == "pass" else "failed"
        self.change(name, state=state, verdict=verdict, reason=reason, receipt=receipt)
        threading.Thread(target=self.call_back, args=(name,), daemon=True).start()

    def call_back(self, name: str) -> None:
        one = self.known[name]
        kept = {part: one[part] for part in ("id", "verdict", "reason", "reference", "receipt")}
        sent, message = dt.datetime.now(dt.UTC), f"msg_{uuid.uuid4().hex}"
        body = json.dumps({"type": "verification.decided", "timestamp": _at(0), "data": kept})
        headers = {
            "webhook-id": message,
            "webhook-timestamp": str(int(sent.timestamp())),
            "webhook-signature": Webhook(SECRET).sign(message, sent, body),
        }
        with contextlib.suppress(urllib3.exceptions.HTTPError):  # the test may be over
            url = self.orders[name]["callback_url"]
            self.pool.request("POST", url, body=body, headers=headers, retries=False)

    def etag(self, name: str) -> str:
        return f'"{hashlib.sha256(json.dumps(self.known[name]).encode()).hexdigest()[:12]}"'


def api_blueprint(api: FakeApi) -> flask.Blueprint:
    blueprint = flask.Blueprint("api", __name__)
    _add_guard(blueprint, api)
    _add_start(blueprint, api)
    _add_one(blueprint, api)
    return blueprint


def _add_guard(blueprint: flask.Blueprint, api: FakeApi) -> None:
    @blueprint.before_request
    def guard() -> flask.typing.ResponseReturnValue | None:
        if flask.request.method == "POST":
            api.idempotency_keys.append(flask.request.headers["Idempotency-Key"])
        public = flask.request.path.startswith("/.well-known/")
        if not public and flask.request.headers.get("Authorization") != f"Bearer {KEY}":
            return _problem(401, "key_unknown")
        return None

    @blueprint.get("/.well-known/jwks.json")
    def keys() -> flask.typing.ResponseReturnValue:
        published = json.loads(jwt.algorithms.OKPAlgorithm.to_jwk(api.signer.public_key()))
        return {"keys": [published | {"kid": "k1", "alg": "EdDSA", "use": "sig"}]}, 200


def _add_start(blueprint: flask.Blueprint, api: FakeApi) -> None:
    @blueprint.post("/v1/verifications")
    def start() -> flask.typing.ResponseReturnValue:
        order = flask.request.get_json()
        if order["account"] not in api.accounts:
            return _problem(422, "no_registered_number", field="account")
        return api.begin(order, flask.request.get_data()), 202

    @blueprint.post("/v1/verifications/<name>/calls")
    def again(name: str) -> flask.typing.ResponseReturnValue:
        return api.call(name), 202


def _add_one(blueprint: flask.Blueprint, api: FakeApi) -> None:
    @blueprint.get("/v1/verifications/<name>")
    def look(name: str) -> flask.typing.ResponseReturnValue:
        seen = flask.request.headers.get("If-None-Match", api.etag(name))
        wait = float(flask.request.args.get("wait", "0"))
        with api.changed:
            api.changed.wait_for(lambda: api.etag(name) != seen, wait)
            return dict(api.known[name]), 200, {"ETag": api.etag(name)}

    @blueprint.post("/v1/verifications/<name>/check")
    def check(name: str) -> flask.typing.ResponseReturnValue:
        one = api.known[name]
        if one["verdict"]:
            return _problem(409, "already_decided", verdict=one["verdict"], reason=one["reason"])
        if one["state"] not in {"spoken", "heard"}:
            return _problem(409, "not_spoken_yet")
        if flask.request.get_json()["passcode"] == PASSCODE:
            api.decide(name, "pass", "right_passcode")
            return one, 200
        api.change(name, tries_left=one["tries_left"] - 1)
        return _problem(422, "wrong_passcode", tries_left=one["tries_left"])

    @blueprint.delete("/v1/verifications/<name>")
    def cancel(name: str) -> flask.typing.ResponseReturnValue:
        api.decide(name, "fail", "cancelled")
        return api.known[name], 200


def _problem(status: int, code: str, **more: Any) -> flask.typing.ResponseReturnValue:
    content = {
        "type": f"urn:honnin:{code}",
        "title": code,
        "status": status,
        "code": code,
        "detail": code,
        **more,
    }
    return flask.Response(json.dumps(content), status, mimetype="application/problem+json")


def _at(seconds: float) -> str:
    return (dt.datetime.now(dt.UTC) + dt.timedelta(seconds=seconds)).isoformat()
