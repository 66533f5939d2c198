"""``bench assess``: whole columns of people assessed with all their explanation columns, beside OpenFisca-core."""

from __future__ import annotations

import json
import os
import random
import subprocess
import tempfile
import time
from array import array
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Final, NamedTuple

import click
import polars as pl

from services.billing.assessment.rules import CategoryLaw, IncomeBasis, QuarterLaw, assess, quarter_law
from services.billing.assessment.rules.law import BASIS_POINTS
from services.billing.bench.invented import CATEGORIES, WEIGHTS
from services.billing.bench.report import AS_JSON, PEOPLE, peak_memory_mib, print_figures, shown_stages
from shared.law.parameters import Parameters
from shared.law.quarter import Quarter

QUARTER: Final = Quarter(2026, 1)
FEE_RATE: Final = Decimal("0.0425")
#: Path of a Python that has OpenFisca-core; ``./auxilia bench`` sets it.
OPENFISCA_PYTHON: Final = "AUXILIA_OPENFISCA_PYTHON"
_MODEL: Final = Path(__file__).with_name("openfisca_model.py")
_SEED: Final = 20260101
_REPEATS: Final = 3
#: OpenFisca-core computes in 32-bit floats, which can miss the cent of a large amount.
_CENTS_APART: Final = 3
#: One in so many has just begun; one in so many was not subject during the whole year of the income.
_LATELY: Final = 20
_INCOMPLETE: Final = 25
#: Euros nobody earns: a threshold that is none.
_NO_AMOUNT: Final = 1e12


class Timed(NamedTuple):
    """The best of some times by the clock, and by what the processors worked for it."""

    seconds: float
    processor_seconds: float


@click.command(name="assess", short_help="Assess whole columns with their explanation, beside OpenFisca-core.")
@PEOPLE
@AS_JSON
def assess_bench(people: int, *, as_json: bool) -> None:
    """Assess invented people of several categories for a quarter, with every column an explanation is read from.

    OpenFisca-core computes the same contributions, without any explanation, in a process of its own; both give the best
    of three times, and the amounts must agree. Without OpenFisca-core its ratio is left out.

    \b
    ./auxilia bench assess --people 1300000
    """
    with shown_stages() as stages:
        stages.begin("inventing people")
        frame = invented_people(people)
        law = quarter_law(quarter=QUARTER, parameters=Parameters.load())
        stages.begin("assessing them, three times")
        ours, totals = timed_assessment(frame, law)
        figures: dict[str, float] = {
            "people": people,
            "seconds": round(ours.seconds, 4),
            "peoplePerSecond": round(people / ours.seconds),
            "peakMemoryMiB": peak_memory_mib(),
        }
        python = os.environ.get(OPENFISCA_PYTHON)
        if python:
            stages.begin("the same in OpenFisca-core")
            theirs, their_totals = timed_openfisca(python, frame, law)
            apart = max(abs(cents - round(100 * euros)) for cents, euros in zip(totals, their_totals, strict=True))
            if apart > _CENTS_APART:
                raise click.ClickException(f"the two computations differ by up to {apart} cents: they are not the same")
            figures |= {
                "openFiscaSeconds": round(theirs.seconds, 4),
                "ratioToOpenFisca": round(ours.seconds / theirs.seconds, 3),
                "processorRatioToOpenFisca": round(ours.processor_seconds / theirs.processor_seconds, 3),
                "largestDifferenceCents": apart,
            }
    print_figures(figures, as_json=as_json)


