"""Understands the fields of a declaration, written as text in a file or in a request, and says what can't be read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Final

from services.affiliation.breaches.rules import Breach
from services.affiliation.declarations.rules.countries import COUNTRY_CODES
from services.affiliation.declarations.rules.declaration import PersonDeclaration
from services.affiliation.declarations.rules.fields import Fields
from shared.contracts.vocabulary import Category
from shared.law.identifiers import Iban, NationalNumber

PERSON_FIELDS: Final = (
    "reference", "national_number", "last_name", "first_name", "birth_date", "language", "nationality",
    "professional_card", "street", "house_number", "postal_code", "city", "country", "email", "category", "starts_on",
    "first_activity", "insurer", "account_number",
)  # fmt: skip
#: Columns a file may have besides, each at most once, after the others; who leaves them out means "no" or nothing.
PERSON_OPTIONAL_FIELDS: Final = (
    "artist_attestation", "sickness_quarters", "political_mandate", "old_age_opt_out", "helped_national_number",
)  # fmt: skip

#: Written instead of a card number by those the royal decree of 03-02-2003 exempts (unlimited stay, refugee, ...).
EXEMPT_FROM_CARD: Final = "exempt"
_EMAIL: Final = re.compile(r"[^@\s,;<>\"]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
_CARD: Final = re.compile(r"[0-9A-Z]{5,20}")
_INSURER: Final = re.compile(r"[0-9]{3}")
_COUNT: Final = re.compile(r"[0-9]{1,2}")


def read_person(values: Mapping[str, str]) -> tuple[PersonDeclaration | None, tuple[Breach, ...]]:
    """Understand a person's declaration.

    Args:
        values: text by field name (``PERSON_FIELDS`` and ``PERSON_OPTIONAL_FIELDS``); a missing name is an empty field.

    Returns:
        The declaration, or None when a field can't be read; and what is wrong, in the order of the fields.
    """
    fields = Fields(values)
    categories = {category.value: category for category in Category}
    reference = fields.text("reference")
    national_number = fields.identifier("national_number", NationalNumber) or ""
    last_name, first_name = fields.text("last_name"), fields.text("first_name")
    birth_date = fields.day("birth_date")
    _check_birth_date(fields, national_number, birth_date)
    language = fields.language()
    nationality = _country(fields, "nationality")
    professional_card = _professional_card(fields)
    country = _country(fields, "country")
    address = fields.address(country=country)
    email = _email(fields)
    category = fields.one_of(
        "category", categories, "category.unknown", f"category must be one of {', '.join(categories)}"
    )
    starts_on = fields.day("starts_on")
    first_activity = _yes_or_no(fields, "first_activity")
    insurer = _insurer(fields)
    account_number = fields.identifier("account_number", Iban, required=False)
    artist_attestation = _yes_or_no(fields, "artist_attestation", required=False)
    sickness_quarters = _count(fields, "sickness_quarters")
    political_mandate = _yes_or_no(fields, "political_mandate", required=False)
    old_age_opt_out = _yes_or_no(fields, "old_age_opt_out", required=False)
    helped = fields.identifier("helped_national_number", NationalNumber, required=False)
    if fields.breaches:
        return None, tuple(fields.breaches)
    declaration = PersonDeclaration(
        reference=reference,
        national_number=national_number,
        last_name=last_name,
        first_name=first_name,
        birth_date=birth_date,
        language=language,
        nationality=nationality,
        professional_card=professional_card,
        address=address,
        email=email,
        category=categories[category],
        starts_on=starts_on,
        first_activity=first_activity,
        insurer=insurer,
        account_number=account_number,
        artist_attestation=artist_attestation,
        sickness_quarters=sickness_quarters,
        political_mandate=political_mandate,
        old_age_opt_out=old_age_opt_out,
        helped_national_number=helped,
    )
    return declaration, ()


def check_supplied(*, professional_card: str | None, insurer: str | None) -> tuple[Breach, ...]:
    """Return what can't be read of information that was missing at first."""
    fields = Fields({"professional_card": professional_card or "", "insurer": insurer or ""})
    _professional_card(fields)
    if insurer is not None:
        _insurer(fields)
    return tuple(fields.breaches)


def _check_birth_date(fields: Fields, national_number: str, birth_date: date) -> None:
    """A national number tells a birth date, unless the register did not know it; the two must agree."""
    if not national_number or birth_date == date.min:
        return
    told = NationalNumber(national_number).birth_date
    if told is not None and told != birth_date:
        message = "birth_date is not the one that national_number tells"
        fields.refuse("birth_date", "birthDate.notOfNationalNumber", message)


def _country(fields: Fields, field: str) -> str:
    return fields.one_of(field, COUNTRY_CODES, f"{field}.unknown", f"{field} must be an ISO 3166-1 code of two letters")


def _professional_card(fields: Fields) -> str | None:
    value = fields.optional("professional_card")
    if value is None or value == EXEMPT_FROM_CARD or _CARD.fullmatch(value.upper()) is not None:
        return value
    message = f"professional_card must be a card number or the word {EXEMPT_FROM_CARD}"
    fields.refuse("professional_card", "professionalCard.format", message)
    return None


def _insurer(fields: Fields) -> str:
    return fields.matching("insurer", _INSURER, "insurer.format", "insurer must be the three digits of a mutuality")


def _email(fields: Fields) -> str | None:
    value = fields.optional("email")
    if value is not None and _EMAIL.fullmatch(value) is None:
        fields.refuse("email", "email.format", "email must be one e-mail address")
    return value


def _count(fields: Fields, field: str) -> int:
    value = fields.optional(field)
    if value is None:
        return 0
    if _COUNT.fullmatch(value) is None:
        fields.refuse(field, "count.format", f"{field} must be a whole number from 0 to 99")
        return 0
    return int(value)


def _yes_or_no(fields: Fields, field: str, *, required: bool = True) -> bool:
    if not required and fields.optional(field) is None:
        return False
    answer = fields.one_of(field, frozenset({"yes", "no"}), "yesNo.format", f"{field} must be yes or no")
    return answer == "yes"
