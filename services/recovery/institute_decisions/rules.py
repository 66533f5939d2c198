"""Administrative fines of the institute: what the law lets each infringement cost (royal decree 38, art. 17bis)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from shared.law.calendar import add_months
from shared.law.money import round_half_up
from shared.law.parameters import Parameters


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
