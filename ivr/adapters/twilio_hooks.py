"""Hooks as Twilio sends them: the signature checked, every field held to a strict grammar.

The scheme signs the URL and the fields without delimiters and without a time, so that one set of
fields can be read as another and a hook can be sent again. Hence the grammar here; and the call's
token, the binding of the call's id and the turn number in `service/calls.py`.

The verifier is a table from key id to secret and algorithm. A request names a key, never an
algorithm that its key is not registered for.
"""

from __future__ import annotations

import base64
import hmac
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import chain
from typing import Final
from urllib.parse import urlsplit

from ivr.adapters.carrier_words import E164, is_over, read_caller, read_dialled, read_status
from ivr.domain.errors import Forged
from ivr.service.carrier_port import Headers, InboundHook, StatusHook, VoiceHook, WhisperHook
from ivr.settings import CarrierSettings, Dialect

SIGNATURE: Final = "X-Twilio-Signature"
_HEADERS: Final[Mapping[Dialect, str]] = {
    Dialect.TWILIO: SIGNATURE,
    Dialect.SIGNALWIRE: "X-SignalWire-Signature",
}
SIGNATURE_SETTINGS: Final = "X-Twilio-Webhooks-Signature-Settings"
# A name that could begin with a digit could be cut off the end of the address: `/12` is `/1` and `2`.
_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,63}", re.ASCII)
_UUID: Final = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
# Of one length each, so that no other field can be part of it: Twilio's, and its imitators'.
_SID: Final = rf"[A-Z]{{2}}[0-9a-f]{{32}}|{_UUID}"
_GRAMMAR: Final[Mapping[str, re.Pattern[str]]] = {
    "CallSid": re.compile(_SID, re.ASCII),
    "ParentCallSid": re.compile(rf"({_SID})?", re.ASCII),
    "DialCallSid": re.compile(rf"({_SID})?", re.ASCII),
    "DialCallStatus": re.compile(r"[a-z-]{0,20}", re.ASCII),
    "DialCallDuration": re.compile(r"[0-9]{0,6}", re.ASCII),
    "DialBridged": re.compile(r"(true|false)?", re.ASCII),
    "CallStatus": re.compile(r"[a-z-]{1,20}", re.ASCII),
    "Digits": re.compile(r"[0-9*#]{0,32}", re.ASCII),
    "FinishedOnKey": re.compile(r"[0-9*#]?", re.ASCII),
    "SipResponseCode": re.compile(r"([1-6][0-9]{2})?", re.ASCII),
}
_DEFAULT_PORTS: Final = {"https": 443, "http": 80}


