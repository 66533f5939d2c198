"""Payments that are undone: counter-entries, the reason, what the others are told, and what must not happen again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final
from uuid import UUID

from services.billing.lateness.service.overdue_again import overdue_again
from services.billing.ledger import service as ledger
from services.billing.ledger.rules.entries import Account
from services.billing.settlement.service import use_credits, write_corrections
from services.billing.subjects.service import lock_subjects
from services.billing.undoing import store
from services.billing.undoing.rules import BookedLine, CreditSpent, Reversed, reverse
from services.billing.undoing.service.line_tasks import UNMATCHED_TASK, open_line_task
from services.billing.undoing.store import StandingPayment, lock_line, note_payer
from shared.contracts.billing_v1 import Allocation, PaymentReversed, ReversalReason
from shared.law.quarter import Quarter
from shared.platform.database.connections import Connection
from shared.platform.messages_out.outbox import publish_many
from shared.platform.people.tasks import open_task

#: What others ask of reversals; some of it as the store gives it.
__all__ = [
    "Act",
    "PaymentNotMatched",
    "ReturnNotPossible",
    "Undone",
    "lock_line",
    "note_payer",
    "return_collection",
    "return_payment",
    "take_back",
    "undo_match",
]

REVERSED_TASK: Final = "reversedPayment"
#: Why a use of the credit is undone with the payment that had brought it.
_CREDIT_NEEDED: Final = "creditNeeded"


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
    matched = await store.matched_line(connection, line=line)
    if matched is None:
        if not await store.waits_again(connection, line=line):
            raise PaymentNotMatched(f"bank line {line} is no payment that stands in the books")
        return None
    undone = await _reverse(connection, matched, act=act)
    await open_line_task(
        connection,
        kind=UNMATCHED_TASK,
        line_id=line,
        cents=matched.amount_cents,
        file_line=matched.file_line,
        due_on=act.tasks_due_on,
        attempt=matched.attempt + 1,
    )
    if exclude_payer and matched.counterparty_account:
        await note_payer(
            connection,
            account=matched.counterparty_account,
            dossier=matched.dossier,
            automatic=False,
            noted_on=act.booked_on,
            noted_by=act.done_by,
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
    found = await store.return_line(connection, line=return_line)
    if found is None or found.taken_back not in {None, paid_line}:
        raise ReturnNotPossible(f"bank line {return_line} takes no money back, or took another payment back")
    if found.taken_back == paid_line:
        return None
    matched = await store.matched_line(connection, line=paid_line)
    if matched is None:
        raise PaymentNotMatched(f"bank line {paid_line} is no payment that stands in the books")
    if matched.amount_cents != -found.cents:
        raise ReturnNotPossible(f"bank line {return_line} takes another amount back than line {paid_line} brought")
    return await _reverse(connection, matched, act=act, returned_on=found.value_date, return_line=return_line)


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
    collection = await store.standing_collection(connection, payment_id=payment_id)
    if collection is None:
        return None
    return await _reverse(connection, collection, act=act, returned_on=returned_on, return_line=return_line)


async def take_back(connection: Connection, *, line: BookedLine, act: Act) -> bool:
    """Undo the one payment a line of the bank can only mean: same amount, and same reference or same payer.

    Returns:
        Whether a payment was undone; when several could be meant, or its credit was paid out, a person decides.
    """
    found = await store.lines_meant(
        connection, cents=-line.cents, account=line.counterparty_account, reference=line.reference
    )
    if len(found) != 1:
        return False
    try:
        async with connection.transaction():
            await return_payment(connection, return_line=line.line_id, paid_line=found[0], act=act)
    except CreditSpent:
        return False
    return True


async def _reverse(
    connection: Connection,
    standing: StandingPayment,
    *,
    act: Act,
    returned_on: date | None = None,
    return_line: UUID | None = None,
) -> Undone:
    """Undo a payment: one the bank took back on a day, or one that was matched wrongly when there is no such day."""
    dossier = standing.dossier
    await lock_subjects(connection, dossiers=[dossier])
    account = (await ledger.load_accounts(connection, dossiers=[dossier]))[dossier]
    before = {item.quarter for item in account.items.values()} - account.open_quarters()
    payment = await store.what_it_did(connection, standing)
    uses = await store.credit_uses(connection, dossier=dossier)
    reason = ReversalReason.WRONG_MATCH if returned_on is None else ReversalReason.RETURNED_BY_BANK
    undone = reverse(
        account,
        payment,
        credit_uses=[await store.what_it_did(connection, use) for use in uses],
        destination=Account.SUSPENSE if returned_on is None else Account.OTHER_BANK_MOVEMENTS,
        value_date=returned_on or payment.value_date,
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
        await store.insert_reversal(
            connection,
            payment_id=found.payment.payment_id,
            entry_id=found.entry.entry_id,
            reason=str(reason) if last else _CREDIT_NEEDED,
            line=return_line if last else None,
            reversed_on=act.booked_on,
            reversed_by=act.done_by,
        )
        if found.restored:
            await write_corrections(
                connection, dossier=dossier, cause_id=found.entry.entry_id, corrections=found.restored
            )
