"""Payments as they stand, what undid them, and payers whose money a person looks at first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from services.billing.ledger.rules.allocation import AllocatedPart
from services.billing.undoing.rules import BookedPayment, CorrectedSurcharge
from shared.contracts.vocabulary import AmountKind
from shared.law.quarter import Quarter
from shared.platform.database.connections import Connection
from shared.platform.database.rows import fetch_all, fetch_one, fetch_value, fetch_values

_PAYMENT: Final = "p.payment_id, p.dossier, p.amount_cents, p.value_date"
_WAITS_AGAIN: Final = (
    "select exists (select from waiting_line where line_id = %(line)s) and exists "
    "(select from payment p join payment_reversal r using (payment_id) where p.line_id = %(line)s)"
)
_MEANT: Final = (
    "with meant as ("
    "select l.line_id from bank_line l where l.counterparty_account = %(account)s "
    "and l.counterparty_account <> '' and l.treatment in ('allocated', 'suspense') "
    "union select p.line_id from notice n join payment p on p.dossier = n.dossier "
    "where n.reference = %(reference)s) "
    "select line_id from (select l.line_id, rank() over (order by l.reference is not distinct from %(reference)s "
    "and l.reference is not null desc, l.counterparty_account = %(account)s desc) as closeness from meant "
    "join standing_payment p using (line_id) join bank_line l using (line_id) "
    "where p.amount_cents = %(cents)s) ranked where closeness = 1"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingPayment:
    """A payment nobody undid."""

    payment_id: UUID
    dossier: UUID
    amount_cents: int
    value_date: date


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchedLine(StandingPayment):
    """A payment nobody undid, with the bank line it was and which match of that line it is."""

    attempt: int
    counterparty_account: str
    file_line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnLine:
    """A bank line that is no payment, and the line of the payment it took back before."""

    cents: int
    value_date: date
    taken_back: UUID | None


async def lock_line(connection: Connection, *, line: UUID) -> None:
    """Hold others who match the same line, or undo its match, back until this transaction ends."""
    await connection.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", (f"bank_line|{line}",))


async def matched_line(connection: Connection, *, line: UUID) -> MatchedLine | None:
    """Return the payment of a bank line that stands."""
    return await fetch_one(
        connection,
        MatchedLine,
        f"select {_PAYMENT}, p.attempt, l.counterparty_account, l.file_line "
        "from standing_payment p join bank_line l using (line_id) where p.line_id = %s",
        (line,),
    )


async def waits_again(connection: Connection, *, line: UUID) -> bool:
    """Tell whether the money of a line waits to be identified because its match was undone."""
    return bool(await fetch_value(connection, _WAITS_AGAIN, {"line": line}))


async def return_line(connection: Connection, *, line: UUID) -> ReturnLine | None:
    """Return a line that can take a payment back."""
    return await fetch_one(
        connection,
        ReturnLine,
        "select l.cents, coalesce(l.value_date, l.entry_date) as value_date, p.line_id as taken_back "
        "from bank_line l left join payment_reversal r on r.line_id = l.line_id left join payment p using (payment_id) "
        "where l.line_id = %s and l.treatment = 'other'",
        (line,),
    )


async def standing_collection(connection: Connection, *, payment_id: UUID) -> StandingPayment | None:
    """Return a collection by direct debit that stands."""
    return await fetch_one(
        connection,
        StandingPayment,
        f"select {_PAYMENT} from standing_payment p where p.payment_id = %s and p.source = 'directDebit'",
        (payment_id,),
    )


async def lines_meant(connection: Connection, *, cents: int, account: str, reference: str | None) -> list[UUID]:
    """Return the lines of standing payments of an amount that come closest to a reference, or else to a payer."""
    return await fetch_values(connection, _MEANT, {"account": account, "cents": cents, "reference": reference})


async def credit_uses(connection: Connection, *, dossier: UUID) -> list[StandingPayment]:
    """Return the uses of a dossier's credit that stand, the newest first."""
    return await fetch_all(
        connection,
        StandingPayment,
        f"select {_PAYMENT} from standing_payment p join journal_entry e using (entry_id) "
        "where p.dossier = %s and p.source = 'credit' order by p.booked_on desc, p.value_date desc, p.payment_id",
        (dossier,),
    )


async def what_it_did(connection: Connection, payment: StandingPayment) -> BookedPayment:
    """Return a payment with what it paid and what it took off surcharges."""
    parts = await fetch_all(
        connection,
        _part,
        "select quarter, kind, cents from allocation where payment_id = %s order by quarter, kind",
        (payment.payment_id,),
    )
    corrected = await fetch_all(
        connection,
        _corrected,
        "select quarter, closing, kind, base_cents, surcharge_cents from surcharge_correction "
        "where dossier = %s and cause_id = %s order by quarter, closing, kind",
        (payment.dossier, payment.payment_id),
    )
    return BookedPayment(
        payment_id=payment.payment_id,
        amount_cents=payment.amount_cents,
        value_date=payment.value_date,
        parts=tuple(parts),
        corrected=tuple(corrected),
    )


def _part(*, quarter: str, kind: str, cents: int) -> AllocatedPart:
    return AllocatedPart(quarter=Quarter.parse(quarter), kind=AmountKind(kind), cents=cents)


def _corrected(*, quarter: str, closing: str, kind: str, base_cents: int, surcharge_cents: int) -> CorrectedSurcharge:
    return CorrectedSurcharge(
        quarter=Quarter.parse(quarter),
        closing=Quarter.parse(closing),
        kind=kind,
        base_cents=base_cents,
        surcharge_cents=surcharge_cents,
    )


async def insert_reversal(
    connection: Connection,
    *,
    payment_id: UUID,
    entry_id: UUID,
    reason: str,
    line: UUID | None,
    reversed_on: date,
    reversed_by: str,
) -> None:
    """Note that a payment was undone by an entry, and the line of the bank that took its money back."""
    await connection.execute(
        "insert into payment_reversal (payment_id, entry_id, reason, line_id, reversed_on, reversed_by) "
        "values (%s, %s, %s, %s, %s, %s)",
        (payment_id, entry_id, reason, line, reversed_on, reversed_by),
    )


async def note_payer(
    connection: Connection,
    *,
    account: str,
    dossier: UUID,
    automatic: bool,
    noted_on: date,
    noted_by: str,
    reason: str | None = None,
) -> None:
    """Note whether money from an account may go to a dossier without a person looking at it."""
    await connection.execute(
        "insert into payer_rule (counterparty_account, dossier, automatic, noted_on, noted_by, reason) "
        "values (%s, %s, %s, %s, %s, %s)",
        (account, dossier, automatic, noted_on, noted_by, reason),
    )
