"""``bench assess``: whole columns of people assessed with all their explanation columns."""

from __future__ import annotations

import random
import time
from decimal import Decimal
from typing import Final

import click
import polars as pl

from services.billing.bench.report import AS_JSON, PEOPLE, peak_memory_mib, print_figures
from services.billing.domain.assessment import assess, quarter_law
from shared.contracts.vocabulary import Category
from shared.law.parameters import Parameters
from shared.law.quarter import Quarter

QUARTER: Final = Quarter(2026, 1)
FEE_RATE: Final = Decimal("0.0425")
_SEED: Final = 20260101
_REPEATS: Final = 3


@click.command(name="assess", short_help="Assess whole columns, with their explanation.")
@PEOPLE
@AS_JSON
def assess_bench(people: int, *, as_json: bool) -> None:
    """Assess invented people in main occupation for a quarter, with every column an explanation is read from.

    \b
    ./auxilia bench assess --people 1300000
    """
    frame = invented_people(people)
    seconds = seconds_to_assess(frame)
    figures = {
        "people": people,
        "seconds": round(seconds, 3),
        "peoplePerSecond": round(people / seconds),
        "peakMemoryMiB": peak_memory_mib(),
    }
    print_figures(figures, as_json=as_json)


def invented_people(people: int) -> pl.DataFrame:
    """Invent incomes from below the least income to above the second ceiling, the same ones each time."""
    generator = random.Random(_SEED)  # noqa: S311 - invented incomes, no secret
    return pl.DataFrame(
        {
            "dossier": range(people),
            "category": [str(Category.MAIN)] * people,
            "income_cents": [generator.randrange(0, 15_000_000) for _ in range(people)],
            "income_basis": ["n-3"] * people,
        },
        schema_overrides={"category": pl.String, "income_cents": pl.Int64, "income_basis": pl.String},
    )


def seconds_to_assess(frame: pl.DataFrame) -> float:
    """Return the best of a few times to assess a frame, the law read before."""
    parameters = Parameters.load()
    law = quarter_law(quarter=QUARTER, parameters=parameters)
    times = []
    for _ in range(_REPEATS):
        began = time.perf_counter()
        assess(frame, quarter=QUARTER, parameters=parameters, fee_rate=FEE_RATE, law=law)
        times.append(time.perf_counter() - began)
    return min(times)
