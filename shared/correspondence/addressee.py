"""To whom a letter goes."""

from __future__ import annotations

from dataclasses import dataclass, field

from shared.contracts.vocabulary import Language


@dataclass(frozen=True, slots=True, kw_only=True)
class Addressee:
    """To whom a letter goes; printed, never kept. Its printed form in a debugger shows the language only.

    Attributes:
        channel: how they chose to receive ordinary letters, None for post.
        email: e-mail address, when known.
        mailbox: number their eBox is kept under: national number of a person, enterprise number of a company.
    """

    name: str = field(repr=False)
    language: Language
    street: str = field(repr=False)
    city: str = field(repr=False)
    country: str = field(repr=False)
    channel: str | None = None
    email: str | None = field(default=None, repr=False)
    mailbox: str | None = field(default=None, repr=False)
    postal_code: str = field(default="", repr=False)
