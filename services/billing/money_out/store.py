"""Files for the bank as the database keeps them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from services.billing.money_out.rules import BankOrderKind
from shared.platform.database.connections import Connection
from shared.platform.database.rows import fetch_all
from shared.treasury.files import FileRun, FileTables

#: Runs whose procedure must be alive.
OPEN_RUNS: Final = (
    "select run_id as reference, workflow_id, null::uuid as dossier from bank_order_run "
    "where status in ('requested', 'approval', 'ordered', 'sent')"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class BankRun(FileRun):
    """A run of one kind, who asked for it, and the day on which the bank pays or collects."""

    kind: BankOrderKind
    execution_on: date | None
    requested_by: str

    @property
    def collection_on(self) -> date:
        """Give the day on which accounts are debited; raises ``ValueError`` for refunds before their file is made."""
        if self.execution_on is None:
            raise ValueError("execution_on: a run of collections has its day from the beginning")
        return self.execution_on


RUNS: Final = FileTables(
    row=BankRun,
    select="select r.run_id, r.kind, r.business_date, r.execution_on, r.workflow_id, r.requested_by, r.status, "
    "r.message_id, r.sha256 as file_sha256, r.transfers, r.total_cents, r.refused_on, r.withdrawal_asked_on "
    "from bank_order_run r",
    runs="bank_order_run",
    key="run_id",
    files="bank_order_run",
    lines="bank_order",
    orders="bank_order",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class BankOrder:
    """One order of a file, as it stands."""

    order_id: UUID
    run_id: UUID
    kind: BankOrderKind
    dossier: UUID
    sequence: str | None
    amount_cents: int
    end_to_end_id: str
    status: str
    executed_on: date | None
    return_reason: str | None
    returned_on: date | None


#: The columns of an order, in statements that read or change orders.
ORDER_COLUMNS: Final = (
    "order_id, run_id, kind, dossier, sequence, amount_cents, end_to_end_id, status, executed_on, return_reason, "
    "returned_on"
)


async def orders_of(connection: Connection, *, run_id: UUID) -> list[BankOrder]:
    """Return the orders of a run as they stand."""
    return await fetch_all(
        connection,
        BankOrder,
        f"select {ORDER_COLUMNS} from bank_order where run_id = %s order by end_to_end_id",
        (run_id,),
    )
