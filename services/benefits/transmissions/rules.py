"""What a mutualite must be told, before when, and in which words (royal decree of 03-07-1996, art. 276).

The format the two ministers set (art. 276 par. 9) was not found: the message below carries what the law asks, with the
names of the Crossroads Bank's common types (ssin, ticket, year and quarter).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final
from uuid import UUID, uuid5

from shared.contracts.vocabulary import Category
from shared.law.calendar import add_months, add_working_days, last_day_of_month, period_end_months
from shared.law.parameters import Parameters
from shared.law.quarter import Quarter

#: Namespace of transmission ids: the same duty always has the same id and therefore the same ticket.
_NAMESPACE: Final = UUID("0a7d3f7e-3d24-5b68-8e7c-51a6c2f3b9d4")
#: A person gets a task this many working days before the legal deadline.
WARNING_WORKING_DAYS: Final = 5
#: After a message that was received but never answered, the same ticket is sent again after these working days.
SILENCE_WORKING_DAYS: Final = 5


class Duty(StrEnum):
    """The occasions on which the law makes the fund speak to a mutualite."""

    AFFILIATION = "affiliation"
    FIRST_CONTRIBUTION = "firstContribution"
    CESSATION = "cessation"


ARTICLES: Final = {
    Duty.AFFILIATION: "AR 03-07-1996 art. 276 par. 3 al. 1",
    Duty.FIRST_CONTRIBUTION: "AR 03-07-1996 art. 276 par. 3 (first quarterly contribution)",
    Duty.CESSATION: "AR 03-07-1996 art. 276 par. 3 (end of subjection)",
}


@dataclass(frozen=True, kw_only=True)
class Notice:
    """What one message says of a dossier; the identity is added when it is sent."""

    transmission_id: UUID
    duty: Duty
    insurer: str
    file_number: int
    category: Category
    starts_on: date
    happened_on: date
    quarter: Quarter | None
    relieved: bool


def transmission_id(*, duty: Duty, dossier: UUID, event: str) -> UUID:
    """Give the id of the duty that an event of a dossier creates; the event is a date or the word ``first``."""
    return uuid5(_NAMESPACE, f"{duty.value}|{dossier}|{event}")


def is_first_contribution(*, quarter: Quarter, starts_on: date, taken_over: bool) -> bool:
    """Tell whether the first quarter that this fund sees covered is the first one of the affiliation (art. 276 par. 3).

    The paragraph speaks of those who become titulary for the first time. Somebody taken over became so elsewhere and
    paid there, and the fund before told of it, unless this fund claims the very quarter in which the affiliation began
    (inferred: the law says "the first quarterly contribution due", not which fund collects it).
    """
    # see limits: first-contribution-of-who-was-taken-over
    return not taken_over or quarter <= Quarter.of(starts_on)


def deadline(*, duty: Duty, happened_on: date, parameters: Parameters) -> date:
    """Give the last day for a message; never moved to a later working day, since the fund works towards it.

    Within the month after affiliation; within one month after the first contribution was paid or waived; in the month
    that follows the last quarter of subjection.
    """
    months = parameters.integer(f"mutualities.{duty.value}Months", on=happened_on)
    if duty is Duty.CESSATION:
        return last_day_of_month(add_months(Quarter.of(happened_on).ends_before, months - 1))
    return period_end_months(happened_on, months)


def warn_on(*, deadline_on: date) -> date:
    """Give the day on which a person gets a task when no receipt has come."""
    return add_working_days(deadline_on, -WARNING_WORKING_DAYS)


def message_body(*, notice: Notice, fund_number: str, ssin: str, sent_on: date) -> dict[str, str | int | bool]:
    """Give the JSON body of a message; its ticket makes it the same message however often it is sent."""
    body: dict[str, str | int | bool] = {
        "ticket": str(notice.transmission_id),
        "kind": notice.duty.value,
        "fundNumber": fund_number,
        "insurer": notice.insurer,
        "fileNumber": f"{notice.file_number:07d}",
        "ssin": ssin,
        "category": notice.category.value,
        "startDate": notice.starts_on.isoformat(),
        "sentOn": sent_on.isoformat(),
    }
    if notice.duty is Duty.CESSATION:
        body["endDate"] = notice.happened_on.isoformat()
    if notice.duty is Duty.FIRST_CONTRIBUTION:
        body["contributionDate"] = notice.happened_on.isoformat()
        body["exempted"] = notice.relieved
    if notice.quarter is not None:
        body["yearQuarter"] = str(notice.quarter)
    return body
