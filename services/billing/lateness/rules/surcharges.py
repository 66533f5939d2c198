"""Surcharges for late payment: 3 % at the end of each quarter, 7 % once on 1 January (RGS art. 44 and 44bis).

Surcharges are computed on principal only, never on another surcharge, on the management fee or on costs. They stop with
the quarter before the one in which a warrant is served or the debtor summoned. Dates and open amounts come in as
arguments; each surcharge is rounded half up to the cent.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Final

from shared.law.money import round_half_up
from shared.law.parameters import Parameters
from shared.law.quarter import Quarter, quarters_between

QUARTERLY_ARTICLE: Final = "RGS art. 44"
YEARLY_ARTICLE: Final = "RGS art. 44bis"
REDUCTION_ARTICLE: Final = "AR38 art. 11bis"
_LAST_QUARTER: Final = 4


class ClaimKind(StrEnum):
    """How a contribution came to be claimed, which decides when its surcharges begin."""

    ORDINARY = "ordinary"
    """The contribution of a quarter, claimed by the notice of that quarter."""
    STARTER = "starter"
    """One of the first two contributions of somebody affiliated before starting (RGS art. 44 §2)."""
    REGULARISATION = "regularisation"
    """The supplement of a regularisation statement (RGS art. 44 §3)."""
    LATE_AFFILIATION = "lateAffiliation"
    """A contribution of a late affiliation that counts as claimed in its own year: its definitive income was known
    already (RGS art. 44 §3 al. 2 and 44bis §3 al. 2), or it is a starting lump sum (RGS art. 44bis §2 al. 2)."""
    # see limits: billed-late-by-the-fund
    BILLED_LATE = "billedLate"
    """A contribution the fund claimed only after its quarter, by no fault of the debtor (inferred from RGS art. 42)."""


class SurchargeKind(StrEnum):
    """Which of the two surcharges."""

    QUARTERLY = "quarterly"
    YEARLY = "yearly"


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A contribution that was claimed.

    Attributes:
        quarter: the quarter it is owed for.
        claimed_on: the day its notice or statement was sent.
        kind: how it came to be claimed.
        title_on: the day a warrant was served or the debtor summoned for it, or None.
    """

    quarter: Quarter
    claimed_on: date
    kind: ClaimKind = ClaimKind.ORDINARY
    title_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenClaim:
    """A claim and the principal that was still open at the end of the last day of a closing quarter."""

    claim: Claim
    open_cents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Surcharge:
    """A surcharge that is due.

    Attributes:
        quarter: the quarter of the contribution it is charged on.
        closing: the quarter at whose end the contribution was unpaid.
        charged_on: the last day of that quarter, or 1 January for the yearly one.
        base_cents: the unpaid principal it is computed on.
    """

    kind: SurchargeKind
    quarter: Quarter
    closing: Quarter
    charged_on: date
    base_cents: int
    rate: Decimal
    cents: int
    article: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """Principal that was paid, on the day it was credited to the fund."""

    value_date: date
    cents: int


def first_surcharged_quarter(claim: Claim, *, parameters: Parameters) -> Quarter:
    """Give the first quarter at whose end a claim can bear 3 % (RGS art. 44 §1 to §3).

    A contribution bears it from the end of its own quarter, whenever it was claimed: a notice that did not come is no
    excuse (RGS art. 42). A starter's first ones and the supplement of a regularisation bear it only from the end of the
    quarter after that of the notice or statement. What the fund claimed late by its own doing bears it from the end of
    the quarter of the notice: before, nobody could pay.
    """
    claimed_in = Quarter.of(claim.claimed_on)
    if claim.kind is ClaimKind.BILLED_LATE:
        return max(claim.quarter, claimed_in)
    if claim.kind is ClaimKind.STARTER:
        return claimed_in.next(parameters.integer("surcharges.graceQuartersStarter", on=claim.claimed_on))
    if claim.kind is ClaimKind.REGULARISATION:
        return claimed_in.next(parameters.integer("surcharges.graceQuartersRegularisation", on=claim.claimed_on))
    return claim.quarter


def year_of_claim(claim: Claim) -> int:
    """Give the year in which a claim counts as first claimed for the 7 % (RGS art. 44bis §1 to §3).

    A starter's first notices and a regularisation statement sent in the fourth quarter count as claimed in the next
    year; of a late affiliation, starting lump sums and years with a known income count in the year they are owed for.
    """
    if claim.kind is ClaimKind.LATE_AFFILIATION:
        return claim.quarter.year
    claimed_in = Quarter.of(claim.claimed_on)
    postponed = claim.kind in {ClaimKind.STARTER, ClaimKind.REGULARISATION}
    return claimed_in.year + 1 if postponed and claimed_in.number == _LAST_QUARTER else claimed_in.year


