"""Surcharges for late payment against schedules worked out by hand."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from services.billing.lateness.rules.surcharges import (
    Claim,
    ClaimKind,
    OpenClaim,
    Payment,
    Surcharge,
    SurchargeKind,
    surcharge_schedule,
    surcharges_of_closing,
    unjustified_reduction_base,
    unjustified_reduction_surcharges,
)
from shared.law.parameters import Parameters
from shared.law.quarter import Quarter, quarters_of_year

PARAMETERS = Parameters.load()
CASES: dict[str, Any] = yaml.safe_load(
    (Path(__file__).parent / "cases" / "surcharges.yaml").read_text(encoding="utf-8")
)


def _cents(text: str) -> int:
    return int(Decimal(text) * 100)


def _payments(case: dict[str, Any]) -> list[Payment]:
    return [Payment(value_date=day, cents=_cents(amount)) for day, amount in case.get("payments", [])]


def _dated(surcharges: list[Surcharge]) -> list[tuple[date, str, int]]:
    return [(surcharge.charged_on, str(surcharge.kind), surcharge.cents) for surcharge in surcharges]


def _expected(case: dict[str, Any]) -> list[tuple[date, str, int]]:
    return [(day, kind, _cents(amount)) for day, kind, amount in case["expected"]]


@pytest.mark.parametrize("case", CASES["schedules"], ids=lambda case: case["name"])
def test_schedules(case: dict[str, Any]) -> None:
    raw = case["claim"]
    claim = Claim(
        quarter=Quarter.parse(raw["quarter"]),
        claimed_on=raw["claimed_on"],
        kind=ClaimKind(raw.get("kind", "ordinary")),
        title_on=raw.get("title_on"),
    )
    surcharges = surcharge_schedule(
        claim=claim,
        principal_cents=_cents(case["principal"]),
        payments=_payments(case),
        until=case["until"],
        parameters=PARAMETERS,
    )
    assert _dated(surcharges) == _expected(case)
    assert sum(surcharge.cents for surcharge in surcharges) == _cents(case["total"])


def test_a_year_of_provisional_contributions_nobody_pays_until_december() -> None:
    case = CASES["one_year_of_provisional_contributions"]
    quarterly = _cents(case["yearly"]) // 4
    for closing in quarters_of_year(2024):
        paid = case["paid_on"] < closing.ends_before
        claims = [
            OpenClaim(claim=Claim(quarter=quarter, claimed_on=quarter.starts_on), open_cents=0 if paid else quarterly)
            for quarter in quarters_of_year(2024)
            if quarter <= closing
        ]
        surcharges = surcharges_of_closing(closing=closing, open_claims=claims, parameters=PARAMETERS)
        assert sum(surcharge.cents for surcharge in surcharges) == _cents(case["expected"][str(closing)])


@pytest.mark.parametrize("case", CASES["unjustified_reductions"], ids=lambda case: case["name"])
def test_what_a_reduction_wrongly_spared(case: dict[str, Any]) -> None:
    base = unjustified_reduction_base(
        definitive_cents=_cents(case["definitive"]),
        legal_cents=_cents(case["legal"]),
        reduced_cents=_cents(case["reduced"]),
    )
    assert base == _cents(case["base"])


@pytest.mark.parametrize("case", CASES["unjustified_reduction_schedules"], ids=lambda case: case["name"])
def test_surcharges_on_a_reduction_that_proved_wrong(case: dict[str, Any]) -> None:
    surcharges = unjustified_reduction_surcharges(
        year=case["year"],
        base_cents=_cents(case["base"]),
        payments=_payments(case),
        regularised_on=case.get("regularised_on"),
        until=case["until"],
        parameters=PARAMETERS,
    )
    assert _dated(surcharges) == _expected(case)
    assert all(surcharge.article == "AR38 art. 11bis" for surcharge in surcharges)


def test_each_surcharge_says_on_what_and_why() -> None:
    claim = Claim(quarter=Quarter(2026, 4), claimed_on=date(2026, 10, 5))
    quarterly, yearly = surcharges_of_closing(
        closing=Quarter(2026, 4), open_claims=[OpenClaim(claim=claim, open_cents=10001)], parameters=PARAMETERS
    )
    assert (quarterly.kind, quarterly.rate, quarterly.article) == (
        SurchargeKind.QUARTERLY,
        Decimal("0.03"),
        "RGS art. 44",
    )
    assert (yearly.kind, yearly.rate, yearly.article) == (SurchargeKind.YEARLY, Decimal("0.07"), "RGS art. 44bis")
    assert quarterly.base_cents == yearly.base_cents == 10001
    assert (quarterly.cents, yearly.cents) == (300, 700)
    assert (quarterly.charged_on, yearly.charged_on) == (date(2026, 12, 31), date(2027, 1, 1))


@settings(max_examples=200, deadline=None)
@given(
    st.integers(0, 10_000_000),
    st.builds(Quarter, st.integers(2018, 2025), st.integers(1, 4)),
    st.integers(0, 30),
    st.sampled_from(list(ClaimKind)),
)
def test_surcharges_never_compound_and_stay_in_proportion(
    principal: int, quarter: Quarter, later: int, kind: ClaimKind
) -> None:
    claim = Claim(quarter=quarter, claimed_on=quarter.starts_on, kind=kind)
    until = quarter.next(later).last_day
    surcharges = surcharge_schedule(
        claim=claim, principal_cents=principal, payments=[], until=until, parameters=PARAMETERS
    )
    assert all(surcharge.base_cents == principal for surcharge in surcharges)
    assert sum(surcharge.kind is SurchargeKind.YEARLY for surcharge in surcharges) <= 1
    quarterly = [surcharge for surcharge in surcharges if surcharge.kind is SurchargeKind.QUARTERLY]
    assert len(quarterly) <= later + 1
    for surcharge in quarterly:
        rate = PARAMETERS.decimal("surcharges.quarterlyRate", on=surcharge.charged_on)
        assert abs(surcharge.cents - rate * principal) <= Decimal("0.5")
    assert [surcharge.charged_on for surcharge in surcharges] == sorted(one.charged_on for one in surcharges)


@settings(max_examples=100, deadline=None)
@given(st.integers(1, 10_000_000), st.dates(date(2024, 1, 1), date(2027, 12, 31)))
def test_a_title_only_ever_lowers_surcharges(principal: int, title_on: date) -> None:
    claim = Claim(quarter=Quarter(2024, 1), claimed_on=date(2024, 1, 10))
    titled = Claim(quarter=claim.quarter, claimed_on=claim.claimed_on, title_on=title_on)
    both = [
        surcharge_schedule(
            claim=one, principal_cents=principal, payments=[], until=date(2027, 12, 31), parameters=PARAMETERS
        )
        for one in (claim, titled)
    ]
    assert set(_dated(both[1])) <= set(_dated(both[0]))
    quarterly = [one for one in both[1] if one.kind is SurchargeKind.QUARTERLY]
    assert all(one.closing < Quarter.of(title_on) for one in quarterly)
