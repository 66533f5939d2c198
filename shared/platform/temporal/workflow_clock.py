"""Time inside procedures. Workflows use nothing else: not workflow.now, not workflow.sleep.

The business date of a procedure is its workflow's time plus the clock shift in its memo: absent in production, and in
a played instance the distance between the played day and the day it was really started on. The server moves the
workflow's own time forward (see ``time_skipping``), so the same code runs in production and when played.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Any, Final, TypedDict
from uuid import UUID

from temporalio import workflow
from temporalio.common import SearchAttributeKey, TypedSearchAttributes

from shared.law.calendar import BRUSSELS
from shared.platform.temporal.clock import wake_moment
from shared.platform.temporal.schedules import ScheduledRun
from shared.platform.temporal.search_attributes import NEXT_DATE, search_attributes

#: Memo field with the clock shift in whole seconds.
CLOCK_SHIFT_MEMO: Final = "auxiliaClockShiftSeconds"
#: Set by the server on what a schedule starts.
_SCHEDULED_START: Final = SearchAttributeKey.for_datetime("TemporalScheduledStartTime")


class ChildOptions(TypedDict):
    """What a child workflow must get from its parent."""

    memo: Mapping[str, Any]
    search_attributes: TypedSearchAttributes


def clock_shift() -> timedelta:
    """Return how far this procedure's business moment is from its workflow's time."""
    seconds: int = workflow.memo_value(CLOCK_SHIFT_MEMO, 0, type_hint=int)
    return timedelta(seconds=seconds)


def business_now() -> datetime:
    """Return the procedure's business moment, in Europe/Brussels."""
    return (workflow.now() + clock_shift()).astimezone(BRUSSELS)


def business_today() -> date:
    """Return the procedure's business date, a civil date in Europe/Brussels."""
    return business_now().date()


def scheduled_date(run: ScheduledRun) -> date:
    """Return the business date of a scheduled procedure.

    A played instance gives it. In production it is the day the schedule meant, even when the run began later because
    the server had been down.
    """
    if run.business_date is not None:
        return run.business_date
    meant = workflow.info().typed_search_attributes.get(_SCHEDULED_START)
    return business_today() if meant is None else meant.astimezone(BRUSSELS).date()


async def sleep_until(day: date) -> None:
    """Sleep until 06:00 in Brussels of a civil day; return at once when that moment is past."""
    await wait_until(lambda: False, day=day)


async def wait_until(condition: Callable[[], bool], *, day: date | None) -> bool:
    """Wait until a condition holds or a civil day begins (at 06:00 in Brussels).

    Args:
        condition: looks at the workflow's own state only; called again after each signal.
        day: the day on which waiting ends; None waits for the condition alone.

    Returns:
        True when the condition held before that day, False when the day came first.
    """
    if condition():
        return True
    if day is None:
        _set_next_date(None)
        await workflow.wait_condition(condition)
        return True
    wake_at = wake_moment(day)
    remaining = wake_at - business_now()
    if remaining <= timedelta():
        return False
    _set_next_date(wake_at)
    try:
        await workflow.wait_condition(condition, timeout=remaining, timeout_summary=day.isoformat())
    except TimeoutError:
        return False
    return True


def child_options(*, procedure: str, dossier: UUID | None = None) -> ChildOptions:
    """Return the memo and search attributes of a child workflow, so that parent and child agree on today."""
    shift_seconds = int(clock_shift().total_seconds())
    return ChildOptions(
        memo={CLOCK_SHIFT_MEMO: shift_seconds} if shift_seconds else {},
        search_attributes=search_attributes(procedure=procedure, dossier=dossier),
    )


def _set_next_date(moment: datetime | None) -> None:
    """Tell operators when this procedure wakes up by itself; writes history only when it changed."""
    if workflow.info().typed_search_attributes.get(NEXT_DATE) == moment:
        return
    workflow.upsert_search_attributes([NEXT_DATE.value_unset() if moment is None else NEXT_DATE.value_set(moment)])
