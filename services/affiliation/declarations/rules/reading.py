"""Understands the fields of a declaration, written as text in a file or in a request, and says what can't be read."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Final

from services.affiliation.breaches.rules.breach import Breach, Remedy
from services.affiliation.declarations.rules.countries import COUNTRY_CODES
from services.affiliation.people.rules.declaration import Address, CompanyDeclaration, PersonDeclaration
from shared.contracts.vocabulary import Category, Language
from shared.law.identifiers import EnterpriseNumber, Iban, InvalidIdentifier, NationalNumber

PERSON_FIELDS: Final = (
    "reference", "national_number", "last_name", "first_name", "birth_date", "language", "nationality",
    "professional_card", "street", "house_number", "postal_code", "city", "country", "email", "category", "starts_on",
    "first_activity", "insurer", "account_number",
)  # fmt: skip
#: Columns a file may have besides, each at most once, after the others; who leaves them out means "no" or nothing.
PERSON_OPTIONAL_FIELDS: Final = (
    "artist_attestation", "sickness_quarters", "political_mandate", "old_age_opt_out", "helped_national_number",
)  # fmt: skip
COMPANY_FIELDS: Final = (
    "reference", "enterprise_number", "name", "language", "founded_on", "street", "house_number", "postal_code", "city",
    "manager_national_number",
)  # fmt: skip

#: Written instead of a card number by those the royal decree of 03-02-2003 exempts (unlimited stay, refugee, ...).
EXEMPT_FROM_CARD: Final = "exempt"
_TEXT_LENGTH_MAX: Final = 100
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_BELGIAN_POSTAL_CODE: Final = re.compile(r"[1-9][0-9]{3}")
_POSTAL_CODE: Final = re.compile(r"[0-9A-Z][0-9A-Z -]{1,10}")
_EMAIL: Final = re.compile(r"[^@\s,;<>\"]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
_CARD: Final = re.compile(r"[0-9A-Z]{5,20}")
_INSURER: Final = re.compile(r"[0-9]{3}")
_COUNT: Final = re.compile(r"[0-9]{1,2}")


class _Fields:
    """Reads named fields and collects what is wrong with them, so that a person hears everything at once."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values
        self.breaches: list[Breach] = []

    def refuse(self, field: str, rule: str, message: str, *, remedy: Remedy = Remedy.NONE) -> None:
        self.breaches.append(Breach(rule=rule, field=field, message=message, remedy=remedy))

    def optional(self, field: str) -> str | None:
        value = " ".join(self._values.get(field, "").split())
        if len(value) > _TEXT_LENGTH_MAX:
            self.refuse(field, "text.tooLong", f"{field} must not be longer than {_TEXT_LENGTH_MAX} characters")
            return None
        if not value.isprintable():
            self.refuse(field, "text.characters", f"{field} holds characters that cannot be printed")
            return None
        return value or None

    def text(self, field: str) -> str:
        known = len(self.breaches)
        value = self.optional(field)
        if value is None and len(self.breaches) == known:
            self.refuse(field, "field.required", f"{field} must be given")
        return value or ""

    def matching(self, field: str, pattern: re.Pattern[str], rule: str, message: str) -> str:
        value = self.text(field)
        if value and pattern.fullmatch(value) is None:
            self.refuse(field, rule, message)
        return value

    def day(self, field: str) -> date:
        value = self.text(field)
        if not value:
            return date.min
        try:
            day = date.fromisoformat(value) if _DATE.fullmatch(value) else None
        except ValueError:
            day = None
        if day is None:
            self.refuse(field, "date.format", f"{field} must be an existing day written as YYYY-MM-DD")
        return day or date.min

    def identifier(self, field: str, check: Callable[[str], str], *, required: bool = True) -> str | None:
        value = self.text(field) if required else self.optional(field)
        if not value:
            return None
        try:
            return str(check(value))
        except InvalidIdentifier as error:
            self.refuse(field, error.rule, str(error))
            return None

    def one_of(self, field: str, allowed: Mapping[str, object] | frozenset[str], rule: str, message: str) -> str:
        value = self.text(field)
        if value and value not in allowed:
            self.refuse(field, rule, message)
        return value

    def language(self) -> Language:
        names = {language.value: language for language in Language}
        value = self.one_of("language", names, "language.unknown", "language must be fr, nl or de")
        return names.get(value, Language.FRENCH)

    def address(self, *, country: str) -> Address:
        postal_code = self.text("postal_code").upper()
        pattern = _BELGIAN_POSTAL_CODE if country == "BE" else _POSTAL_CODE
        if postal_code and pattern.fullmatch(postal_code) is None:
            expected = "four digits for an address in Belgium" if country == "BE" else "a postal code of its country"
            self.refuse("postal_code", "postalCode.format", f"postal_code must be {expected}")
        return Address(
            street=self.text("street"),
            house_number=self.text("house_number"),
            postal_code=postal_code,
            city=self.text("city"),
            country=country,
        )


