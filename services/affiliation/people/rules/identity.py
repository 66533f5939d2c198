"""Who somebody is, and what a letter confirms to them; their printed form hides everything."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from shared.contracts.vocabulary import Category


@dataclass(frozen=True, kw_only=True, repr=False)
class Identity:
    """A person or a company, and where to reach them; ``channel`` is how they chose to be reached, None for post."""

    dossier: UUID
    file_number: int
    kind: str
    language: str
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
    channel: str | None = None
    channel_chosen_on: date | None = None


@dataclass(frozen=True, kw_only=True, repr=False)
class ConfirmationFacts:
    """What the letter confirms, and to whom."""

    identity: Identity
    application_id: UUID
    category: Category
    starts_on: date
    received_on: date
    insurer: str
    #: First day on which a primo-starter contributes on the ordinary least income.
    reduced_until: date | None = None
