import base64
import hashlib
import json
from datetime import UTC, datetime
from typing import Any

import jwt
import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from ivr.domain.callflow import Mode, Purpose
from ivr.domain.errors import Code
from ivr.domain.keyring import Keyring
from ivr.domain.policy import SECOND
from ivr.domain.record import State
from ivr.service.attending import attending
from ivr.service.callbacks import Callbacks
from ivr.service.tokens import webhook_secrets
from ivr.service.views import View
from tests.service.house import BRANCH, CALLBACK, KEYRING, WEB, MemoryHouse, code, id_of, wrong
from tests.service.world import Post


def passed(house: MemoryHouse, **fields: Any) -> View:
    view = house.start(callback_url=CALLBACK, **fields)
    return house.check(view, house.ring().listen())


def verify(
    post: Post, keyring: Keyring = KEYRING, client: str = "honnin-web", place: int = 0
) -> Any:
    secret = webhook_secrets(keyring, client)[place]
    whsec = f"whsec_{base64.b64encode(secret).decode()}"
    return Webhook(whsec).verify(post.body, dict(post.headers))


def test_a_verdict_is_posted_once_to_the_callback_and_signed(house: MemoryHouse) -> None:
    view = passed(house, reference="r-1")
    house.work()
    (post,) = house.courier.posts
    assert (post.url, post.private_allowed) == (CALLBACK, False)
    assert post.headers["content-type"] == "application/json"
    body = verify(post)
    assert body["type"] == "verification.decided"
    assert body["data"] == {
        "id": id_of(view),
        "mode": "readout",
        "verdict": "pass",
        "reason": "right_passcode",
        "reference": "r-1",
        "receipt": view.receipt,
    }
    decided = datetime.fromisoformat(body["timestamp"])
    assert decided == datetime.fromtimestamp(view.record.verification.decided_at / SECOND, tz=UTC)
    house.wait(60)
    house.work()
    assert len(house.courier.posts) == 1
    assert "callback_delivered" in house.notes()


def test_a_failure_is_posted_too(house: MemoryHouse) -> None:
    house.wait(-601)
    house.start(callback_url=CALLBACK)
    house.wait(601)
    house.work()
    house.work()
    body = verify(house.courier.posts[0])
    assert (body["data"]["verdict"], body["data"]["reason"]) == ("fail", "carrier_busy")


def test_who_asked_for_no_callback_gets_none(house: MemoryHouse) -> None:
    view = house.start()
    house.check(view, house.ring().listen())
    house.wait(60)
    house.work()
    assert house.courier.posts == []


def test_poll_callback_and_receipt_agree(house: MemoryHouse) -> None:
    view = passed(house, purpose=Purpose.CHARGE, amount=5000, reference="r-2")
    house.work()
    data = verify(house.courier.posts[0])["data"]
    polled = house.verifications.read(WEB, id_of(view))
    assert polled.receipt == data["receipt"] == view.receipt
    claims = house.claims_of(data["receipt"])
    verification = polled.record.verification
    assert {name: claims[name] for name in ("sub", "verdict", "reason", "reference")} == {
        "sub": data["id"],
        "verdict": data["verdict"],
        "reason": data["reason"],
        "reference": data["reference"],
    }
    assert (claims["amount"], claims["purpose"]) == (5000, "charge")
    assert (claims["bank"], claims["wallet"], claims["mode"]) == ("honnin", "kumopay", "readout")
    assert claims["iat"] == verification.decided_at // SECOND
    assert claims["exp"] - claims["iat"] > house.limits.callback_for


def test_a_receipt_names_the_body_that_was_asked_with(house: MemoryHouse) -> None:
    view = passed(house)
    claims = house.claims_of(view.receipt or "")
    digest = view.record.verification.request_digest
    assert len(digest) == hashlib.sha256().digest_size
    assert base64.urlsafe_b64decode(claims["request_sha256"] + "=") == digest


def test_a_receipt_is_for_one_client_and_holds_no_account_or_number(house: MemoryHouse) -> None:
    view = passed(house)
    receipt = view.receipt or ""
    with pytest.raises(jwt.InvalidAudienceError):
        house.claims_of(receipt, audience="honnin-branch")
    text = json.dumps(house.claims_of(receipt))
    assert "0000001" not in text
    assert "9012345601" not in text
    assert len({house.claims_of(view.receipt or "")["jti"] for _ in range(3)}) == 1


def test_two_verdicts_have_two_receipts(house: MemoryHouse) -> None:
    first, second = passed(house), passed(house)
    ids = {house.claims_of(view.receipt or "")["jti"] for view in (first, second)}
    assert len(ids) == 2


def test_a_callback_that_was_changed_or_is_for_another_does_not_verify(house: MemoryHouse) -> None:
    passed(house)
    house.work()
    (post,) = house.courier.posts
    forged = Post(post.url, post.body.replace(b"pass", b"fail"), post.headers, post.private_allowed)
    with pytest.raises(WebhookVerificationError):
        verify(forged)
    with pytest.raises(WebhookVerificationError):
        verify(post, client="honnin-branch")
    other_id = Post(
        post.url, post.body, {**post.headers, "webhook-id": "v" * 27}, private_allowed=False
    )
    with pytest.raises(WebhookVerificationError):
        verify(other_id)


def test_while_keys_are_rotated_a_callback_verifies_with_the_old_and_the_new(
    house: MemoryHouse,
) -> None:
    passed(house)
    house.work()
    (post,) = house.courier.posts
    assert verify(post, place=0) == verify(post, place=1)
    before = Keyring({"k0": b"0" * 32}, b"l" * 32)
    assert verify(post, keyring=before)


