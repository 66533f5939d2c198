"""Forecasts and advice as pure rules: what is sure, what is assumed, what nobody can say. Worked by hand.

Main occupation, fee 4.25 %. 20,000.00 in a year whose income is definitive: 1,025.00 + 43.56 = 1,068.56 a quarter.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest

from services.billing.dossier_facts.rules.facts import EarlierStatement, Estimate, KnownIncome, QuarterCharge
from services.billing.dossier_facts.rules.year_assessment import AssessmentLaw
from services.billing.forecast.rules.forecast import IncomeTold, forecast
from services.billing.forecast.rules.quarters import Basis, ForecastLine, LineKind
from services.billing.reductions.rules.advice import advise, expected_income_on
from services.billing.reductions.rules.reductions import Finding, RequestKind, examine
from services.billing.subjects.rules import CategoryOptions
from shared.law.parameters import Parameters
from shared.law.quarter import Quarter
from tests.billing.regularisation.test_regularisation import cents, facts_of, told

PARAMETERS = Parameters.load()
LAW = AssessmentLaw(parameters=PARAMETERS, fee_rate_of=lambda _quarter: Decimal("0.0425"))
TODAY = date(2026, 2, 10)
PERSON = replace(facts_of(2026, incomes=(told(2023, "20000.00", date(2025, 6, 1)),)), charges={})


def test_eight_quarters_one_line_each_and_the_law_of_later_years_is_marked() -> None:
    lines = forecast(PERSON, today=TODAY, expected_incomes={}, law=LAW)
    quarters = [line for line in lines if line.kind is LineKind.CONTRIBUTION]
    assert [line.about for line in quarters] == [str(Quarter(2026, 1).next(n)) for n in range(8)]
    # 20,000.00 x 676.50 / 630.85 = 21,447.25: 1,099.17 + 46.71 = 1,145.88
    assert {line.amount_cents for line in quarters} == {cents("1145.88")}
    assert [line.basis for line in quarters] == [Basis.COMPUTED] * 4 + [Basis.ASSUMED_LAW] * 4
    assert [line.law_of for line in quarters[4:]] == ["2026Q1", "2026Q2", "2026Q3", "2026Q4"]


def test_what_nobody_knows_has_no_amount_and_says_why() -> None:
    nobody = replace(PERSON, incomes=())
    lines = forecast(nobody, today=TODAY, expected_incomes={}, law=LAW)
    assert {(line.basis, line.amount_cents) for line in lines} == {(Basis.UNKNOWN, None)}
    assert all(line.note for line in lines)


def test_the_regularisation_of_an_expected_income_falls_due_after_its_quarter() -> None:
    billed = facts_of(2024, incomes=(told(2023, "20000.00", date(2025, 6, 1)),))
    lines = forecast(billed, today=TODAY, expected_incomes={2024: cents("20000.00")}, law=LAW)
    (line,) = [one for one in lines if one.kind is LineKind.REGULARISATION and one.about == "2024"]
    # Billed 834.00 a quarter, owed 1,068.56: 4 x 234.56; told by 30 June 2026, due at the end of September.
    assert (line.due_on, line.amount_cents) == (date(2026, 9, 30), cents("938.24"))
    late = forecast(billed, today=date(2026, 8, 3), expected_incomes={2024: cents("20000.00")}, law=LAW)
    (line,) = [one for one in late if one.kind is LineKind.REGULARISATION and one.about == "2024"]
    assert line.due_on == date(2026, 12, 31)


def test_a_reduction_that_would_prove_wrong_shows_its_surcharges_beside_the_supplement() -> None:
    estimates = {2024: Estimate(year=2024, kind="reduction", income_cents=cents("17000.00"))}
    billed = facts_of(2024, estimates=estimates, incomes=(told(2021, "20000.00", date(2023, 6, 1)),))
    lines = forecast(billed, today=TODAY, expected_incomes={2024: cents("40000.00")}, law=LAW)
    (line,) = [one for one in lines if one.kind is LineKind.REDUCTION_SURCHARGE]
    # By law 20,000.00 x 656.54 / 553.21 = 23,735.65 (.6520): 1,216.45 (1,216.4521) x 4 = 4,865.80; spared 4,865.80 -
    # 3,200.00 = 1,665.80: 3 % = 49.97 (49.974) at the ends of 2024Q4 to 2026Q1, six times, and 7 % = 116.61 (116.606)
    assert line.amount_cents == cents("299.82") + cents("116.61")


def test_after_the_end_of_the_activity_nothing_is_forecast() -> None:
    period = replace(PERSON.periods[0], ceased_on=date(2026, 5, 31), cessation_reason="ceased")
    lines = forecast(replace(PERSON, periods=(period,)), today=TODAY, expected_incomes={}, law=LAW)
    assert [line.about for line in lines if line.kind is LineKind.CONTRIBUTION] == ["2026Q1", "2026Q2"]


@pytest.mark.parametrize(
    ("category", "euros", "problems"),
    [
        ("main", "17374.07", [Finding.BELOW_MINIMUM]),
        ("main", "17374.08", []),
        # By law 21,447.25 x 20.50 % / 4 = 1,099.17; 21,447.00 gives 1,099.16 (1,099.1588), 21,447.24 the same 1,099.17.
        ("main", "21447.00", []),
        ("main", "21447.24", [Finding.NOT_LOWER]),
        ("main", "21447.25", [Finding.NOT_LOWER]),
        ("complementary", "0.00", []),
        ("complementary", "1.00", []),
        ("pensioner", "0.00", []),
        ("spouseMaxi", "7632.43", [Finding.BELOW_MINIMUM]),
        ("spouseMaxi", "7632.44", []),
    ],
)
def test_the_estimates_that_the_law_allows(category: str, euros: str, problems: list[Finding]) -> None:
    known = facts_of(2026, category=category, incomes=(told(2023, "20000.00", date(2025, 6, 1)),))
    found = examine(
        replace(known, charges={}),
        year=2026,
        kind=RequestKind.REDUCTION,
        estimate_cents=cents(euros),
        evidence=["vatReturns"],
        overdue_cents=0,
        law=LAW,
    )
    assert list(found.problems) == problems


@pytest.mark.parametrize(
    ("opted_out", "euros", "problems"),
    [
        # From 2025Q4 who is past the pension age contributes as main (RGS art. 37/1), with its least income; who opted
        # out keeps the regime of before, which has none (RGS art. 33): any estimate is allowed.
        (False, "17374.07", [Finding.BELOW_MINIMUM]),
        (False, "17374.08", []),
        (True, "17374.07", []),
        (True, "5000.00", []),
        (True, "0.00", []),
    ],
)
def test_the_estimates_past_the_pension_age(opted_out: bool, euros: str, problems: list[Finding]) -> None:
    known = facts_of(2026, category="beyondPensionAge", incomes=(told(2023, "20000.00", date(2025, 6, 1)),))
    chosen = {known.categories[0][0]: CategoryOptions(old_age_opt_out=opted_out)}
    found = examine(
        replace(known, charges={}, options=chosen),
        year=2026,
        kind=RequestKind.REDUCTION,
        estimate_cents=cents(euros),
        evidence=["vatReturns"],
        overdue_cents=0,
        law=LAW,
    )
    assert (list(found.problems), found.minimum_income_cents) == (problems, 0 if opted_out else cents("17374.08"))


@pytest.mark.parametrize(("overdue", "problems"), [(0, []), (1, [Finding.DEBT_OVERDUE])])
def test_one_overdue_cent_stands_in_the_way_of_an_increase(overdue: int, problems: list[Finding]) -> None:
    found = examine(
        PERSON,
        year=2026,
        kind=RequestKind.INCREASE,
        estimate_cents=cents("40000.00"),
        evidence=[],
        overdue_cents=overdue,
        law=LAW,
    )
    assert list(found.problems) == problems


def test_advice_on_an_estimate_that_proves_right_risks_nothing() -> None:
    advice = advise(
        PERSON,
        year=2026,
        estimate_cents=cents("20000.00"),
        incomes_cents=[cents("20000.00"), cents("19000.00")],
        evidence=["vatReturns"],
        law=LAW,
    )
    assert advice.saved_cents == 4 * (cents("1145.88") - cents("1068.56"))
    assert [(one.spared_cents, one.surcharge_cents) for one in advice.scenarios] == [(0, 0), (0, 0)]
    # 19,000.00 x 20.50 % / 4 = 973.75, fee 41.38 (41.384375), together 1,015.13
    assert [one.supplement_cents for one in advice.scenarios] == [4 * (cents("1015.13") - cents("1068.56")), 0]


@pytest.mark.parametrize(
    ("paid_contribution", "paid_fee", "saved", "spared", "surcharges"),
    [
        # 20,000.00 revalued 21,447.25: 1,099.17 + 46.71 = 1,145.88 a quarter; 18,000.00: 922.50 + 39.21 = 961.71. Of
        # the first quarter 1,000.00 was paid and stays (AR38 art. 11 par. 3 al. 6 to 8).
        # Nothing paid: 4 x 184.17. Spared 4 x 176.67 = 706.68: 3 % = 21.20 six times, 7 % = 49.47 (49.4676).
        ("0.00", "0.00", "736.68", "706.68", "176.67"),
        # 1,000.00 paid: 1,000.00 + 39.21 stays of it, 77.50 less saved and spared. 629.18: 18.88 six times and 44.04.
        ("1000.00", "0.00", "659.18", "629.18", "157.32"),
        # All of it paid: three quarters at 184.17; spared 3 x 176.67 = 530.01: 15.90 six times and 37.10.
        ("1099.17", "46.71", "552.51", "530.01", "132.50"),
    ],
)
def test_what_was_paid_is_neither_saved_nor_spared(
    paid_contribution: str, paid_fee: str, saved: str, spared: str, surcharges: str
) -> None:
    first = QuarterCharge(
        quarter=Quarter(2026, 1),
        category="main",
        contribution_cents=cents("1099.17"),
        fee_cents=cents("46.71"),
        provisional_contribution_cents=cents("1099.17"),
        settled_contribution_cents=cents(paid_contribution),
        settled_fee_cents=cents(paid_fee),
    )
    advice = advise(
        replace(PERSON, charges={first.quarter: first}),
        year=2026,
        estimate_cents=cents("18000.00"),
        incomes_cents=[cents("40000.00")],
        evidence=["vatReturns"],
        law=LAW,
    )
    (scenario,) = advice.scenarios
    assert (advice.saved_cents, scenario.spared_cents) == (cents(saved), cents(spared))
    assert scenario.surcharge_cents == cents(surcharges)
    assert advice.findings.asked_cents == 4 * cents("1145.88") - cents(saved)
    assert scenario.supplement_cents - scenario.supplement_without_cents == cents(saved)


def test_an_income_is_expected_by_the_end_of_june_two_years_later() -> None:
    assert expected_income_on(2024, parameters=PARAMETERS) == date(2026, 6, 30)


def statement_lines(lines: list[ForecastLine], year: int) -> list[ForecastLine]:
    """The lines of a forecast about the statement of a year."""
    return [line for line in lines if line.about == str(year) and line.kind is not LineKind.CONTRIBUTION]


def test_a_told_income_brings_its_statement_by_the_end_of_the_month_after() -> None:
    incomes = (told(2021, "20000.00", date(2023, 6, 1)), told(2024, "30000.00", date(2026, 1, 15)))
    billed = facts_of(2024, incomes=incomes)
    # 30,000.00: 1,537.50 + 65.34 = 1,602.84 against 834.00 billed: 4 x 768.84 = 3,075.36. Told in January, stated by
    # the end of February (RGS art. 43), due at the end of the quarter after (RGS art. 44 par. 3): the end of June.
    (line,) = statement_lines(forecast(billed, today=TODAY, expected_incomes={}, law=LAW), 2024)
    assert (line.due_on, line.amount_cents, line.basis) == (date(2026, 6, 30), cents("3075.36"), Basis.COMPUTED)
    assert line.article == "AR38 art. 11 par. 5; RGS art. 43"
    # A statement that is late goes today: in April it is due at the end of September.
    (late,) = statement_lines(forecast(billed, today=date(2026, 4, 1), expected_incomes={}, law=LAW), 2024)
    assert late.due_on == date(2026, 9, 30)


def test_no_income_is_expected_of_a_year_whose_income_was_told() -> None:
    billed = facts_of(2024, incomes=(told(2024, "30000.00", date(2026, 1, 15)),))
    with pytest.raises(IncomeTold, match="the income of 2024 was told on 2026-01-15"):
        forecast(billed, today=TODAY, expected_incomes={2025: 0, 2024: cents("99999.00")}, law=LAW)


def test_a_correction_after_a_statement_brings_the_next_one() -> None:
    first = EarlierStatement(
        year=2024,
        number=1,
        issued_on=date(2026, 1, 20),
        income_known_on=date(2026, 1, 15),
        spared_cents=0,
        surcharge_cents=0,
    )
    incomes = (told(2024, "20000.00", date(2026, 1, 15)), told(2024, "30000.00", date(2026, 2, 3)))
    done = facts_of(2024, incomes=incomes[:1], statements=(first,))
    assert statement_lines(forecast(done, today=TODAY, expected_incomes={}, law=LAW), 2024) == []
    corrected = replace(done, incomes=incomes)
    (line,) = statement_lines(forecast(corrected, today=TODAY, expected_incomes={}, law=LAW), 2024)
    assert (line.due_on, line.amount_cents) == (date(2026, 6, 30), cents("3075.36"))


def test_quarters_that_were_never_billed_do_not_count_as_paid() -> None:
    billed = facts_of(2025, incomes=(told(2022, "20000.00", date(2024, 6, 1)),))
    last = {quarter: charge for quarter, charge in billed.charges.items() if quarter.number == 4}
    expected = {2025: cents("20000.00")}
    lines = forecast(replace(billed, charges=last), today=TODAY, expected_incomes=expected, law=LAW)
    (line,) = statement_lines(lines, 2025)
    # Of 2025 one quarter was billed, 834.00, and 1,068.56 is owed for it.
    assert line.amount_cents == cents("234.56")
    assert line.note == "without 2025Q1, 2025Q2, 2025Q3, never billed here"
    (whole,) = statement_lines(forecast(billed, today=TODAY, expected_incomes=expected, law=LAW), 2025)
    assert (whole.amount_cents, whole.note) == (4 * cents("234.56"), "")


@pytest.mark.parametrize(
    ("incomes", "expected", "basis"),
    [
        ((told(2024, "40000.00", date(2026, 1, 15)),), {}, Basis.COMPUTED),
        ((), {2024: cents("40000.00")}, Basis.EXPECTED_INCOME),
    ],
)
def test_the_statement_of_a_mini_spouse_goes_by_the_income_of_the_helped(
    incomes: tuple[KnownIncome, ...], expected: dict[int, int], basis: Basis
) -> None:
    helped = replace(facts_of(2024, incomes=incomes), dossier=UUID(int=9))
    spouse = facts_of(2024, category="spouseMini", incomes=(told(2024, "1.00", date(2026, 1, 15)),))
    link = {spouse.categories[0][0]: CategoryOptions(helped_dossier=helped.dossier)}
    spouse = replace(spouse, options=link, helped={helped.dossier: helped})
    (line,) = statement_lines(forecast(spouse, today=TODAY, expected_incomes=expected, law=LAW), 2024)
    # 0.79 % for the insurance against incapacity: 40,000.00 x 0.79 % / 4 = 79.00, fee 3.36 (3.3575), against 834.00.
    assert (line.amount_cents, line.basis) == (4 * (cents("82.36") - cents("834.00")), basis)
