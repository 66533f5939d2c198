"""Who somebody is and where to reach them; their printed form hides everything."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from shared.contracts.vocabulary import Language


class LetterChannel(StrEnum):
    """How somebody wants to receive ordinary letters; registered ones always go by post."""

    POST = "post"
    EMAIL = "email"
    E_BOX = "eBox"


@dataclass(frozen=True, kw_only=True, repr=False)
class Address:
    """A postal address; ``country`` is an ISO 3166-1 code."""

    street: str
    house_number: str
    postal_code: str
    city: str
    country: str


@dataclass(frozen=True, kw_only=True, repr=False)
class Person:
    """A natural person as they tell who they are."""

    national_number: str
    last_name: str
    first_name: str
    birth_date: date
    language: Language
    nationality: str
    professional_card: str | None
    address: Address
    email: str | None
    account_number: str | None


@dataclass(frozen=True, kw_only=True, repr=False)
class Identity:
    """A person or a company, and where to reach them; ``channel`` is how they chose to be reached, None for post."""

    dossier: UUID
    file_number: int
    kind: str
    language: Language
    street: str
    house_number: str
    postal_code: str
    city: str
    country: str
    first_name: str | None = None
    last_name: str | None = None
    company_name: str | None = None
    national_number: str | None = None
    enterprise_number: str | None = None
    account_number: str | None = None
    email: str | None = None
    channel: LetterChannel | None = None
    channel_chosen_on: date | None = None