def invented_people(people: int) -> pl.DataFrame:
    """Invent people of every common category, the same ones each time: most with an income, some just begun."""
    generator = random.Random(_SEED)  # noqa: S311 - invented incomes, no secret
    starting = [number % _LATELY == 0 for number in range(people)]
    return pl.DataFrame(
        {
            "dossier": range(people),
            "category": generator.choices(CATEGORIES, WEIGHTS, k=people),
            "income_cents": [None if start else generator.randrange(0, 15_000_000) for start in starting],
            "income_basis": [str(IncomeBasis.START if start else IncomeBasis.N_MINUS_3) for start in starting],
            "income_quarters": [1 + number % 4 if number % _INCOMPLETE == 1 else 4 for number in range(people)],
        },
        schema_overrides={"income_cents": pl.Int64, "income_quarters": pl.Int64},
    )


def timed_assessment(frame: pl.DataFrame, law: QuarterLaw) -> tuple[Timed, list[int]]:
    """Return the best of a few times to assess a frame, the law read before, and the totals in cents."""
    parameters = Parameters.load()
    times, processor = [], []
    for _ in range(_REPEATS):
        began, processor_began = time.perf_counter(), time.process_time()
        result = assess(frame, quarter=QUARTER, parameters=parameters, fee_rate=FEE_RATE, law=law)
        times.append(time.perf_counter() - began)
        processor.append(time.process_time() - processor_began)
    return Timed(min(times), min(processor)), result["total_cents"].to_list()


def timed_openfisca(python: str, frame: pl.DataFrame, law: QuarterLaw) -> tuple[Timed, array[float]]:
    """Return OpenFisca-core's best time for the same contributions, and its totals in euros."""
    columns = {
        "income_cents": frame["income_cents"].fill_null(0).to_list(),
        "income_quarters": frame["income_quarters"].to_list(),
        "start": (frame["income_basis"] == IncomeBasis.START).cast(pl.Int64).to_list(),
        "category": [CATEGORIES.index(category) for category in frame["category"]],
    }
    with tempfile.TemporaryDirectory(prefix="auxilia-bench-") as name:
        folder = Path(name)
        for column, values in columns.items():
            (folder / column).write_bytes(array("q", values).tobytes())
        request = {"folder": name, "repeats": _REPEATS, "categories": CATEGORIES, "law": _numbers(law)}
        done = subprocess.run(  # noqa: S603 - our own script, in the environment ./auxilia bench made
            [python, str(_MODEL)], input=json.dumps(request), capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            raise click.ClickException(f"OpenFisca-core failed: {done.stderr.strip()[-500:]}")
        totals = array("d")
        totals.frombytes((folder / "totals").read_bytes())
    answer = json.loads(done.stdout)
    return Timed(float(answer["seconds"]), float(answer["processorSeconds"])), totals


def _numbers(law: QuarterLaw) -> dict[str, float | dict[str, float]]:
    """Give the numbers of the law in euros and ratios, as OpenFisca's parameters take them."""
    laws = {name: law.category(name) for name in CATEGORIES}

    def euros(cents: Callable[[CategoryLaw], int | None], otherwise: float = 0) -> dict[str, float]:
        return {name: (cents(rules) or 100 * otherwise) / 100 for name, rules in laws.items()}

    return {
        "revaluation": (law.revaluation_numerator or 1) / (law.revaluation_denominator or 1),
        "fee_rate": float(FEE_RATE),
        "ceiling1": law.ceiling1_cents / 100,
        "ceiling2": law.ceiling2_cents / 100,
        "minimum": euros(lambda rules: rules.minimum_cents),
        "threshold": euros(lambda rules: rules.threshold_cents, -_NO_AMOUNT),
        "whole_from": euros(lambda rules: rules.whole_from_cents, -_NO_AMOUNT),
        "free": euros(lambda rules: rules.free_cents),
        "limit": euros(lambda rules: rules.limit_cents, _NO_AMOUNT),
        "lost_minimum": euros(lambda rules: rules.lost_minimum_cents),
        "start": euros(lambda rules: rules.start_cents),
        "rate1": {name: rules.rate_band1_basis_points / BASIS_POINTS for name, rules in laws.items()},
        "rate2": {name: rules.rate_band2_basis_points / BASIS_POINTS for name, rules in laws.items()},
    }
