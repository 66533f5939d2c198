"""Statements of regularisation and decisions on requests, in three languages: every mention, every situation."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import yaml
from pypdf import PdfReader

from services.billing.assessment.rules import STORED_INPUTS, IncomeBasis, law_json
from services.billing.charge_changes.rules.explanation import KeptChange
from services.billing.correspondence.letters import WORDS
from services.billing.dossier_facts.rules.year_assessment import AssessmentLaw, QuarterQuestion
from services.billing.reductions import letters as request_decision
from services.billing.reductions.rules.reductions import (
    GRANTED_REASONS,
    REFUSED_REASONS,
    Decision,
    KeptRequest,
    RequestFindings,
    RequestKind,
)
from services.billing.regularisation import letters as regularisation_statement
from services.billing.regularisation.rules import KeptStatement, KeptSurcharge
from shared.contracts.vocabulary import Category, Language
from shared.correspondence.addressee import Addressee
from shared.law.fund import Fund
from shared.law.parameters import Parameters
from shared.law.quarter import Quarter
from shared.platform.people.documents import render

LANGUAGES = ("fr", "nl", "de")
QUARTER = Quarter(2023, 3)
#: What a reader must find of article 14 of the Charter, whatever the words around it.
MENTIONS = ("728", "1017", "704", "0000042", "5000 Namur", "@")


@pytest.fixture(scope="module")
def law(parameters: Parameters) -> AssessmentLaw:
    """The law with a fee of 4.25 %."""
    return AssessmentLaw(parameters=parameters, fee_rate_of=lambda _quarter: Decimal("0.0425"))


def addressee(language: str) -> Addressee:
    """Somebody in Namur."""
    return Addressee(
        name="Camille Exemplemont",
        language=Language(language),
        street="rue de l'Exemple 1",
        city="5000 Namur",
        country="BE",
        postal_code="5000",
    )


def statement(law: AssessmentLaw, **changes: Any) -> KeptStatement:
    """A statement for one quarter on an income of 30,000.00, as the books give it back."""
    question = QuarterQuestion(
        quarter=QUARTER,
        category=Category.MAIN,
        income_cents=30_000_00,
        basis=IncomeBasis.DEFINITIVE,
        income_quarters=4,
        first_quarter=False,
    )
    row = dict(law.answers([question])[0].row)
    quarter = KeptChange(
        **{name: row[name] for name in STORED_INPUTS},
        quarter=str(QUARTER),
        number=1,
        cause="regularisation",
        cause_id=UUID(int=2),
        contribution_cents=row["contribution_cents"],
        fee_cents=row["fee_cents"],
        assessed_contribution_cents=row["contribution_cents"],
        assessed_fee_cents=row["fee_cents"],
        previous_contribution_cents=840_97,
        previous_fee_cents=35_74,
        changed_on=date(2025, 6, 23),
        due_on=date(2025, 9, 30),
        law=yaml.safe_load(law_json(law.of(QUARTER))),
        rule=None,
    )
    usual = KeptStatement(
        regularisation_id=UUID(int=2),
        dossier=UUID(int=3),
        year=2023,
        number=1,
        file_number=42,
        income_cents=30_000_00,
        income_known_on=date(2025, 6, 20),
        quarters_subject=4,
        issued_on=date(2025, 6, 23),
        due_on=date(2025, 9, 30),
        previous_cents=876_71,
        definitive_cents=1602_84,
        spared_cents=0,
        surcharge_cents=0,
        previous_surcharge_cents=0,
        refund_cents=0,
        credit_used_cents=0,
        reference="000004200197",
        made=False,
        quarters=(quarter,),
    )
    return replace(usual, **changes)


def text_of(template: Path, data: dict[str, Any]) -> str:
    """Print a letter and read it back, with plain spaces and no line ends."""
    pages = PdfReader(io.BytesIO(render(template, data))).pages
    return " ".join("".join(page.extract_text() for page in pages).replace("\u00a0", " ").split())


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_statement_says_what_is_to_pay_why_and_how_to_contest_it(
    language: str, law: AssessmentLaw, fund: Fund
) -> None:
    data = regularisation_statement.statement_data(
        statement=statement(law), addressee=addressee(language), fund=fund.on(date(2025, 6, 23)), law=law
    )
    text = text_of(regularisation_statement.TEMPLATE, data)
    amounts = ("1 602,84", "876,71", "726,13") if language == "fr" else ("1.602,84", "876,71", "726,13")
    for mention in (*MENTIONS, *amounts, "+++000/0042/00197+++", "20,50"):
        assert mention in text, mention
    assert "{" not in text


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("changes", "kinds"),
    [
        ({"refund_cents": 100_00, "previous_cents": 1702_84}, "refund"),
        ({"previous_cents": 1702_84}, "lower"),
        ({"previous_cents": 1602_84}, "same"),
        ({"credit_used_cents": 726_13}, "covered"),
        ({"credit_used_cents": 26_13}, "toPayRest"),
        ({"number": 2}, "toPay"),
    ],
)
def test_each_outcome_has_its_sentence(
    language: str, changes: dict[str, int], kinds: str, law: AssessmentLaw, fund: Fund
) -> None:
    row = statement(law, **changes)
    data = regularisation_statement.statement_data(
        statement=row, addressee=addressee(language), fund=fund.on(date(2025, 6, 23)), law=law
    )
    words = yaml.safe_load((WORDS / f"statement.{language}.yaml").read_text("utf-8"))
    beginning = words[kinds].split("{")[0]
    texts = [block.get("text", "") for block in data["blocks"]]
    assert any(text.startswith(beginning) for text in texts)
    pays = any(block["kind"] == "payment" for block in data["blocks"])
    assert pays is (kinds in {"toPay", "toPayRest"})


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_unjustified_reduction_shows_each_surcharge(language: str, law: AssessmentLaw, fund: Fund) -> None:
    surcharge = KeptSurcharge(
        charged_on=date(2023, 12, 31),
        rate=Decimal("0.03"),
        base_cents=1000_00,
        surcharge_cents=30_00,
        article="AR38 art. 11bis",
    )
    row = statement(law, spared_cents=1000_00, surcharge_cents=30_00, surcharges=(surcharge,))
    data = regularisation_statement.statement_data(
        statement=row, addressee=addressee(language), fund=fund.on(date(2025, 6, 23)), law=law
    )
    text = text_of(regularisation_statement.TEMPLATE, data)
    assert "11bis" in text
    assert "30,00" in text


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("outcome", "reasons"), [("granted", GRANTED_REASONS), ("refused", REFUSED_REASONS)])
@pytest.mark.parametrize("kind", ["reduction", "increase"])
def test_a_decision_gives_its_reason_and_the_remedies(
    language: str, outcome: str, reasons: tuple[str, ...], kind: str, law: AssessmentLaw, fund: Fund
) -> None:
    wanted = RequestKind(kind)
    request = KeptRequest(
        request_id=UUID(int=1),
        dossier=UUID(int=3),
        year=2026,
        kind=wanted,
        estimate_cents=20_000_00,
        estimate_quarters=4,
        received_on=date(2026, 2, 9),
        received_by="agent",
        evidence=[],
        file_number=42,
        findings=RequestFindings(
            kind=wanted,
            legal_cents=6875_32,
            current_cents=6875_32,
            asked_cents=4274_24,
            minimum_income_cents=0,
            problems=(),
        ),
        decision=None,
        applied_on=None,
    )
    for reason in reasons:
        data = request_decision.decision_data(
            request=request,
            decision=Decision(outcome=outcome, reason=reason, decided_on=date(2026, 2, 16), decided_by="agent"),
            changes=[],
            addressee=addressee(language),
            fund=fund.on(date(2026, 2, 16)),
            law=law,
        )
    text = text_of(request_decision.TEMPLATE, data)
    for mention in (*MENTIONS, "2026"):
        assert mention in text, mention
    assert ("11bis" in text) is (outcome == "granted" and kind == "reduction")


def test_the_three_languages_say_the_same_things() -> None:
    def names(words: Any) -> Any:
        return {name: names(word) for name, word in words.items()} if isinstance(words, dict) else None

    first, *others = (names(yaml.safe_load((WORDS / f"statement.{one}.yaml").read_text("utf-8"))) for one in LANGUAGES)
    assert all(other == first for other in others)
