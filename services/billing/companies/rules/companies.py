"""Which balance sheet counts for a year, which years a company owes, and when it owes nothing.

Law of 30-12-1992, title III, chapter II, art. 89 to 94.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from shared.law.calendar import add_months
from shared.law.parameters import Parameters

STARTER_ARTICLE = "L1992 art. 94, 9°"
DORMANT_ARTICLE = "L1992 art. 92bis"
INSOLVENT_ARTICLE = "L1992 art. 94, 8°"


class ExemptionGround(StrEnum):
    """Why a company owes nothing for a year."""

    STARTER = "starter"
    DORMANT = "dormant"
    LIQUIDATION = "liquidation"
    BANKRUPTCY = "bankruptcy"
    JUDICIAL_REORGANISATION = "judicialReorganisation"


#: The article each ground rests on.
EXEMPTION_ARTICLES = {
    ExemptionGround.STARTER: STARTER_ARTICLE,
    ExemptionGround.DORMANT: DORMANT_ARTICLE,
    ExemptionGround.LIQUIDATION: INSOLVENT_ARTICLE,
    ExemptionGround.BANKRUPTCY: INSOLVENT_ARTICLE,
    ExemptionGround.JUDICIAL_REORGANISATION: INSOLVENT_ARTICLE,
}


class ExemptionRefused(ValueError):
    """An exemption breaks a rule.

    Attributes:
        field: what does not fit, lowerCamelCase.
        rule: lasting name of the rule.
    """

    def __init__(self, field: str, rule: str, detail: str) -> None:
        super().__init__(detail)
        self.field = field
        self.rule = rule


class BalanceUnknown(LookupError):
    """The company is old enough to have a last-but-one closed financial year, and its balance sheet is not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BalanceTotal:
    """A balance sheet total; ``cents`` is None when the company deposited no accounts for the financial year."""

    financial_year_end: date
    cents: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivePartner:
    """A manager or another active partner of a starting company.

    Attributes:
        manages: True for a manager.
        quarters_self_employed: quarters of subjection to royal decree 38 in the forty before the creation.
    """

    manages: bool
    quarters_self_employed: int


def balance_of_year(*, year: int, founded_on: date, totals: Sequence[BalanceTotal]) -> BalanceTotal | None:
    """Give the balance sheet of the last closed financial year but one, as on 1 January of the year (art. 91).

    Accounts are deposited months after a financial year closes, so on 1 January those of the last year are mostly not
    there yet. Therefore a financial year that ended two calendar years before counts as the last but one, unless two
    that ended in the year before are known (inferred: the law counts closed years, not deposits).

    Args:
        year: the contribution year.
        founded_on: creation of the company.
        totals: what is known, one per financial year.

    Returns:
        The balance sheet, or None for a company too young to have closed two financial years.

    Raises:
        BalanceUnknown: it should have one and none is known.
    """
    # see limits: closed-years-are-those-known
    closed = sorted(
        (total for total in totals if total.financial_year_end < date(year, 1, 1)),
        key=lambda total: total.financial_year_end,
    )
    last_year = [total for total in closed if total.financial_year_end.year == year - 1]
    earlier = [total for total in closed if total.financial_year_end.year < year - 1]
    if len(last_year) > 1:
        return last_year[-2]
    if earlier and earlier[-1].financial_year_end.year == year - 2:
        return earlier[-1]
    # A first financial year may last up to 24 months: who was founded in the two years before may have closed one only.
    if founded_on.year >= year - 2:
        return earlier[-1] if earlier else None
    raise BalanceUnknown(f"no balance sheet of a financial year that ended in {year - 2} is known")


def first_contribution_year(*, founded_on: date, affiliated_on: date, parameters: Parameters) -> int:
    """Give the first year a company owes to this fund.

    Who joined within the months of art. 89 owes from the year of creation; who joined later comes from another fund,
    or is late: then it owes from the year it joined, and a person looks at the years before.
    """
    # see limits: late-company-owes-from-its-joining
    months = parameters.integer("company.affiliationMonths", on=affiliated_on)
    in_time = affiliated_on <= add_months(founded_on, months)
    return founded_on.year if in_time else max(founded_on.year, affiliated_on.year)


def starter_years(
    *,
    founded_on: date,
    partnership_form: bool,
    in_crossroads_bank: bool,
    partners: Sequence[ActivePartner],
    parameters: Parameters,
) -> tuple[int, ...]:
    """Give the years for which a starting company owes nothing (art. 94, 9°): its first three.

    Args:
        founded_on: creation of the company.
        partnership_form: a partnership-type company (sociétés de personnes): not an SA/NV.
        in_crossroads_bank: entered in the Crossroads Bank for Enterprises as an enterprise subject to registration.
        partners: managers, and active partners who are no managers.
        parameters: the law.

    Raises:
        ExemptionRefused: a condition is not met.
    """
    if not partnership_form:
        raise ExemptionRefused("partnershipForm", "legalForm", "only partnership-type companies are exempted")
    if not in_crossroads_bank:
        raise ExemptionRefused("inCrossroadsBank", "registration", "the company is not registered as an enterprise")
    most = parameters.integer("company.starterExemptionSelfEmployedQuartersMax", on=founded_on)
    window = parameters.integer("company.starterExemptionLookBackQuarters", on=founded_on)
    managers = [partner for partner in partners if partner.manages]
    others = [partner for partner in partners if not partner.manages]
    if not managers:
        raise ExemptionRefused("partners", "managers", "at least one manager is named")
    if any(not 0 <= partner.quarters_self_employed <= window for partner in partners):
        raise ExemptionRefused("partners", "quarters", f"the quarters are counted among the {window} before creation")
    if any(manager.quarters_self_employed > most for manager in managers):
        raise ExemptionRefused("partners", "managers", f"a manager was self-employed for more than {most} quarters")
    new = sum(partner.quarters_self_employed <= most for partner in others)
    if others and new * 2 <= len(others):
        detail = f"most other active partners were self-employed for more than {most} quarters"
        raise ExemptionRefused("partners", "activePartners", detail)
    count = parameters.integer("company.starterExemptionYears", on=founded_on)
    return tuple(range(founded_on.year, founded_on.year + count))
