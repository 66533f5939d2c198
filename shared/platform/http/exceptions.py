"""The route that names open work nothing will wake, page by page."""

from __future__ import annotations

from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query

from shared.platform.calls.auth import Principal
from shared.platform.calls.models import ApiModel
from shared.platform.context import AnyContext
from shared.platform.http.routing import ApiRouter
from shared.platform.http.security import require
from shared.platform.temporal.sleeper_watch import count_sleepers
from shared.platform.temporal.sleepers import PageOfWork, find_sleepers


class SleepingWork(ApiModel):
    """Something open that nothing will wake, and why."""

    reference: UUID
    dossier: UUID | None = None
    workflow_id: str
    problems: tuple[str, ...]


class SleepingWorkPage(ApiModel):
    """What sleeps of a page; there must be none. The next page begins after ``nextAfter``."""

    items: tuple[SleepingWork, ...]
    checked: int
    next_after: UUID | None = None


def exceptions_router(context: AnyContext, *, what: str, path: str, tag: str, page_of: PageOfWork) -> ApiRouter:
    """Return the route that lists what sleeps of one kind of open work; its count is a metric.

    Args:
        context: the service.
        what: what is open, in the plural, for the description.
        path: where the route is, such as ``/v1/claims/exceptions``; put it before routes with an id in that place.
        tag: tag of the route.
        page_of: reads a page of open work.
    """
    router = ApiRouter(tags=[tag])

    async def list_sleeping(
        after: UUID | None = None,
        page_size: Annotated[int, Query(ge=1, le=1000)] = 500,
        _principal: Principal = Depends(require("teamLead", "auditor", "operator", "service")),
    ) -> SleepingWorkPage:
        """Name each open one of a page without owner, without a coming date or without a live procedure."""
        today = await context.clock.today()
        async with context.database.transaction() as connection:
            work = await page_of(connection, after, page_size)
            sleepers = await find_sleepers(connection, context.temporal, work=work, today=today)
        items = tuple(
            SleepingWork(
                reference=one.work.reference,
                dossier=one.work.dossier,
                workflow_id=one.work.workflow_id,
                problems=one.problems,
            )
            for one in sleepers
        )
        return SleepingWorkPage(
            items=items, checked=len(work), next_after=work[-1].reference if len(work) == page_size else None
        )

    watch_sleepers(context, what=what, page_of=page_of)
    # The name of a route is the name of its operation, and a service may have several of these.
    list_sleeping.__name__ = f"list_sleeping_{what}"
    router.get(path, summary=f"List the {what} that sleep", response_model=SleepingWorkPage)(list_sleeping)
    return router


def watch_sleepers(context: AnyContext, *, what: str, page_of: PageOfWork) -> None:
    """Let the metrics of a process count what sleeps of one kind of open work."""
    count = partial(
        count_sleepers,
        database=context.database,
        temporal=context.temporal,
        clock=context.clock,
        page_of=page_of,
    )
    context.sleepers.watch(what, count)