def surcharges_of_closing(
    *, closing: Quarter, open_claims: Iterable[OpenClaim], parameters: Parameters
) -> list[Surcharge]:
    """Give the surcharges that the end of a quarter brings.

    Args:
        closing: the quarter that has ended.
        open_claims: the claims with the principal unpaid at the end of its last day; what is credited on that day is
            paid.
        parameters: the law.

    Returns:
        A 3 % surcharge for each claim that bears one and, at the end of a year, the 7 % of 1 January.

    Raises:
        ParameterMissing: when a rate has no value on the closing day.
    """
    surcharges: list[Surcharge] = []
    for open_claim in open_claims:
        if open_claim.open_cents <= 0:
            continue
        if _bears_quarterly(open_claim.claim, closing, parameters):
            rate = parameters.decimal("surcharges.quarterlyRate", on=closing.last_day)
            surcharges.append(_surcharge(SurchargeKind.QUARTERLY, open_claim, closing, closing.last_day, rate))
        if _bears_yearly(open_claim.claim, closing):
            rate = parameters.decimal("surcharges.yearlyRate", on=closing.ends_before)
            surcharges.append(_surcharge(SurchargeKind.YEARLY, open_claim, closing, closing.ends_before, rate))
    return surcharges


def surcharge_schedule(
    *, claim: Claim, principal_cents: int, payments: Sequence[Payment], until: date, parameters: Parameters
) -> list[Surcharge]:
    """Give every surcharge of one claim up to and including a day, in the order of their dates.

    Args:
        claim: the claim.
        principal_cents: what was claimed, without management fee.
        payments: principal paid, by value date.
        until: the last day that is looked at.
        parameters: the law.
    """
    surcharges: list[Surcharge] = []
    for closing in quarters_between(claim.quarter, Quarter.of(until)):
        paid = sum(payment.cents for payment in payments if payment.value_date < closing.ends_before)
        open_claim = OpenClaim(claim=claim, open_cents=max(0, principal_cents - paid))
        surcharges.extend(surcharges_of_closing(closing=closing, open_claims=[open_claim], parameters=parameters))
    return [surcharge for surcharge in surcharges if surcharge.charged_on <= until]


def unjustified_reduction_base(*, definitive_cents: int, legal_cents: int, reduced_cents: int) -> int:
    """Give what a reduction wrongly spared: the lower of definitive and legal contribution, less the reduced one.

    All three are contributions of the whole year (royal decree 38, art. 11bis); never negative.
    """
    return max(0, min(definitive_cents, legal_cents) - reduced_cents)


def unjustified_reduction_surcharges(
    *,
    year: int,
    base_cents: int,
    payments: Sequence[Payment],
    regularised_on: date | None,
    until: date,
    parameters: Parameters,
) -> list[Surcharge]:
    """Give the surcharges on a reduction that proved wrong, up to and including a day (royal decree 38, art. 11bis).

    3 % of the part unpaid on 31 December of the year, again at the end of each later quarter up to the one before the
    payment or before the statement of the regularisation, and 7 % once on the part unpaid on that 31 December.

    Args:
        year: the contribution year that was reduced.
        base_cents: what ``unjustified_reduction_base`` gave.
        payments: what was paid beyond the reduced contributions, by value date.
        regularised_on: the day the statement of the regularisation was sent, or None while it was not.
        until: the last day that is looked at.
        parameters: the law.
    """
    first = Quarter(year, _LAST_QUARTER)
    last = (
        Quarter.of(until) if regularised_on is None else min(Quarter.of(until), Quarter.of(regularised_on).previous())
    )
    claim = Claim(quarter=first, claimed_on=first.starts_on)
    surcharges: list[Surcharge] = []
    for closing in quarters_between(first, max(first, last)):
        paid = sum(payment.cents for payment in payments if payment.value_date < closing.ends_before)
        open_claim = OpenClaim(claim=claim, open_cents=max(0, base_cents - paid))
        if open_claim.open_cents <= 0:
            continue
        rate = parameters.decimal("surcharges.unjustifiedReductionQuarterlyRate", on=closing.last_day)
        surcharges.append(
            _surcharge(SurchargeKind.QUARTERLY, open_claim, closing, closing.last_day, rate, REDUCTION_ARTICLE)
        )
        if closing == first:
            once = parameters.decimal("surcharges.unjustifiedReductionOnceRate", on=closing.last_day)
            surcharges.append(
                _surcharge(SurchargeKind.YEARLY, open_claim, closing, closing.ends_before, once, REDUCTION_ARTICLE)
            )
    return [surcharge for surcharge in surcharges if surcharge.charged_on <= until]


def _bears_quarterly(claim: Claim, closing: Quarter, parameters: Parameters) -> bool:
    if closing < first_surcharged_quarter(claim, parameters=parameters):
        return False
    return claim.title_on is None or closing < Quarter.of(claim.title_on)


def _bears_yearly(claim: Claim, closing: Quarter) -> bool:
    """Tell whether 1 January after a closing brings the 7 %; a title of that same year keeps it away."""
    if closing.number != _LAST_QUARTER or closing.year != year_of_claim(claim):
        return False
    return claim.title_on is None or claim.title_on.year > closing.year


def _surcharge(
    kind: SurchargeKind,
    open_claim: OpenClaim,
    closing: Quarter,
    charged_on: date,
    rate: Decimal,
    article: str | None = None,
) -> Surcharge:
    by_kind = QUARTERLY_ARTICLE if kind is SurchargeKind.QUARTERLY else YEARLY_ARTICLE
    return Surcharge(
        kind=kind,
        quarter=open_claim.claim.quarter,
        closing=closing,
        charged_on=charged_on,
        base_cents=open_claim.open_cents,
        rate=rate,
        cents=round_half_up(open_claim.open_cents * rate),
        article=article if article is not None else by_kind,
    )
