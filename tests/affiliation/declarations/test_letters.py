"""The confirmation of an affiliation: right words in three languages, and the same bytes each time."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest
from pypdf import PdfReader

from services.affiliation.declarations.letters.confirmation import TEMPLATE, confirmation_data
from services.affiliation.declarations.rules.declaration import ConfirmationFacts
from services.affiliation.people.rules import Identity
from shared.contracts.vocabulary import Category, Language
from shared.law.fund import Fund
from shared.platform.people.documents import render
from tests.affiliation.harness import SAMPLES

FUND = Fund.load(SAMPLES / "fund.yaml").on(date(2026, 1, 2))


def facts(language: str, category: Category = Category.MAIN) -> ConfirmationFacts:
    """Return what is confirmed to an invented person."""
    identity = Identity(
        dossier=UUID(int=1),
        file_number=42,
        kind="person",
        language=Language(language),
        street="Proefweg",
        house_number="7",
        postal_code="9000",
        city="Gent",
        country="BE",
        first_name="Sofie",
        last_name="Voorbeeldman",
        national_number="85073003328",
    )
    return ConfirmationFacts(
        identity=identity,
        dossier=UUID(int=1),
        application_id=UUID(int=2),
        category=category,
        starts_on=date(2026, 2, 1),
        received_on=date(2026, 1, 2),
        insurer="300",
    )


@pytest.mark.parametrize(
    ("language", "sentences"),
    [
        (
            "fr",
            [
                "Confirmation de votre affiliation",
                "À partir du 1er février 2026",
                "notre caisse, à titre principal",
                "Dossier 0000042",
            ],
        ),
        ("nl", ["Bevestiging van uw aansluiting", "Vanaf 1 februari 2026", "in hoofdberoep", "Geachte"]),
        ("de", ["Bestätigung Ihres Anschlusses", "Ab dem 1. Februar 2026", "hauptberuflich", "Akte 0000042"]),
    ],
)
def test_the_confirmation_speaks_the_language_of_the_person(language: str, sentences: list[str]) -> None:
    content = render(
        TEMPLATE, confirmation_data(facts=facts(language), fund=FUND, today=date(2026, 1, 2), report_days=15)
    )
    text = " ".join(PdfReader(io.BytesIO(content)).pages[0].extract_text().split())
    for sentence in [*sentences, "Sofie Voorbeeldman", "Proefweg 7", "9000 Gent", "Anémone Exemple"]:
        assert sentence in text
    assert "85073003328" not in text


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("category", list(Category))
def test_every_category_has_words_in_every_language(language: Language, category: Category) -> None:
    data = confirmation_data(facts=facts(language.value, category), fund=FUND, today=date(2026, 1, 2), report_days=15)
    assert "{" not in " ".join(block["text"] for block in data["blocks"])


def test_the_same_confirmation_is_the_same_bytes() -> None:
    data = confirmation_data(facts=facts("fr"), fund=FUND, today=date(2026, 1, 2), report_days=15)
    assert render(TEMPLATE, data) == render(TEMPLATE, data)


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("fr", "jusqu'au 31 décembre 2026 ; à partir du 1er janvier 2027"),
        ("nl", "tot en met 31 december 2026 een verlaagd minimuminkomen; vanaf 1 januari 2027"),
        ("de", "bis zum 31. Dezember 2026 ein verringertes Mindesteinkommen; ab dem 1. Januar 2027"),
    ],
)
def test_a_primo_starter_reads_until_when_the_minimum_is_reduced(language: str, sentence: str) -> None:
    confirmed = replace(facts(language, Category.PRIMO_STARTER), reduced_until=date(2027, 1, 1))
    data = confirmation_data(facts=confirmed, fund=FUND, today=date(2026, 1, 2), report_days=15)
    assert sum(sentence in block["text"] for block in data["blocks"]) == 1
