"""The benches: what they bill is right, and they tell every figure; how fast they were is no matter for a test."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from services.billing.bench.__main__ import bench


def _figures(*arguments: str) -> dict[str, float]:
    result = CliRunner().invoke(bench, [*arguments, "--json"], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    # Nobody watches a terminal here: nothing is drawn.
    assert result.stderr == ""
    figures: dict[str, float] = json.loads(result.stdout)
    return figures


def test_a_quarter_is_billed_and_its_rows_copied_beside_it(administrator_url: str, kafka_bootstrap: str) -> None:
    figures = _figures("billing", "--people", "2000")
    assert (figures["people"], figures["billed"], figures["parked"]) == (2000, 1998, 2)
    assert {"peoplePerSecond", "ratioToRawCopy", "peakMemoryMiB"} <= figures.keys()


def test_a_statement_is_booked_and_its_rows_copied_beside_it(administrator_url: str) -> None:
    # More dossiers than one page holds; one reference in a thousand is nobody's.
    figures = _figures("payments", "--people", "4500")
    assert (figures["people"], figures["matched"], figures["unmatched"]) == (4500, 4496, 4)
    assert {"peoplePerSecond", "ratioToRawCopy", "peakMemoryMiB"} <= figures.keys()


def test_assessments_tell_their_figures_also_without_openfisca(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AUXILIA_OPENFISCA_PYTHON", raising=False)
    figures = _figures("assess", "--people", "1000")
    assert figures["people"] == 1000
    assert {"peoplePerSecond", "peakMemoryMiB"} <= figures.keys()
    assert "ratioToOpenFisca" not in figures


def test_a_bench_without_servers_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AUXILIA_DATABASE_URL", raising=False)
    result = CliRunner().invoke(bench, ["billing", "--people", "10"])
    assert result.exit_code == 2
    assert "AUXILIA_DATABASE_URL" in result.output
