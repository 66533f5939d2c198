"""What lateness costs a company: 1 % a calendar month on what was unpaid when the month began (art. 93).

The months are replayed with every payment on its value date. So a payment that came in time and was told late lowers
the months it should have lowered, and asking again gives the same answer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from services.billing.company_contributions.rules.contribution import first_late_month
from services.billing.ledger.rules.entries import Account, EntryKind, JournalEntry, JournalLine, LineNature, entry_id
from shared.contracts.vocabulary import AmountKind
from shared.law.calendar import add_months
from shared.law.money import round_half_up
from shared.law.parameters import Parameters
from shared.law.quarter import Quarter


@dataclass(frozen=True, slots=True, kw_only=True)
class CompanyPayment:
    """What was paid for a contribution or its increases, by value date.

    Attributes:
        cents: negative for money that left the debt without a payment going back, such as what a lower charge freed.
        returned_on: the day from which the payment counts no longer, when the bank took it back or it was undone.
    """

    value_date: date
    cents: int
    returned_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CompanyDebt:
    """The contribution of a company for a year, as it stands in the books.

    Attributes:
        owed_cents: what was charged less what was waived.
        stopped_on: day of the summons or of the service of a warrant; its month still counts.
    """

    owed_cents: int
    due_on: date
    payments: tuple[CompanyPayment, ...]
    stopped_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthIncrease:
    """What one calendar month costs; ``month`` is its first day."""

    month: date
    base_cents: int
    rate: Decimal
    cents: int


def monthly_increases(*, debt: CompanyDebt, until: date, parameters: Parameters) -> list[MonthIncrease]:
    """Give the increase of each month from the due date to the month of ``until``, that month included.

    Payments go to increases before principal, as everywhere in the books. Months that cost nothing are left out.

    Raises:
        ParameterMissing: the rate of a month is not known.
    """
    replay = _Replay(principal=debt.owed_cents, payments=debt.payments)
    # see limits: increases-corrected-by-the-next-month
    found: list[MonthIncrease] = []
    month = first_late_month(debt.due_on)
    while month <= until and (debt.stopped_on is None or month <= debt.stopped_on):
        replay.go_to(month)
        rate = parameters.decimal("company.lateInterestRate", on=month)
        cents = round_half_up(max(0, replay.principal) * rate)
        if cents:
            found.append(MonthIncrease(month=month, base_cents=replay.principal, rate=rate, cents=cents))
        replay.increases += cents
        month = add_months(month, 1)
    return found


class _Replay:
    """What is unpaid, day by day: payments count on their value date and, once returned, from that day no longer."""

    def __init__(self, *, principal: int, payments: Sequence[CompanyPayment]) -> None:
        self.principal = principal
        self.increases = 0
        self._payments = payments
        self._taken: dict[int, tuple[int, int]] = {}
        # On one day a payment comes before it goes back.
        self._events = sorted(
            [(payment.value_date, 0, number) for number, payment in enumerate(payments)]
            + [
                (max(payment.value_date, payment.returned_on), 1, number)
                for number, payment in enumerate(payments)
                if payment.returned_on is not None
            ],
            reverse=True,
        )

    def go_to(self, day: date) -> None:
        """Replay what happened before a day."""
        while self._events and self._events[-1][0] < day:
            _, goes_back, number = self._events.pop()
            if goes_back:
                principal, increases = self._taken.pop(number)
                self.principal, self.increases = self.principal + principal, self.increases + increases
                continue
            cents = self._payments[number].cents
            to_increases = max(0, min(cents, self.increases))
            self._taken[number] = cents - to_increases, to_increases
            self.principal, self.increases = self.principal - (cents - to_increases), self.increases - to_increases


def differences(*, due: Sequence[MonthIncrease], booked: Mapping[date, int]) -> list[MonthIncrease]:
    """Give what has to be booked so that each month costs what it should; a negative amount takes back."""
    wanted = {increase.month: increase for increase in due}
    result = []
    for month in sorted(wanted.keys() | booked.keys()):
        increase = wanted.get(month) or MonthIncrease(month=month, base_cents=0, rate=Decimal(0), cents=0)
        cents = increase.cents - booked.get(month, 0)
        if cents:
            result.append(MonthIncrease(month=month, base_cents=increase.base_cents, rate=increase.rate, cents=cents))
    return result


def increase_entry(*, dossier: UUID, quarter: Quarter, key: str, value_date: date, cents: int) -> JournalEntry:
    """Charge an increase, or take one back when ``cents`` is negative."""
    return JournalEntry(
        entry_id=entry_id(EntryKind.COMPANY_INCREASE, key),
        kind=EntryKind.COMPANY_INCREASE,
        value_date=value_date,
        reference=key,
        lines=(
            _line(dossier, quarter, AmountKind.SURCHARGE, cents, LineNature.CHARGE),
            JournalLine(account=Account.SURCHARGES, cents=-cents, dossier=dossier),
        ),
    )


def freed_entry(
    *, dossier: UUID, quarter: Quarter, key: str, value_date: date, freed_cents: int, principal_open_cents: int
) -> JournalEntry:
    """Use money that had paid an increase which was taken back: for the principal, and what is left as a credit."""
    to_principal = min(freed_cents, max(0, principal_open_cents))
    lines = [_line(dossier, quarter, AmountKind.SURCHARGE, freed_cents, LineNature.PAYMENT)]
    if to_principal:
        lines.append(_line(dossier, quarter, AmountKind.PRINCIPAL, -to_principal, LineNature.PAYMENT))
    if freed_cents > to_principal:
        lines.append(JournalLine(account=Account.DOSSIER_CREDIT, cents=to_principal - freed_cents, dossier=dossier))
    return JournalEntry(
        entry_id=entry_id(EntryKind.CREDIT_APPLIED, key),
        kind=EntryKind.CREDIT_APPLIED,
        value_date=value_date,
        reference=key,
        lines=tuple(lines),
    )


def _line(dossier: UUID, quarter: Quarter, kind: AmountKind, cents: int, nature: LineNature) -> JournalLine:
    return JournalLine(
        account=Account.RECEIVABLE, cents=cents, dossier=dossier, quarter=quarter, kind=kind, nature=nature
    )
