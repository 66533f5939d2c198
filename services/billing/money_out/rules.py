"""What is paid back and what is collected: who gets it, under which mandate, and the entries in the books."""

from __future__ import annotations

from datetime import date, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from services.billing.ledger.rules.entries import Account, EntryKind, JournalEntry, JournalLine, entry_id
from shared.law.calendar import add_months, last_bank_day, last_day_of_month, next_bank_day
from shared.law.identifiers import Iban, InvalidIdentifier
from shared.law.quarter import Quarter

#: Calendar days before a collection by which the debtor is told amount and day (SEPA core rulebook, EPC016-06, 4.6.1).
PRENOTIFICATION_DAYS: Final = 14
#: Months after its last collection, or its signature, after which a mandate may no longer be used (EPC016-06, 4.1).
MANDATE_MONTHS: Final = 36


class BankOrderKind(StrEnum):
    """What a file for the bank does."""

    REFUND = "refund"
    DIRECT_DEBIT = "directDebit"


class CollectionTooEarly(ValueError):
    """The debtors could not be told of the collection in time, or banks don't work on its day."""


def collection_day(*, wanted: date | None, today: date) -> date:
    """Give the day of a collection: the wanted one, else the first on which everybody was told in time.

    Raises:
        CollectionTooEarly: the wanted day leaves less than fourteen calendar days, or is no day on which banks work.
    """
    earliest = next_bank_day(today + timedelta(days=PRENOTIFICATION_DAYS))
    if wanted is None:
        return earliest
    if wanted < today + timedelta(days=PRENOTIFICATION_DAYS) or next_bank_day(wanted) != wanted:
        raise CollectionTooEarly(f"a collection is on a day banks work, {earliest.isoformat()} at the earliest")
    return wanted


def planned_collection_day(*, today: date) -> date:
    """Give the day a scheduled file collects on: the last bank day of the month, or the first one possible later.

    On the last bank day of a quarter the money arrives before surcharges are charged.
    """
    last = last_bank_day(last_day_of_month(today))
    earliest = collection_day(wanted=None, today=today)
    return last if last >= today + timedelta(days=PRENOTIFICATION_DAYS) else earliest


def last_quarter_collected(*, on: date) -> Quarter:
    """Give the latest quarter that is collected on a day: one whose last bank day has come, so nobody pays early."""
    quarter = Quarter.of(on)
    return quarter if on >= last_bank_day(quarter.last_day) else quarter.previous()


#: Return codes after which the next file collects again by itself: there was not enough money on the account. Every
#: other code speaks of the mandate, the account or the debtor's will (EPC173-14, chapter 4): then a person decides.
PRESENTED_AGAIN: Final = frozenset({"AM04"})


def sequence_of(*, settled_before: bool) -> str:
    """Give the sequence type of the next collection under a mandate.

    It stays the first one until one was settled: a first collection that was rejected before is presented as first
    again, one that came back after it was settled was the first (EPC016-06, AT-21).
    """
    return "RCUR" if settled_before else "FRST"


def mandate_usable(*, signed_on: date, last_collected_on: date | None, on: date) -> bool:
    """Tell whether a mandate may be used: not before it was signed, and not after 36 months without a collection.

    The months run from the last collection that was presented to the bank, even if it came back.
    """
    return signed_on <= on <= add_months(last_collected_on or signed_on, MANDATE_MONTHS)


def has_account(number: str | None) -> bool:
    """Tell whether an account number can be paid to."""
    try:
        Iban(number or "")
    except InvalidIdentifier:
        return False
    return True


def refund_filed(*, order_id: UUID, dossier: UUID, cents: int, on: date) -> JournalEntry:
    """Take a refund out of the credit of a dossier: it is in a file for the bank."""
    return _entry(
        EntryKind.REFUND,
        order_id,
        on,
        (
            JournalLine(account=Account.DOSSIER_CREDIT, cents=cents, dossier=dossier),
            JournalLine(account=Account.REFUNDS_UNDERWAY, cents=-cents),
        ),
    )


def refund_returned(*, order_id: UUID, dossier: UUID, cents: int, on: date) -> JournalEntry:
    """Give a refund that was not approved, or that the bank could not pay, back to the credit of the dossier."""
    return _entry(
        EntryKind.REFUND_RETURNED,
        order_id,
        on,
        (
            JournalLine(account=Account.REFUNDS_UNDERWAY, cents=cents),
            JournalLine(account=Account.DOSSIER_CREDIT, cents=-cents, dossier=dossier),
        ),
    )


def refund_executed(*, order_id: UUID, cents: int, on: date) -> JournalEntry:
    """Book a refund the bank paid; the line of the statement stands on other bank movements and meets it there."""
    return _entry(
        EntryKind.REFUND_EXECUTED,
        order_id,
        on,
        (
            JournalLine(account=Account.REFUNDS_UNDERWAY, cents=cents),
            JournalLine(account=Account.OTHER_BANK_MOVEMENTS, cents=-cents),
        ),
    )


def end_to_end_id(kind: BankOrderKind, key: UUID, attempt: int) -> str:
    """Give the id under which the bank knows an order; one made again after a return has another."""
    return f"{'R' if kind is BankOrderKind.REFUND else 'D'}{key.hex}{attempt:02d}"


def _entry(kind: EntryKind, order_id: UUID, on: date, lines: tuple[JournalLine, ...]) -> JournalEntry:
    key = str(order_id)
    return JournalEntry(entry_id=entry_id(kind, key), kind=kind, value_date=on, reference=key, lines=lines)
