"""How procedures go on when an activity fails for good: a person is told, and it is tried again, for ever.

A procedure that ends as failed can't be started again under its id, so its dossier would sleep. Workflows call their
activities through ``insist`` and never fail: what is over after all attempts (a peer that is away, a parameter nobody
entered) becomes a task, and the same activity is tried again on the next working day, until it succeeds.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from typing import Any, Final, TypeVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict
from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError, ApplicationError, is_cancelled_exception

from shared.law.calendar import next_working_day
from shared.platform.temporal.connecting import DEFAULT_RETRY, activity_options
from shared.platform.temporal.search_attributes import DOSSIER
from shared.platform.temporal.workflow_clock import business_today, sleep_until

#: Names of the two activities of ``shared.platform.people.setbacks``, which every worker that insists has.
REPORT_SETBACK: Final = "report_setback"
END_SETBACK: Final = "end_setback"
#: Errors whose text names a parameter, a setting or a peer and nothing else; of others only the kind is told.
_TELLING: Final = frozenset({"ParameterMissing", "FundSettingMissing", "PeerUnavailable", "PeerNonsense"})
_REASON_LENGTH_MAX: Final = 200

Answer = TypeVar("Answer")


class Setback(BaseModel):
    """What a procedure can't do for the moment, since when, and when it tries again; no personal data."""

    model_config = ConfigDict(frozen=True)

    workflow_id: str
    procedure: str
    work: str
    reason: str
    since: date
    today: date
    again_on: date
    dossier: UUID | None = None


async def insist(
    work: str | Callable[[Any, Any], Awaitable[Answer]],
    request: BaseModel,
    answer: type[Answer] | None = None,
    *,
    part: str = "",
    timeout_seconds: int = 30,
    heartbeat_seconds: int | None = None,
    retry: RetryPolicy = DEFAULT_RETRY,
) -> Answer:
    """Run an activity until it succeeds; while it fails a person has a task.

    After all attempts of a day the activity is tried again from 06:00 of the next working day. A request with a field
    ``today`` then bears the new day. When the activity succeeds at last, the task is resolved by itself.

    Args:
        work: the activity, or its name.
        request: its one argument.
        answer: class of its answer, needed with a name.
        part: which part of the work, where the same activity runs side by side in one procedure.
        timeout_seconds: timeout of one attempt.
        heartbeat_seconds: time without a sign of life after which an attempt is over; None when it gives none.
        retry: the attempts of one day.

    Raises:
        temporalio.exceptions.ActivityError: the procedure is being cancelled; nothing else ends it.
    """
    since: date | None = None
    name = work if isinstance(work, str) else str(getattr(work, "__name__", work))
    name = f"{name} {part}" if part else name
    # Of the two kinds the server's library knows, it takes either, but not one of both.
    named_or_defined: Any = work
    while True:
        try:
            result: Answer = await workflow.execute_activity(
                named_or_defined,
                request,
                result_type=answer,
                **activity_options(timeout_seconds=timeout_seconds, retry=retry, heartbeat_seconds=heartbeat_seconds),
            )
        except ActivityError as error:
            if is_cancelled_exception(error):
                raise
            since = since or business_today()
            again_on = next_working_day(business_today() + timedelta(days=1))
            await _tell(REPORT_SETBACK, _setback(name, _reason(error), since=since, again_on=again_on))
            await sleep_until(again_on)
            request = _of_today(request)
            continue
        if since is not None:
            await _tell(END_SETBACK, _setback(name, "", since=since, again_on=business_today()))
        return result


def _setback(work: str, reason: str, *, since: date, again_on: date) -> Setback:
    info = workflow.info()
    dossier = info.typed_search_attributes.get(DOSSIER)
    return Setback(
        workflow_id=info.workflow_id,
        procedure=info.workflow_type,
        work=work,
        reason=reason,
        since=since,
        today=business_today(),
        again_on=again_on,
        dossier=None if dossier is None else UUID(dossier),
    )


async def _tell(name: str, setback: Setback) -> None:
    """Tell a person, or that it is over; when even that fails, the next working day tells again."""
    try:
        await workflow.execute_activity(name, setback, **activity_options())
    except ActivityError as error:
        if is_cancelled_exception(error):
            raise
        workflow.logger.error("a procedure can't go on, and telling a person failed too")


def _of_today(request: BaseModel) -> BaseModel:
    if "today" not in type(request).model_fields:
        return request
    return request.model_copy(update={"today": business_today()})


def _reason(error: ActivityError) -> str:
    """Return why it failed: the kind of error, and its text only where that names no person."""
    cause = error.cause
    if not isinstance(cause, ApplicationError):
        return type(cause).__name__
    kind = cause.type or "ApplicationError"
    return f"{kind}: {cause.message}"[:_REASON_LENGTH_MAX] if kind in _TELLING else kind
