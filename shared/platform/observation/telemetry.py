"""Traces: one from the first request or file line to the last partner call, readable without any other server.

Spans are always written as JSON lines, a file per process, in the instance's telemetry folder; and sent over OTLP
when an endpoint is configured. Attributes hold opaque ids only: a dossier is an UUID.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from opentelemetry import propagate, trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.trace import Span, SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from shared.platform.settings import PlatformSettings

#: Attribute by which a trace is found back.
DOSSIER_ATTRIBUTE: Final = "auxilia.dossier"
_FILE_LIMIT_BYTES: Final = 64 * 1024 * 1024
_FILES_KEPT: Final = 4

tracer: Final = trace.get_tracer("auxilia")


def start_telemetry(settings: PlatformSettings, *, service: str, role: str = "all") -> TracerProvider:
    """Make this process record its spans; call it once, before anything connects.

    Args:
        settings: where spans go.
        service: name of the service.
        role: which part of the service this process runs.
    """
    resource = Resource.create({"service.name": service, "service.namespace": "auxilia", "auxilia.role": role})
    provider = TracerProvider(resource=resource, shutdown_on_exit=False)
    if settings.telemetry_dir is not None:
        path = settings.telemetry_dir / f"{service}-{role}-{os.getpid()}.jsonl"
        provider.add_span_processor(BatchSpanProcessor(JsonLinesSpanExporter(path), schedule_delay_millis=500))
    if settings.otlp_endpoint is not None:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

        exporter = OTLPSpanExporter(endpoint=f"{settings.otlp_endpoint.rstrip('/')}/v1/traces", timeout=3)
        provider.add_span_processor(BatchSpanProcessor(WithoutTexts(exporter)))
    trace.set_tracer_provider(provider)
    propagate.set_global_textmap(TraceContextTextMapPropagator())
    return provider


class JsonLinesSpanExporter(SpanExporter):
    """Appends each span as one JSON line; starts a new file when one gets too long and keeps the last few."""

    def __init__(self, path: Path, *, limit_bytes: int = _FILE_LIMIT_BYTES, files_kept: int = _FILES_KEPT) -> None:
        """Prepare the folder; the file is made with the first span. At most ``files_kept`` files are kept."""
        self._path = path
        self._limit_bytes = limit_bytes
        self._files_kept = files_kept
        self._lock = threading.Lock()
        path.parent.mkdir(parents=True, exist_ok=True)

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Write the spans; a full disk loses spans, never the work they describe."""
        lines = "".join(json.dumps(span_to_json(span), separators=(",", ":")) + "\n" for span in spans)
        try:
            with self._lock:
                self._rotate()
                with self._path.open("a", encoding="utf-8") as file:
                    file.write(lines)
        except OSError:
            return SpanExportResult.FAILURE
        return SpanExportResult.SUCCESS

    def shutdown(self) -> None:
        """Nothing is kept open between two exports."""

    def force_flush(self, timeout_millis: int = 30_000) -> bool:  # noqa: ARG002 - the interface's own argument
        """Return at once: each export is written completely."""
        return True

    def _rotate(self) -> None:
        if not self._path.exists() or self._path.stat().st_size < self._limit_bytes:
            return
        for number in range(self._files_kept - 1, 0, -1):
            older = self._path.with_suffix(f".{number}.jsonl")
            if older.exists():
                older.replace(self._path.with_suffix(f".{number + 1}.jsonl"))
        self._path.replace(self._path.with_suffix(".1.jsonl"))
        self._path.with_suffix(f".{self._files_kept}.jsonl").unlink(missing_ok=True)


class WithoutTexts(SpanExporter):
    """Passes spans on without their events and status texts: libraries put the texts of errors there."""

    def __init__(self, exporter: SpanExporter) -> None:
        self._exporter = exporter

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Export what is left of the spans."""
        return self._exporter.export([_without_texts(span) for span in spans])

    def shutdown(self) -> None:
        """Close the exporter."""
        self._exporter.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Send what is not yet sent."""
        return self._exporter.force_flush(timeout_millis)


def _without_texts(span: ReadableSpan) -> ReadableSpan:
    return ReadableSpan(
        name=span.name,
        context=span.get_span_context(),
        parent=span.parent,
        resource=span.resource,
        attributes=span.attributes,
        links=span.links,
        kind=span.kind,
        status=Status(span.status.status_code),
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=span.instrumentation_scope,
    )


def span_to_json(span: ReadableSpan) -> dict[str, Any]:
    """Return what is kept of a span."""
    context = span.get_span_context()
    links = [
        {"traceId": f"{link.context.trace_id:032x}", "spanId": f"{link.context.span_id:016x}"} for link in span.links
    ]
    result: dict[str, Any] = {
        "traceId": f"{context.trace_id:032x}" if context else "",
        "spanId": f"{context.span_id:016x}" if context else "",
        "name": span.name,
        "kind": span.kind.name.lower(),
        "service": span.resource.attributes.get("service.name"),
        "start": _moment(span.start_time),
        "milliseconds": round(((span.end_time or 0) - (span.start_time or 0)) / 1e6, 3),
        "attributes": dict(span.attributes or {}),
        "status": span.status.status_code.name.lower(),
    }
    if span.parent is not None:
        result["parentSpanId"] = f"{span.parent.span_id:016x}"
    if links:
        result["links"] = links
    return result


@contextmanager
def span(
    name: str,
    *,
    dossier: UUID | None = None,
    kind: SpanKind = SpanKind.INTERNAL,
    attributes: Mapping[str, str | int | bool] | None = None,
) -> Iterator[Span]:
    """Record a piece of work.

    An error is recorded by the name of its class only: its text could hold personal data.

    Args:
        name: what is done, without ids.
        dossier: whom it is about.
        kind: the side of a call, for spans that cross processes.
        attributes: opaque ids, counts and names.
    """
    values: dict[str, str | int | bool] = dict(attributes or {})
    if dossier is not None:
        values[DOSSIER_ATTRIBUTE] = str(dossier)
    with tracer.start_as_current_span(
        name, kind=kind, attributes=values, record_exception=False, set_status_on_exception=False
    ) as current:
        try:
            yield current
        except BaseException as error:
            current.set_attribute("error.type", type(error).__name__)
            current.set_status(Status(StatusCode.ERROR))
            raise


def note_dossier(dossier: UUID) -> None:
    """Say that the current span is about a dossier, when that is learned after it began."""
    trace.get_current_span().set_attribute(DOSSIER_ATTRIBUTE, str(dossier))


def current_trace_id() -> str | None:
    """Return the id of the current trace in hexadecimal, None outside a trace."""
    context = trace.get_current_span().get_span_context()
    return f"{context.trace_id:032x}" if context.is_valid else None


def _moment(nanoseconds: int | None) -> str:
    return datetime.fromtimestamp((nanoseconds or 0) / 1e9, tz=UTC).isoformat(timespec="microseconds")