def read_person(values: Mapping[str, str]) -> tuple[PersonDeclaration | None, tuple[Breach, ...]]:
    """Understand a person's declaration.

    Args:
        values: text by field name (``PERSON_FIELDS`` and ``PERSON_OPTIONAL_FIELDS``); a missing name is an empty field.

    Returns:
        The declaration, or None when a field can't be read; and what is wrong, in the order of the fields.
    """
    fields = _Fields(values)
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


def read_company(values: Mapping[str, str]) -> tuple[CompanyDeclaration | None, tuple[Breach, ...]]:
    """Understand a company's declaration; see ``read_person``."""
    fields = _Fields(values)
    reference = fields.text("reference")
    enterprise_number = fields.identifier("enterprise_number", EnterpriseNumber) or ""
    name = fields.text("name")
    language = fields.language()
    founded_on = fields.day("founded_on")
    address = fields.address(country="BE")
    manager = fields.identifier("manager_national_number", NationalNumber, required=False)
    if fields.breaches:
        return None, tuple(fields.breaches)
    declaration = CompanyDeclaration(
        reference=reference,
        enterprise_number=enterprise_number,
        name=name,
        language=language,
        founded_on=founded_on,
        address=address,
        manager_national_number=manager,
    )
    return declaration, ()


def check_supplied(*, professional_card: str | None, insurer: str | None) -> tuple[Breach, ...]:
    """Return what can't be read of information that was missing at first."""
    fields = _Fields({"professional_card": professional_card or "", "insurer": insurer or ""})
    _professional_card(fields)
    if insurer is not None:
        _insurer(fields)
    return tuple(fields.breaches)


def _check_birth_date(fields: _Fields, national_number: str, birth_date: date) -> None:
    """A national number tells a birth date, unless the register did not know it; the two must agree."""
    if not national_number or birth_date == date.min:
        return
    told = NationalNumber(national_number).birth_date
    if told is not None and told != birth_date:
        message = "birth_date is not the one that national_number tells"
        fields.refuse("birth_date", "birthDate.notOfNationalNumber", message)


def _country(fields: _Fields, field: str) -> str:
    return fields.one_of(field, COUNTRY_CODES, f"{field}.unknown", f"{field} must be an ISO 3166-1 code of two letters")


def _professional_card(fields: _Fields) -> str | None:
    value = fields.optional("professional_card")
    if value is None or value == EXEMPT_FROM_CARD or _CARD.fullmatch(value.upper()) is not None:
        return value
    message = f"professional_card must be a card number or the word {EXEMPT_FROM_CARD}"
    fields.refuse("professional_card", "professionalCard.format", message)
    return None


def _insurer(fields: _Fields) -> str:
    return fields.matching("insurer", _INSURER, "insurer.format", "insurer must be the three digits of a mutuality")


def _email(fields: _Fields) -> str | None:
    value = fields.optional("email")
    if value is not None and _EMAIL.fullmatch(value) is None:
        fields.refuse("email", "email.format", "email must be one e-mail address")
    return value


def _count(fields: _Fields, field: str) -> int:
    value = fields.optional(field)
    if value is None:
        return 0
    if _COUNT.fullmatch(value) is None:
        fields.refuse(field, "count.format", f"{field} must be a whole number from 0 to 99")
        return 0
    return int(value)


def _yes_or_no(fields: _Fields, field: str, *, required: bool = True) -> bool:
    if not required and fields.optional(field) is None:
        return False
    answer = fields.one_of(field, frozenset({"yes", "no"}), "yesNo.format", f"{field} must be yes or no")
    return answer == "yes"
