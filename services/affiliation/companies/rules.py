"""What a company declares, how it is read, and the rules it must meet (law of 30-12-1992, art. 89)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from services.affiliation.breaches.rules import Breach
from services.affiliation.declarations.rules.fields import Fields
from services.affiliation.people.rules import Address
from shared.contracts.vocabulary import Language
from shared.law.calendar import add_months
from shared.law.identifiers import EnterpriseNumber, NationalNumber
from shared.law.parameters import Parameters

COMPANY_FIELDS: Final = (
    "reference", "enterprise_number", "name", "language", "founded_on", "street", "house_number", "postal_code", "city",
    "manager_national_number",
)  # fmt: skip
#: First day of the yearly contribution of companies.
_LAW_1992_IN_FORCE: Final = date(1993, 1, 1)


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


def read_company(values: Mapping[str, str]) -> tuple[CompanyDeclaration | None, tuple[Breach, ...]]:
    """Understand a company's declaration; see ``read_person``."""
    fields = Fields(values)
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


def check_company(declaration: CompanyDeclaration, *, received_on: date) -> tuple[Breach, ...]:
    """Return every rule a company's declaration breaks."""
    if declaration.founded_on > received_on:
        message = "founded_on is still to come: a company exists from the day its deed is filed"
        article = "law of 30-12-1992, art. 89"
        return (Breach(rule="foundedOn.future", field="founded_on", message=message, article=article),)
    return ()


def joined_late(*, founded_on: date, received_on: date, parameters: Parameters) -> bool:
    """Return whether a company joins a fund later than the months it is given (law of 30-12-1992, art. 89)."""
    months = parameters.integer("company.affiliationMonths", on=max(founded_on, _LAW_1992_IN_FORCE))
    return received_on > add_months(founded_on, months)
