"""Regularisation as pure rules: cases of cases/regularisation.yaml, and what any sequence of corrections ends with."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from services.billing.dossier_facts.rules.facts import (
    CreditMovement,
    DossierFacts,
    EarlierStatement,
    Estimate,
    KnownIncome,
    QuarterCharge,
)
from services.billing.dossier_facts.rules.year_assessment import AssessmentLaw
from services.billing.reductions.rules.reductions import definitive_bill
from services.billing.regularisation.rules import (
    NotRegularised,
    Regularised,
    regularise,
    statement_deadline,
    supplement_due_on,
)
from services.billing.subjects.rules import ActivityPeriod
from shared.contracts.vocabulary import Category
from shared.law.parameters import Parameters
from shared.law.quarter import Quarter, quarters_of_year

TEXT = Path(__file__).with_name("cases").joinpath("regularisation.yaml").read_text("utf-8")
CASES = yaml.load(TEXT, yaml.BaseLoader)  # noqa: S506 - every value stays the text it is
PARAMETERS = Parameters.load()
LAW = AssessmentLaw(parameters=PARAMETERS, fee_rate_of=lambda _quarter: Decimal("0.0425"))


def cents(euros: str) -> int:
    """Read an amount of the table."""
    return int(Decimal(euros) * 100)


def facts_of(
    year: int,
    *,
    category: str = "main",
    starts: date = date(2015, 1, 1),
    ends: date | None = None,
    incomes: tuple[KnownIncome, ...] = (),
    **more: Any,
) -> DossierFacts:
    """Somebody whose quarters of a year were billed 800.00 each."""
    period = ActivityPeriod(
        starts_on=starts,
        ceased_on=ends,
        cessation_reason=None if ends is None else "ceased",
        first_activity=False,
    )
    facts = DossierFacts(
        dossier=UUID(int=1),
        file_number=1,
        language="fr",
        next_notice_number=1,
        periods=(period,),
        categories=((starts, Category(category)), *more.pop("later", ())),
        incomes=incomes,
        charges={},
        relieved=frozenset(more.pop("relieved", ())),
        estimates=more.pop("estimates", {}),
        statements=more.pop("statements", ()),
        credit_movements=more.pop("credit_movements", ()),
    )
    billed = {
        quarter: QuarterCharge(
            quarter=quarter,
            category=category,
            contribution_cents=800_00,
            fee_cents=34_00,
            provisional_contribution_cents=800_00,
            **more,
        )
        for quarter in quarters_of_year(year)
    }
    return replace(facts, charges=billed)


def told(year: int, euros: str, on: date | None = None) -> KnownIncome:
    """An income of a year, told in June two years later unless a day is given."""
    return KnownIncome(year=year, known_on=on or date(year + 2, 6, 20), income_cents=cents(euros))


def statement_of(facts: DossierFacts, year: int, *, on: date) -> Regularised:
    """The statement of a year, which must be possible."""
    (found,) = regularise([(facts, year)], law=LAW, issued_on=on)
    assert isinstance(found, Regularised), found
    return found


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_each_quarter_is_owed_by_the_law_of_its_year(case: dict[str, Any]) -> None:
    year = int(case["year"])
    facts = facts_of(
        year,
        category=case["category"],
        starts=date.fromisoformat(case.get("starts", "2015-01-01")),
        ends=date.fromisoformat(case["ends"]) if "ends" in case else None,
        incomes=(told(year, case["income"]),),
        later=tuple((date.fromisoformat(day), Category(name)) for day, name in case.get("later", {}).items()),
        relieved=[Quarter.parse(text) for text in case.get("relieved", [])],
    )
    found = statement_of(facts, year, on=date(year + 2, 6, 23))
    owed = {str(one.quarter): one.contribution_cents for one in found.quarters}
    for quarter, euros in case["owed"].items():
        assert owed[quarter] == cents(euros), quarter
    assert set(case.get("relieved", [])).isdisjoint(owed)
    assert all(one.contribution_difference_cents == one.contribution_cents - 800_00 for one in found.quarters)


def after(facts: DossierFacts, found: Regularised) -> DossierFacts:
    """The facts as the books hold them once a statement is booked."""
    charges = {
        **facts.charges,
        **{
            one.quarter: replace(
                one.previous,
                contribution_cents=one.contribution_cents,
                fee_cents=one.fee_cents,
                changes=one.previous.changes + 1,
            )
            for one in found.quarters
        },
    }
    statement = EarlierStatement(
        year=found.year,
        number=found.number,
        issued_on=found.issued_on,
        income_known_on=found.income_known_on,
        spared_cents=found.spared_cents,
        surcharge_cents=found.surcharge_cents,
    )
    return replace(facts, charges=charges, statements=(*facts.statements, statement))


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(-2_000_000, 15_000_000), st.sampled_from(["main", "complementary", "pensioner"])),
        min_size=1,
        max_size=5,
    )
)
def test_billed_is_legal_after_any_sequence_of_corrections(steps: list[tuple[int, str]]) -> None:
    facts, day, differences = facts_of(2024), date(2026, 6, 1), 0
    first_billed = sum(charge.total_cents for charge in facts.charges.values())
    for income_cents, category in steps:
        day += timedelta(days=40)
        facts = replace(
            facts,
            incomes=(*facts.incomes, KnownIncome(year=2024, known_on=day, income_cents=income_cents)),
            categories=(*facts.categories[:1], (date(2024, 7, 1), Category(category))),
        )
        found = statement_of(facts, 2024, on=day)
        differences += found.difference_cents
        facts = after(facts, found)
        legal = definitive_bill(facts, year=2024, income_cents=income_cents, law=LAW)
        assert sum(charge.total_cents for charge in facts.charges.values()) == legal.total_cents
        assert first_billed + differences == legal.total_cents
        assert not statement_of(facts, 2024, on=day).changes_something


def reduced(**more: Any) -> DossierFacts:
    """A starter of 2023 whose year 2023 was reduced to 800.00 a quarter; by law 840.97 (the starting amount)."""
    facts = facts_of(
        2023,
        starts=date(2023, 1, 1),
        estimates={2023: Estimate(year=2023, kind="reduction", income_cents=16_500_00)},
        **more,
    )
    return replace(facts, incomes=(told(2023, "30000.00"),))


def test_a_wrong_reduction_bears_surcharges_until_the_quarter_before_the_statement() -> None:
    found = statement_of(reduced(), 2023, on=date(2025, 6, 23))
    # min(6,150.00; 4 x 840.97 = 3,363.88) - 3,200.00 = 163.88: 3 % = 4.92 (4.9164) at the ends of 2023Q4, of the four
    # quarters of 2024 and of 2025Q1: 29.52; 7 % once = 11.47 (11.4716)
    assert (found.spared_cents, found.surcharge_cents) == (163_88, 29_52 + 11_47)
    assert [str(one.closing) for one in found.surcharges if one.kind == "quarterly"] == [
        "2023Q4",
        "2024Q1",
        "2024Q2",
        "2024Q3",
        "2024Q4",
        "2025Q1",
    ]


def test_a_lower_correction_takes_the_surcharges_back_and_a_higher_one_starts_where_the_first_stopped() -> None:
    facts = reduced()
    first = statement_of(facts, 2023, on=date(2025, 6, 23))
    facts = after(facts, first)
    lower = replace(facts, incomes=(*facts.incomes, told(2023, "10000.00", date(2025, 9, 1))))
    # The minimum: 4 x 840.97 = 3,363.88 either way, so nothing changes of what was spared.
    second = statement_of(lower, 2023, on=date(2025, 9, 3))
    assert (second.spared_cents, second.surcharge_cents) == (163_88, first.surcharge_cents)


def test_a_quarter_relieved_after_the_statement_takes_its_surcharges_back() -> None:
    facts = reduced()
    first = statement_of(facts, 2023, on=date(2025, 6, 23))
    relieved = replace(after(facts, first), relieved=frozenset({Quarter.parse("2023Q2")}))
    second = statement_of(relieved, 2023, on=date(2025, 9, 3))
    # 3 x 840.97 = 2,522.91 less 3 x 800.00 = 122.91 stands since the first statement: 3 % = 3.69 (3.6873) six times and
    # 7 % = 8.60 (8.6037): 30.74 instead of 40.99
    assert (second.spared_cents, second.surcharge_cents) == (122_91, 6 * 3_69 + 8_60)
    assert second.difference_cents == 30_74 - 40_99
    assert {str(one.quarter) for one in second.quarters} == {"2023Q1", "2023Q3", "2023Q4"}


def test_what_lay_on_the_credit_at_the_end_of_the_year_counts_as_paid() -> None:
    # 100.00 of the 163.88 lay on the credit from December on: 63.88, 3 % = 1.92 (1.9164) six times, 7 % = 4.47 (4.4716)
    paid = (CreditMovement(value_date=date(2023, 12, 31), cents=100_00),)
    found = statement_of(reduced(credit_movements=paid), 2023, on=date(2025, 6, 23))
    assert found.surcharge_cents == 6 * 1_92 + 4_47
    late = (CreditMovement(value_date=date(2024, 1, 1), cents=163_88),)
    # Paid on the day after: 3 % and 7 % of the whole at the end of 2023, nothing later.
    assert statement_of(reduced(credit_movements=late), 2023, on=date(2025, 6, 23)).surcharge_cents == 4_92 + 11_47


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        (facts_of(2023), "incomeUnknown"),
        (facts_of(2023, incomes=(told(2023, "1.00", date(2023, 12, 31)),)), "incomeUnknown"),
        (replace(facts_of(2023, incomes=(told(2023, "1.00"),)), charges={}), "nothingBilled"),
        (replace(facts_of(2023, incomes=(told(2023, "1.00"),)), categories=()), "categoryUnknown"),
        (facts_of(2023, incomes=(told(2023, "1.00"),), taken_over_on=date(2025, 6, 20)), "regularisedElsewhere"),
        (
            facts_of(
                2024,
                category="complementary",
                incomes=(told(2024, "1.00"),),
                taken_over_on=date(2025, 1, 1),
                taken_over_unpaid_cents=1,
            ),
            "unpaidElsewhere",
        ),
    ],
)
def test_who_cannot_be_regularised_is_named_and_holds_up_nobody(facts: DossierFacts, reason: str) -> None:
    year = 2024 if reason == "unpaidElsewhere" else 2023
    other = facts_of(2023, incomes=(told(2023, "30000.00"),))
    first, second = regularise([(facts, year), (other, 2023)], law=LAW, issued_on=date(2026, 6, 23))
    assert isinstance(first, NotRegularised)
    assert first.reason == reason
    assert isinstance(second, Regularised)


@pytest.mark.parametrize(
    ("received", "too_late"),
    [
        (date(2025, 6, 1), date(2025, 8, 1)),
        (date(2025, 6, 30), date(2025, 8, 1)),
        (date(2025, 12, 31), date(2026, 2, 1)),
        (date(2025, 1, 31), date(2025, 3, 1)),
    ],
)
def test_a_statement_goes_in_the_month_after_receipt(received: date, too_late: date) -> None:
    assert statement_deadline(received) == too_late


@pytest.mark.parametrize(
    ("issued", "due"),
    [
        (date(2025, 6, 30), date(2025, 9, 30)),
        (date(2025, 7, 1), date(2025, 12, 31)),
        (date(2025, 12, 31), date(2026, 3, 31)),
    ],
)
def test_a_supplement_is_paid_before_the_end_of_the_quarter_after_its_statement(issued: date, due: date) -> None:
    assert supplement_due_on(issued, quarter=Quarter(2023, 4), parameters=PARAMETERS) == due
