"""The end of a quarter for one dossier: which surcharges its unpaid contributions bear, and their entries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.billing.domain.ledger import EntryKind, JournalEntry, charge
from services.billing.domain.surcharges import Claim, ClaimKind, OpenClaim, Surcharge, surcharges_of_closing
from shared.contracts.vocabulary import AmountKind
from shared.law.parameters import Parameters
from shared.law.quarter import Quarter


@dataclass(frozen=True, slots=True, kw_only=True)
class UnpaidContribution:
    """A contribution of which principal was unpaid at the end of the last day of the quarter that closes.

    Attributes:
        claimed_on: day its notice was issued.
        activity_starts_on: first day of the activity it is owed for.
        affiliated_in_time: affiliated before starting, as a beginner (RGS art. 44 par. 2).
        title_on: day a warrant was served for it, or None.
    """

    quarter: Quarter
    open_cents: int
    claimed_on: date
    activity_starts_on: date
    affiliated_in_time: bool
    title_on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BookableSurcharge:
    """A surcharge and the entry that charges it."""

    surcharge: Surcharge
    entry: JournalEntry


def close_dossier(
    *, dossier: UUID, closing: Quarter, unpaid: Sequence[UnpaidContribution], parameters: Parameters
) -> list[BookableSurcharge]:
    """Give the surcharges that the end of a quarter brings to a dossier (RGS art. 44 and 44bis).

    Raises:
        ParameterMissing: a rate has no value on the closing day.
    """
    claims = [
        OpenClaim(claim=_claim(contribution, parameters), open_cents=contribution.open_cents) for contribution in unpaid
    ]
    surcharges = surcharges_of_closing(closing=closing, open_claims=claims, parameters=parameters)
    return [
        BookableSurcharge(surcharge=surcharge, entry=_entry(dossier, surcharge))
        for surcharge in surcharges
        if surcharge.cents > 0
    ]


def _claim(contribution: UnpaidContribution, parameters: Parameters) -> Claim:
    grace = parameters.integer("surcharges.graceContributionsStarter", on=contribution.claimed_on)
    nth = contribution.quarter.index - Quarter.of(contribution.activity_starts_on).index
    starter = contribution.affiliated_in_time and 0 <= nth < grace
    return Claim(
        quarter=contribution.quarter,
        claimed_on=contribution.claimed_on,
        kind=ClaimKind.STARTER if starter else ClaimKind.ORDINARY,
        title_on=contribution.title_on,
    )


def _entry(dossier: UUID, surcharge: Surcharge) -> JournalEntry:
    return charge(
        kind=EntryKind.SURCHARGE,
        key=f"{dossier}|{surcharge.quarter}|{surcharge.closing}|{surcharge.kind}",
        value_date=surcharge.charged_on,
        dossier=dossier,
        quarter=surcharge.quarter,
        amounts={AmountKind.SURCHARGE: surcharge.cents},
    )
