"""How the contribution of a quarter came to be claimed: the one rule that closings and the calculator go by.

Whoever affiliates late owes surcharges as if the contributions had been claimed in time: not having received a notice
is no excuse (RGS art. 42), and where the definitive income is known already they count from the first quarter of
subjection (RGS art. 44 par. 3 and 44bis par. 3). When it was the fund that claimed late, although it knew of the
activity in time, nobody could pay before the notice: surcharges then begin in the quarter of the notice. The law has no
words for that case; it is inferred from the duty to send the notice in the first month of the quarter (RGS art. 42).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from services.billing.lateness.rules.surcharges import Claim, ClaimKind
from shared.law.affiliation_deadline import last_day_in_time
from shared.law.parameters import Parameters
from shared.law.quarter import Quarter


@dataclass(frozen=True, slots=True, kw_only=True)
class AffiliationMoment:
    """When an activity began and when this fund was told of it.

    Attributes:
        starts_on: first day of the activity.
        told_on: day of the affiliation.
        first_activity: a beginning in the sense of RGS art. 38.
        ex_officio: nobody affiliated by themselves (RGS art. 9).
        taken_over: the affiliation ran in another fund or system before: nobody was late here.
    """

    starts_on: date
    told_on: date
    first_activity: bool = False
    ex_officio: bool = False
    taken_over: bool = False

    def in_time(self, parameters: Parameters) -> bool:
        """Affiliated in time for the start (RGS art. 9), or taken over from who had affiliated the person."""
        if self.ex_officio:
            return False
        last_day = last_day_in_time(self.starts_on, told_on=self.told_on, parameters=parameters)
        return self.taken_over or self.told_on <= last_day


def claim_of_quarter(
    *,
    quarter: Quarter,
    claimed_on: date,
    affiliation: AffiliationMoment,
    starting_lump_sum: bool,
    income_known: bool,
    title_on: date | None,
    parameters: Parameters,
) -> Claim:
    """Give the claim of a quarter's own contribution, with the kind that decides when its surcharges begin.

    Args:
        quarter: the quarter it is owed for.
        claimed_on: day the notice was issued.
        affiliation: the activity it is owed for.
        starting_lump_sum: it was fixed without an income of three years before (royal decree 38, art. 13bis par. 2).
        income_known: the definitive income of the year was known when the quarter was first claimed.
        title_on: day a warrant was served or the debtor summoned for it, or None.
        parameters: the law.
    """
    return Claim(
        quarter=quarter,
        claimed_on=claimed_on,
        kind=_kind(
            quarter=quarter,
            claimed_on=claimed_on,
            affiliation=affiliation,
            counts_in_own_year=starting_lump_sum or income_known,
            parameters=parameters,
        ),
        title_on=title_on,
    )


def late_by_the_debtor(*, quarter: Quarter, affiliation: AffiliationMoment, parameters: Parameters) -> bool:
    """Tell whether the fund could not claim a quarter in time because the debtor affiliated late or not at all.

    A quarter that began after the affiliation is the fund's own to claim in time.
    """
    return not affiliation.in_time(parameters) and Quarter.of(affiliation.told_on) >= quarter


def _kind(
    *,
    quarter: Quarter,
    claimed_on: date,
    affiliation: AffiliationMoment,
    counts_in_own_year: bool,
    parameters: Parameters,
) -> ClaimKind:
    grace = parameters.integer("surcharges.graceContributionsStarter", on=claimed_on)
    nth = quarter.index - Quarter.of(affiliation.starts_on).index
    starter = affiliation.first_activity and not affiliation.taken_over and affiliation.in_time(parameters)
    if starter and 0 <= nth < grace:
        return ClaimKind.STARTER
    if Quarter.of(claimed_on) <= quarter:
        return ClaimKind.ORDINARY
    if not late_by_the_debtor(quarter=quarter, affiliation=affiliation, parameters=parameters):
        # see limits: billed-late-by-the-fund
        return ClaimKind.BILLED_LATE
    return ClaimKind.LATE_AFFILIATION if counts_in_own_year else ClaimKind.ORDINARY
