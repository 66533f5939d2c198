"""The labour court of a home."""

from __future__ import annotations

import pytest

from shared.contracts.vocabulary import Language
from shared.law.labour_courts import (
    ANTWERP,
    BRUSSELS_DUTCH,
    BRUSSELS_FRENCH,
    EUPEN,
    GHENT,
    HAINAUT,
    LEUVEN,
    LIEGE,
    WALLOON_BRABANT,
    LabourCourt,
    competent_court,
)


@pytest.mark.parametrize(
    ("postal_code", "language", "court"),
    [
        ("1000", "fr", BRUSSELS_FRENCH),
        ("1000", "nl", BRUSSELS_DUTCH),
        ("1299", "fr", BRUSSELS_FRENCH),
        ("1300", "nl", WALLOON_BRABANT),
        ("1500", "nl", BRUSSELS_DUTCH),
        ("2000", "nl", ANTWERP),
        ("3000", "nl", LEUVEN),
        ("3500", "nl", ANTWERP),
        ("4000", "fr", LIEGE),
        ("4700", "de", EUPEN),
        ("4800", "fr", LIEGE),
        ("5000", "fr", LIEGE),
        ("6000", "fr", HAINAUT),
        ("6700", "fr", LIEGE),
        ("7000", "fr", HAINAUT),
        ("8000", "nl", GHENT),
        ("9999", "nl", GHENT),
    ],
)
def test_the_court_is_the_one_of_the_home(postal_code: str, language: str, court: LabourCourt) -> None:
    assert competent_court(country="BE", postal_code=postal_code, language=Language(language)) is court


def test_abroad_the_court_is_in_brussels_and_every_court_has_an_address_in_each_language() -> None:
    assert competent_court(country="FR", postal_code="59000", language=Language.FRENCH) is BRUSSELS_FRENCH
    assert competent_court(country="NL", postal_code="1012 AB", language=Language.DUTCH) is BRUSSELS_DUTCH
    for court in (ANTWERP, BRUSSELS_DUTCH, BRUSSELS_FRENCH, EUPEN, GHENT, HAINAUT, LEUVEN, LIEGE, WALLOON_BRABANT):
        assert all(court.name(language) for language in Language)
        assert court.postal_code in court.address()
