"""Payout runs, their files and payments as the database keeps them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from shared.platform.database.connections import Connection
from shared.platform.database.rows import fetch_all
from shared.treasury.files import FileRun, FileTables

RUNS: Final = FileTables(
    row=FileRun,
    select="select r.id as run_id, r.business_date, r.workflow_id, r.status, r.message_id, f.sha256 as file_sha256, "
    "f.transfers, f.total_cents, r.refused_on, r.withdrawal_asked_on from payout_run r "
    "left join payout_file f on f.run_id = r.id",
    runs="payout_run",
    key="id",
    files="payout_file",
    lines="payout_line",
    orders="payout",
)

#: The columns of a payment, in statements that change payments, named ``p``.
PAYMENT_COLUMNS: Final = "p.id, p.claim_id, p.dossier, p.month, p.attempt, p.amount_cents, p.status"


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """A payment and its status; of one that is not made, the status and attempt it had until then."""

    id: UUID
    claim_id: UUID
    dossier: UUID
    month: str
    attempt: int
    amount_cents: int
    status: str

    @property
    def was_executed(self) -> bool:
        """Tell whether the money had left the fund."""
        return self.status == "confirmed"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunPayment:
    """A payment that was in the file of a run, as it stands now; ``replaced`` when a later file has it."""

    payout_id: UUID
    claim_id: UUID
    dossier: UUID
    month: str
    end_to_end_id: str
    amount_cents: int
    status: str
    executed_on: date | None


async def run_payments(connection: Connection, *, run_id: UUID) -> list[RunPayment]:
    """List the payments that were in a run's file."""
    return await fetch_all(
        connection,
        RunPayment,
        "select l.payout_id, l.end_to_end_id, l.amount_cents, p.claim_id, p.dossier, p.month, p.executed_on, "
        "case when p.end_to_end_id = l.end_to_end_id then p.status else 'replaced' end as status "
        "from payout_line l join payout p on p.id = l.payout_id where l.run_id = %s order by l.end_to_end_id",
        (run_id,),
    )
