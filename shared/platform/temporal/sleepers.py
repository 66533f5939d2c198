"""Open work that nothing will wake: its procedure is gone, or the day on which it should have gone on is past."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.service import RPCError, RPCStatusCode

from shared.law.calendar import BRUSSELS
from shared.platform.database.connections import Connection
from shared.platform.temporal.search_attributes import NEXT_DATE

#: Work whose day is this long past sleeps, whatever else is in order.
SLEEPS_AFTER_DAYS: Final = 3
#: How many procedures one question to Temporal is about.
_PAGE: Final = 200


@dataclass(frozen=True, kw_only=True)
class OpenWork:
    """Something a service has open.

    Attributes:
        workflow_id: the procedure that must be alive for it.
        reference: the id of the claim, transmission, declaration, case or run.
        dossier: whom it is about; None when it is about many.
        owner: who answers for it; empty when nobody does.
        next_on: the day its row names for what comes next; None when only the procedure knows.
    """

    workflow_id: str
    reference: UUID
    dossier: UUID | None
    owner: str
    next_on: date | None = None


#: Gives a page of open work after a reference, in order of reference.
PageOfWork = Callable[[Connection, UUID | None, int], Awaitable[Sequence[OpenWork]]]


@dataclass(frozen=True, kw_only=True)
class Sleeper:
    """Open work with what is wrong: ``noOwner``, ``noComingDate``, ``noLiveProcedure``."""

    work: OpenWork
    problems: tuple[str, ...]


async def find_sleepers(
    connection: Connection, client: Client, *, work: Sequence[OpenWork], today: date
) -> list[Sleeper]:
    """Return what sleeps of some open work, in its order.

    Temporal is asked once per page of procedures. Its lists lag a moment behind, so only those that are missing in
    them are looked at one by one; a start that is written down and on its way counts as alive.
    """
    waiting = await _waiting_starts(connection, [one.workflow_id for one in work])
    wakes_on = await _running(client, [one.workflow_id for one in work if one.workflow_id not in waiting])
    found = []
    for one in work:
        problems = [] if one.owner else ["noOwner"]
        next_on = one.next_on or wakes_on.get(one.workflow_id)
        # A procedure without a date is at work right now; whatever fails in it names the day of its next try.
        if next_on is not None and next_on + timedelta(days=SLEEPS_AFTER_DAYS) < today:
            problems.append("noComingDate")
        if one.workflow_id not in waiting and one.workflow_id not in wakes_on:
            problems.append("noLiveProcedure")
        if problems:
            found.append(Sleeper(work=one, problems=tuple(problems)))
    return found


async def _waiting_starts(connection: Connection, workflow_ids: Sequence[str]) -> frozenset[str]:
    cursor = await connection.execute(
        "select workflow_id from dispatch "
        "where delivered_at is null and workflow is not null and workflow_id = any(%s)",
        (list(workflow_ids),),
    )
    return frozenset(row["workflow_id"] for row in await cursor.fetchall())


async def _running(client: Client, workflow_ids: Sequence[str]) -> dict[str, date | None]:
    """Return the running ones of some procedures, with the day on which each wakes up by itself."""
    found: dict[str, date | None] = {}
    for start in range(0, len(workflow_ids), _PAGE):
        page = workflow_ids[start : start + _PAGE]
        names = ", ".join(f"'{name}'" for name in page)
        query = f"ExecutionStatus = 'Running' AND WorkflowId IN ({names})"
        async for one in client.list_workflows(query, page_size=_PAGE):
            wakes_at = one.typed_search_attributes.get(NEXT_DATE)
            found[one.id] = None if wakes_at is None else wakes_at.astimezone(BRUSSELS).date()
    missing = [name for name in workflow_ids if name not in found]
    alive = await asyncio.gather(*(_is_running(client, name) for name in missing))
    return found | {name: None for name, running in zip(missing, alive, strict=True) if running}


async def _is_running(client: Client, workflow_id: str) -> bool:
    try:
        description = await client.get_workflow_handle(workflow_id).describe()
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            return False
        raise
    return description.status is WorkflowExecutionStatus.RUNNING
