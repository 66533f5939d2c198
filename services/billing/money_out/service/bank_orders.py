"""Runs of files for the bank, their orders, and what the bank reports of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID, uuid5

from services.billing.ledger import service as ledger
from services.billing.ledger.rules.entries import ENTRY_NAMESPACE, Account
from services.billing.money_out.procedure import BankRunInput
from services.billing.money_out.rules import (
    BankOrderKind,
    end_to_end_id,
    refund_executed,
    refund_filed,
    refund_returned,
)
from services.billing.money_out.store import ORDER_COLUMNS, BankOrder, BankRun
from services.billing.settlement.rules import Money
from services.billing.settlement.service import book_money
from services.billing.subjects.service import lock_subjects
from services.billing.undoing.service.reversals import Act
from shared.platform.database.connections import Connection
from shared.platform.database.rows import fetch_all, fetch_one, fetch_value
from shared.platform.people.tasks import overtake_task
from shared.platform.temporal.dispatch import start_workflow

RUN_WORKFLOW: Final = "BankFileRun"
RETURNED_TASK: Final = "bankOrderReturned"
REFUND_ARTICLE: Final = "RGS art. 50bis"
#: Cause of a refund that a person ordered.
ASKED: Final = "request"


@dataclass(frozen=True, slots=True, kw_only=True)
class DueRefund:
    """A refund that can be paid; ``amount_cents`` is what was ordered, ``cause`` why."""

    refund_id: UUID
    dossier: UUID
    cause: str
    file_number: int
    amount_cents: int
    attempt: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NewOrder:
    """One order of a file."""

    dossier: UUID
    key: UUID
    attempt: int
    amount_cents: int
    refund_id: UUID | None = None
    mandate_id: UUID | None = None
    sequence: str | None = None


async def request_run(
    connection: Connection, *, kind: BankOrderKind, business_date: date, execution_on: date | None, requested_by: str
) -> tuple[UUID, bool]:
    """Ask for the run of a day; a day has one run of each kind. Return its id and whether this call started it."""
    run_id = uuid5(ENTRY_NAMESPACE, f"bankOrderRun|{kind}|{business_date}")
    name = "refund" if kind is BankOrderKind.REFUND else "collection"
    cursor = await connection.execute(
        "insert into bank_order_run (run_id, kind, business_date, execution_on, workflow_id, requested_by, status, "
        "message_id) values (%s, %s, %s, %s, %s, %s, 'requested', %s) on conflict do nothing",
        (
            run_id,
            kind,
            business_date,
            execution_on,
            f"{name}-run-{business_date}",
            requested_by,
            f"{name.upper()}-{business_date:%Y%m%d}",
        ),
    )
    if cursor.rowcount == 0:
        return run_id, False
    await start_workflow(
        connection,
        workflow=RUN_WORKFLOW,
        workflow_id=f"{name}-run-{business_date}",
        argument=BankRunInput(run_id=run_id),
    )
    return run_id, True


async def order_refund(
    connection: Connection, *, dossier: UUID, cause: str, cause_id: UUID, amount_cents: int, ordered_on: date
) -> UUID:
    """Order that a credit is paid back, once per cause; what is really paid is what is left of it then."""
    refund_id = uuid5(ENTRY_NAMESPACE, f"refund|{cause}|{cause_id}")
    await connection.execute(
        "insert into refund_order (refund_id, dossier, cause, cause_id, amount_cents, ordered_on, article) "
        "values (%s, %s, %s, %s, %s, %s, %s) on conflict (cause, cause_id) do nothing",
        (refund_id, dossier, cause, cause_id, amount_cents, ordered_on, REFUND_ARTICLE),
    )
    return refund_id


async def order_refunds_of_ceased(connection: Connection, *, today: date) -> None:
    """Order that whoever ended their activity and owes nothing gets their credit back."""
    cursor = await connection.execute(
        "select c.dossier, c.credit_cents, max(a.ceased_on) as ceased_on from dossier_credit c "
        "join activity_period a using (dossier) where c.credit_cents > 0 "
        "and not exists (select from open_item o where o.dossier = c.dossier and o.open_cents > 0) "
        "and not exists (select from refund_order r where r.dossier = c.dossier and not exists "
        "(select from bank_order b where b.refund_id = r.refund_id and b.status = 'executed')) "
        "group by c.dossier, c.credit_cents having bool_and(a.ceased_on is not null) and max(a.ceased_on) < %s",
        (today,),
    )
    for row in await cursor.fetchall():
        await order_refund(
            connection,
            dossier=row["dossier"],
            cause="cessation",
            cause_id=uuid5(ENTRY_NAMESPACE, f"{row['dossier']}|{row['ceased_on']}|{today}"),
            amount_cents=row["credit_cents"],
            ordered_on=today,
        )


async def due_refunds(connection: Connection) -> list[DueRefund]:
    """Return refunds that are in no file, of dossiers that still have a credit, in order of file number."""
    return await fetch_all(
        connection,
        DueRefund,
        "select r.refund_id, r.dossier, r.cause, s.file_number, least(r.amount_cents, c.credit_cents) as amount_cents, "
        "(select count(*) + 1 from bank_order b where b.refund_id = r.refund_id) as attempt from refund_order r "
        "join subject s using (dossier) join dossier_credit c using (dossier) where c.credit_cents > 0 "
        "and not exists (select from bank_order b where b.refund_id = r.refund_id "
        "and b.status in ('filed', 'ordered', 'executed', 'returned')) order by s.file_number, r.refund_id",
    )


async def credits_behind_locks(connection: Connection, *, dossiers: Sequence[UUID]) -> dict[UUID, int]:
    """Hold other writers to accounts back and return their credits."""
    await lock_subjects(connection, dossiers=sorted(set(dossiers)))
    cursor = await connection.execute(
        "select dossier, credit_cents from dossier_credit where dossier = any(%s)", (list(dossiers),)
    )
    return {row["dossier"]: int(row["credit_cents"]) for row in await cursor.fetchall()}


async def keep_file(
    connection: Connection,
    *,
    run: BankRun,
    content: bytes,
    sha256: str,
    orders: Sequence[NewOrder],
    execution_on: date,
    today: date,
) -> None:
    """Keep the bytes of a run's file with its orders, and take refunds out of the credits."""
    kind = run.kind
    entries = []
    for order in orders:
        order_id = _order_id(order)
        await connection.execute(
            "insert into bank_order (order_id, run_id, kind, dossier, refund_id, mandate_id, sequence, amount_cents, "
            "end_to_end_id, status) values (%s, %s, %s, %s, %s, %s, %s, %s, %s, 'filed')",
            (
                order_id,
                run.run_id,
                kind,
                order.dossier,
                order.refund_id,
                order.mandate_id,
                order.sequence,
                order.amount_cents,
                end_to_end_id(kind, order.key, order.attempt),
            ),
        )
        if kind is BankOrderKind.REFUND:
            entries.append(refund_filed(order_id=order_id, dossier=order.dossier, cents=order.amount_cents, on=today))
    if entries:
        await ledger.book(connection, entries=entries, booking_date=today)
    await connection.execute(
        "update bank_order_run set content = %s, sha256 = %s, transfers = %s, total_cents = %s, execution_on = %s, "
        "status = 'approval' where run_id = %s",
        (
            content,
            sha256,
            len(orders),
            sum(order.amount_cents for order in orders),
            execution_on,
            run.run_id,
        ),
    )


