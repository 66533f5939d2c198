"""Money of known dossiers: allocation, its entries, and the facts that tell of it, in one transaction."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from uuid import UUID, uuid5

from services.billing.domain.debtor_account import DebtorAccount
from services.billing.domain.ledger import ENTRY_NAMESPACE, Account, JournalEntry
from services.billing.domain.settlement import Money, Received, receive
from services.billing.domain.surcharge_corrections import SurchargeCorrection
from services.billing.store import ledger
from services.billing.store.copying import copy_rows, free_text, row
from services.billing.store.subjects import lock_subjects
from shared.contracts.billing_v1 import Allocation, DebtSettled, PaymentAllocated, SettledBy
from shared.contracts.envelope import Fact
from shared.law.quarter import Quarter
from shared.platform.database import Connection
from shared.platform.outbox import publish_many

_SOURCES = {
    Account.BANK: "bank",
    Account.SUSPENSE: "suspense",
    Account.DOSSIER_CREDIT: "credit",
    Account.OTHER_BANK_MOVEMENTS: "directDebit",
}


async def book_money(
    connection: Connection, *, money: Sequence[Money], booked_on: date, interest_rate: Decimal | None
) -> list[Received]:
    """Allocate payments to the debts of their dossiers and book them; a payment booked before is left out.

    Args:
        money: the payments, in the order they are to be used.
        booked_on: day of booking.
        interest_rate: legal interest a year in social matters on that day.

    Raises:
        UnknownDossier: a payment names a dossier billing does not know.
    """
    if not money:
        return []
    dossiers = sorted({payment.dossier for payment in money})
    await lock_subjects(connection, dossiers=dossiers)
    known = await _booked(connection, [payment.payment_id for payment in money])
    accounts = await ledger.load_accounts(connection, dossiers=dossiers)
    received = await asyncio.to_thread(
        _receive_all,
        accounts,
        [payment for payment in money if payment.payment_id not in known],
        interest_rate,
    )
    await _write(connection, received, booked_on)
    await publish_many(connection, facts_of(received, booked_on=booked_on))
    return received


def _receive_all(
    accounts: Mapping[UUID, DebtorAccount], money: Sequence[Money], interest_rate: Decimal | None
) -> list[Received]:
    return [receive(accounts[payment.dossier], payment, interest_rate=interest_rate) for payment in money]


async def use_credits(
    connection: Connection,
    *,
    accounts: Sequence[DebtorAccount],
    occasion: str,
    booked_on: date,
    interest_rate: Decimal | None,
) -> list[Received]:
    """Use the credit of dossiers for what they owe; call it with accounts that are locked and up to date.

    Args:
        accounts: the accounts; changed.
        occasion: what made the credit usable (a run, a claim), so that the same occasion uses it once.
        booked_on: day of booking, also the day the credit counts from.
        interest_rate: legal interest a year in social matters on that day.
    """
    received = []
    for account in accounts:
        amount = min(account.credit_cents, account.open_cents)
        if amount <= 0:
            continue
        money = Money(
            payment_id=uuid5(ENTRY_NAMESPACE, f"credit|{account.dossier}|{occasion}"),
            dossier=account.dossier,
            source=Account.DOSSIER_CREDIT,
            amount_cents=amount,
            value_date=booked_on,
            chosen_quarter=None,
            matched_by="credit",
        )
        received.append(receive(account, money, interest_rate=interest_rate))
    await _write(connection, received, booked_on)
    await publish_many(connection, facts_of(received, booked_on=booked_on))
    return received


def facts_of(received: Sequence[Received], *, booked_on: date) -> list[Fact]:
    """Give the facts that tell what payments did, in order per dossier."""
    facts: list[Fact] = []
    for outcome in received:
        facts.append(
            PaymentAllocated(
                dossier=outcome.money.dossier,
                occurred_on=booked_on,
                payment_id=outcome.money.payment_id,
                value_date=outcome.money.value_date,
                amount_cents=outcome.money.amount_cents,
                allocations=tuple(
                    Allocation(quarter=str(part.quarter), kind=part.kind, cents=part.cents) for part in outcome.parts
                ),
                remaining_open_cents=outcome.remaining_open_cents,
            )
        )
        facts += settled_facts(
            dossier=outcome.money.dossier,
            quarters=outcome.settled,
            settled_by=SettledBy.PAYMENT,
            occurred_on=booked_on,
            settled_on=outcome.money.value_date,
            remaining_open_cents=outcome.remaining_open_cents,
        )
    return facts


def settled_facts(
    *,
    dossier: UUID,
    quarters: Sequence[Quarter],
    settled_by: SettledBy,
    occurred_on: date,
    remaining_open_cents: int,
    settled_on: date | None = None,
) -> list[Fact]:
    """Give a fact for each quarter of which nothing is open any more; a payment settles on its value date."""
    return [
        DebtSettled(
            dossier=dossier,
            occurred_on=occurred_on,
            quarter=str(quarter),
            settled_by=settled_by,
            settled_on=settled_on,
            remaining_open_cents=remaining_open_cents,
        )
        for quarter in quarters
    ]


async def _booked(connection: Connection, payment_ids: Sequence[UUID]) -> set[UUID]:
    cursor = await connection.execute("select payment_id from payment where payment_id = any(%s)", (list(payment_ids),))
    return {found["payment_id"] for found in await cursor.fetchall()}


async def _write(connection: Connection, received: Sequence[Received], booked_on: date) -> None:
    if not received:
        return
    entries: list[JournalEntry] = []
    for outcome in received:
        entries += [charge.entry for charge in outcome.interest if charge.entry is not None]
        entries += [correction.entry for correction in outcome.corrections if correction.entry is not None]
        entries.append(outcome.entry)
    await ledger.book_new(connection, entries=entries, booking_date=booked_on)
    await _write_payments(connection, received, booked_on)
    for outcome in received:
        if outcome.corrections:
            await write_corrections(
                connection,
                dossier=outcome.money.dossier,
                cause_id=outcome.money.payment_id,
                corrections=outcome.corrections,
            )
    await _write_interest(connection, received)


async def _write_payments(connection: Connection, received: Sequence[Received], booked_on: date) -> None:
    await copy_rows(
        connection,
        "payment",
        "payment_id, entry_id, dossier, source, line_id, amount_cents, credit_cents, value_date, booked_on, "
        "matched_by, attempt",
        [
            row(
                outcome.money.payment_id,
                outcome.entry.entry_id,
                outcome.money.dossier,
                _SOURCES[outcome.money.source],
                outcome.money.line_id,
                outcome.money.amount_cents,
                outcome.credit_cents,
                outcome.money.value_date,
                booked_on,
                free_text(outcome.money.matched_by),
                outcome.money.attempt,
            )
            for outcome in received
        ],
    )
    await copy_rows(
        connection,
        "allocation",
        "payment_id, quarter, kind, cents",
        [
            row(outcome.money.payment_id, part.quarter, part.kind, part.cents)
            for outcome in received
            for part in outcome.parts
        ],
    )


async def write_corrections(
    connection: Connection, *, dossier: UUID, cause_id: UUID, corrections: Sequence[SurchargeCorrection]
) -> None:
    """Keep what went off surcharges and why; their entries were booked before."""
    await copy_rows(
        connection,
        "surcharge_correction",
        "dossier, quarter, closing, kind, cause_id, base_cents, surcharge_cents, entry_id",
        [
            row(
                dossier,
                correction.surcharge.quarter,
                correction.surcharge.closing,
                correction.surcharge.kind,
                cause_id,
                correction.base_cents,
                correction.surcharge_cents,
                None if correction.entry is None else correction.entry.entry_id,
            )
            for correction in corrections
        ],
    )


async def _write_interest(connection: Connection, received: Sequence[Received]) -> None:
    await copy_rows(
        connection,
        "interest_booked",
        "dossier, quarter, starts_on, ends_before, base_cents, interest_cents, entry_id",
        [
            row(
                outcome.money.dossier,
                charge.quarter,
                charge.starts_on,
                charge.ends_before,
                charge.base_cents,
                charge.interest_cents,
                None if charge.entry is None else charge.entry.entry_id,
            )
            for outcome in received
            for charge in outcome.interest
        ],
    )