class TwilioHooks:
    """Reads hooks that Twilio, or carriers of its dialect, signed for our accounts: each with its own keys."""

    def __init__(self, *carriers: CarrierSettings) -> None:
        """Build the table of keys of each account: its tokens sign with SHA-1, shared keys with SHA-256."""
        self._keys = {settings.account: AccountKeys(settings) for settings in carriers}

    def read_voice(self, url: str, form: Sequence[tuple[str, str]], headers: Headers) -> VoiceHook:
        """Read a hook that asks what to say. Raises `Forged`, or `Impossible` for an unknown end of a transfer."""
        fields = self._read(url, form, headers)
        return VoiceHook(
            sid=fields["CallSid"],
            carrier=self._carrier_of(fields),
            digits=fields.get("Digits", ""),
            finished_on=fields.get("FinishedOnKey", ""),
            dialled=read_dialled(fields.get("DialCallStatus", ""), fields.get("DialBridged", "")),
            hung_up=is_over(fields.get("CallStatus", "")),
        )

    def read_whisper(
        self, url: str, form: Sequence[tuple[str, str]], headers: Headers
    ) -> WhisperHook:
        """Read a hook that asks what the desk's staff hear first. Raises `Forged`."""
        fields = self._read(url, form, headers)
        return WhisperHook(
            sid=fields["CallSid"],
            carrier=self._carrier_of(fields),
            parent=fields.get("ParentCallSid", ""),
        )

    def read_inbound(
        self, url: str, form: Sequence[tuple[str, str]], headers: Headers
    ) -> InboundHook:
        """Read a hook of a call that somebody makes to us. Raises `Forged`."""
        fields = self._read(url, form, headers)
        if fields.get("Direction") != "inbound":
            raise _forged("is not of a call to us")
        if not E164.fullmatch(fields.get("To", "")):
            raise _forged("has a To that is not one")
        return InboundHook(
            sid=fields["CallSid"],
            carrier=self._carrier_of(fields),
            digits=fields.get("Digits", ""),
            finished_on=fields.get("FinishedOnKey", ""),
            to=fields["To"],
            caller=read_caller(fields.get("From", "")),
        )

    def read_status(
        self, url: str, form: Sequence[tuple[str, str]], headers: Headers
    ) -> StatusHook:
        """Read a hook that reports progress. Raises `Forged`, or `Impossible` for an unknown status."""
        fields = self._read(url, form, headers)
        news = read_status(fields.get("CallStatus", ""), fields.get("SipResponseCode", ""))
        return StatusHook(sid=fields["CallSid"], carrier=self._carrier_of(fields), news=news)

    def _carrier_of(self, fields: Mapping[str, str]) -> str:
        return self._keys[fields["AccountSid"]].carrier

    def _read(self, url: str, form: Sequence[tuple[str, str]], headers: Headers) -> dict[str, str]:
        fields = dict(form)
        keys = self._keys.get(fields.get("AccountSid", ""))
        if keys is None:
            raise _forged("is of another account")
        keys.check(url, form, headers)
        if len(fields) != len(form):
            raise _forged("names a field twice")
        if not all(map(_NAME.fullmatch, fields)):
            raise _forged("has a field whose name is not one")
        if "CallSid" not in fields:
            raise _forged("names no call")
        for name, pattern in _GRAMMAR.items():
            if name in fields and not pattern.fullmatch(fields[name]):
                raise _forged(f"has a {name} that is not one")
        return fields


class AccountKeys:
    """With what one account's hooks are signed."""

    def __init__(self, settings: CarrierSettings) -> None:
        """Take the tokens and the shared keys."""
        self.carrier = settings.id
        self._header = _HEADERS[settings.dialect]
        self._tokens = tuple(token.encode() for token in settings.tokens)
        self._shared = {key_id: secret.encode() for key_id, secret in settings.shared_keys.items()}

    def check(self, url: str, form: Sequence[tuple[str, str]], headers: Headers) -> None:
        """Check the signature. Raises `Forged`."""
        given = (headers.get(self._header) or "").encode()
        if not given:
            raise _forged("is not signed")
        secrets, algorithm = self._named_by(headers.get(SIGNATURE_SETTINGS))
        signed_fields = "".join(chain.from_iterable(sorted(set(form))))
        for address in _spellings(url):
            message = (address + signed_fields).encode()
            for secret in secrets:
                expected = base64.b64encode(hmac.digest(secret, message, algorithm))
                if hmac.compare_digest(expected, given):
                    return
        raise _forged("has a signature that is not the carrier's")

    def _named_by(self, settings: str | None) -> tuple[tuple[bytes, ...], str]:
        if settings is None:
            return self._tokens, "sha1"
        named = dict(part.strip().partition("=")[::2] for part in settings.split(","))
        secret = self._shared.get(named.get("key", ""))
        if secret is None or named.get("algorithm") != "HMAC_SHA256":
            raise _forged("names a key or an algorithm that is not registered")
        return (secret,), "sha256"


def _spellings(url: str) -> tuple[str, ...]:
    """Return the URL as configured, and with its port dropped or spelled out: the carrier is not consistent."""
    end = url.find("/", url.index("://") + len("://"))
    origin, rest = (url, "") if end < 0 else (url[:end], url[end:])
    return tuple(each + rest for each in _origins(origin))


@lru_cache(maxsize=8)
def _origins(origin: str) -> tuple[str, ...]:
    parts = urlsplit(origin)
    host = parts.netloc.rpartition("@")[2]
    bare = host[: -len(f":{parts.port}")] if parts.port else host
    with_port = f"{bare}:{parts.port or _DEFAULT_PORTS[parts.scheme]}"
    return tuple({f"{parts.scheme}://{each}": None for each in (host, bare, with_port)})


def _forged(why: str) -> Forged:
    return Forged(f"the hook {why}")
