"""The end of a quarter for one dossier: which surcharges its unpaid contributions bear, and their entries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from services.billing.domain.claims import Layer, open_layers, standing_layers
from services.billing.domain.ledger import EntryKind, JournalEntry, charge
from services.billing.domain.surcharges import (
    Claim,
    ClaimKind,
    OpenClaim,
    Surcharge,
    SurchargeKind,
    first_surcharged_quarter,
    surcharges_of_closing,
)
from shared.contracts.vocabulary import AmountKind
from shared.law.money import round_half_up
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
        billed_cents: what the notice of the quarter claimed, without fee; None when nothing was changed since.
        changes: day and difference of each later change, the oldest first.
    """

    quarter: Quarter
    open_cents: int
    claimed_on: date
    activity_starts_on: date
    affiliated_in_time: bool
    title_on: date | None
    billed_cents: int | None = None
    changes: tuple[tuple[date, int], ...] = ()


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
    claims = [claim for contribution in unpaid for claim in _open_claims(contribution, parameters)]
    surcharges = _together(surcharges_of_closing(closing=closing, open_claims=claims, parameters=parameters))
    return [
        BookableSurcharge(surcharge=surcharge, entry=_entry(dossier, surcharge))
        for surcharge in surcharges
        if surcharge.cents > 0
    ]


def not_yet_due_cents(contribution: UnpaidContribution, *, closing: Quarter, parameters: Parameters) -> int:
    """Give what is open of supplements whose statement leaves time beyond the closing quarter (RGS art. 44 par. 3)."""
    return sum(
        claim.open_cents
        for claim in _open_claims(contribution, parameters)
        if claim.claim.kind is ClaimKind.REGULARISATION
        and first_surcharged_quarter(claim.claim, parameters=parameters) > closing
    )


def _open_claims(contribution: UnpaidContribution, parameters: Parameters) -> list[OpenClaim]:
    """Part what is open of a quarter into its own contribution and the supplements of later statements."""
    own = _claim(contribution, parameters)
    if contribution.billed_cents is None:
        return [OpenClaim(claim=own, open_cents=contribution.open_cents)]
    first = Layer(cents=contribution.billed_cents, claimed_on=contribution.claimed_on, supplement=False)
    layers = open_layers(standing_layers(contribution.changes, first=first), open_cents=contribution.open_cents)
    return [
        OpenClaim(claim=_supplement(own, layer) if layer.supplement else own, open_cents=layer.cents)
        for layer in layers
    ]


def _supplement(own: Claim, layer: Layer) -> Claim:
    """Give the claim of a later statement; a warrant served before it did not claim it."""
    titled = own.title_on if own.title_on is not None and own.title_on >= layer.claimed_on else None
    return replace(own, claimed_on=layer.claimed_on, kind=ClaimKind.REGULARISATION, title_on=titled)


def _together(surcharges: Sequence[Surcharge]) -> list[Surcharge]:
    """Join the surcharges of one quarter and kind at one closing: one line, on the sum of what is open."""
    joined: dict[tuple[Quarter, SurchargeKind], Surcharge] = {}
    for surcharge in surcharges:
        key = (surcharge.quarter, surcharge.kind)
        known = joined.get(key)
        base = surcharge.base_cents + (0 if known is None else known.base_cents)
        joined[key] = replace(surcharge, base_cents=base, cents=round_half_up(base * surcharge.rate))
    return list(joined.values())


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