async def order(connection: Connection, run: BankRun, _today: date) -> None:
    """Note that the orders of an approved file go to the bank."""
    await connection.execute(
        "update bank_order set status = 'ordered' where run_id = %s and status = 'filed'", (run.run_id,)
    )


async def give_back(connection: Connection, run: BankRun, today: date) -> None:
    """Free the orders of a file that people refused or withdrew: refunds to the credits, collections to the next."""
    orders = await fetch_all(
        connection,
        BankOrder,
        "update bank_order set status = 'released' where run_id = %s and status in ('filed', 'ordered') "
        f"returning {ORDER_COLUMNS}",
        (run.run_id,),
    )
    entries = [
        refund_returned(order_id=one.order_id, dossier=one.dossier, cents=one.amount_cents, on=today)
        for one in orders
        if one.kind is BankOrderKind.REFUND
    ]
    if entries:
        await ledger.book(connection, entries=entries, booking_date=today)


async def note_executed(connection: Connection, *, end_to_end: str, executed_on: date, act: Act) -> bool:
    """Book an order the bank executed; telling it again changes nothing."""
    found = await fetch_one(
        connection,
        BankOrder,
        "update bank_order set status = 'executed', executed_on = %s where end_to_end_id = %s and status = 'ordered' "
        f"returning {ORDER_COLUMNS}",
        (executed_on, end_to_end),
    )
    if found is None:
        return False
    if found.kind is BankOrderKind.REFUND:
        entry = refund_executed(order_id=found.order_id, cents=found.amount_cents, on=executed_on)
        await ledger.book(connection, entries=[entry], booking_date=act.booked_on)
        return True
    money = Money(
        payment_id=found.order_id,
        dossier=found.dossier,
        source=Account.OTHER_BANK_MOVEMENTS,
        amount_cents=found.amount_cents,
        value_date=executed_on,
        chosen_quarter=None,
        matched_by="directDebit",
    )
    await book_money(connection, money=[money], booked_on=act.booked_on, interest_rate=act.interest_rate)
    return True


async def try_again(connection: Connection, *, order_id: UUID, released_by: str) -> UUID | None:
    """Let the next run make a returned order again; give its dossier, or None when it was not returned."""
    dossier: UUID | None = await fetch_value(
        connection,
        "update bank_order set status = 'released' where order_id = %s and status = 'returned' returning dossier",
        (order_id,),
    )
    if dossier is None:
        return None
    await overtake_task(
        connection, kind=RETURNED_TASK, reference=str(order_id), resolved_by=released_by, resolution="released"
    )
    return dossier


def _order_id(order: NewOrder) -> UUID:
    return uuid5(ENTRY_NAMESPACE, f"bankOrder|{order.key}|{order.attempt}")
