"""Payouts: one per claim and month, in one file at a time; what was in which file stays for ever."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID, uuid5

from psycopg.types.json import Jsonb

from shared.contracts.benefits_v1 import PayoutConfirmed, PayoutOrdered
from shared.platform import dispatch, outbox
from shared.platform.database import Connection
from shared.platform.schedules import ScheduledRun

_NAMESPACE = UUID("6b0b6a39-52ae-5a57-a0f2-2f0a3e3b7f60")
RUN_WORKFLOW = "PayoutRun"
#: A file leaves after two people: the first releases it, the second, whom the first asks, approves the same bytes.
RELEASE_ACTION = "payoutFileRelease"
APPROVAL_ACTION = "payoutFile"
#: The act by which two people withdraw a file the bank refused.
WITHDRAWAL_ACTION = "payoutFileWithdrawal"


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


async def read_run(connection: Connection, *, run_id: UUID, lock: bool = False) -> dict[str, Any]:
    """Read a run with the hash and totals of its file; raises ``LookupError`` when there is none."""
    cursor = await connection.execute(
        "select r.*, f.sha256, f.transfers, f.total_cents from payout_run r "
        f"left join payout_file f on f.run_id = r.id where r.id = %s {'for update of r' if lock else ''}",
        (run_id,),
    )
    row = await cursor.fetchone()
    if row is None:
        raise LookupError("no such payout run")
    return row


async def months_without_payout(connection: Connection, *, until: date) -> list[DueMonth]:
    """Give what can be paid on a day and was not taken up yet: months, and differences for a dependant (art. 196)."""
    cursor = await connection.execute(
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
    return [DueMonth(**row) for row in await cursor.fetchall()]


async def create_payout(
    connection: Connection, *, due: DueMonth, monthly_cents: int, amount_cents: int, parameter: Mapping[str, Any]
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
            Jsonb(dict(parameter)),
            "due" if amount_cents else "nothing",
            end_to_end_id(payout_id=payout_id, attempt=1),
        ),
    )


async def due_payouts(connection: Connection) -> list[DuePayout]:
    """Give what a file can take now, in a fixed order."""
    cursor = await connection.execute(
        """
        select p.id as payout_id, p.claim_id, p.dossier, p.month, p.amount_cents, p.end_to_end_id, i.file_number
        from payout p join insured i using (dossier)
        where p.status = 'due' order by i.file_number, p.month, p.kind
        """
    )
    return [DuePayout(**row) for row in await cursor.fetchall()]


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
    await connection.execute("update payout_run set status = 'approval' where id = %s", (run_id,))
    return True


async def read_file(connection: Connection, *, run_id: UUID) -> bytes:
    """Give the bytes that were approved; raises ``LookupError`` when the run has no file."""
    cursor = await connection.execute("select content from payout_file where run_id = %s", (run_id,))
    row = await cursor.fetchone()
    if row is None:
        raise LookupError("the payout run has no file")
    return bytes(row["content"])


async def set_run_status(connection: Connection, *, run_id: UUID, status: str) -> None:
    """Say how far a run is."""
    await connection.execute("update payout_run set status = %s where id = %s", (status, run_id))


async def note_delivery(
    connection: Connection, *, run_id: UUID, refused_on: date | None, withdrawal_asked_on: date | None
) -> None:
    """Note whether the bank refused a file at its last delivery, and since when somebody wants to withdraw it."""
    await connection.execute(
        "update payout_run set refused_on = %s, withdrawal_asked_on = %s where id = %s",
        (refused_on, withdrawal_asked_on, run_id),
    )


def approved_file(run: Mapping[str, Any]) -> dict[str, Any]:
    """Give what identifies the file of a run to those who approve or withdraw it."""
    return {
        "runId": str(run["id"]),
        "messageId": run["message_id"],
        "fileSha256": run["sha256"],
        "transfers": run["transfers"],
        "totalCents": run["total_cents"],
    }


async def release_run(connection: Connection, *, run_id: UUID) -> None:
    """Give the payouts of a refused file back: the next run takes them up again."""
    await set_run_status(connection, run_id=run_id, status="refused")
    # The bank never saw the file, so the same payment keeps its id only if no file line holds it: it gets a new one.
    await connection.execute(
        "update payout set status = 'due', run_id = null, attempt = attempt + 1, "
        "end_to_end_id = 'P' || replace(id::text, '-', '') || lpad((attempt + 1)::text, 2, '0') "
        "where run_id = %s and status = 'filed'",
        (run_id,),
    )


async def order_payouts(connection: Connection, *, run_id: UUID, today: date) -> None:
    """Mark the payouts of an approved file as ordered and tell so."""
    cursor = await connection.execute(
        "update payout set status = 'ordered' where run_id = %s and status = 'filed' "
        "returning id, claim_id, dossier, month, attempt, amount_cents",
        (run_id,),
    )
    facts = [
        PayoutOrdered(
            dossier=row["dossier"],
            occurred_on=today,
            claim_id=row["claim_id"],
            payout_id=row["id"],
            month=row["month"],
            attempt=row["attempt"],
            amount_cents=row["amount_cents"],
        )
        for row in await cursor.fetchall()
    ]
    await outbox.publish_many(connection, facts)
    await set_run_status(connection, run_id=run_id, status="ordered")


async def confirm_payout(connection: Connection, *, end_to_end: str, executed_on: date) -> bool:
    """Note that the bank executed a payment; telling it again changes nothing."""
    cursor = await connection.execute(
        "update payout set status = 'confirmed', executed_on = %s where end_to_end_id = %s and status = 'ordered' "
        "returning id, claim_id, dossier, attempt, amount_cents",
        (executed_on, end_to_end),
    )
    row = await cursor.fetchone()
    if row is None:
        return False
    await outbox.publish(
        connection,
        PayoutConfirmed(
            dossier=row["dossier"],
            occurred_on=executed_on,
            claim_id=row["claim_id"],
            payout_id=row["id"],
            attempt=row["attempt"],
            amount_cents=row["amount_cents"],
        ),
    )
    return True


async def known_end_to_end_ids(connection: Connection, *, run_id: UUID) -> set[str]:
    """Give the ids the bank can report on for a run."""
    cursor = await connection.execute("select end_to_end_id from payout_line where run_id = %s", (run_id,))
    return {row["end_to_end_id"] for row in await cursor.fetchall()}


async def run_by_message(connection: Connection, *, message_id: str) -> dict[str, Any] | None:
    """Give the run whose file bears a message id, or None."""
    cursor = await connection.execute("select * from payout_run where message_id = %s", (message_id,))
    return await cursor.fetchone()


async def unsettled(connection: Connection, *, run_id: UUID) -> int:
    """Count the payments of a run on which the bank has said nothing yet."""
    cursor = await connection.execute(
        "select count(*) as open from payout where run_id = %s and status = 'ordered'", (run_id,)
    )
    row = await cursor.fetchone()
    return 0 if row is None else int(row["open"])


async def list_runs(connection: Connection, *, page_size: int) -> list[dict[str, Any]]:
    """List runs, the newest first, with the totals of their files."""
    cursor = await connection.execute(
        "select r.*, f.sha256, f.transfers, f.total_cents from payout_run r "
        "left join payout_file f on f.run_id = r.id order by r.business_date desc limit %s",
        (page_size,),
    )
    return await cursor.fetchall()


async def run_payouts(connection: Connection, *, run_id: UUID) -> list[dict[str, Any]]:
    """List the payments that were in a run's file, as they stand now."""
    cursor = await connection.execute(
        "select l.payout_id, l.end_to_end_id, l.amount_cents, p.claim_id, p.dossier, p.month, p.executed_on, "
        "case when p.end_to_end_id = l.end_to_end_id then p.status else 'replaced' end as status "
        "from payout_line l join payout p on p.id = l.payout_id where l.run_id = %s order by l.end_to_end_id",
        (run_id,),
    )
    return await cursor.fetchall()
