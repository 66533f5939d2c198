"""What somebody declares to be affiliated, and what the confirmation says when they are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from services.affiliation.people.rules import Identity, Person
from shared.contracts.vocabulary import Category


class Origin(StrEnum):
    """How a declaration reached the fund."""

    #: A person declares an activity, alone or through an agent.
    DECLARED = "declared"
    #: A file of the fund, which may also hold affiliations that already run.
    IMPORTED = "imported"


@dataclass(frozen=True, kw_only=True, repr=False)
class PersonDeclaration(Person):
    """What a natural person declares to be affiliated (RGS art. 6): who they are, and their activity."""

    reference: str
    category: Category
    starts_on: date
    first_activity: bool
    insurer: str
    #: A valid attestation of the arts: eight quarters as primo-starter instead of four.
    artist_attestation: bool = False
    #: Consecutive quarters assimilated for sickness, during or after which work is taken up again.
    sickness_quarters: int = 0
    political_mandate: bool = False
    old_age_opt_out: bool = False
    #: National number of the self-employed person whom a helping spouse helps.
    helped_national_number: str | None = None

    def taken_over(self, origin: Origin) -> bool:
        """Return whether a file hands over an affiliation that already ran: nothing begins, nothing is confirmed."""
        return origin is Origin.IMPORTED and not self.first_activity


@dataclass(frozen=True, kw_only=True)
class Confirmed:
    """The affiliation that came of a declaration."""

    dossier: UUID
    application_id: UUID
    category: Category
    starts_on: date
    received_on: date
    insurer: str
    #: First day on which a primo-starter contributes on the ordinary least income.
    reduced_until: date | None = None


@dataclass(frozen=True, kw_only=True, repr=False)
class ConfirmationFacts(Confirmed):
    """What the letter confirms, and to whom."""

    identity: Identity
