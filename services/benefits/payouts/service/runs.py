"""Payouts: one per claim and month, in one file at a time; what was in which file stays for ever."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID, uuid5

from psycopg.types.json import Jsonb

from services.benefits.payouts.store import PAYMENT_COLUMNS, RUNS, Payment
from shared.contracts.benefits_v1 import PayoutConfirmed, PayoutOrdered
from shared.platform.database.connections import Connection
from shared.platform.database.rows import JsonObject, fetch_all, fetch_one
from shared.platform.messages_out import outbox
from shared.platform.temporal import dispatch
from shared.platform.temporal.schedules import ScheduledRun
from shared.treasury.files import FileRun

_NAMESPACE = UUID("6b0b6a39-52ae-5a57-a0f2-2f0a3e3b7f60")
RUN_WORKFLOW = "PayoutRun"


@dataclass(frozen=True, kw_only=True)
class DueMonth:
    """Something of a month of a granted claim that can be paid and has no payout yet.

    ``paid_cents`` is what was paid before the insurer attested a dependant; zero when nothing was.
    """

    claim_id: UUID
    dossier: UUID
    month: str
    kind: str
    parts: int
    fact_on: date
    dependant: bool
    attested: bool
    paid_cents: int


@dataclass(frozen=True, kw_only=True)
class DuePayout:
    """A payout that a file can take."""

    payout_id: UUID
    claim_id: UUID
    dossier: UUID
    month: str
    amount_cents: int
    end_to_end_id: str
    file_number: int


def end_to_end_id(*, payout_id: UUID, attempt: int) -> str:
    """Give the id under which the bank knows a payment; a payment made again after a return has another."""
    return f"P{payout_id.hex}{attempt:02d}"


def run_id_of(business_date: date) -> UUID:
    """Give the id of the run of a day: there is one."""
    return uuid5(_NAMESPACE, f"run|{business_date}")


async def request_run(connection: Connection, *, business_date: date) -> str:
    """Start the run of a day when this transaction commits; asking again, by hand or by schedule, is the same run.

    Returns:
        The id of its procedure.
    """
    workflow_id = f"payout-run-{business_date.isoformat()}"
    await dispatch.start_workflow(
        connection, workflow=RUN_WORKFLOW, workflow_id=workflow_id, argument=ScheduledRun(business_date=business_date)
    )
    return workflow_id


async def open_run(connection: Connection, *, business_date: date, workflow_id: str) -> UUID:
    """Create the run of a day, once."""
    run_id = run_id_of(business_date)
    await connection.execute(
        "insert into payout_run (id, business_date, workflow_id, status, message_id) "
        "values (%s, %s, %s, 'collected', %s) on conflict (id) do nothing",
        (run_id, business_date, workflow_id, f"BENEFITS-{business_date:%Y%m%d}"),
    )
    return run_id


async def months_without_payout(connection: Connection, *, until: date) -> list[DueMonth]:
    """Give what can be paid on a day and was not taken up yet: months, and differences for a dependant (art. 196)."""
    return await fetch_all(
        connection,
        DueMonth,
        """
        select m.claim_id, c.dossier, m.month, 'benefit' as kind, m.parts, c.fact_on, c.dependant,
               coalesce(c.dependant_attested_on <= %(until)s, false) as attested, 0 as paid_cents
        from entitled_month m join claim c on c.id = m.claim_id
        where m.payable_from <= %(until)s
          and not exists (select from payout p
                          where p.claim_id = m.claim_id and p.month = m.month and p.kind = 'benefit')
        union all
        select p.claim_id, p.dossier, p.month, 'dependantDifference', p.parts, c.fact_on, c.dependant, true,
               p.amount_cents::integer
        from payout p join claim c on c.id = p.claim_id
        where p.kind = 'benefit' and p.parameter ->> 'name' = 'benefits.droitPasserelle.single'
          and c.dependant_attested_on <= %(until)s
          and not exists (select from payout d
                          where d.claim_id = p.claim_id and d.month = p.month and d.kind = 'dependantDifference')
        order by claim_id, month, kind
        """,
        {"until": until},
    )


async def create_payout(
    connection: Connection, *, due: DueMonth, monthly_cents: int, amount_cents: int, parameter: JsonObject
) -> None:
    """Fix what a month pays, once; a month that pays nothing is done at once."""
    payout_id = uuid5(_NAMESPACE, f"{due.claim_id}|{due.month}|{due.kind}")
    await connection.execute(
        "insert into payout (id, claim_id, dossier, month, kind, parts, monthly_cents, amount_cents, parameter, "
        "status, end_to_end_id) values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s) "
        "on conflict (claim_id, month, kind) do nothing",
        (
            payout_id,
            due.claim_id,
            due.dossier,
            due.month,
            due.kind,
            due.parts,
            monthly_cents,
            amount_cents,
            Jsonb(parameter),
            "due" if amount_cents else "nothing",
            end_to_end_id(payout_id=payout_id, attempt=1),
        ),
    )


async def due_payouts(connection: Connection) -> list[DuePayout]:
    """Give what a file can take now, in a fixed order."""
    return await fetch_all(
        connection,
        DuePayout,
        """
        select p.id as payout_id, p.claim_id, p.dossier, p.month, p.amount_cents, p.end_to_end_id, i.file_number
        from payout p join insured i using (dossier)
        where p.status = 'due' order by i.file_number, p.month, p.kind
        """,
    )


async def keep_file(
    connection: Connection,
    *,
    run_id: UUID,
    content: bytes,
    sha256: str,
    total_cents: int,
    payouts: Sequence[DuePayout],
) -> bool:
    """Keep the bytes of a run's file and tie its payouts to it; False when the run has a file already.

    Raises:
        LookupError: a payout is no longer free; the file must be built again.
    """
    cursor = await connection.execute(
        "insert into payout_file (run_id, content, sha256, transfers, total_cents) values (%s, %s, %s, %s, %s) "
        "on conflict (run_id) do nothing",
        (run_id, content, sha256, len(payouts), total_cents),
    )
    if cursor.rowcount == 0:
        return False
    cursor = await connection.execute(
        "update payout set status = 'filed', run_id = %s where id = any(%s) and status = 'due'",
        (run_id, [payout.payout_id for payout in payouts]),
    )
    if cursor.rowcount != len(payouts):
        raise LookupError("a payout was taken by another file meanwhile; build the file again")
    async with connection.cursor() as many:
        await many.executemany(
            "insert into payout_line (run_id, payout_id, end_to_end_id, amount_cents) values (%s, %s, %s, %s)",
            [(run_id, payout.payout_id, payout.end_to_end_id, payout.amount_cents) for payout in payouts],
        )
    await RUNS.set_status(connection, run_id=run_id, status="approval")
    return True


async def order_payouts(connection: Connection, run: FileRun, today: date) -> None:
    """Mark the payouts of an approved file as ordered and tell so."""
    ordered = await fetch_all(
        connection,
        Payment,
        "update payout p set status = 'ordered' where run_id = %s and status = 'filed' "
        f"returning {PAYMENT_COLUMNS}",
        (run.run_id,),
    )
    facts = [
        PayoutOrdered(
            dossier=payment.dossier,
            occurred_on=today,
            claim_id=payment.claim_id,
            payout_id=payment.id,
            month=payment.month,
            attempt=payment.attempt,
            amount_cents=payment.amount_cents,
        )
        for payment in ordered
    ]
    await outbox.publish_many(connection, facts)


async def confirm_payout(connection: Connection, *, end_to_end: str, executed_on: date) -> bool:
    """Note that the bank executed a payment; telling it again changes nothing."""
    payment = await fetch_one(
        connection,
        Payment,
        "update payout p set status = 'confirmed', executed_on = %s where end_to_end_id = %s and status = 'ordered' "
        f"returning {PAYMENT_COLUMNS}",
        (executed_on, end_to_end),
    )
    if payment is None:
        return False
    await outbox.publish(
        connection,
        PayoutConfirmed(
            dossier=payment.dossier,
            occurred_on=executed_on,
            claim_id=payment.claim_id,
            payout_id=payment.id,
            attempt=payment.attempt,
            amount_cents=payment.amount_cents,
        ),
    )
    return True