@pytest.mark.parametrize("status", [0, 301, 400, 404, 410, 429, 500, 503])
def test_a_callback_that_did_not_arrive_is_sent_again(house: MemoryHouse, status: int) -> None:
    view = passed(house)
    house.courier.answers.append(status)
    house.work()
    house.wait(3.9)
    house.work()
    assert len(house.courier.posts) == 1
    house.wait(2.1)
    house.work()
    first, second = house.courier.posts
    assert first.body == second.body
    assert first.headers["webhook-id"] == second.headers["webhook-id"] == f"{id_of(view)}.decided"
    delivery = house.record(view).verification.delivery
    assert delivery is not None
    assert (delivery.attempts, delivery.delivered, delivery.next_at) == (2, True, 0)


def test_a_callback_names_the_round_in_which_it_was_sent(house: MemoryHouse) -> None:
    passed(house)
    with attending(request="0b8f1c9e-7f0a-4d15-9a53-2f5a6f3f1a77"):
        house.work()
    assert house.courier.posts[0].headers["x-request-id"] == "0b8f1c9e-7f0a-4d15-9a53-2f5a6f3f1a77"


def test_a_callback_that_never_arrives_is_parked_and_the_verdict_stays_readable(
    house: MemoryHouse,
) -> None:
    view = passed(house)
    house.courier.answers += [500] * 99
    house.run_until_nothing_is_due()
    delivery = house.record(view).verification.delivery
    assert delivery is not None
    assert delivery.is_parked
    assert delivery.attempts == len(house.courier.posts) > 8
    assert house.notes()[-1] == "callback_parked"
    assert house.memory.next_due() is None
    house.wait(6 * 86_400)
    assert house.read(view).verification.passed


def test_a_parked_callback_is_delivered_when_somebody_asks(house: MemoryHouse) -> None:
    view = passed(house)
    house.courier.answers += [500] * 99
    callbacks = Callbacks(house.records)
    assert code(callbacks.retry, id_of(view), person="suzuki") == Code.NOT_FOUND
    house.run_until_nothing_is_due()
    house.courier.answers.clear()
    callbacks.retry(id_of(view), person="suzuki")
    house.work()
    delivery = house.record(view).verification.delivery
    assert delivery is not None
    assert delivery.delivered
    assert house.notes()[-2:] == ["callback_wished", "callback_delivered"]
    assert code(callbacks.retry, id_of(view), person="suzuki") == Code.NOT_FOUND
    late = json.loads(house.courier.posts[-1].body)["data"]
    assert house.claims_of(late["receipt"])["verdict"] == "pass"


def test_a_record_is_kept_until_its_callback_is_delivered_and_an_hour_after(
    house: MemoryHouse,
) -> None:
    view = passed(house)
    house.courier.answers += [500] * 5
    house.run_until_nothing_is_due()
    assert house.clock.now > view.record.verification.decided_at + 2040 * SECOND
    house.wait(3599)
    assert house.read(view).verification.passed


def test_a_client_that_is_gone_gets_nothing(house: MemoryHouse) -> None:
    view = passed(house)
    del house.clients["honnin-web"]
    house.run_until_nothing_is_due()
    assert house.courier.posts == []
    delivery = house.record(view).verification.delivery
    assert delivery is not None
    assert delivery.next_at == 0


def test_a_callback_goes_to_the_client_that_asked(house: MemoryHouse) -> None:
    view = house.start(client=BRANCH, callback_url=CALLBACK)
    passcode = house.ring().listen()
    house.check(view, passcode, client=BRANCH)
    house.work()
    assert verify(house.courier.posts[0], client="honnin-branch")["data"]["id"] == id_of(view)


def test_the_last_wrong_try_says_the_same_at_once_by_poll_and_by_callback(
    house: MemoryHouse,
) -> None:
    view = house.start(mode=Mode.KEYIN, callback_url=CALLBACK)
    phone = house.ring()
    phone.wait_for_code_question()
    for _ in range(5):
        phone.press(wrong(view.passcode or ""))
    house.work()
    data = verify(house.courier.posts[0])["data"]
    polled = house.verifications.read(WEB, id_of(view))
    assert (data["verdict"], data["reason"]) == ("fail", "wrong_passcode")
    assert (polled.record.verification.state, polled.receipt) == (State.FAILED, data["receipt"])


def test_what_comes_late_does_not_undo_a_delivery(house: MemoryHouse) -> None:
    view = passed(house)
    house.courier.answers += [500, 204]

    def let_another_worker_deliver(_: Post) -> None:
        house.courier.while_posting = lambda _: None
        house.upkeep.attend(id_of(view))

    house.courier.while_posting = let_another_worker_deliver
    house.work()
    delivery = house.record(view).verification.delivery
    assert delivery is not None
    assert (delivery.delivered, delivery.next_at) == (True, 0)
    house.wait(60)
    house.work()
    assert len(house.courier.posts) == 2


def test_attempts_at_the_same_moment_count_as_one(house: MemoryHouse) -> None:
    view = passed(house)
    house.courier.answers += [500, 500]

    def let_another_worker_try(_: Post) -> None:
        house.courier.while_posting = lambda _: None
        house.upkeep.attend(id_of(view))

    house.courier.while_posting = let_another_worker_try
    house.work()
    delivery = house.record(view).verification.delivery
    assert delivery is not None
    assert (delivery.attempts, len(house.courier.posts)) == (1, 2)
    assert house.notes().count("callback_failed") == 1
    house.wait(6.1)
    house.work()
    assert len(house.courier.posts) == 3
    delivery = house.record(view).verification.delivery
    assert delivery is not None
    assert delivery.delivered
