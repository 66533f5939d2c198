"""Surcharges, fines, costs and interest in words: what they were computed on, the rate and the day."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest

from services.billing.explanations.rules import (
    Charge,
    Interest,
    ReductionPart,
    ReductionSurcharge,
    Surcharge,
    explain_charge,
)
from shared.law.parameters import Parameters

DAY = date(2027, 1, 4)
#: 1,226.30 wrongly spared and unpaid on 31 December 2026: 3 % = 36.79 (36.789), 7 % once = 85.84 (85.841).
PART = ReductionPart(
    kind="quarterly",
    closing="2026Q4",
    base_cents=1226_30,
    rate=Decimal("0.03"),
    amount_cents=36_79,
    article="AR38 art. 11bis",
)
QUARTERLY = Surcharge(
    quarter="2026Q1",
    kind="quarterlySurcharge",
    booked_on=DAY,
    amount_cents=36_79,
    article="RGS art. 44",
    base_cents=1226_30,
    rate=Decimal("0.03"),
    closing="2026Q4",
    surcharge_kind="quarterly",
)
CHARGES = [
    QUARTERLY,
    replace(
        QUARTERLY,
        kind="yearlySurcharge",
        surcharge_kind="yearly",
        rate=Decimal("0.0700"),
        amount_cents=85_84,
        article="RGS art. 44bis",
    ),
    replace(QUARTERLY, kind="surchargeCorrection", amount_cents=-36_79),
    Charge(quarter="2026Q1", kind="fine", booked_on=DAY, amount_cents=500_00, article="AR38 art. 17ter"),
    Charge(quarter="2026Q1", kind="cost", booked_on=DAY, amount_cents=150_00, article="RGS art. 47bis"),
    Interest(
        quarter="2026Q1",
        kind="interest",
        booked_on=DAY,
        # 1,648.76 x 7 % x 72 / 365 = 22.77 (22.7664)
        base_cents=1648_76,
        rate=Decimal("0.07"),
        starts_on=date(2026, 4, 1),
        ends_before=date(2026, 6, 12),
        amount_cents=22_77,
        article="RGS art. 47bis par. 4",
    ),
    ReductionSurcharge(
        quarter="2026Q1",
        kind="reductionSurcharge",
        booked_on=DAY,
        regularisation_id=UUID(int=1),
        parts=(PART, replace(PART, kind="yearly", rate=Decimal("0.07"), amount_cents=85_84)),
        previous_cents=100_00,
        amount_cents=22_63,
        article="AR38 art. 11bis",
    ),
]
BY_KIND = {charge.kind: charge for charge in CHARGES}


@pytest.mark.parametrize("language", ["fr", "nl", "de", "en"])
@pytest.mark.parametrize("charge", CHARGES, ids=lambda charge: charge.kind)
def test_each_charge_is_a_sentence_with_its_article_and_adds_up(charge: Charge, language: str) -> None:
    steps = explain_charge(charge, language=language)
    assert sum(step.amount_cents or 0 for step in steps) == charge.amount_cents
    assert {step.article for step in steps} == {charge.article}
    assert all(step.text.endswith(".") and "{" not in step.text for step in steps)
    known = Parameters.load()
    for name in (name for step in steps for name in step.parameters):
        assert known.decimal(name, on=date(2026, 12, 31)) in (Decimal("0.03"), Decimal("0.07"))


@pytest.mark.parametrize(
    ("kind", "language", "sentences"),
    [
        ("quarterlySurcharge", "fr", ["Majoration de 3 % sur 1 226,30 EUR de cotisation, impayés au 31/12/2026."]),
        ("yearlySurcharge", "de", ["Zuschlag von 7 % auf 1.226,30 EUR Beitrag, am 31.12.2026 nicht bezahlt."]),
        (
            "interest",
            "nl",
            ["Interesten van 7 % per jaar op 1.648,76 EUR, van 01/04/2026 tot 12/06/2026: 72 dag(en) op 365."],
        ),
        (
            "reductionSurcharge",
            "en",
            [
                "Surcharge of 3 % on 1,226.30 EUR, wrongly spared by the reduction and unpaid on 2026-12-31.",
                "Surcharge of 7 % on 1,226.30 EUR, wrongly spared by the reduction and unpaid on 2026-12-31.",
                "Asked by the statement of the year before this one already.",
            ],
        ),
    ],
)
def test_what_the_sentences_say(kind: str, language: str, sentences: list[str]) -> None:
    steps = explain_charge(BY_KIND[kind], language=language)
    assert [step.text.replace("\u00a0", " ") for step in steps] == sentences
