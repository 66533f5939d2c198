"""The duties towards mutualites: their deadlines and their messages."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import yaml

from services.benefits.transmissions.rules import Duty, Notice, deadline, message_body, transmission_id, warn_on
from shared.contracts.benefits_v1 import TransmissionKind
from shared.contracts.vocabulary import Category
from shared.law.parameters import Parameters
from shared.law.quarter import Quarter

PARAMETERS = Parameters.load()
DUTIES = yaml.safe_load((Path(__file__).parent / "cases" / "duties.yaml").read_text(encoding="utf-8"))
DOSSIER = UUID("0195d4a0-0000-7000-8000-000000000001")


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
