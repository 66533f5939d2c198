"""Giving Temporal one start or one signal, with the trace of the row that asked for it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal

import structlog
from opentelemetry import trace
from opentelemetry.trace import SpanKind
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import SignalWorkflowExecutionRequest
from temporalio.client import Client
from temporalio.converter import PayloadConverter, WorkflowSerializationContext
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from shared.platform.database.connections import backoff_seconds
from shared.platform.observation.correlation import current_traceparent, remote_trace
from shared.platform.temporal.connecting import start_workflow
from shared.platform.temporal.time_skipping import bring_up_to_date

Outcome = Literal["started", "alreadyStarted", "signalled", "workflowGone", "refused"]

#: Workflow ids that are served at the same time.
CONCURRENT_WORKFLOWS: Final = 32
#: A call Temporal calls invalid is tried this often (a search attribute may not be known yet), then kept as refused.
INVALID_ATTEMPTS: Final = 12
_RPC_SECONDS: Final = 10.0
_TRACE_HEADER: Final = "_tracer-data"
_INVALID: Final = frozenset({RPCStatusCode.INVALID_ARGUMENT, RPCStatusCode.FAILED_PRECONDITION})

_log = structlog.get_logger(__name__)
_tracer = trace.get_tracer(__name__)


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """What became of a row: an outcome, or none and a pause before the next attempt."""

    row_id: int
    outcome: Outcome | None
    problem: str | None = None
    pause_seconds: float = 0.0


async def deliver_all(
    client: Client, rows: Sequence[dict[str, Any]], *, task_queue: str, shift: timedelta
) -> list[Delivery]:
    """Deliver rows: in order per workflow id, several ids at the same time.

    A row that could not be delivered stops the later rows of its workflow id; they are left for a next page.

    Args:
        client: the service's client.
        rows: rows of ``dispatch``, in order of id.
        task_queue: name of the service.
        shift: the service's clock shift, zero in production.
    """
    queues: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        queues.setdefault(row["workflow_id"], []).append(row)
    gate = asyncio.Semaphore(CONCURRENT_WORKFLOWS)

    async def deliver_queue(queue: list[dict[str, Any]]) -> list[Delivery]:
        done: list[Delivery] = []
        async with gate:
            for row in queue:
                delivery = await deliver(client, row, task_queue=task_queue, shift=shift)
                done.append(delivery)
                if delivery.outcome is None:
                    break
        return done

    return [
        delivery
        for delivered in await asyncio.gather(*(deliver_queue(queue) for queue in queues.values()))
        for delivery in delivered
    ]


async def deliver(client: Client, row: dict[str, Any], *, task_queue: str, shift: timedelta) -> Delivery:
    """Deliver one row inside the trace it was written in; never raises for what Temporal answers."""
    name = f"start {row['workflow']}" if row["workflow"] else f"signal {row['signal']}"
    with (
        remote_trace(row["traceparent"]),
        _tracer.start_as_current_span(name, kind=SpanKind.PRODUCER) as span,
    ):
        span.set_attribute("auxilia.workflow_id", row["workflow_id"])
        if row["dossier"] is not None:
            span.set_attribute("auxilia.dossier", str(row["dossier"]))
        try:
            outcome = await _call(client, row, task_queue=task_queue, shift=shift)
        except Exception as error:  # noqa: BLE001 - whatever goes wrong with one row must not stop the others
            return _failed(row, error)
        span.set_attribute("auxilia.outcome", outcome)
    if outcome == "workflowGone":
        _log.warning("signal came too late", workflow_id=row["workflow_id"], signal=row["signal"])
    return Delivery(row_id=row["id"], outcome=outcome)


async def _call(client: Client, row: dict[str, Any], *, task_queue: str, shift: timedelta) -> Outcome:
    if shift and row["signal"] is not None:
        # On a played instance a sleeping procedure is still at the day on which it fell asleep.
        await bring_up_to_date(client, workflow_id=row["workflow_id"], target=datetime.now(UTC) + shift)
    if row["workflow"] is None:
        return await _signal(client, row)
    try:
        await start_workflow(
            client,
            workflow=row["workflow"],
            workflow_id=row["workflow_id"],
            task_queue=task_queue,
            argument=json.loads(row["argument"]),
            shift=shift,
            dossier=row["dossier"],
            signal=row["signal"],
            signal_argument=None if row["signal_argument"] is None else json.loads(row["signal_argument"]),
        )
    except WorkflowAlreadyStartedError:
        # Without a signal it is what was asked for; with one, the procedure ended before it could hear it.
        return "alreadyStarted" if row["signal"] is None else "workflowGone"
    return "started"


async def _signal(client: Client, row: dict[str, Any]) -> Outcome:
    """Signal with the row's own request id, so that the server drops what a killed relay had sent before."""
    converter = client.data_converter.with_context(
        WorkflowSerializationContext(namespace=client.namespace, workflow_id=row["workflow_id"])
    )
    request = SignalWorkflowExecutionRequest(
        namespace=client.namespace,
        workflow_execution=WorkflowExecution(workflow_id=row["workflow_id"]),
        signal_name=row["signal"],
        identity=client.identity,
        request_id=str(row["request_id"]),
    )
    request.input.payloads.extend(await converter.encode([json.loads(row["signal_argument"])]))
    traceparent = current_traceparent()
    if traceparent is not None:
        # What the tracing interceptor of the worker looks for; the client's own is passed by here.
        carrier = PayloadConverter.default.to_payload({"traceparent": traceparent})
        request.header.fields[_TRACE_HEADER].CopyFrom(carrier)
    try:
        await client.workflow_service.signal_workflow_execution(
            request, retry=False, timeout=timedelta(seconds=_RPC_SECONDS)
        )
    except RPCError as error:
        if error.status == RPCStatusCode.NOT_FOUND:
            return "workflowGone"
        raise
    return "signalled"


def _failed(row: dict[str, Any], error: Exception) -> Delivery:
    status = error.status.name if isinstance(error, RPCError) else type(error).__name__
    _log.warning("delivery failed", workflow_id=row["workflow_id"], status=status, attempts=row["attempts"] + 1)
    invalid = isinstance(error, RPCError) and error.status in _INVALID
    if invalid and row["attempts"] + 1 >= INVALID_ATTEMPTS:
        _log.error("delivery refused for good", workflow_id=row["workflow_id"], status=status)
        return Delivery(row_id=row["id"], outcome="refused", problem=status)
    return Delivery(
        row_id=row["id"], outcome=None, problem=status, pause_seconds=backoff_seconds(row["attempts"], first=0.2)
    )
