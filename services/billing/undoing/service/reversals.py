"""Payments that are undone: counter-entries, the reason, what the others are told, and what must not happen again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from services.billing.lateness.service.overdue_again import overdue_again
from services.billing.ledger import service as ledger
from services.billing.ledger.rules.allocation import AllocatedPart
from services.billing.ledger.rules.entries import Account
from services.billing.settlement.service import use_credits, write_corrections
from services.billing.subjects.service import lock_subjects
from services.billing.undoing.rules import BookedPayment, CorrectedSurcharge, CreditSpent, Reversed, reverse
from services.billing.undoing.service.line_tasks import UNMATCHED_TASK, open_line_task
from shared.contracts.billing_v1 import Allocation, PaymentReversed, ReversalReason
from shared.contracts.vocabulary import AmountKind
from shared.law.quarter import Quarter
from shared.platform.database import Connection
from shared.platform.outbox import publish_many
from shared.platform.tasks import open_task

REVERSED_TASK: Final = "reversedPayment"


class PaymentNotMatched(LookupError):
    """The bank line is no payment that stands in the books."""


class ReturnNotPossible(LookupError):
    """The bank line takes no payment back, or took one back before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """Who does something on which day, and what the books need to know for it."""

    done_by: str
    booked_on: date
    interest_rate: Decimal | None
    tasks_due_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Undone:
    """What became of a payment that was undone: its dossier, and the quarters that are owed again."""

    dossier: UUID
    reopened: tuple[Quarter, ...]


async def lock_line(connection: Connection, *, line: UUID) -> None:
    """Hold others who match the same line, or undo its match, back until this transaction ends."""
    await connection.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", (f"bank_line|{line}",))


async def undo_match(connection: Connection, *, line: UUID, exclude_payer: bool, act: Act) -> Undone | None:
    """Undo the match of a bank line: its money waits to be identified again.

    Args:
        connection: a transaction.
        line: the line whose money went to the wrong dossier.
        exclude_payer: from now on money of this payer goes to that dossier only when a person says so.
        act: who undoes it and when.

    Returns:
        What was undone; None when it had been undone before.

    Raises:
        PaymentNotMatched: no payment of this line stands in the books.
        CreditSpent: what the payment had left as a credit was paid out.
    """
    await lock_line(connection, line=line)
    row = await _standing(connection, line)
    if row is None:
        cursor = await connection.execute("select from waiting_line where line_id = %s", (line,))
        if await cursor.fetchone() is None or not await _was_undone(connection, line):
            raise PaymentNotMatched(f"bank line {line} is no payment that stands in the books")
        return None
    undone = await _reverse(connection, row, reason=ReversalReason.WRONG_MATCH, return_line=None, act=act)
    await open_line_task(
        connection,
        kind=UNMATCHED_TASK,
        line={"line_id": line, "cents": row["amount_cents"], "file_line": row["file_line"]},
        due_on=act.tasks_due_on,
        attempt=row["attempt"] + 1,
    )
    if exclude_payer and row["counterparty_account"]:
        await note_payer(
            connection, account=row["counterparty_account"], dossier=row["dossier"], automatic=False, act=act
        )
    return undone


async def return_payment(connection: Connection, *, return_line: UUID, paid_line: UUID, act: Act) -> Undone | None:
    """Undo a payment because the bank took its money back with a line of its own.

    Returns:
        What was undone; None when this line had taken this payment back before.

    Raises:
        ReturnNotPossible: the line takes no money back, another amount, or another payment.
        PaymentNotMatched: no payment of the paid line stands in the books.
        CreditSpent: what the payment had left as a credit was paid out.
    """
    for line in sorted((return_line, paid_line)):
        await lock_line(connection, line=line)
    cursor = await connection.execute(
        "select l.cents, coalesce(l.value_date, l.entry_date) as value_date, p.line_id as taken_back "
        "from bank_line l left join payment_reversal r on r.line_id = l.line_id left join payment p using (payment_id) "
        "where l.line_id = %s and l.treatment = 'other'",
        (return_line,),
    )
    found = await cursor.fetchone()
    if found is None or found["taken_back"] not in {None, paid_line}:
        raise ReturnNotPossible(f"bank line {return_line} takes no money back, or took another payment back")
    if found["taken_back"] == paid_line:
        return None
    row = await _standing(connection, paid_line)
    if row is None:
        raise PaymentNotMatched(f"bank line {paid_line} is no payment that stands in the books")
    if row["amount_cents"] != -found["cents"]:
        raise ReturnNotPossible(f"bank line {return_line} takes another amount back than line {paid_line} brought")
    return await _reverse(
        connection,
        {**row, "returned_on": found["value_date"]},
        reason=ReversalReason.RETURNED_BY_BANK,
        return_line=return_line,
        act=act,
    )


