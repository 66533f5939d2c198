"""The clocks of the Charter, the duties towards mutualites, and the courts."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import yaml

from services.benefits.claims.rules import charter
from services.benefits.transmissions.rules import Duty, Notice, deadline, message_body, transmission_id, warn_on
from shared.contracts.benefits_v1 import TransmissionKind
from shared.contracts.vocabulary import Category, Language
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
from shared.law.parameters import Parameters
from shared.law.quarter import Quarter
from shared.law.remedies import Mention, MentionsMissing, require_mentions

PARAMETERS = Parameters.load()
DELAYS = charter.charter_on(parameters=PARAMETERS, day=date(2026, 1, 1))
DUTIES = yaml.safe_load((Path(__file__).parent / "cases" / "duties.yaml").read_text(encoding="utf-8"))
DOSSIER = UUID("0195d4a0-0000-7000-8000-000000000001")


def test_four_months_to_decide_and_a_warning_one_month_before() -> None:
    received = date(2026, 4, 7)
    assert charter.decide_before(received_on=received, suspended_days=0, law=DELAYS) == date(2026, 8, 7)
    assert charter.warn_on(received_on=received, suspended_days=0, law=DELAYS) == date(2026, 7, 7)
    assert charter.decide_before(received_on=received, suspended_days=12, law=DELAYS) == date(2026, 8, 19)


def test_thirty_days_for_the_form_then_more_than_a_month_after_the_reminder() -> None:
    assert charter.form_due_on(asked_on=date(2026, 4, 7), law=DELAYS) == date(2026, 5, 7)
    assert charter.silence_ends_on(reminded_on=date(2026, 5, 8), law=DELAYS) == date(2026, 6, 9)
    assert charter.silence_ends_on(reminded_on=date(2026, 1, 30), law=DELAYS) == date(2026, 3, 1)


def test_four_months_to_pay_and_three_to_appeal() -> None:
    assert charter.pay_before(notified_on=date(2026, 4, 20), law=DELAYS) == date(2026, 8, 20)
    assert charter.appeal_until(notified_on=date(2026, 4, 20), law=DELAYS) == date(2026, 7, 20)


@pytest.mark.parametrize("lacking", list(Mention), ids=lambda mention: mention.value)
def test_a_decision_without_one_of_the_six_mentions_is_refused(lacking: Mention) -> None:
    complete = dict.fromkeys(Mention, "said")
    require_mentions(complete)
    with pytest.raises(MentionsMissing) as absent:
        require_mentions({mention: text for mention, text in complete.items() if mention is not lacking})
    assert absent.value.mentions == (lacking,)
    with pytest.raises(MentionsMissing):
        require_mentions({**complete, lacking: "  "})


@pytest.mark.parametrize("case", DUTIES, ids=lambda case: f"{case['duty']} {case['happenedOn']}")
def test_deadlines_of_messages(case: dict[str, Any]) -> None:
    due = deadline(duty=Duty(case["duty"]), happened_on=case["happenedOn"], parameters=PARAMETERS)
    assert due == case["deadline"]
    assert warn_on(deadline_on=due) == case["warnOn"]


def test_the_same_duty_always_has_the_same_ticket() -> None:
    one = transmission_id(duty=Duty.AFFILIATION, dossier=DOSSIER, event="2026-01-01")
    assert one == transmission_id(duty=Duty.AFFILIATION, dossier=DOSSIER, event="2026-01-01")
    assert one != transmission_id(duty=Duty.AFFILIATION, dossier=DOSSIER, event="2026-04-01")
    assert one != transmission_id(duty=Duty.CESSATION, dossier=DOSSIER, event="2026-01-01")
    assert len(str(one)) == 36


def test_duties_are_those_of_the_contract() -> None:
    assert [duty.value for duty in Duty] == [kind.value for kind in TransmissionKind]


def test_what_a_message_says() -> None:
    notice = Notice(
        transmission_id=UUID("0195d4a0-0000-5000-8000-000000000009"),
        duty=Duty.FIRST_CONTRIBUTION,
        insurer="319",
        file_number=12,
        category=Category.MAIN,
        starts_on=date(2026, 1, 1),
        happened_on=date(2026, 3, 20),
        quarter=Quarter.parse("2026Q1"),
        relieved=False,
    )
    body = message_body(notice=notice, fund_number="999", ssin="00000000097", sent_on=date(2026, 3, 23))
    assert body == {
        "ticket": "0195d4a0-0000-5000-8000-000000000009",
        "kind": "firstContribution",
        "fundNumber": "999",
        "insurer": "319",
        "fileNumber": "0000012",
        "ssin": "00000000097",
        "category": "main",
        "startDate": "2026-01-01",
        "sentOn": "2026-03-23",
        "contributionDate": "2026-03-20",
        "exempted": False,
        "yearQuarter": "2026Q1",
    }


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
