"""The shapes of the OpenAPI document: each made from the type that the code reads or writes.

Knows under which names clients see them. The texts of fields stand where the fields are.
"""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal, TypedDict

import msgspec
from msgspec import Meta

from ivr.domain.callflow import Mode, Pace, Purpose
from ivr.domain.events import CallEnd
from ivr.domain.policy import ASKED_MODES, Request
from ivr.domain.record import Reason, State
from ivr.web.bodies import EXPECTED, CheckBody, EmptyBody
from ivr.web.problems import ProblemShown
from ivr.web.representation import Moment, Progress, Verdict, VerificationShown


class Decision(TypedDict):
    """What a callback says of the verification."""

    id: str
    mode: Mode
    verdict: Verdict
    reason: Reason
    reference: str | None
    receipt: Annotated[str, Meta(description="The same receipt that a poll shows.")]


class Callback(TypedDict):
    """What is posted to callback_url once there is a verdict, and once more if it is disputed."""

    type: Annotated[
        Literal["verification.decided", "verification.disputed"],
        Meta(description="Disputed: after a pass the depositor said “not me”. Act on it at once."),
    ]
    timestamp: Annotated[Moment, Meta(description="When it was decided, or disputed.")]
    data: Decision


class Health(TypedDict):
    """Whether this process lives, or can work."""

    status: Literal["alive", "ready", "store_unavailable"]


class PublicKey(TypedDict):
    """One key (RFC 8037); receipts name it by kid."""

    kty: Literal["OKP"]
    crv: Literal["Ed25519"]
    alg: Literal["EdDSA"]
    use: Literal["sig"]
    kid: str
    x: str


class PublicKeys(TypedDict):
    """A JWK set (RFC 7517)."""

    keys: list[PublicKey]


NAMES: Final[dict[type[Any], str]] = {
    Request: "VerificationRequest",
    CheckBody: "PasscodeCheck",
    EmptyBody: "Nothing",
    VerificationShown: "Verification",
    ProblemShown: "Problem",
    Callback: "Callback",
    Health: "Health",
    PublicKeys: "PublicKeys",
}
_END: Final = r"(?!\n)"
"""What Python's patterns need behind `$` and JSON Schema's (ECMA-262) do not."""
_REF: Final = "#/components/schemas/{name}"


def ref(shape: type[Any]) -> dict[str, str]:
    """Return the reference to a shape."""
    return {"$ref": _REF.format(name=NAMES[shape])}


def schemas() -> dict[str, Any]:
    """Return every shape under the name that clients know it by, members and words in their own order."""
    _, made = msgspec.json.schema_components(list(NAMES), ref_template=_REF)
    names = {shape.__name__: name for shape, name in NAMES.items()}
    found = {names.get(name, name): schema for name, schema in made.items()}
    for shape, name in NAMES.items():
        schema = found[name]
        schema["title"] = name
        order = list(shape.__annotations__)
        members = sorted(schema["properties"].items(), key=lambda item: order.index(item[0]))
        schema["properties"] = dict(members)
    found["Mode"]["enum"] = [word.value for word in ASKED_MODES]
    for words in (Purpose, Pace, State, Progress, CallEnd, Reason):
        found[words.__name__]["enum"] = [word.value for word in words]
    for shape in (Request, CheckBody):
        for field, schema in found[NAMES[shape]]["properties"].items():
            schema["description"] = f"{EXPECTED[field]}."
            for form in [schema, *schema.get("anyOf", [])]:
                if "pattern" in form:
                    form["pattern"] = form["pattern"].removesuffix(_END)
    return found
