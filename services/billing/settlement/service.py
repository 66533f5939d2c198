"""Money of known dossiers: allocation, its entries, and the facts that tell of it, in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID, uuid5

from services.billing.ledger import service as ledger
from services.billing.ledger.rules.debtor_account import DebtorAccount
from services.billing.ledger.rules.entries import ENTRY_NAMESPACE, Account, JournalEntry
from services.billing.ledger.service import AccountRows
from services.billing.settlement import store
from services.billing.settlement.rules import Money, Received, receive
from services.billing.settlement.store import write_corrections
from services.billing.subjects.service import lock_subjects
from shared.contracts.billing_v1 import Allocation, DebtSettled, PaymentAllocated, SettledBy
from shared.contracts.envelope import Fact
from shared.law.quarter import Quarter
from shared.platform.database.connections import Connection
from shared.platform.database.copying import Block, copy_blocks
from shared.platform.messages_out.outbox import WrittenFacts, publish_many, publish_written, written

#: What others ask of settlement; corrections as the store writes them.
__all__ = [
    "SettledMoney",
    "book_money",
    "settle",
    "settled_facts",
    "use_credits",
    "write_corrections",
    "write_settled",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class SettledMoney:
    """What payments did, with its rows and its facts written out."""

    received: list[Received]
    blocks: list[Block]
    facts: list[WrittenFacts]


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
    known = await store.booked(connection, payment_ids=[payment.payment_id for payment in money])
    settled = settle(
        await ledger.account_rows(connection, dossiers=dossiers),
        [payment for payment in money if payment.payment_id not in known],
        booked_on=booked_on,
        interest_rate=interest_rate,
    )
    await write_settled(connection, settled)
    return settled.received


def settle(
    read: AccountRows, money: Sequence[Money], *, booked_on: date, interest_rate: Decimal | None
) -> SettledMoney:
    """Allocate payments and write out what ``write_settled`` writes, in any thread.

    Args:
        read: the accounts of their dossiers, locked and up to date.
        money: payments that were not booked before, in the order they are to be used.
        booked_on: day of booking.
        interest_rate: legal interest a year in social matters on that day.
    """
    accounts = ledger.accounts_of(read)
    received = [receive(accounts[payment.dossier], payment, interest_rate=interest_rate) for payment in money]
    return SettledMoney(
        received=received,
        blocks=_blocks(received, booked_on),
        facts=written(_facts_of(received, booked_on=booked_on)),
    )


async def write_settled(connection: Connection, settled: SettledMoney) -> None:
    """Book what payments did and tell it.

    Raises:
        psycopg.errors.UniqueViolation: one of the payments was booked before; nothing of this call is kept then.
    """
    await copy_blocks(connection, settled.blocks)
    await publish_written(connection, settled.facts)


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
    await copy_blocks(connection, _blocks(received, booked_on))
    await publish_many(connection, _facts_of(received, booked_on=booked_on))
    return received


def _facts_of(received: Sequence[Received], *, booked_on: date) -> list[Fact]:
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


def _blocks(received: Sequence[Received], booked_on: date) -> list[Block]:
    """Write out the entries of what money did, then the rows that refer to them."""
    entries: list[JournalEntry] = []
    for outcome in received:
        entries += [charge.entry for charge in outcome.interest if charge.entry is not None]
        entries += [correction.entry for correction in outcome.corrections if correction.entry is not None]
        entries.append(outcome.entry)
    return [
        *ledger.entry_blocks(entries, booking_date=booked_on),
        *store.blocks_of(received, booked_on=booked_on),
    ]
