"""How much droit passerelle, for how long: the grant period and the payment of each month (art. 193 and 196).

From the fact to the last day of the next month every full period of seven days without activity gives a quarter of the
monthly amount; after that each full calendar month gives all of it; the month in which the period ends is again
counted in periods of seven days. Amounts are integer cents and are rounded once, half up, for each month.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from shared.law.calendar import add_months, last_day_of_month
from shared.law.money import Cents, round_half_up
from shared.law.parameters import Parameters

_PREFIX: Final = "benefits.droitPasserelle"
#: Day on which the chapter came into force; it governs facts from this day on (art. 210 and 211).
APPLIES_FROM: Final = date(2023, 1, 1)


@dataclass(frozen=True, kw_only=True)
class Allowance:
    """For how long one fact gives rights: months of money, and quarters in which social rights are kept."""

    months: int
    quarters: int


@dataclass(frozen=True, kw_only=True)
class DroitPasserelleLaw:
    """The numbers of the law, as they were on the day of the fact."""

    applies_from: date
    subject_quarters: int
    eligible_categories: frozenset[str]
    forced_grounds: frozenset[str]
    paid_quarters: int
    payment_window_quarters: int
    months: int
    quarters: int
    period_days: int
    period_ratio: Decimal
    replacement_ratio: Decimal
    application_quarters: int
    rights_after_months: int
    additional: tuple[tuple[int, Allowance], ...]

    @property
    def parts_per_month(self) -> int:
        """How many periods of seven days make a full monthly amount."""
        return int(1 / self.period_ratio)


@dataclass(frozen=True, kw_only=True)
class EntitledMonth:
    """What one calendar month is worth, in periods of seven days; ``full`` marks a whole calendar month.

    ``payable_from`` is the first day on which the period it pays for is over.
    """

    month: str
    parts: int
    full: bool
    payable_from: date


def law_on(*, parameters: Parameters, fact_on: date) -> DroitPasserelleLaw:
    """Read the numbers of the law for a fact; raises ``ParameterMissing`` when one is not known for that day.

    An older fact gets the first numbers of the law: the rule ``lawApplies`` then says that they are not its own.
    """
    known_on = max(fact_on, APPLIES_FROM)

    def integer(name: str) -> int:
        return parameters.integer(f"{_PREFIX}.{name}", on=known_on)

    return DroitPasserelleLaw(
        applies_from=APPLIES_FROM,
        subject_quarters=integer("subjectQuarters"),
        eligible_categories=frozenset(parameters.words(f"{_PREFIX}.eligibleCategories", on=known_on)),
        forced_grounds=frozenset(parameters.words(f"{_PREFIX}.forcedInterruptionGrounds", on=known_on)),
        paid_quarters=integer("paidQuartersMin"),
        payment_window_quarters=integer("paidQuartersWindow"),
        months=integer("monthsMax"),
        quarters=integer("quartersMax"),
        period_days=integer("interruptionDaysMin"),
        period_ratio=parameters.decimal(f"{_PREFIX}.weekRatio", on=known_on),
        replacement_ratio=parameters.decimal(f"{_PREFIX}.replacementIncomeWeekRatio", on=known_on),
        application_quarters=integer("applicationQuarters"),
        rights_after_months=integer("interruptionMonthsForRights"),
        additional=_additional(parameters.words(f"{_PREFIX}.additionalByPensionQuarters", on=known_on)),
    )


def _additional(lines: Sequence[str]) -> tuple[tuple[int, Allowance], ...]:
    """Read the lines of art. 193 par. 3, such as ``12:4:1``: from 12 pension quarters on, 4 months and 1 quarter."""
    read = [tuple(int(part) for part in line.split(":")) for line in lines]
    return tuple((least, Allowance(months=months, quarters=quarters)) for least, months, quarters in sorted(read))


def allowance(
    *, previous_months: int, previous_quarters: int, pension_quarters: int | None, law: DroitPasserelleLaw
) -> Allowance:
    """Give for how long a fact gives rights, after what was received since 1 July 1997 (art. 193 par. 3).

    What is left of the first twelve months and four quarters comes first. Behind them a later fact adds months and
    quarters by the quarters with pension rights that were built between the two facts; without their number nothing is
    added. One fact never gives more than twelve months and four quarters. What was received beyond the first twelve
    months was added by an earlier fact, and is not taken from what the interval since then adds (inferred: the law
    counts each interval by itself).
    """
    # see limits: additions-of-earlier-facts-are-not-counted-again
    months = max(law.months - previous_months, 0)
    quarters = max(law.quarters - previous_quarters, 0)
    if pension_quarters is not None and (previous_months > 0 or previous_quarters > 0):
        reached = [more for least, more in law.additional if least <= pension_quarters]
        if reached:
            months, quarters = months + reached[-1].months, quarters + reached[-1].quarters
    return Allowance(months=min(months, law.months), quarters=min(quarters, law.quarters))


def has_full_calendar_months(*, starts_on: date, ends_before: date | None, months: int) -> bool:
    """Tell whether whole calendar months lie in an interruption (art. 193 par. 2); one without an end has them."""
    if ends_before is None:
        return True
    first = starts_on if starts_on.day == 1 else last_day_of_month(starts_on) + timedelta(days=1)
    return add_months(first, months) <= ends_before


def grant_ends_before(*, fact_on: date, interruption_ends_before: date | None, months: int) -> date:
    """Give the day on which the grant period has ended: so many months after the fact.

    The period runs from date to date (inferred from art. 193 par. 3 and 196 par. 4); an interruption that ends sooner
    ends it sooner.
    """
    # see limits: grant-runs-from-date-to-date
    end = add_months(fact_on, months)
    if end.day < fact_on.day:
        # A fact on the 31st or on 29 February: the last month is whole when it has no such day.
        end += timedelta(days=1)
    return end if interruption_ends_before is None else min(end, interruption_ends_before)


def entitled_months(
    *, fact_on: date, interruption_ends_before: date | None, granted_months: int, law: DroitPasserelleLaw
) -> tuple[EntitledMonth, ...]:
    """Give every month with a payment, in order. A period of seven days belongs to the month in which it ends."""
    end = grant_ends_before(fact_on=fact_on, interruption_ends_before=interruption_ends_before, months=granted_months)
    window_end = add_months(fact_on.replace(day=1), 2)
    months = _first_periods(fact_on=fact_on, ends_before=min(window_end, end), law=law)
    month_start = window_end
    while month_start < end:
        next_start = add_months(month_start, 1)
        if next_start <= end:
            months.append(
                EntitledMonth(
                    month=f"{month_start:%Y-%m}", parts=law.parts_per_month, full=True, payable_from=next_start
                )
            )
        else:
            parts = (end - month_start).days // law.period_days
            if parts:
                months.append(EntitledMonth(month=f"{month_start:%Y-%m}", parts=parts, full=False, payable_from=end))
        month_start = next_start
    return tuple(months)


def _first_periods(*, fact_on: date, ends_before: date, law: DroitPasserelleLaw) -> list[EntitledMonth]:
    period = timedelta(days=law.period_days)
    parts: Counter[str] = Counter()
    payable_from: dict[str, date] = {}
    period_end = fact_on + period
    while period_end <= ends_before:
        month = f"{period_end - timedelta(days=1):%Y-%m}"
        parts[month] += 1
        payable_from[month] = period_end
        period_end += period
    return [
        EntitledMonth(month=month, parts=count, full=False, payable_from=payable_from[month])
        for month, count in parts.items()
    ]


def monthly_amount_name(*, dependant: bool, attested: bool) -> str:
    """Name the parameter of the monthly amount: the higher one only once the insurer attests (art. 196 par. 1)."""
    return f"{_PREFIX}.{'dependant' if dependant and attested else 'single'}"


def month_start(month: str) -> date:
    """Give the first day of a month such as ``2026-04``: the day whose amount is paid for it."""
    return date.fromisoformat(f"{month}-01")


def month_amount_cents(
    *, parts: int, monthly_cents: Cents, replacement_income_cents: Cents, law: DroitPasserelleLaw
) -> Cents:
    """Give what a month pays: its periods of seven days, less the replacement income of the same periods, in cents.

    Article 199 lets somebody have both as far as their sum stays within the amount of article 196 that applies, and
    takes off what goes beyond it. For a month paid by periods of seven days that amount is theirs (art. 196 par. 3 and
    4), so only the income of those periods is held against it: of a monthly income a quarter for each (inferred, like
    the parameter). Without this cut, one week of benefit would be used up by the income of four. What remains is
    rounded once, half up to the cent.
    """
    gross = Decimal(monthly_cents) * law.period_ratio * parts
    # see limits: replacement-income-counts-by-periods
    replaced = Decimal(replacement_income_cents) * law.replacement_ratio * parts
    return max(round_half_up(gross - replaced), 0)
