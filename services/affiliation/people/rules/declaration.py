"""Declarations as they are understood once every field could be read: a person's and a company's.

Their printed form hides everything, because a traceback must not tell who somebody is.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from shared.contracts.vocabulary import Category, Language


class Origin(StrEnum):
    """How a declaration reached the fund."""

    #: A person declares an activity, alone or through an agent.
    DECLARED = "declared"
    #: A file of the fund, which may also hold affiliations that already run.
    IMPORTED = "imported"


@dataclass(frozen=True, kw_only=True, repr=False)
class Address:
    """A postal address; ``country`` is an ISO 3166-1 code."""

    street: str
    house_number: str
    postal_code: str
    city: str
    country: str


@dataclass(frozen=True, kw_only=True, repr=False)
class PersonDeclaration:
    """What a natural person declares to be affiliated (RGS art. 6)."""

    reference: str
    national_number: str
    last_name: str
    first_name: str
    birth_date: date
    language: Language
    nationality: str
    professional_card: str | None
    address: Address
    email: str | None
    category: Category
    starts_on: date
    first_activity: bool
    insurer: str
    account_number: str | None
    #: A valid attestation of the arts: eight quarters as primo-starter instead of four.
    artist_attestation: bool = False
    #: Consecutive quarters assimilated for sickness, during or after which work is taken up again.
    sickness_quarters: int = 0
    political_mandate: bool = False
    old_age_opt_out: bool = False
    #: National number of the self-employed person whom a helping spouse helps.
    helped_national_number: str | None = None


@dataclass(frozen=True, kw_only=True, repr=False)
class CompanyDeclaration:
    """What a company declares to be affiliated (law of 30-12-1992, art. 89)."""

    reference: str
    enterprise_number: str
    name: str
    language: Language
    founded_on: date
    address: Address
    manager_national_number: str | None
