"""Who may contribute on the reduced least income of a primo-starter, and until when.

Source: royal decree 38, art. 12 par. 1bis.

The reduced least income holds for the first four consecutive quarters in main occupation, eight for an artist with a
valid attestation, if there was neither main occupation nor the equivalence of article 37 in the twenty quarters before.
Main occupation includes the helping spouse in the full status, by the words of the paragraph itself.
Who takes up work again after sickness of which two consecutive quarters were assimilated has four such quarters again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from services.affiliation.breaches.rules import Breach
from services.affiliation.categories.rules.categories import KnownAffiliation, category_in
from shared.law.categories import meaning_of
from shared.law.parameters import ParameterMissing, Parameters
from shared.law.quarter import Quarter

_ARTICLE: Final = "royal decree 38, art. 12 par. 1bis"


@dataclass(frozen=True, kw_only=True)
class StarterClaim:
    """What somebody who wants to be a primo-starter says, and what the fund knows of them.

    Attributes:
        starts: quarter from which they are in main occupation.
        artist: they hold an attestation of the arts that is valid for the quarters concerned.
        sickness_quarters: consecutive quarters assimilated for sickness during or after which they work again.
        known: their affiliations with this fund; other funds' ones are covered by what they declare.
    """

    starts: Quarter
    artist: bool = False
    sickness_quarters: int = 0
    known: tuple[KnownAffiliation, ...] = ()


def reduced_until(claim: StarterClaim, *, parameters: Parameters, on: date) -> Quarter:
    """Give the first quarter that is no longer reduced, counted from the first of the consecutive ones.

    Args:
        claim: from when, and as whom.
        parameters: the dated law.
        on: the day whose law applies.

    Raises:
        ParameterMissing: there was no reduced least income yet (before 01-04-2018).
    """
    quarters = parameters.integer("contributions.primoStarterQuarters", on=on)
    # see limits: attestation-of-an-artist-not-followed
    if claim.artist:
        # Before 01-10-2022 artists had the quarters of everybody.
        quarters = _known(parameters, "contributions.primoStarterQuartersArtist", on=on) or quarters
    return _first(claim, parameters=parameters, on=on).next(quarters)


def check_primo_starter(
    claim: StarterClaim, *, parameters: Parameters, on: date, still_in: Quarter | None = None
) -> tuple[Breach, ...]:
    """Return why somebody can't be a primo-starter.

    Args:
        claim: from when, and as whom.
        parameters: the dated law.
        on: the day whose law applies.
        still_in: the quarter that must still be reduced; by default the one in which they start.
    """
    try:
        until = reduced_until(claim, parameters=parameters, on=on)
    except ParameterMissing:
        message = "there is no reduced minimum for starters before 01-04-2018"
        return (Breach(rule="category.primoStarterNotYet", field="category", message=message, article=_ARTICLE),)
    first = _first(claim, parameters=parameters, on=on)
    if max(still_in or claim.starts, claim.starts) >= until:
        quarters = until.index - first.index
        message = f"the reduced minimum holds for the first {quarters} quarters, which are over"
        return (Breach(rule="category.primoStarterOver", field="category", message=message, article=_ARTICLE),)
    if _restarts_after_sickness(claim, parameters=parameters, on=on):
        return ()
    # see limits: other-funds-not-asked-about-primo-starters
    look_back = parameters.integer("contributions.primoStarterLookBackQuarters", on=on)
    if not _in_main_occupation(claim.known, first=first, quarters=look_back):
        return ()
    message = (
        f"the reduced minimum is for who was neither in main occupation nor under article 37 in the {look_back} "
        "quarters before; after sickness, say how many quarters in a row were assimilated"
    )
    return (Breach(rule="category.primoStarterBefore", field="category", message=message, article=_ARTICLE),)


def _first(claim: StarterClaim, *, parameters: Parameters, on: date) -> Quarter:
    """Give the first of the consecutive quarters: who goes on without a quarter between is still in the same ones."""
    first = claim.starts
    if _restarts_after_sickness(claim, parameters=parameters, on=on):
        return first
    while (before := category_in(claim.known, quarter=first.previous())) and meaning_of(before).is_starter:
        first = first.previous()
    return first


def _restarts_after_sickness(claim: StarterClaim, *, parameters: Parameters, on: date) -> bool:
    needed = _known(parameters, "contributions.primoStarterRestartSicknessQuarters", on=on)
    return needed is not None and claim.sickness_quarters >= needed


def _in_main_occupation(known: Sequence[KnownAffiliation], *, first: Quarter, quarters: int) -> bool:
    # see limits: primo-starter-quarters-counted-from-first-main
    before = (category_in(known, quarter=first.previous(count)) for count in range(1, quarters + 1))
    return any(category is not None and meaning_of(category).bars_starter.value for category in before)


def _known(parameters: Parameters, name: str, *, on: date) -> int | None:
    try:
        return parameters.integer(name, on=on)
    except ParameterMissing:
        return None
