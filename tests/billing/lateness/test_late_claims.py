"""Late claims against schedules worked out by hand: the calculator and the closings must both give them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import yaml

from services.billing.lateness.rules.claim_kinds import AffiliationMoment, claim_of_quarter
from services.billing.lateness.rules.closing import UnpaidContribution, close_dossier, not_yet_due_cents, overdue_parts
from services.billing.lateness.rules.surcharges import Surcharge, surcharge_schedule
from shared.law.parameters import Parameters
from shared.law.quarter import Quarter, quarters_between

PARAMETERS = Parameters.load()
PRINCIPAL = 1000_00
CASES: list[dict[str, Any]] = yaml.safe_load(
    (Path(__file__).parent / "cases" / "late_claims.yaml").read_text(encoding="utf-8")
)


def _expected(case: dict[str, Any]) -> list[tuple[date, int]]:
    return [(day, int(Decimal(amount) * 100)) for day, amount in case["expected"]]


def _dated(surcharges: list[Surcharge], until: date) -> list[tuple[date, int]]:
    return sorted((one.charged_on, one.cents) for one in surcharges if one.charged_on <= until)


def _unpaid(case: dict[str, Any], **more: Any) -> UnpaidContribution:
    return UnpaidContribution(
        **{
            "quarter": Quarter.parse(case["quarter"]),
            "open_cents": PRINCIPAL,
            "claimed_on": case["claimed_on"],
            "affiliation": AffiliationMoment(**case["affiliation"]),
            "starting_lump_sum": case.get("starting_lump_sum", False),
            "title_on": case.get("title_on"),
            **more,
        }
    )


def _closed(closing: Quarter, unpaid: UnpaidContribution) -> list[Surcharge]:
    found = close_dossier(dossier=UUID(int=1), closing=closing, unpaid=[unpaid], parameters=PARAMETERS)
    return [one.surcharge for one in found]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_the_calculator(case: dict[str, Any]) -> None:
    claim = claim_of_quarter(
        quarter=Quarter.parse(case["quarter"]),
        claimed_on=case["claimed_on"],
        affiliation=AffiliationMoment(**case["affiliation"]),
        starting_lump_sum=case.get("starting_lump_sum", False),
        income_known=case.get("income_known", False),
        title_on=case.get("title_on"),
        parameters=PARAMETERS,
    )
    assert claim.kind == case["kind"]
    surcharges = surcharge_schedule(
        claim=claim, principal_cents=PRINCIPAL, payments=[], until=case["until"], parameters=PARAMETERS
    )
    assert _dated(surcharges, case["until"]) == _expected(case)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_the_closings_one_after_the_other(case: dict[str, Any]) -> None:
    known = {"billed_cents": PRINCIPAL, "changes": ((case["claimed_on"], 0),)} if case.get("income_known") else {}
    charged: list[Surcharge] = []
    for closing in quarters_between(Quarter.parse(case["quarter"]), Quarter.of(case["until"])):
        surcharges = _closed(closing, _unpaid(case, **known))
        # Nothing is charged before it was claimed, even when a closing is done late.
        assert not surcharges or Quarter.of(case["claimed_on"]) <= closing
        charged += surcharges
    assert _dated(charged, case["until"]) == _expected(case)
    assert len({(one.closing, one.kind) for one in charged}) == len(charged)


def test_what_was_paid_before_the_closing_was_unpaid_at_those_before() -> None:
    case = next(one for one in CASES if one["kind"] == "lateAffiliation")
    # Claimed on 5 May 2026 and paid whole on 20 May: three closings and one 1 January had gone by.
    paid = _unpaid(case, open_cents=0, payments=((date(2026, 5, 20), PRINCIPAL),))
    assert _dated(_closed(Quarter(2026, 2), paid), date.max) == [
        (date(2025, 9, 30), 30_00), (date(2025, 12, 31), 30_00), (date(2026, 1, 1), 70_00), (date(2026, 3, 31), 30_00),
    ]  # fmt: skip
    # A credit of before the first closing had paid 400.00 of it.
    partly = _unpaid(case, open_cents=0, payments=((date(2025, 8, 1), 400_00), (date(2026, 5, 20), 600_00)))
    assert sum(one.cents for one in _closed(Quarter(2026, 2), partly)) == 18_00 + 18_00 + 42_00 + 18_00


def test_a_supplement_that_could_be_established_at_once_bears_the_same() -> None:
    case = next(one for one in CASES if one["kind"] == "lateAffiliation")
    # 1,000.00 by notice on 5 May and 500.00 more by the statement of 10 May: 3 % of 1,500.00 is 45.00, 7 % is 105.00.
    at_once = _unpaid(case, open_cents=1500_00, billed_cents=PRINCIPAL, changes=((date(2026, 5, 10), 500_00),))
    assert _dated(_closed(Quarter(2026, 2), at_once), date.max) == [
        (date(2025, 9, 30), 45_00), (date(2025, 12, 31), 45_00), (date(2026, 1, 1), 105_00), (date(2026, 3, 31), 45_00),
        (date(2026, 6, 30), 45_00),
    ]  # fmt: skip
    # The statement of a later quarter has its own time to be paid (RGS art. 44 par. 3 al. 1).
    later = _unpaid(case, open_cents=1500_00, billed_cents=PRINCIPAL, changes=((date(2026, 7, 10), 500_00),))
    assert _dated(_closed(Quarter(2026, 3), later), date.max) == [(date(2026, 9, 30), 30_00)]
    assert _dated(_closed(Quarter(2026, 4), later), date.max) == [
        (date(2026, 12, 31), 45_00),
        (date(2027, 1, 1), 35_00),
    ]


def test_what_was_claimed_after_the_quarter_is_not_overdue_at_its_end() -> None:
    case = next(one for one in CASES if one["kind"] == "billedLate")
    unpaid = _unpaid(case)  # claimed on 5 January 2026
    assert not_yet_due_cents(unpaid, closing=Quarter(2025, 4), parameters=PARAMETERS) == PRINCIPAL
    assert not_yet_due_cents(unpaid, closing=Quarter(2026, 1), parameters=PARAMETERS) == 0


def test_overdue_principal_is_parted_by_how_it_was_claimed() -> None:
    # 1,000.00 by notice of April 2023; 500.00 by the regularisation of May 2025; 200.00 by that of November 2025.
    statements = (date(2025, 5, 20), date(2025, 11, 20))
    unpaid = UnpaidContribution(
        quarter=Quarter(2023, 2),
        open_cents=1200_00,
        claimed_on=date(2023, 4, 5),
        affiliation=AffiliationMoment(starts_on=date(2015, 1, 1), told_on=date(2015, 1, 1)),
        starting_lump_sum=False,
        title_on=None,
        billed_cents=PRINCIPAL,
        changes=tuple(zip(statements, (500_00, 200_00), strict=True)),
        regularised_on=frozenset(statements),
    )

    def parts(closing: Quarter, overdue_cents: int) -> list[tuple[int, date, bool]]:
        found = overdue_parts(unpaid, closing=closing, overdue_cents=overdue_cents, parameters=PARAMETERS)
        return [(part.cents, part.claimed_on, part.regularisation) for part in found]

    # 500.00 was paid, of the oldest claim. At the end of 2025Q4 the last statement leaves time until March 2026.
    assert parts(Quarter(2025, 4), 1000_00) == [(500_00, date(2023, 4, 5), False), (500_00, statements[0], True)]
    assert parts(Quarter(2026, 1), 1200_00) == [
        (500_00, date(2023, 4, 5), False), (500_00, statements[0], True), (200_00, statements[1], True),
    ]  # fmt: skip
    # Paid since the end of the quarter: what is left belongs to the newest claims.
    assert parts(Quarter(2026, 1), 300_00) == [(100_00, statements[0], True), (200_00, statements[1], True)]
