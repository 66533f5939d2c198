"""Decisions of the institute and summonses: what a fine can be, and which quarters can be decided on.

A fine costs what the law lets each infringement cost (royal decree 38, art. 17bis).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from shared.law.calendar import add_months
from shared.law.money import round_half_up
from shared.law.parameters import Parameters
from shared.law.quarter import Quarter


class DecisionKind(StrEnum):
    """What was recorded."""

    FINE = "fine"
    EXEMPTION = "exemption"
    SURCHARGE_WAIVER = "surchargeWaiver"
    SUMMONS = "summons"


class Infringement(StrEnum):
    """What was fined.

    The fine for a sham affiliation (par. 1bis) is twice a starting contribution, which only billing computes: it is
    not recorded here.
    """

    # see limits: fine-for-a-sham-affiliation
    NOT_AFFILIATED = "notAffiliated"
    """No affiliation, another activity than the one registered, or an income raised for fraud (par. 1)."""
    UNREGISTERED_PARTNER = "unregisteredPartner"
    """An active partner or helper who was not registered (par. 1ter and 1quater)."""
    NOT_WITHHELD = "notWithheld"
    """A principal who did not withhold on an invoice (par. 1quinquies)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FineBounds:
    """Least and highest fine in euro cents, both included, and the article."""

    least_cents: int
    highest_cents: int
    article: str


_PARAMETERS: Final = {
    Infringement.NOT_AFFILIATED: ("affiliation.fineMin", "affiliation.fineMax", "AR38 art. 17bis par. 1"),
    Infringement.UNREGISTERED_PARTNER: (
        "affiliation.fineUnregisteredPartnerMin",
        "affiliation.fineUnregisteredPartnerMax",
        "AR38 art. 17bis par. 1ter and 1quater",
    ),
}
_AGAIN: Final = {
    Infringement.NOT_AFFILIATED: ("affiliation.fineRecidivismMin", "affiliation.fineRecidivismMax"),
    Infringement.UNREGISTERED_PARTNER: (
        "affiliation.fineRecidivismMin",
        "affiliation.fineUnregisteredPartnerRecidivismMax",
    ),
}
_AGAIN_ARTICLE: Final = "AR38 art. 17bis par. 2/1"


def fine_bounds(
    *, infringement: Infringement, again: bool, mitigated: bool, on: date, parameters: Parameters
) -> FineBounds:
    """Give what a fine can be.

    Args:
        infringement: what was fined.
        again: the same infringement within a year of an earlier fine (par. 2/1).
        mitigated: the institute went below the least fine for mitigating circumstances (par. 2).
        on: day of the infringement, whose law applies.
        parameters: the law.

    Raises:
        ParameterMissing: the law of that day has no such fine.
    """
    if infringement is Infringement.NOT_WITHHELD:
        highest = parameters.cents("affiliation.withholdingFineMax", on=on)
        article = _AGAIN_ARTICLE if again else "AR38 art. 17bis par. 1quinquies"
        return FineBounds(least_cents=1, highest_cents=2 * highest if again else highest, article=article)
    least_name, highest_name, article = _PARAMETERS[infringement]
    if again:
        (least_name, highest_name), article = _AGAIN[infringement], _AGAIN_ARTICLE
    least = parameters.cents(least_name, on=on)
    if mitigated:
        least = round_half_up(least * parameters.decimal("affiliation.fineMitigationRatioMin", on=on))
    return FineBounds(least_cents=least, highest_cents=parameters.cents(highest_name, on=on), article=article)


def final_on_earliest(*, decided_on: date, parameters: Parameters) -> date:
    """Give the first day on which a fine can be beyond appeal, which suspends it (royal decree 38, art. 17quater)."""
    return add_months(decided_on, parameters.integer("affiliation.fineAppealMonths", on=decided_on))


class QuarterNotOwed(ValueError):
    """Nothing of a quarter can be owed by then: ``reason`` is a code, the text says why."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


def check_owed(
    quarters: Collection[Quarter], *, kind: DecisionKind, on: date, affiliated_from: date | None, company: bool
) -> None:
    """Refuse quarters of before the activity, and those not due on the day of a summons or not begun at a decision.

    A quarter is due on its last day (RGS art. 42); one is exempted of what is owed (AR38 art. 17). Of a company only
    the year is looked at: its contribution stands under the fourth quarter and may be due before that begins.

    Raises:
        QuarterNotOwed: names the first such quarter.
    """
    for quarter in sorted(quarters):
        if affiliated_from is not None and quarter < Quarter.of(affiliated_from):
            detail = f"{quarter} is before the activity, which began in {Quarter.of(affiliated_from)}."
            raise QuarterNotOwed("notAffiliated", detail)
        if kind is DecisionKind.EXEMPTION:
            early = quarter.starts_on > on
            detail = f"{quarter} had not begun on {on.isoformat()}: nothing of it was owed."
        elif company:
            early = quarter.year > on.year
            detail = f"The year {quarter.year} had not begun on {on.isoformat()}."
        else:
            early = quarter.last_day >= on
            detail = f"{quarter} is due on {quarter.last_day.isoformat()}: no summons can be about it before."
        if early:
            raise QuarterNotOwed("notDueYet", detail)
