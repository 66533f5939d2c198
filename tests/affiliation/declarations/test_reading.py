"""Fields as they are written, against a table of cases worked out by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from services.affiliation.declarations.rules.reading import read_person

TABLE = yaml.safe_load((Path(__file__).parent / "cases/reading.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", TABLE["cases"], ids=lambda case: case["name"])
def test_a_declaration_is_read_or_its_fields_are_named(case: dict[str, Any]) -> None:
    change = {name: "x" * 101 if value == "LONG" else value for name, value in case["change"].items()}
    declaration, found = read_person({**TABLE["base"], **change})
    assert [[breach.field, breach.rule] for breach in found] == case["expect"]
    assert (declaration is None) == bool(case["expect"])


def test_what_is_read_is_normalised() -> None:
    declaration, _ = read_person(
        {**TABLE["base"], "country": "NL", "postal_code": "6211 ab", "last_name": "  Du   Bois "}
    )
    assert declaration is not None
    assert declaration.national_number == "85073003328"
    assert declaration.address.postal_code == "6211 AB"
    assert declaration.last_name == "Du Bois"
    assert declaration.account_number is None


def test_a_declaration_hides_itself_when_printed() -> None:
    declaration, _ = read_person(TABLE["base"])
    assert "Exemplemont" not in repr(declaration)
    assert "85073003328" not in repr(declaration)
