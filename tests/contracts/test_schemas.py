"""Schemas: what is kept is what the models say, and nothing that breaks a reader gets in."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from shared.contracts import asyncapi, generate, schemas
from shared.contracts.billing_v1 import PaymentAllocated
from shared.contracts.schemas import breaking_changes, schema_of

Schema = dict[str, Any]


def test_what_is_kept_is_what_the_contracts_say() -> None:
    assert sorted(path.name for path in generate.outdated_files()) == [], "run: python -m shared.contracts.generate"


def test_nothing_is_kept_of_a_contract_that_is_gone_and_no_kept_contract_is_broken() -> None:
    assert generate.refused_changes() == []


def remove(schema: Schema) -> None:
    del schema["properties"]["valueDate"]
    schema["required"].remove("valueDate")


def rename(schema: Schema) -> None:
    schema["properties"]["bookedOn"] = schema["properties"].pop("valueDate")


def retype(schema: Schema) -> None:
    schema["properties"]["amountCents"] = {"type": "string"}


def reformat(schema: Schema) -> None:
    schema["properties"]["valueDate"]["format"] = "date-time"


def newly_required(schema: Schema) -> None:
    schema["properties"]["bank"] = {"type": "string"}
    schema["required"].append("bank")


def optional_now(schema: Schema) -> None:
    schema["required"].remove("valueDate")


def nested_type(schema: Schema) -> None:
    schema["$defs"]["Allocation"]["properties"]["cents"] = {"type": "number"}


def nested_removal(schema: Schema) -> None:
    del schema["$defs"]["Allocation"]["properties"]["kind"]


def fewer_values(schema: Schema) -> None:
    schema["$defs"]["AmountKind"]["enum"].remove("interest")


def narrower(schema: Schema) -> None:
    schema["$defs"]["Allocation"]["properties"]["quarter"]["pattern"] = "^2026Q[1-4]$"


def limited(schema: Schema) -> None:
    schema["properties"]["amountCents"]["minimum"] = 0


def no_longer_list(schema: Schema) -> None:
    schema["properties"]["allocations"] = schema["properties"]["allocations"]["items"]


BREAKING: list[tuple[Callable[[Schema], None], str]] = [
    (remove, "body.valueDate: was removed or renamed"),
    (rename, "body.valueDate: was removed or renamed"),
    (retype, 'body.amountCents type: was "integer", is "string"'),
    (reformat, 'body.valueDate format: was "date", is "date-time"'),
    (newly_required, "body.bank: is new and required"),
    (optional_now, "body.valueDate: became optional"),
    (nested_type, 'body.allocations.cents type: was "integer", is "number"'),
    (nested_removal, "body.allocations.kind: was removed or renamed"),
    (fewer_values, "body.allocations.kind: value 'interest' was removed"),
    (narrower, 'body.allocations.quarter pattern: was "^[0-9]{4}Q[1-4]$", is "^2026Q[1-4]$"'),
    (limited, "body.amountCents: minimum was added"),
    (no_longer_list, "body.allocations: items was removed"),
]


@pytest.mark.parametrize(("change", "told"), BREAKING, ids=lambda value: getattr(value, "__name__", ""))
def test_a_change_that_breaks_a_reader_is_told(change: Callable[[Schema], None], told: str) -> None:
    old = schema_of(PaymentAllocated)
    new = copy.deepcopy(old)
    change(new)

    assert told in breaking_changes(old, new)


def optional_field(schema: Schema) -> None:
    schema["properties"]["bank"] = {"type": "string"}


def more_values(schema: Schema) -> None:
    schema["$defs"]["AmountKind"]["enum"].append("deposit")


def other_words(schema: Schema) -> None:
    schema["description"] = "Money came in."
    schema["properties"]["valueDate"]["title"] = "Date of value"


def other_name_of_a_part(schema: Schema) -> None:
    schema["$defs"]["Share"] = schema["$defs"].pop("Allocation")
    schema["properties"]["allocations"]["items"] = {"$ref": "#/$defs/Share"}


@pytest.mark.parametrize("change", [optional_field, more_values, other_words, other_name_of_a_part])
def test_a_contract_may_grow(change: Callable[[Schema], None]) -> None:
    old = schema_of(PaymentAllocated)
    new = copy.deepcopy(old)
    change(new)

    assert old != new
    assert breaking_changes(old, new) == []


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the kept files, which the command then reads and writes."""
    for module in (schemas, asyncapi):
        folder = tmp_path / module.__name__
        folder.mkdir()
        for path in module.FOLDER.iterdir():
            (folder / path.name).write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
        monkeypatch.setattr(module, "FOLDER", folder)
    return tmp_path / schemas.__name__


def test_the_command_refuses_to_write_over_a_schema_it_would_break(
    kept: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = kept / "billing.payment-allocated.v1.schema.json"
    known = json.loads(path.read_text(encoding="utf-8"))
    known["properties"]["bank"] = {"type": "string"}
    path.write_text(json.dumps(known), encoding="utf-8")

    assert generate.main([]) == 1
    assert "billing.payment-allocated.v1: body.bank: was removed or renamed" in capsys.readouterr().err
    assert json.loads(path.read_text(encoding="utf-8")) == known


def test_the_command_refuses_that_a_type_vanishes(kept: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (kept / "billing.money-found.v1.schema.json").write_text("{}", encoding="utf-8")

    assert generate.main([]) == 1
    assert "billing.money-found.v1: vanished" in capsys.readouterr().err


def test_the_command_writes_what_is_absent_and_then_has_nothing_to_do(
    kept: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (kept / "billing.debt-settled.v1.schema.json").unlink()

    assert generate.main(["--check"]) == 1
    assert generate.main([]) == 0
    assert capsys.readouterr().out == "billing.debt-settled.v1.schema.json\n" * 2
    assert generate.main(["--check"]) == 0
