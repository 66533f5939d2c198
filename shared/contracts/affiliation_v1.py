"""Facts told by affiliation: who is subject to the social status, as what, from when to when."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import ClassVar, Final
from uuid import UUID

from pydantic import Field

from shared.contracts.envelope import Fact
from shared.contracts.vocabulary import Category, Language

_POLITICAL_MANDATE: Final = "True when the equivalence of article 37 rests on a political mandate (RGS art. 37)."
_OLD_AGE_OPT_OUT: Final = "True when somebody beyond pension age asked not to contribute as main (RGS art. 37/1)."
_HELPED_DOSSIER: Final = "Dossier of the self-employed person whom a helping spouse helps (RGS art. 11 par. 2)."


class CessationReason(StrEnum):
    """Why an affiliation ended.

    ``pension``: in the quarter in which the person reached the legal pension age or obtained a retirement pension as
    self-employed (royal decree 38, art. 15 par. 2, 2°); who obtains it in another quarter ends with ``cessation``.
    """

    CESSATION = "cessation"
    BANKRUPTCY = "bankruptcy"
    DEATH = "death"
    TRANSFER = "transfer"
    PENSION = "pension"


class AffiliationOpened(Fact):
    """A natural person is affiliated with this fund."""

    type: ClassVar[str] = "affiliation.affiliation-opened.v1"

    file_number: int = Field(ge=1, le=9_999_999, description="The number the fund prints on its letters.")
    category: Category
    starts_on: date = Field(description="First day of the self-employed activity.")
    first_activity: bool = Field(description="True when this is a beginning in the sense of article 38 of the RGS.")
    insurer: str = Field(pattern=r"^[0-9]{3}$", description="Number of the mutualite the person belongs to.")
    language: Language
    declared_on: date | None = Field(
        default=None, description="Day the fund received the declaration; absent in facts told before it was carried."
    )
    ex_officio: bool = False
    taken_over: bool = Field(
        default=False, description="True when the affiliation already ran before this fund took the person over."
    )
    political_mandate: bool = Field(default=False, description=_POLITICAL_MANDATE)
    old_age_opt_out: bool = Field(default=False, description=_OLD_AGE_OPT_OUT)
    helped_dossier: UUID | None = Field(default=None, description=_HELPED_DOSSIER)

    def business_key(self) -> str:
        return f"{self.dossier}|{self.starts_on}"


class AffiliationCategoryChanged(Fact):
    """From a quarter on, the person belongs to another contribution category."""

    type: ClassVar[str] = "affiliation.affiliation-category-changed.v1"

    category: Category
    applies_from: date
    revision: int = Field(
        default=0, ge=0, description="How often the category from that day on was told before; the last one holds."
    )
    political_mandate: bool = Field(default=False, description=_POLITICAL_MANDATE)
    old_age_opt_out: bool = Field(default=False, description=_OLD_AGE_OPT_OUT)
    helped_dossier: UUID | None = Field(default=None, description=_HELPED_DOSSIER)

    def business_key(self) -> str:
        # A category may come back for the same day; facts told before there were revisions keep their ids.
        again = f"|{self.revision}" if self.revision else ""
        return f"{self.dossier}|{self.applies_from}|{self.category}{again}"


class AffiliationCeased(Fact):
    """The self-employed activity ended."""

    type: ClassVar[str] = "affiliation.affiliation-ceased.v1"

    ceased_on: date = Field(description="Last day of the activity.")
    reason: CessationReason

    def business_key(self) -> str:
        return f"{self.dossier}|{self.ceased_on}"


class CompanyAffiliated(Fact):
    """A company is affiliated for the yearly company contribution (law of 30-12-1992, art. 89)."""

    type: ClassVar[str] = "affiliation.company-affiliated.v1"

    file_number: int = Field(ge=1, le=9_999_999)
    founded_on: date
    language: Language

    def business_key(self) -> str:
        return str(self.dossier)


class LiabilityLinked(Fact):
    """A dossier answers for the debts of another (royal decree 38, art. 15 par. 1)."""

    type: ClassVar[str] = "affiliation.liability-linked.v1"

    debtor_dossier: UUID
    applies_from: date

    def business_key(self) -> str:
        return f"{self.dossier}|{self.debtor_dossier}|{self.applies_from}"
