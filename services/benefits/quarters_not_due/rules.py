"""Quarters without contribution by a decision taken elsewhere: illness, maternity, care (RGS art. 50 par. 1, 2 and 5).

The insurer or the institute decides on the right itself; the fund writes the decision down and holds its quarters
against what the regulation gives at most, whatever number of decisions come about the same event.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from shared.law.calendar import add_months
from shared.law.parameters import Parameters
from shared.law.quarter import Quarter

#: What billing and everybody after it is told: which paragraph it is may tell of somebody's health.
TOLD_ARTICLE: Final = "RGS art. 50"
_MONTHS_OF_QUARTER: Final = 3
#: Two births of one mother lie further apart than this; nearer days are one birth, such as of twins, told twice.
_BIRTHS_APART_DAYS: Final = 180


class ReliefGround(StrEnum):
    """Why no contribution is due; stays within benefits, as it may be a fact about health."""

    ILLNESS = "illness"
    """Inactivity because of illness or invalidity, assimilated for the pension (RGS art. 50 par. 1)."""
    CARE = "care"
    """Interruption to care for somebody, assimilated for the pension (RGS art. 50 par. 2)."""
    MATERNITY = "maternity"
    """The quarters after a birth (RGS art. 50 par. 5)."""


ARTICLES: Final = {
    ReliefGround.ILLNESS: "RGS art. 50 par. 1",
    ReliefGround.CARE: "RGS art. 50 par. 2; royal decree of 22-12-1967 art. 37bis",
    ReliefGround.MATERNITY: "RGS art. 50 par. 5",
}


class Authority(StrEnum):
    """Who decided on the right."""

    INSURER = "insurer"
    INSTITUTE = "institute"
    FUND = "fund"


@dataclass(frozen=True, kw_only=True)
class Relief:
    """A decision as it came.

    Attributes:
        event_on: first day of the incapacity or of the interruption, or day of the birth.
        resumed_on: first day of activity again, of an illness or a care, when it is known.
        ended_on: last day of an incapacity after which nobody resumed anything.
        quarters: those for which no contribution is due.
        decided_on: day of the decision.
    """

    ground: ReliefGround
    event_on: date
    resumed_on: date | None
    ended_on: date | None
    quarters: tuple[Quarter, ...]
    decided_on: date


@dataclass(frozen=True, kw_only=True)
class ReliefLaw:
    """How many quarters the regulation gives, on the day of the event.

    Attributes:
        illness_start_month: an illness that begins in this month of a quarter gives this quarter already.
        illness_resumption_month: one that ends by resuming in this month of a quarter gives this quarter still.
        care_month: each time so many months of allowance follow each other, the quarter of the last one is given.
        care_quarters: most quarters of a career.
        maternity_quarters: quarters after that of the birth.
    """

    illness_start_month: int
    illness_resumption_month: int
    care_month: int
    care_quarters: int
    maternity_quarters: int


@dataclass(frozen=True, kw_only=True)
class Problem:
    """What stands against a decision: the field, the rule, and what a person reads. No ground, no day of an event."""

    field: str
    rule: str
    detail: str


def relief_law(ground: ReliefGround, *, event_on: date, parameters: Parameters) -> ReliefLaw:
    """Read what the regulation gives for an event; of the other grounds nothing is read.

    Raises:
        ParameterMissing: the regulation gave nothing on that day, or it is not known.
    """

    # see limits: quarters-after-a-birth-by-its-day
    def number(name: str, wanted: ReliefGround) -> int:
        return parameters.integer(name, on=event_on) if ground is wanted else 0

    return ReliefLaw(
        illness_start_month=number("benefits.illness.startMonthOfQuarter", ReliefGround.ILLNESS),
        illness_resumption_month=number("benefits.illness.resumptionMonthOfQuarter", ReliefGround.ILLNESS),
        care_month=number("benefits.carer.assimilationMonth", ReliefGround.CARE),
        care_quarters=number("benefits.carer.quartersAssimilatedMax", ReliefGround.CARE),
        maternity_quarters=number("contributions.maternityQuartersNotDue", ReliefGround.MATERNITY),
    )


def period_of(relief: Relief, *, law: ReliefLaw, today: date) -> tuple[Quarter, Quarter]:
    """Give the first and the last quarter a decision can be about.

    An illness that goes on reaches to the quarter of today: who knows what the next one brings.
    """
    first = Quarter.of(relief.event_on)
    if relief.ground is ReliefGround.MATERNITY:
        return first.next(), first.next(law.maternity_quarters)
    if relief.ground is ReliefGround.CARE:
        return _quarters_of_care(relief, law=law, today=today)
    last = Quarter.of(today)
    if _month_of_quarter(relief.event_on) > law.illness_start_month:
        first = first.next()
    if relief.resumed_on is not None:
        resumed = Quarter.of(relief.resumed_on)
        whole = _month_of_quarter(relief.resumed_on) >= law.illness_resumption_month
        last = min(last, resumed if whole else resumed.previous())
    elif relief.ended_on is not None:
        last = min(last, Quarter.of(relief.ended_on))
    return first, last


def _quarters_of_care(relief: Relief, *, law: ReliefLaw, today: date) -> tuple[Quarter, Quarter]:
    """Give the first and the last quarter of an interruption: one for every three months of allowance in a row.

    "Each time somebody obtained three successive months of allowance, the quarter in the course of which the third was
    granted" is one (royal decree of 22-12-1967, art. 37bis par. 2). The allowance runs from the month after the start,
    from that of the start when it is its first day. Only whole months count: not that of the resumption, nor, while the
    interruption goes on, a month that is not over.
    """
    starts_on = relief.event_on if relief.event_on.day == 1 else add_months(relief.event_on.replace(day=1), 1)
    ends_before = min(relief.resumed_on or date.max, today + timedelta(days=1))
    months = (ends_before.year - starts_on.year) * 12 + ends_before.month - starts_on.month
    whole = months - months % law.care_month
    return (
        Quarter.of(add_months(starts_on, law.care_month - 1)),
        Quarter.of(add_months(starts_on, whole - 1)),
    )


def problems_of(relief: Relief, *, earlier: Sequence[Relief], law: ReliefLaw, today: date) -> list[Problem]:
    """Hold a decision against the regulation and against what stands already; empty when nothing is wrong.

    Args:
        relief: the decision.
        earlier: the other decisions about the same person that nobody refused, confirmed or not.
        law: what the regulation gives.
        today: the business day.
    """
    problems = _shape(relief, today)
    if problems:
        return problems
    first, last = period_of(relief, law=law, today=today)
    outside = [quarter for quarter in relief.quarters if not first <= quarter <= last]
    if outside:
        window = f"{first} to {last}" if first <= last else "no quarter at all"
        problems.append(_about_quarters("outsidePeriod", outside, f"the event gives {window}"))
    taken = {quarter for one in earlier for quarter in one.quarters}
    double = [quarter for quarter in relief.quarters if quarter in taken]
    if double:
        problems.append(_about_quarters("alreadyRelieved", double, "another decision gives them"))
    return problems + _too_many(relief, earlier, law)


def _shape(relief: Relief, today: date) -> list[Problem]:
    problems = []
    if not relief.quarters or list(relief.quarters) != sorted(set(relief.quarters)):
        problems.append(Problem(field="quarters", rule="sortedOnce", detail="Give each quarter once, in order."))
    if relief.decided_on > today:
        problems.append(Problem(field="decidedOn", rule="outOfRange", detail="Lies in the future."))
    if relief.event_on > relief.decided_on:
        problems.append(Problem(field="eventOn", rule="invalidPeriod", detail="Lies after the decision."))
    ends = {"resumedOn": relief.resumed_on, "endedOn": relief.ended_on}
    given = [name for name, day in ends.items() if day is not None]
    if len(given) > 1:
        problems.append(Problem(field="endedOn", rule="exclusive", detail="Give resumedOn or endedOn, not both."))
    for name in given:
        day = ends[name]
        if relief.ground is ReliefGround.MATERNITY or (name == "endedOn" and relief.ground is ReliefGround.CARE):
            problems.append(Problem(field=name, rule="notOfThisGround", detail="Says nothing about this decision."))
        elif day is not None and day <= relief.event_on:
            problems.append(Problem(field=name, rule="invalidPeriod", detail="Lies before the event."))
    return problems


def _too_many(relief: Relief, earlier: Iterable[Relief], law: ReliefLaw) -> list[Problem]:
    """Count over all decisions: quarters of care in a career, and of a birth however often it is told."""
    alike = [one for one in earlier if one.ground is relief.ground]
    if relief.ground is ReliefGround.CARE:
        granted = sum(len(one.quarters) for one in alike)
        if granted + len(relief.quarters) > law.care_quarters:
            detail = f"{law.care_quarters} quarters of a career at most, of which {granted} are taken."
            return [Problem(field="quarters", rule="tooManyOfCareer", detail=detail)]
    if relief.ground is ReliefGround.MATERNITY:
        near = [one for one in alike if abs((one.event_on - relief.event_on).days) < _BIRTHS_APART_DAYS]
        if any(Quarter.of(one.event_on) != Quarter.of(relief.event_on) for one in near):
            detail = "Another decision is about the same event on a day in another quarter."
            return [Problem(field="eventOn", rule="sameEvent", detail=detail)]
        granted = sum(len(one.quarters) for one in near)
        if granted + len(relief.quarters) > law.maternity_quarters:
            detail = f"{law.maternity_quarters} quarters at most, of which {granted} are taken."
            return [Problem(field="quarters", rule="tooManyOfEvent", detail=detail)]
    return []


def _about_quarters(rule: str, quarters: Sequence[Quarter], reason: str) -> Problem:
    named = ", ".join(str(quarter) for quarter in quarters)
    return Problem(field="quarters", rule=rule, detail=f"{named}: {reason}.")


def _month_of_quarter(day: date) -> int:
    return (day.month - 1) % _MONTHS_OF_QUARTER + 1