async def return_collection(
    connection: Connection, *, payment_id: UUID, returned_on: date, act: Act, return_line: UUID | None = None
) -> Undone | None:
    """Undo a collection by direct debit because the bank took its money back; None when that was done before.

    Args:
        connection: a transaction.
        payment_id: the collection.
        returned_on: the day from which it counts no longer.
        act: who undoes it and when.
        return_line: the line of the bank that says so; None when a report does.

    Raises:
        CreditSpent: what the collection had left as a credit was paid out.
    """
    cursor = await connection.execute(
        "select p.* from standing_payment p where p.payment_id = %s and p.source = 'directDebit'", (payment_id,)
    )
    row = await cursor.fetchone()
    if row is None:
        return None
    returned = {**row, "returned_on": returned_on}
    reason = ReversalReason.RETURNED_BY_BANK
    return await _reverse(connection, returned, reason=reason, return_line=return_line, act=act)


async def take_back(connection: Connection, *, line: dict[str, Any], act: Act) -> bool:
    """Undo the one payment a line of the bank can only mean: same amount, and same reference or same payer.

    Returns:
        Whether a payment was undone; when several could be meant, or its credit was paid out, a person decides.
    """
    cursor = await connection.execute(
        "with meant as ("
        "select l.line_id from bank_line l where l.counterparty_account = %(account)s "
        "and l.counterparty_account <> '' and l.treatment in ('allocated', 'suspense') "
        "union select p.line_id from notice n join payment p on p.dossier = n.dossier "
        "where n.reference = %(reference)s) "
        "select line_id from (select l.line_id, rank() over (order by l.reference is not distinct from %(reference)s "
        "and l.reference is not null desc, l.counterparty_account = %(account)s desc) as closeness from meant "
        "join standing_payment p using (line_id) join bank_line l using (line_id) "
        "where p.amount_cents = %(cents)s) ranked where closeness = 1",
        {"account": line["counterparty_account"], "cents": -line["cents"], "reference": line["reference"]},
    )
    found = await cursor.fetchall()
    if len(found) != 1:
        return False
    try:
        async with connection.transaction():
            await return_payment(connection, return_line=line["line_id"], paid_line=found[0]["line_id"], act=act)
    except CreditSpent:
        return False
    return True


async def note_payer(connection: Connection, *, account: str, dossier: UUID, automatic: bool, act: Act) -> None:
    """Note whether money from an account may go to a dossier without a person looking at it."""
    await connection.execute(
        "insert into payer_rule (counterparty_account, dossier, automatic, noted_on, noted_by) "
        "values (%s, %s, %s, %s, %s)",
        (account, dossier, automatic, act.booked_on, act.done_by),
    )


async def _standing(connection: Connection, line: UUID) -> dict[str, Any] | None:
    cursor = await connection.execute(
        "select p.*, l.counterparty_account, l.file_line from standing_payment p join bank_line l using (line_id) "
        "where p.line_id = %s",
        (line,),
    )
    return await cursor.fetchone()


async def _was_undone(connection: Connection, line: UUID) -> bool:
    cursor = await connection.execute(
        "select from payment p join payment_reversal r using (payment_id) where p.line_id = %s", (line,)
    )
    return await cursor.fetchone() is not None


