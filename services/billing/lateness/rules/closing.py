"""The end of a quarter for one dossier: which surcharges its unpaid contributions bear, and their entries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from services.billing.lateness.rules.claim_kinds import AffiliationMoment, claim_of_quarter
from services.billing.lateness.rules.surcharges import (
    Claim,
    ClaimKind,
    OpenClaim,
    Surcharge,
    SurchargeKind,
    first_surcharged_quarter,
    surcharges_of_closing,
)
from services.billing.ledger.rules.claims import Layer, open_layers, standing_layers
from services.billing.ledger.rules.entries import EntryKind, JournalEntry, charge
from shared.contracts.vocabulary import AmountKind
from shared.law.money import round_half_up
from shared.law.parameters import Parameters
from shared.law.quarter import Quarter, quarters_between


@dataclass(frozen=True, slots=True, kw_only=True)
class UnpaidContribution:
    """A contribution of which principal was unpaid at the end of the quarter that closes, or was before it was claimed.

    Attributes:
        open_cents: principal unpaid at the end of the last day of the quarter that closes.
        claimed_on: day its notice was issued.
        affiliation: the activity it is owed for.
        starting_lump_sum: it was fixed without an income (royal decree 38, art. 13bis par. 2).
        title_on: day a warrant was served or the debtor summoned for it, or None.
        billed_cents: what the notice of the quarter claimed, without fee; None when nothing was changed since.
        changes: day and difference of each later change, the oldest first.
        payments: value date and principal of what was paid up to the end of the quarter that closes.
        regularised_on: days on which a change was the regularisation of a definitive income.
    """

    quarter: Quarter
    open_cents: int
    claimed_on: date
    affiliation: AffiliationMoment
    starting_lump_sum: bool
    title_on: date | None
    billed_cents: int | None = None
    changes: tuple[tuple[date, int], ...] = ()
    payments: tuple[tuple[date, int], ...] = ()
    regularised_on: frozenset[date] = frozenset()

    def open_after(self, closing: Quarter) -> int:
        """Give what was unpaid at the end of an earlier quarter, in cents, as it is known now."""
        return self.open_cents + sum(cents for paid_on, cents in self.payments if paid_on >= closing.ends_before)


@dataclass(frozen=True, slots=True, kw_only=True)
class BookableSurcharge:
    """A surcharge and the entry that charges it."""

    surcharge: Surcharge
    entry: JournalEntry


def close_dossier(
    *, dossier: UUID, closing: Quarter, unpaid: Sequence[UnpaidContribution], parameters: Parameters
) -> list[BookableSurcharge]:
    """Give the surcharges that the end of a quarter brings to a dossier (RGS art. 44 and 44bis).

    What was first claimed in the quarter that closes brings also those of the closings before it, as far as it bears
    them: the contributions of a late affiliation do. What was claimed since the quarter ended waits for the next one.

    Raises:
        ParameterMissing: a rate has no value on the closing day.
    """
    surcharges: list[Surcharge] = []
    for looked_at in _closings_of(closing, unpaid):
        claims = [
            claim
            for contribution in unpaid
            if looked_at >= contribution.quarter
            for claim in _open_claims(contribution, contribution.open_after(looked_at), parameters)
            if claim.claim.claimed_on < closing.ends_before
            and (looked_at == closing or Quarter.of(claim.claim.claimed_on) == closing)
        ]
        surcharges += _together(surcharges_of_closing(closing=looked_at, open_claims=claims, parameters=parameters))
    return [
        BookableSurcharge(surcharge=surcharge, entry=_entry(dossier, surcharge))
        for surcharge in surcharges
        if surcharge.cents > 0
    ]


def _closings_of(closing: Quarter, unpaid: Sequence[UnpaidContribution]) -> list[Quarter]:
    """Give the closings to look at: the one at hand, and those that went by before something was claimed."""
    late = [
        contribution.quarter
        for contribution in unpaid
        if contribution.quarter < closing and Quarter.of(contribution.claimed_on) == closing
    ]
    return list(quarters_between(min([*late, closing]), closing))


@dataclass(frozen=True, slots=True, kw_only=True)
class OverduePart:
    """Principal of a quarter that is overdue, by the day it was claimed.

    ``regularisation`` is True for the supplement of a definitive income, which prescribes later (royal decree 38,
    art. 16).
    """

    cents: int
    claimed_on: date
    regularisation: bool


def overdue_parts(
    contribution: UnpaidContribution, *, closing: Quarter, overdue_cents: int, parameters: Parameters
) -> tuple[OverduePart, ...]:
    """Part overdue principal by how it was claimed, the oldest first.

    Args:
        contribution: the quarter.
        closing: the quarter that closes.
        overdue_cents: principal that is overdue now, without what is due later.
        parameters: the law.
    """
    later = not_yet_due_cents(contribution, closing=closing, parameters=parameters)
    due = [
        claim
        for claim in _open_claims(contribution, overdue_cents + later, parameters)
        if not _is_due_later(claim.claim, closing, parameters)
    ]
    return tuple(
        OverduePart(
            cents=claim.open_cents,
            claimed_on=claim.claim.claimed_on,
            regularisation=claim.claim.claimed_on in contribution.regularised_on,
        )
        for claim in due
    )


def not_yet_due_cents(contribution: UnpaidContribution, *, closing: Quarter, parameters: Parameters) -> int:
    """Give what is open and not overdue at the end of the closing quarter, in cents.

    That is what was claimed since, and supplements whose statement leaves time beyond it (RGS art. 44 par. 3).
    """
    return sum(
        claim.open_cents
        for claim in _open_claims(contribution, contribution.open_cents, parameters)
        if _is_due_later(claim.claim, closing, parameters)
    )


def _is_due_later(claim: Claim, closing: Quarter, parameters: Parameters) -> bool:
    return claim.claimed_on >= closing.ends_before or (
        claim.kind is ClaimKind.REGULARISATION and first_surcharged_quarter(claim, parameters=parameters) > closing
    )


def _open_claims(contribution: UnpaidContribution, open_cents: int, parameters: Parameters) -> list[OpenClaim]:
    """Part what is open of a quarter into its own contribution and the supplements of later statements."""
    own = _claim(contribution, parameters)
    if contribution.billed_cents is None:
        return [OpenClaim(claim=own, open_cents=open_cents)]
    first = Layer(cents=contribution.billed_cents, claimed_on=contribution.claimed_on, supplement=False)
    layers = open_layers(standing_layers(contribution.changes, first=first), open_cents=open_cents)
    return [
        OpenClaim(claim=_supplement(contribution, own, layer) if layer.supplement else own, open_cents=layer.cents)
        for layer in layers
    ]


def _supplement(contribution: UnpaidContribution, own: Claim, layer: Layer) -> Claim:
    """Give the claim of a later statement; a warrant served before it did not claim it.

    What could be established at once when somebody affiliated late bears surcharges as the contribution itself does
    (RGS art. 44 par. 3 al. 2).
    """
    titled = own.title_on if own.title_on is not None and own.title_on >= layer.claimed_on else None
    at_once = Quarter.of(layer.claimed_on) == Quarter.of(contribution.claimed_on)
    if own.kind is ClaimKind.LATE_AFFILIATION and at_once:
        return replace(own, claimed_on=layer.claimed_on, title_on=titled)
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
    """Give the claim of a quarter's own contribution.

    That the definitive income was known already shows in its statement: it was made in the quarter in which the
    contribution was first claimed (inferred; the books don't tell when the tax administration knew it).
    """
    # see limits: income-known-shows-in-its-statement
    claimed_in = Quarter.of(contribution.claimed_on)
    return claim_of_quarter(
        quarter=contribution.quarter,
        claimed_on=contribution.claimed_on,
        affiliation=contribution.affiliation,
        starting_lump_sum=contribution.starting_lump_sum,
        income_known=any(Quarter.of(day) == claimed_in for day, _ in contribution.changes),
        title_on=contribution.title_on,
        parameters=parameters,
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
