"""The rules of a declaration, against a table of cases worked out by hand."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from services.affiliation.breaches.rules import Breach, Remedy
from services.affiliation.declarations.rules.checks import check_person
from services.affiliation.declarations.rules.declaration import Origin
from services.affiliation.declarations.rules.reading import read_person
from services.affiliation.declarations.rules.status import ApplicationStatus, assess
from shared.law.parameters import Parameters

TABLE = yaml.safe_load((Path(__file__).parent / "cases/rules.yaml").read_text(encoding="utf-8"))
PARAMETERS = Parameters.load()


def _text(value: object) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)


@pytest.mark.parametrize("case", TABLE["cases"], ids=lambda case: case["name"])
def test_a_declaration_breaks_exactly_the_rules_of_the_table(case: dict[str, Any]) -> None:
    values = {name: _text(value) for name, value in {**TABLE["base"], **case["change"]}.items()}
    declaration, unreadable = read_person(values)
    assert unreadable == ()
    assert declaration is not None
    found = check_person(
        declaration,
        received_on=case.get("received_on", TABLE["received_on"]),
        origin=Origin(case.get("origin", "declared")),
        parameters=PARAMETERS,
    )
    assert [breach.rule for breach in found] == case["expect"]


def test_no_breach_repeats_what_was_written() -> None:
    values = {name: _text(value) for name, value in TABLE["base"].items()}
    secrets = {"national_number": "85073003329", "last_name": "\x07Zonderling", "account_number": "BE00GEHEIM"}
    _, found = read_person({**values, **secrets})
    assert {breach.field for breach in found} == {"national_number", "last_name", "account_number"}
    told = " ".join(f"{breach.rule} {breach.message} {breach.article}" for breach in found)
    assert not any(secret in told for secret in ("85073003329", "Zonderling", "GEHEIM"))


SUPPLY = Breach(rule="professionalCard.missing", field="professional_card", message="", remedy=Remedy.SUPPLY)
WRONG = Breach(rule="startsOn.declaredLate", field="starts_on", message="")


@pytest.mark.parametrize(
    ("breaches", "today", "expected"),
    [
        ((), date(2026, 2, 1), ApplicationStatus.AFFILIATED),
        ((SUPPLY,), date(2026, 1, 31), ApplicationStatus.WAITING),
        ((SUPPLY,), date(2026, 2, 1), ApplicationStatus.REFUSED),
        ((WRONG,), date(2026, 1, 2), ApplicationStatus.REFUSED),
        ((SUPPLY, WRONG), date(2026, 1, 2), ApplicationStatus.REFUSED),
    ],
)
def test_what_is_missing_may_come_until_the_day_before_the_start(
    breaches: tuple[Breach, ...], today: date, expected: ApplicationStatus
) -> None:
    assert assess(breaches, today=today, deadline=date(2026, 2, 1)) is expected
