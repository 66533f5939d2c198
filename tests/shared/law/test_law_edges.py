"""The last value a rule of the shared law lets through, and the first it refuses."""

from __future__ import annotations

from datetime import date

import pytest

from shared.law.affiliation_deadline import last_day_in_time
from shared.law.calendar import CalendarMissing, last_bank_day, next_bank_day, public_holidays
from shared.law.identifiers import Iban, InvalidIdentifier
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
from shared.law.money import euro_text, format_euro
from shared.law.parameters import Parameters
from shared.law.quarter import InvalidQuarter, Quarter
from shared.law.remedies import Mention, MentionsMissing, require_mentions

PARAMETERS = Parameters.load()


@pytest.mark.parametrize(
    ("told_on", "last_day"),
    [
        ("2010-03-31", "2026-09-29"),
        ("2010-04-01", "2026-07-01"),
        ("2016-06-30", "2026-07-01"),
        ("2016-07-01", "2026-06-30"),
    ],
)
def test_who_starts_declares_in_time_by_the_law_of_the_day_of_the_declaration(told_on: str, last_day: str) -> None:
    found = last_day_in_time(date(2026, 7, 1), told_on=date.fromisoformat(told_on), parameters=PARAMETERS)
    assert found == date.fromisoformat(last_day)


@pytest.mark.parametrize(
    ("day", "before", "after"),
    [
        ("2026-11-30", "2026-11-30", "2026-11-30"),
        ("2026-11-28", "2026-11-27", "2026-11-30"),
        ("2026-04-03", "2026-04-02", "2026-04-07"),
        ("2025-12-26", "2025-12-24", "2025-12-29"),
    ],
)
def test_banks_settle_on_the_nearest_bank_day_on_either_side(day: str, before: str, after: str) -> None:
    asked = date.fromisoformat(day)
    assert (last_bank_day(asked), next_bank_day(asked)) == (date.fromisoformat(before), date.fromisoformat(after))


@pytest.mark.parametrize(("year", "known"), [(2017, False), (2018, True), (2199, True), (2200, False)])
def test_holidays_are_known_from_the_first_year_to_the_last(year: int, *, known: bool) -> None:
    if known:
        assert len(public_holidays(year)) == 10
    else:
        with pytest.raises(CalendarMissing):
            public_holidays(year)


@pytest.mark.parametrize(
    ("first", "last", "court"),
    [
        ("1300", "1499", WALLOON_BRABANT),
        ("1500", "1999", BRUSSELS_DUTCH),
        ("2000", "2999", ANTWERP),
        ("3000", "3499", LEUVEN),
        ("3500", "3999", ANTWERP),
        ("4000", "4699", LIEGE),
        ("4700", "4799", EUPEN),
        ("4800", "5999", LIEGE),
        ("6000", "6599", HAINAUT),
        ("6600", "6999", LIEGE),
        ("7000", "7999", HAINAUT),
        ("8000", "9999", GHENT),
    ],
)
def test_each_range_of_postal_codes_has_its_court(first: str, last: str, court: LabourCourt) -> None:
    for code in (first, last):
        assert competent_court(country="BE", postal_code=code, language="nl") is court


@pytest.mark.parametrize(
    ("country", "code"), [("BE", "1000"), ("BE", "1299"), ("BE", "0999"), ("BE", "10000"), ("BE", "x"), ("FR", "8000")]
)
def test_in_brussels_abroad_and_nowhere_the_language_decides(country: str, code: str) -> None:
    found = [competent_court(country=country, postal_code=code, language=language) for language in ("nl", "fr", "de")]
    assert found == [BRUSSELS_DUTCH, BRUSSELS_FRENCH, BRUSSELS_FRENCH]


def test_every_court_has_a_name_in_each_language() -> None:
    assert [GHENT.name(language) for language in ("fr", "nl", "de")] == [
        "tribunal du travail de Gand",
        "arbeidsrechtbank Gent",
        "Arbeitsgericht Gent",
    ]


def test_a_decision_without_a_mention_names_it_however_it_lacks() -> None:
    said = dict.fromkeys(Mention, "said")
    require_mentions(said)
    without: dict[Mention, str] = {mention: "x" for mention in Mention if mention is not Mention.EXPLANATIONS}
    for lacking in ({**without, Mention.EXPLANATIONS: " "}, without):
        with pytest.raises(MentionsMissing, match=r"lacks explanations \(Charter art\. 14\)") as refused:
            require_mentions(lacking)
        assert refused.value.mentions == (Mention.EXPLANATIONS,)


@pytest.mark.parametrize(
    ("cents", "plain", "letter"),
    [(0, "0.00", "0,00"), (-1, "-0.01", "-0,01"), (1, "0.01", "0,01"), (-100, "-1.00", "-1,00")],
)
def test_a_single_cent_keeps_its_sign(cents: int, plain: str, letter: str) -> None:
    assert euro_text(cents) == plain
    assert format_euro(cents, "fr") == f"{letter}\N{NO-BREAK SPACE}EUR"


@pytest.mark.parametrize(("year", "number"), [(1, 1), (9998, 4)])
def test_the_first_and_the_last_quarter_there_are(year: int, number: int) -> None:
    assert Quarter(year, number).year == year


@pytest.mark.parametrize(("year", "number"), [(0, 1), (9999, 1), (2026, 0), (2026, 5)])
def test_there_is_no_other_quarter(year: int, number: int) -> None:
    with pytest.raises(InvalidQuarter):
        Quarter(year, number)


def test_a_belgian_account_with_other_check_digits_inside_is_refused() -> None:
    assert Iban("BE68 5390 0754 7034") == "BE68539007547034"
    with pytest.raises(InvalidIdentifier) as refused:
        Iban("BE95539007547033")
    assert refused.value.rule == "accountNumber.checkDigits"
