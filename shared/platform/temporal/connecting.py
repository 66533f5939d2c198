"""The one place that knows how this project uses Temporal: client, converter, worker, starts, retries."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, NotRequired, TypedDict
from uuid import UUID

from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest, RegisterNamespaceRequest
from temporalio.client import Client, WorkflowHandle
from temporalio.common import RetryPolicy, VersioningBehavior, WorkerDeploymentVersion, WorkflowIDReusePolicy
from temporalio.contrib.opentelemetry import TracingInterceptor
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.converter import DataConverter, DefaultFailureConverterWithEncodedAttributes
from temporalio.service import RPCError, RPCStatusCode
from temporalio.worker import Worker, WorkerDeploymentConfig
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

from shared.platform.settings import PlatformSettings
from shared.platform.temporal.codec import EncryptionCodec
from shared.platform.temporal.search_attributes import register_search_attributes, search_attributes
from shared.platform.temporal.workflow_clock import CLOCK_SHIFT_MEMO

#: Errors that will not go away by trying again: they are bugs, missing law or missing approvals.
NEVER_RETRIED: Final = ("ValidationError", "ParameterMissing", "ApprovalMissing", "ApprovalMismatch")

#: For our own database and services: outlives the restart of a server (about ten minutes), then gives up loudly. Of
#: these attempts a partner gets the first few (``shared.platform.calls.partners``): longer waits for partners belong in
#: the workflow, on a working day, for played time stands still while an activity is retried.
DEFAULT_RETRY: Final = RetryPolicy(
    initial_interval=timedelta(milliseconds=200),
    backoff_coefficient=2.0,
    maximum_interval=timedelta(seconds=10),
    maximum_attempts=65,
    non_retryable_error_types=NEVER_RETRIED,
)


class ActivityOptions(TypedDict):
    """What every activity call states."""

    start_to_close_timeout: timedelta
    retry_policy: RetryPolicy
    heartbeat_timeout: NotRequired[timedelta]


def activity_options(
    *, timeout_seconds: int = 30, retry: RetryPolicy = DEFAULT_RETRY, heartbeat_seconds: int | None = None
) -> ActivityOptions:
    """Return the timeout of one attempt, of its heartbeats if it has any, and the bounded retries of a call."""
    options = ActivityOptions(start_to_close_timeout=timedelta(seconds=timeout_seconds), retry_policy=retry)
    if heartbeat_seconds is not None:
        options["heartbeat_timeout"] = timedelta(seconds=heartbeat_seconds)
    return options


@dataclass(frozen=True, kw_only=True)
class WorkerDefinition:
    """The workflows and activities one service runs on the task queue that bears its name."""

    workflows: Sequence[type] = ()
    activities: Sequence[Callable[..., Any]] = ()


def data_converter(settings: PlatformSettings) -> DataConverter:
    """Return the converter of every client, worker and replay: pydantic inside, AES-GCM around it.

    Raises:
        ValueError: no payload key is configured.
    """
    return dataclasses.replace(
        pydantic_data_converter,
        payload_codec=EncryptionCodec(settings.payload_key_ring()),
        failure_converter_class=DefaultFailureConverterWithEncodedAttributes,
    )


async def connect(settings: PlatformSettings, *, identity: str, lazy: bool = False) -> Client:
    """Connect to the server of the settings; the connection repairs itself afterwards.

    Args:
        settings: address, namespace and payload keys.
        identity: name of this process, for operators.
        lazy: connect on the first call instead of now.
    """
    return await Client.connect(
        settings.temporal_address,
        namespace=settings.temporal_namespace,
        data_converter=data_converter(settings),
        interceptors=[TracingInterceptor()],
        identity=identity,
        lazy=lazy,
    )


async def provision_namespace(client: Client, *, retention_days: int = 30, timeout_seconds: float = 60.0) -> None:
    """Create the namespace and its search attributes when they are absent; safe to call again.

    Retention is short because the truth about a dossier is in PostgreSQL.

    Raises:
        TimeoutError: the server does not show them in time.
    """
    request = RegisterNamespaceRequest(namespace=client.namespace)
    request.workflow_execution_retention_period.FromTimedelta(timedelta(days=retention_days))
    try:
        await client.workflow_service.register_namespace(request)
    except RPCError as error:
        if error.status != RPCStatusCode.ALREADY_EXISTS:
            raise
    async with asyncio.timeout(timeout_seconds):
        while True:
            try:
                await client.workflow_service.describe_namespace(DescribeNamespaceRequest(namespace=client.namespace))
                break
            except RPCError as error:
                if error.status != RPCStatusCode.NOT_FOUND:
                    raise
            await asyncio.sleep(0.2)
    await register_search_attributes(client, timeout_seconds=timeout_seconds)


def start_memo(shift: timedelta) -> Mapping[str, Any]:
    """Return the memo of a new procedure; empty when the clock is not shifted."""
    seconds = round(shift.total_seconds())
    return {CLOCK_SHIFT_MEMO: seconds} if seconds else {}


async def start_workflow(
    client: Client,
    *,
    workflow: str,
    workflow_id: str,
    task_queue: str,
    argument: Any,
    shift: timedelta,
    dossier: UUID | None = None,
    signal: str | None = None,
    signal_argument: Any = None,
) -> WorkflowHandle[Any, Any]:
    """Start a procedure, or start it together with a first signal; only the relay and schedules call this.

    Args:
        client: the service's client.
        workflow: name of the workflow.
        workflow_id: deterministic id.
        task_queue: name of the service.
        argument: the workflow's one argument.
        shift: the service's clock shift (``Clock.shift``), zero in production.
        dossier: whom the procedure is about.
        signal: name of a signal to deliver with the start, when there is one.
        signal_argument: the signal's one argument.

    Raises:
        temporalio.exceptions.WorkflowAlreadyStartedError: the id is running, or finished within the retention.
    """
    return await client.start_workflow(
        workflow,
        argument,
        id=workflow_id,
        task_queue=task_queue,
        memo=start_memo(shift),
        search_attributes=search_attributes(procedure=workflow, dossier=dossier),
        start_signal=signal,
        start_signal_args=[] if signal is None else [signal_argument],
        id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
    )


def create_worker(
    client: Client,
    *,
    task_queue: str,
    definition: WorkerDefinition,
    build_id: str | None = None,
    graceful_shutdown: timedelta = timedelta(seconds=10),
) -> Worker:
    """Return the worker of a service, not yet running.

    With a build id the worker is versioned and long procedures move to the newest version by themselves; without one
    (development, tests) it takes everything.
    """
    deployment = None
    if build_id is not None:
        deployment = WorkerDeploymentConfig(
            version=WorkerDeploymentVersion(deployment_name=f"auxilia-{task_queue}", build_id=build_id),
            use_worker_versioning=True,
            default_versioning_behavior=VersioningBehavior.AUTO_UPGRADE,
        )
    return Worker(
        client,
        task_queue=task_queue,
        workflows=definition.workflows,
        activities=definition.activities,
        workflow_runner=SandboxedWorkflowRunner(restrictions=_restrictions(task_queue)),
        max_concurrent_activities=20,
        max_concurrent_workflow_tasks=40,
        graceful_shutdown_timeout=graceful_shutdown,
        deployment_config=deployment,
    )


def _restrictions(service: str) -> SandboxRestrictions:
    """Load once, not per workflow run, what is pure or only named in workflows; workflow modules stay isolated."""
    return SandboxRestrictions.default.with_passthrough_modules(
        "shared",
        "uuid6",
        "stdnum",
        "yaml",
        f"services.{service}.domain",
        f"services.{service}.activities",
        f"services.{service}.settings",
    )
