"""Spans sent by OpenTelemetry: all of one verification in one trace, whichever process they come from.

Knows OTLP over HTTP, and that a trace's id follows from the verification's: nothing has to be kept or passed on.
Loaded only where IVR_TRACES_URL is set; needs the extra `honnin[tracing]`.
"""

from __future__ import annotations

import hashlib
import logging
import re
import time
from collections.abc import Mapping
from typing import Final

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import (
    Link,
    NonRecordingSpan,
    SpanContext,
    SpanKind,
    TraceFlags,
    set_span_in_context,
)

from ivr.service.attending import attended

_LOG: Final = logging.getLogger(__name__)
_PARENT: Final = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}", re.ASCII)
_SAMPLED: Final = TraceFlags(TraceFlags.SAMPLED)


class OtelTraces:
    """Sends spans; fulfils `Traces`."""

    def __init__(self, service: str, processor: SpanProcessor) -> None:
        """`service` is what this process is called; `processor` is handed each span."""
        resource = Resource.create({"service.name": service})
        self._provider = TracerProvider(resource=resource, shutdown_on_exit=True)
        self._provider.add_span_processor(processor)
        self._tracer = self._provider.get_tracer("honnin")

    def span(self, name: str, began: int, *, link: str = "", **attributes: str | int) -> None:
        """Take in what began at `began` and ends now. What cannot be traced never fails what it tells of."""
        try:
            self._take(name, began, link, attributes)
        except Exception as error:  # noqa: BLE001 - a library's defect must lose no verdict
            _LOG.warning("span_lost", extra={"error": type(error).__name__})

    def _take(self, name: str, began: int, link: str, attributes: Mapping[str, str | int]) -> None:
        names = attended()
        verification = names.get("verification", "")
        span = self._tracer.start_span(
            name,
            context=_beginning(verification) if verification else Context(),
            kind=SpanKind.SERVER if "endpoint" in attributes else SpanKind.INTERNAL,
            attributes={**attributes, **names},
            links=_links(link),
            start_time=began,
        )
        span.end(time.time_ns())


def by_otlp(service: str, url: str) -> OtelTraces:
    """Send spans in batches to an OTLP collector at `url`, from a thread of its own."""
    return OtelTraces(service, BatchSpanProcessor(OTLPSpanExporter(endpoint=f"{url}/v1/traces")))


def _beginning(verification: str) -> Context:
    """Return where a verification's trace begins: a span that nobody sends, with ids that follow from its id."""
    digest = hashlib.blake2b(verification.encode(), digest_size=24).digest()
    trace_id, span_id = int.from_bytes(digest[:16]), int.from_bytes(digest[16:])
    parent = SpanContext(trace_id, span_id, is_remote=True, trace_flags=_SAMPLED)
    return set_span_in_context(NonRecordingSpan(parent), Context())


def _links(parent: str) -> list[Link]:
    found = _PARENT.fullmatch(parent)
    if found is None:
        return []
    context = SpanContext(int(found[1], 16), int(found[2], 16), is_remote=True)
    return [Link(context)] if context.is_valid else []
