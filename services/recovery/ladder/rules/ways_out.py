"""Cheaper lawful ways out: which the debtor was offered, and what forbids a warrant as long as it lasts.

A fund recovers with priority to the least costly procedure (RGS art. 60bis) and speaks with the debtor before the
first judicial recovery. Each letter therefore names the ways out that are open to this debtor, and no warrant is
drawn up while a right is pending, without a personal contact, or before the ways out were offered in writing.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from shared.contracts.vocabulary import Category
from shared.law.calendar import add_months
from shared.law.categories import Right, meaning_of
from shared.law.quarter import Quarter


class Alternative(StrEnum):
    """A lawful way out that costs the debtor less than a warrant."""

    PAYMENT_PLAN = "paymentPlan"
    EXEMPTION = "exemption"
    #: For somebody who may ask an exemption only when contributing as in a main occupation.
    EXEMPTION_AS_MAIN = "exemptionAsMain"
    REDUCTION = "reduction"
    DROIT_PASSERELLE = "droitPasserelle"
    SURCHARGE_WAIVER = "surchargeWaiver"


@dataclass(frozen=True)
class Offer:
    """A way out as a letter names it; ``last_day`` is the last day to ask for it, when the law sets one."""

    alternative: Alternative
    article: str
    last_day: date | None = None


@dataclass(frozen=True)
class Obstacle:
    """Why no warrant may be drawn up, issued or served now."""

    reason: str
    article: str


#: A company pays a yearly contribution, not contributions on an income: only time to pay can be offered.
ALWAYS_OFFERED = (Offer(alternative=Alternative.PAYMENT_PLAN, article="RGS art. 46"),)


def exemption_last_day(*, quarter: Quarter, months: int) -> date:
    """Return the last day to ask exemption of a quarter's provisional contribution (RGS art. 50ter/1 par. 2, 2°).

    The period of ``months`` months runs from the first day of the next quarter. The later start for the first
    quarters of activity isn't applied: it can only give the debtor more time than the letter says.
    """
    return add_months(quarter.ends_before, months) - timedelta(days=1)


def offers(
    *, category: Category | None, quarters: Collection[Quarter], today: date, exemption_months: int
) -> tuple[Offer, ...]:
    """Return the ways out a letter names for this debtor, in the order in which they cost least.

    Args:
        category: the contribution category; None for a company or when affiliation has not told it yet.
        quarters: the quarters with an open debt; an exemption still possible for one of them is offered with the
            last day of the oldest of these.
        today: the day of the letter.
        exemption_months: the period to ask an exemption.
    """
    if category is None:
        return ALWAYS_OFFERED
    found = list(ALWAYS_OFFERED)
    last_days = sorted(exemption_last_day(quarter=quarter, months=exemption_months) for quarter in quarters)
    still_open = [day for day in last_days if day >= today]
    meaning = meaning_of(category)
    # A student contributes as in a main occupation from an income on that recovery doesn't know (art. 12bis par. 2).
    as_main = meaning.exemption.value is Right.AS_MAIN
    exemption = Alternative.EXEMPTION_AS_MAIN if as_main else Alternative.EXEMPTION
    if meaning.exemption.value is not Right.NO and still_open:
        found.append(Offer(alternative=exemption, article="RD 38 art. 17", last_day=still_open[0]))
    found.append(Offer(alternative=Alternative.REDUCTION, article="RD 38 art. 11 par. 3"))
    if meaning.droit_passerelle.value is Right.YES:
        found.append(Offer(alternative=Alternative.DROIT_PASSERELLE, article="PL 26-12-2022 art. 189"))
    found.append(Offer(alternative=Alternative.SURCHARGE_WAIVER, article="RGS art. 48"))
    return tuple(found)


def warrant_obstacles(
    *,
    contact_recorded: bool,
    pending_rights: int,
    plan_in_force: bool,
    contested: bool,
    offered: Sequence[Alternative],
) -> tuple[Obstacle, ...]:
    """Return what forbids a warrant today; an empty tuple means that it may be drawn up.

    Args:
        contact_recorded: a personal contact, or a justified exception, is on record.
        pending_rights: how many claims of the debtor are not decided.
        plan_in_force: time to pay was granted and is respected.
        contested: contested in time, or the debtor was summoned; they go to the labour court, not on a warrant.
        offered: the ways out named in the letters sent so far.
    """
    found = []
    if contested:
        found.append(Obstacle(reason="contested", article="RGS art. 47bis par. 1"))
    if plan_in_force:
        found.append(Obstacle(reason="planInForce", article="RGS art. 46"))
    if pending_rights:
        found.append(Obstacle(reason="rightPending", article="RGS art. 60bis"))
    if not contact_recorded:
        found.append(Obstacle(reason="contactMissing", article="service commitment"))
    if Alternative.PAYMENT_PLAN not in offered:
        found.append(Obstacle(reason="alternativesNotOffered", article="RGS art. 60bis"))
    return tuple(found)
