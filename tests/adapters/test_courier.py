"""Callbacks go to the address that was checked and to no other, over TLS that was verified, and once."""

import datetime as dt
import socket
import ssl
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from ivr.adapters.courier import HttpCourier, is_public
from tests.adapters.loopback import (
    Answer,
    Loopback,
    babbles,
    breaks_off,
    closes,
    loopback,
    refused_port,
    says,
)

NAME = "callbacks.bank.example"
SIGNED = {"content-type": "application/json", "webhook-id": "v1", "webhook-signature": "v1,abc"}
BODY = b'{"type": "verification.decided"}'
QUICK = 0.5  # seconds
AT_ONCE = 20.0
LONG = 60.0


class PaperResolver:
    """Gives the addresses of any name in turn, and counts how often it is asked."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    def __call__(self, host: str, port: int, **_: object) -> list[tuple[Any, ...]]:
        self.asked.append(host)
        addresses = self.answers[min(len(self.asked), len(self.answers)) - 1]
        return [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses
        ]


@pytest.fixture
def server() -> Iterator[Loopback]:
    with loopback() as found:
        found.answer = says(204)
        yield found


def post(
    url: str,
    *,
    private: bool = True,
    addresses: tuple[list[str], ...] = (["127.0.0.1"],),
    resolver: PaperResolver | None = None,
    seconds: float = QUICK,
) -> int:
    courier = HttpCourier(resolver or PaperResolver(*addresses), seconds)
    return courier.post(url, BODY, SIGNED, private_allowed=private)


def test_a_callback_arrives_as_it_was_signed(server: Loopback) -> None:
    assert post(f"http://{NAME}:{server.port}/callbacks/1?bank=honnin&x=%2F") == 204
    (asked,) = server.asked
    assert (asked.method, asked.path) == ("POST", "/callbacks/1?bank=honnin&x=%2F")
    assert asked.body == BODY
    assert asked.headers["host"] == f"{NAME}:{server.port}"
    assert SIGNED.items() <= {name.lower(): value for name, value in asked.headers.items()}.items()


def test_a_callback_without_a_path_goes_to_the_root(server: Loopback) -> None:
    assert post(f"http://{NAME}:{server.port}") == 204
    assert server.asked[0].path == "/"


@pytest.mark.parametrize("status", [200, 202, 301, 400, 404, 410, 429, 500, 503])
def test_the_status_is_told_as_it_is(server: Loopback, status: int) -> None:
    server.answer = says(status)
    assert post(f"http://{NAME}:{server.port}/") == status


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(server: Loopback, status: int) -> None:
    with loopback() as elsewhere:
        server.answer = says(status, Location=f"{elsewhere.url}/stolen")
        assert post(f"http://{NAME}:{server.port}/") == status
        assert not elsewhere.asked


PRIVATE = [
    "0.0.0.0",  # noqa: S104 - nothing is bound
    "10.0.0.1",
    "100.64.0.1",
    "127.0.0.1",
    "127.8.8.8",
    "169.254.169.254",
    "172.16.0.1",
    "192.0.0.1",
    "192.168.1.1",
    "198.18.0.1",
    "203.0.113.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::10.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::a00:1",
    "64:ff9b::7f00:1",
    "2002:7f00:1::",
    "2002:c0a8:101::1",
    "2001:db8::1",
    "fc00::1",
    "fd12:3456:789a::1",
    "fe80::1",
    "fec0::1",
    "ff02::1",
]


@pytest.mark.parametrize("address", PRIVATE)
def test_a_private_address_is_refused_without_a_connection(address: str) -> None:
    assert not is_public(address)
    resolver = PaperResolver([address])
    begun = time.monotonic()
    assert post(f"http://{NAME}:1/", private=False, resolver=resolver, seconds=LONG) == 0
    assert time.monotonic() - begun < AT_ONCE
    assert resolver.asked == [NAME]


@pytest.mark.parametrize(
    "address",
    ["1.1.1.1", "8.8.8.8", "2606:4700:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"],
)
def test_a_public_address_is_public(address: str) -> None:
    assert is_public(address)


def test_a_server_on_loopback_is_not_asked_unless_that_is_allowed(server: Loopback) -> None:
    assert post(f"http://{NAME}:{server.port}/", private=False) == 0
    assert not server.asked
    assert post(f"http://{NAME}:{server.port}/") == 204


def test_one_private_address_among_others_is_enough_to_refuse(server: Loopback) -> None:
    url = f"http://{NAME}:{server.port}/"
    assert post(url, private=False, addresses=(["8.8.8.8", "127.0.0.1"],)) == 0
    assert not server.asked


def test_a_name_that_changes_its_mind_changes_nothing(server: Loopback) -> None:
    """It is resolved once, and the connection goes to what was checked."""
    resolver = PaperResolver(["127.0.0.1"], ["127.0.0.99"])
    assert post(f"http://{NAME}:{server.port}/", resolver=resolver) == 204
    assert resolver.asked == [NAME]
    second = PaperResolver(["10.0.0.1"], ["127.0.0.1"])
    assert post(f"http://{NAME}:{server.port}/", private=False, resolver=second) == 0
    assert len(server.asked) == 1


@pytest.mark.parametrize("written", ["127.0.0.1", "[::1]", "localhost", "127.1", "2130706433"])
def test_a_private_address_is_known_however_it_is_written(server: Loopback, written: str) -> None:
    courier = HttpCourier(seconds=QUICK)
    url = f"http://{written}:{server.port}/"
    assert courier.post(url, BODY, SIGNED, private_allowed=False) == 0
    assert not server.asked


def test_a_name_that_is_not_known_is_no_delivery() -> None:
    def nobody(*_: object, **__: object) -> list[tuple[Any, ...]]:
        raise socket.gaierror

    courier = HttpCourier(nobody, QUICK)
    assert courier.post("https://nobody.example/", BODY, SIGNED, private_allowed=False) == 0


@pytest.mark.parametrize("answer", [closes, babbles])
def test_an_answer_that_is_none_is_no_delivery(server: Loopback, answer: Answer) -> None:
    server.answer = answer
    assert post(f"http://{NAME}:{server.port}/") == 0
    assert len(server.asked) == 1


def test_a_port_on_which_nobody_listens_is_no_delivery() -> None:
    assert post(f"http://{NAME}:{refused_port()}/") == 0


def test_an_answer_that_does_not_come_is_waited_for_only_so_long(server: Loopback) -> None:
    server.answer = server.never
    begun = time.monotonic()
    assert post(f"http://{NAME}:{server.port}/") == 0
    assert time.monotonic() - begun < AT_ONCE


def drips(handler: BaseHTTPRequestHandler) -> None:
    try:
        for letter in b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 600:
            handler.wfile.write(bytes([letter]))
            time.sleep(0.1)
    except OSError:
        return


def test_a_bank_that_drips_is_cut_off_when_the_time_is_over(server: Loopback) -> None:
    server.answer = drips
    begun = time.monotonic()
    assert post(f"http://{NAME}:{server.port}/") == 0
    assert time.monotonic() - begun < AT_ONCE


def endless(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    try:
        while True:
            handler.wfile.write(b"10000\r\n" + bytes(0x10000) + b"\r\n")
    except OSError:
        return


@pytest.mark.parametrize("answer", [endless, breaks_off])
def test_what_a_bank_answers_is_not_read(server: Loopback, answer: Answer) -> None:
    server.answer = answer
    assert post(f"http://{NAME}:{server.port}/", seconds=LONG) in {200, 201}


def test_a_proxy_of_the_environment_is_not_used(
    server: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    with loopback() as proxy:
        for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        assert post(f"http://{NAME}:{server.port}/") == 204
        assert not proxy.asked


class Authority:
    """A certificate authority of the test's own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Authority of the test")])
        certificate = self._sign(self.name, self.key, None, days=1)
        self.file = folder / "authority.pem"
        self.file.write_bytes(certificate.public_bytes(Encoding.PEM))

    def context(self, name: str, days: int = 1) -> ssl.SSLContext:
        """A server's side of TLS, with a certificate for `name`."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        certificate = self._sign(subject, key, name, days)
        file = self.folder / f"{name}{days}.pem"
        file.write_bytes(
            key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
            + certificate.public_bytes(Encoding.PEM)
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        return context

    def _sign(
        self, subject: x509.Name, key: ec.EllipticCurvePrivateKey, name: str | None, days: int
    ) -> x509.Certificate:
        now = dt.datetime.now(tz=dt.UTC)
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self.name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(days=9))
            .not_valid_after(now + dt.timedelta(days=days))
            .add_extension(x509.BasicConstraints(ca=name is None, path_length=None), critical=True)
        )
        if name:
            names = x509.SubjectAlternativeName([x509.DNSName(name)])
            builder = builder.add_extension(names, critical=False)
        return builder.sign(self.key, hashes.SHA256())


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def trusted(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> Authority:
    """An authority that this process trusts, as it trusts those of the system."""
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    return authority


def test_a_certificate_for_the_name_is_accepted_and_the_name_is_asked_for(
    trusted: Authority,
) -> None:
    context = trusted.context(NAME)
    wanted: list[str | None] = []
    context.sni_callback = lambda _, name, __: wanted.append(name)
    with loopback(context) as server:
        server.answer = says(200)
        assert post(f"https://{NAME}:{server.port}/x") == 200
        assert server.asked[0].body == BODY
    assert wanted == [NAME]


@pytest.mark.parametrize(("name", "days"), [("other.bank.example", 1), (NAME, -1)])
def test_a_certificate_for_another_name_or_of_yesterday_is_refused(
    trusted: Authority, name: str, days: int
) -> None:
    with loopback(trusted.context(name, days)) as server:
        assert post(f"https://{NAME}:{server.port}/") == 0
        assert not server.asked


def test_a_certificate_of_an_authority_that_nobody_trusts_is_refused(
    authority: Authority,
) -> None:
    with loopback(authority.context(NAME)) as server:
        assert post(f"https://{NAME}:{server.port}/") == 0
        assert not server.asked


def test_plain_http_is_not_taken_for_tls(server: Loopback) -> None:
    assert post(f"https://{NAME}:{server.port}/") == 0
    assert not server.asked
