"""Traces, where they are asked for: one for each verification, with nothing secret in it; else not even loaded."""

import logging
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import (
    BatchSpanProcessor,
    SimpleSpanProcessor,
    SpanExporter,
    SpanExportResult,
)
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from ivr.adapters.otel_traces import OtelTraces, by_otlp
from ivr.adapters.traced import TracedCarrier, TracedCourier
from ivr.app import create_app
from ivr.logs import LeanRecord
from ivr.service.attending import attending
from tests.web.small_house import ASKED, NUMBERS, SID, QuietCarrier, SmallHouse, small_house

ROOT = Path(__file__).parents[2]
PARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


@pytest.fixture
def spans() -> InMemorySpanExporter:
    return InMemorySpanExporter()


@pytest.fixture
def traces(spans: InMemorySpanExporter) -> OtelTraces:
    return OtelTraces("honnin-test", SimpleSpanProcessor(spans))


@pytest.fixture
def house(tmp_path: Path, traces: OtelTraces) -> SmallHouse:
    made = small_house(tmp_path)
    made.app = create_app(made.parts, traces=traces)
    return made


class NoCourier:
    def post(self, *_: object, **__: object) -> int:
        return 204


def story(house: SmallHouse, traces: OtelTraces) -> Any:
    """Play a readout to the pass, with what a worker does besides."""
    sent = {"traceparent": PARENT}
    view = house.ask("POST", "/v1/verifications", ASKED, headers=sent).json
    house.carrier = TracedCarrier(QuietCarrier(), traces)  # type: ignore[assignment]
    with attending(request="1", verification=view["id"]):
        house.place(view["id"])
        TracedCourier(NoCourier(), traces).post("https://bank", b"", {}, private_allowed=False)
    house.press(view["id"], 0)
    house.press(view["id"], 1, "1")
    house.report(view["id"], "completed")
    answer = house.ask(
        "POST", f"/v1/verifications/{view['id']}/check", {"passcode": house.passcode(view["id"])}
    )
    assert answer.status_code == 200
    return view


class HangingExporter(SpanExporter):
    def __init__(self, go_on: threading.Event) -> None:
        self._go_on = go_on

    def export(self, _: object) -> SpanExportResult:
        self._go_on.wait(30)
        return SpanExportResult.SUCCESS


def test_a_collector_that_hangs_costs_no_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(logging, "_srcfile", None)
    former = logging.getLogRecordFactory()
    logging.setLogRecordFactory(LeanRecord)
    go_on = threading.Event()
    processor = BatchSpanProcessor(
        HangingExporter(go_on), max_queue_size=2, max_export_batch_size=1
    )
    try:
        house = small_house(tmp_path)
        house.app = create_app(house.parts, traces=OtelTraces("honnin-test", processor))
        view = house.start()
        asked = [house.ask("GET", f"/v1/verifications/{view['id']}").status_code for _ in range(9)]
        assert asked == [200] * 9
        assert "span_lost" not in caplog.messages, (
            "its queue was full, and that is told by a library"
        )
    finally:
        logging.setLogRecordFactory(former)
        go_on.set()
        processor.shutdown()  # type: ignore[no-untyped-call]


class Defective(SimpleSpanProcessor):
    def on_end(self, _: object) -> None:
        raise AttributeError("module")


def test_what_cannot_be_traced_never_fails_what_it_tells_of(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    house = small_house(tmp_path)
    defective = Defective(InMemorySpanExporter())
    house.app = create_app(house.parts, traces=OtelTraces("honnin-test", defective))
    assert house.ask("POST", "/v1/verifications", ASKED).status_code == 202
    assert "span_lost" in caplog.messages


def test_a_verification_is_one_trace_whatever_its_processes_do(
    house: SmallHouse, traces: OtelTraces, spans: InMemorySpanExporter
) -> None:
    view = story(house, traces)
    house.client.get("/healthz")
    found = spans.get_finished_spans()
    assert [span.name for span in found] == [
        "client_api.start",
        "carrier.place",
        "callback",
        "carrier_hooks.voice",
        "carrier_hooks.voice",
        "carrier_hooks.status",
        "client_api.check",
    ]
    assert len({_trace(span) for span in found}) == 1
    assert {_said(span)["verification"] for span in found} == {view["id"]}
    assert all((span.end_time or 0) >= (span.start_time or 0) > 0 for span in found)
    other = house.start(account="102-1111111")
    assert _trace(spans.get_finished_spans()[-1]) != _trace(found[0]), other


def test_a_banks_own_trace_is_linked_to_and_not_continued(
    house: SmallHouse, spans: InMemorySpanExporter
) -> None:
    for sent, links in ((PARENT, 1), ("", 0), ("00-" + "0" * 32 + "-0000000000000000-01", 0)):
        house.ask("GET", "/v1/verifications/none", headers={"traceparent": sent})
        span = spans.get_finished_spans()[-1]
        assert len(span.links) == links, sent
        assert f"{_trace(span):032x}" not in PARENT


def test_no_span_holds_a_passcode_an_account_or_a_number(
    house: SmallHouse, traces: OtelTraces, spans: InMemorySpanExporter
) -> None:
    view = story(house, traces)
    house.ask("GET", "/v1/verifications/09012345601")
    text = " ".join(span.to_json() for span in spans.get_finished_spans())
    secret = [
        house.passcode(view["id"]),
        SID,
        ASKED["account"],
        "1234567",
        "2345601",
        "honnin_linking",
    ]
    secret += [each.number for each in NUMBERS.values() if each.number]
    assert [each for each in secret if each in text] == []


def _trace(span: ReadableSpan) -> int:
    context = span.get_span_context()
    assert context
    return context.trace_id


def _said(span: ReadableSpan) -> Any:
    return span.attributes or {}


@contextmanager
def collector() -> Iterator[tuple[str, list[tuple[str, bytes]]]]:
    """A collector that keeps what it is sent."""
    kept: list[tuple[str, bytes]] = []

    class Keeper(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            kept.append((self.path, self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Keeper) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", kept
        server.shutdown()
        thread.join()


def test_spans_come_to_a_collector_by_otlp() -> None:
    with collector() as (url, kept):
        traces = by_otlp("honnin-worker", url)
        with attending(request="r", verification="v" + "a" * 26):
            traces.span("worker.attend", time.time_ns(), attempts=2)
        traces._provider.shutdown()
    path, body = kept[0]
    assert path == "/v1/traces"
    sent = ExportTraceServiceRequest.FromString(body).resource_spans[0]
    service = {each.key: each.value.string_value for each in sent.resource.attributes}
    assert service["service.name"] == "honnin-worker"
    span = sent.scope_spans[0].spans[0]
    names = {each.key: each.value.string_value for each in span.attributes}
    assert (span.name, names["verification"]) == ("worker.attend", "v" + "a" * 26)


MISSING = """
import sys
sys.modules["opentelemetry"] = None
from types import SimpleNamespace
from ivr.instruments import open_traces
open_traces(SimpleNamespace(traces_url="https://collector.example"), "honnin")
"""


def test_a_missing_extra_is_named_with_what_to_do() -> None:
    done = subprocess.run(
        [sys.executable, "-c", MISSING], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert "SettingsFault" in done.stderr
    assert "pip install 'honnin[tracing]'" in done.stderr
