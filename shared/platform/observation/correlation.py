"""What caused what: correlation, causation and trace context of the work at hand.

The trace of OpenTelemetry says which span led to which. Correlation and causation say the same in the facts
themselves, so that it can still be read in the database when traces are long gone.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final
from uuid import UUID

from opentelemetry import context, trace
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from uuid6 import uuid7

from shared.contracts.envelope import Envelope

_PROPAGATOR: Final = TraceContextTextMapPropagator()
_correlation: ContextVar[UUID | None] = ContextVar("auxilia_correlation", default=None)
_causation: ContextVar[UUID | None] = ContextVar("auxilia_causation", default=None)


def current_correlation() -> UUID:
    """Return what the work at hand belongs to: as told by a fact, else the trace's id, else a new id."""
    told = _correlation.get()
    if told is not None:
        return told
    span = trace.get_current_span().get_span_context()
    if span.is_valid:
        return UUID(int=span.trace_id)
    return UUID(int=uuid7().int)


def current_causation() -> UUID | None:
    """Return the id of the fact that is being handled, None outside a consumer."""
    return _causation.get()


def current_traceparent() -> str | None:
    """Return the W3C trace context of the current span, None without one."""
    carrier: dict[str, str] = {}
    _PROPAGATOR.inject(carrier)
    return carrier.get("traceparent")


@contextmanager
def correlated(correlation_id: UUID, *, causation_id: UUID | None = None) -> Iterator[None]:
    """Make what is done inside belong to a correlation, and be caused by a fact when one is given."""
    correlation_token = _correlation.set(correlation_id)
    causation_token = _causation.set(causation_id)
    try:
        yield
    finally:
        _causation.reset(causation_token)
        _correlation.reset(correlation_token)


@contextmanager
def handling(envelope: Envelope) -> Iterator[None]:
    """Make what is done inside be caused by the fact of an envelope."""
    with correlated(envelope.correlation_id, causation_id=envelope.event_id):
        yield


@contextmanager
def remote_trace(traceparent: str | None) -> Iterator[None]:
    """Make a trace context that came with a message or a row the current one; nothing when there is none."""
    if traceparent is None:
        yield
        return
    token = context.attach(_PROPAGATOR.extract({"traceparent": traceparent}))
    try:
        yield
    finally:
        context.detach(token)
