"""What a person orders a billing run to do: pause, resume, go on with what waits, or end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from services.billing.quarterly.procedure import RunOrder, RunOrderGiven
from services.billing.quarterly.service import runs
from services.billing.quarterly.store import runs as store
from shared.platform.database.connections import Connection
from shared.platform.people import audit
from shared.platform.temporal.dispatch import signal_workflow

#: Name of the signal of the workflow.
ORDER_SIGNAL: Final = "order"

#: In which stages an order makes sense. A run that is told to pause notes it when the pages under way are done.
_POSSIBLE: Final[Mapping[RunOrder, frozenset[str]]] = {
    RunOrder.PAUSE: runs.OPEN_STATUSES - {"paused"},
    RunOrder.RESUME: runs.OPEN_STATUSES,
    RunOrder.GO: frozenset({"awaitingGo", "betweenWaves"}),
    RunOrder.CANCEL: runs.OPEN_STATUSES - {"letters"},
}


class OrderImpossible(RuntimeError):
    """The run is in a stage in which the order makes no sense; the message names both."""


async def give_order(connection: Connection, *, run_id: UUID, order: RunOrder, given_by: str) -> None:
    """Hand an order to a run when this transaction commits, and write down who gave it.

    Raises:
        LookupError: there is no such run.
        OrderImpossible: the stage of the run does not allow it.
    """
    run = await store.run_for_update(connection, run_id=run_id)
    if run.status not in _POSSIBLE[order]:
        raise OrderImpossible(f"a run that is {run.status} can not be told: {order}")
    await signal_workflow(
        connection, workflow_id=run.workflow_id, signal=ORDER_SIGNAL, argument=RunOrderGiven(order=order)
    )
    await audit.record(
        connection,
        actor=given_by,
        action=f"billingRun.{order}",
        dossier=None,
        purpose="billing of a quarter",
        details={"runId": str(run_id), "quarter": run.quarter, "status": run.status},
    )