async def _reverse(
    connection: Connection, row: dict[str, Any], *, reason: ReversalReason, return_line: UUID | None, act: Act
) -> Undone:
    dossier: UUID = row["dossier"]
    await lock_subjects(connection, dossiers=[dossier])
    account = (await ledger.load_accounts(connection, dossiers=[dossier]))[dossier]
    before = {quarter for quarter in {item.quarter for item in account.items.values()} if account.open_of(quarter) <= 0}
    payment = await _booked_payment(connection, row)
    wrong = reason is ReversalReason.WRONG_MATCH
    undone = reverse(
        account,
        payment,
        credit_uses=await _credit_uses(connection, dossier),
        destination=Account.SUSPENSE if wrong else Account.OTHER_BANK_MOVEMENTS,
        value_date=payment.value_date if wrong else row["returned_on"],
    )
    await _write(connection, dossier, undone, reason=reason, return_line=return_line, act=act)
    reopened = tuple(sorted(quarter for quarter in before if account.open_of(quarter) > 0))
    await publish_many(
        connection,
        [
            PaymentReversed(
                dossier=dossier,
                occurred_on=act.booked_on,
                payment_id=found.payment.payment_id,
                value_date=found.entry.value_date,
                amount_cents=found.payment.amount_cents,
                allocations=tuple(
                    Allocation(quarter=str(part.quarter), kind=part.kind, cents=part.cents)
                    for part in found.payment.parts
                ),
                reason=reason,
                remaining_open_cents=account.open_cents,
            )
            for found in undone
        ],
    )
    await use_credits(
        connection,
        accounts=[account],
        occasion=f"reversal|{payment.payment_id}",
        booked_on=act.booked_on,
        interest_rate=act.interest_rate,
    )
    closed = await overdue_again(connection, account=account, quarters=reopened, booked_on=act.booked_on)
    if closed:
        await open_task(
            connection,
            kind=REVERSED_TASK,
            reference=str(payment.payment_id),
            dossier=dossier,
            due_on=act.tasks_due_on,
            role="finance",
            details={"paymentId": str(payment.payment_id), "quarters": [str(quarter) for quarter in closed]},
        )
    return Undone(dossier=dossier, reopened=reopened)


async def _write(
    connection: Connection,
    dossier: UUID,
    undone: Sequence[Reversed],
    *,
    reason: ReversalReason,
    return_line: UUID | None,
    act: Act,
) -> None:
    entries = [found.entry for found in undone]
    entries += [one.entry for found in undone for one in found.restored if one.entry is not None]
    await ledger.book_new(connection, entries=entries, booking_date=act.booked_on)
    for found in undone:
        last = found is undone[-1]
        await connection.execute(
            "insert into payment_reversal (payment_id, entry_id, reason, line_id, reversed_on, reversed_by) "
            "values (%s, %s, %s, %s, %s, %s)",
            (
                found.payment.payment_id,
                found.entry.entry_id,
                str(reason) if last else "creditNeeded",
                return_line if last else None,
                act.booked_on,
                act.done_by,
            ),
        )
        if found.restored:
            await write_corrections(
                connection, dossier=dossier, cause_id=found.entry.entry_id, corrections=found.restored
            )


async def _credit_uses(connection: Connection, dossier: UUID) -> list[BookedPayment]:
    cursor = await connection.execute(
        "select p.* from standing_payment p join journal_entry e using (entry_id) "
        "where p.dossier = %s and p.source = 'credit' order by p.booked_on desc, p.value_date desc, p.payment_id",
        (dossier,),
    )
    return [await _booked_payment(connection, row) for row in await cursor.fetchall()]


async def _booked_payment(connection: Connection, row: dict[str, Any]) -> BookedPayment:
    cursor = await connection.execute(
        "select quarter, kind, cents from allocation where payment_id = %s order by quarter, kind", (row["payment_id"],)
    )
    parts = tuple(
        AllocatedPart(quarter=Quarter.parse(part["quarter"]), kind=AmountKind(part["kind"]), cents=part["cents"])
        for part in await cursor.fetchall()
    )
    cursor = await connection.execute(
        "select quarter, closing, kind, base_cents, surcharge_cents from surcharge_correction "
        "where dossier = %s and cause_id = %s order by quarter, closing, kind",
        (row["dossier"], row["payment_id"]),
    )
    return BookedPayment(
        payment_id=row["payment_id"],
        amount_cents=row["amount_cents"],
        value_date=row["value_date"],
        parts=parts,
        corrected=tuple(
            CorrectedSurcharge(
                quarter=Quarter.parse(found["quarter"]),
                closing=Quarter.parse(found["closing"]),
                kind=found["kind"],
                base_cents=found["base_cents"],
                surcharge_cents=found["surcharge_cents"],
            )
            for found in await cursor.fetchall()
        ),
    )
