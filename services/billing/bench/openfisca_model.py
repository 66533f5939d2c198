"""Contributions as a model of OpenFisca-core, timed: a script of its own Python environment.

The same law as the domain's, written as OpenFisca wants it: each step of the computation is a variable, each number a
parameter, by category where it differs. It reads a JSON object from standard input: the numbers of the law in euros and
a folder with the people's columns. It writes the totals (64-bit floats, euros) there and the best of some times to
standard output.
"""

from __future__ import annotations

import json
import sys
import time
from array import array
from pathlib import Path
from typing import Any

import numpy as np
from openfisca_core.entities import build_entity
from openfisca_core.indexed_enums import Enum
from openfisca_core.parameters import ParameterNode
from openfisca_core.periods import DateUnit
from openfisca_core.simulation_builder import SimulationBuilder
from openfisca_core.taxbenefitsystems import TaxBenefitSystem
from openfisca_core.variables import Variable

PERIOD = "2026"
PERSON = build_entity(key="person", plural="persons", label="Self-employed person", is_person=True)
REQUEST = json.load(sys.stdin)
CATEGORIES = Enum("CATEGORIES", {name: name for name in REQUEST["categories"]})


def variable(name: str, formula: Any = None, *, value_type: Any = float, **options: Any) -> Any:
    """Make a yearly variable of a person."""
    members = {
        "value_type": value_type,
        "entity": PERSON,
        "definition_period": DateUnit.YEAR,
        "label": name,
        **options,
    }
    if formula is not None:
        members["formula"] = formula
    return type(name, (Variable,), members)


def annualised(person: Any, period: Any, _parameters: Any) -> Any:
    """Bring the income of an incomplete year to a whole year."""
    return cents(person("income", period) * 4 / person("income_quarters", period))


def revalued(person: Any, period: Any, parameters: Any) -> Any:
    """Revalue it by the price index."""
    return cents(person("annualised", period) * parameters(period).revaluation)


def base(person: Any, period: Any, parameters: Any) -> Any:
    """Apply the lump sum, the threshold, the free part, the limit or the least income of the category."""
    law, category = parameters(period), person("category", period)
    income, start = person("revalued", period), person("start", period)
    lost = ~start & (income >= law.limit[category])
    threshold = np.where(lost, -np.inf, law.threshold[category])
    least = np.where(lost, law.lost_minimum[category], law.minimum[category])
    return np.select(
        [start, income < threshold, income < law.whole_from[category]],
        [law.start[category], 0, income - law.free[category]],
        np.maximum(income, least),
    )


def band1(person: Any, period: Any, parameters: Any) -> Any:
    """Give the part of the income below the first ceiling."""
    return np.minimum(person("base", period), parameters(period).ceiling1)


def band2(person: Any, period: Any, parameters: Any) -> Any:
    """Give the part between the ceilings."""
    law = parameters(period)
    return np.clip(person("base", period), law.ceiling1, law.ceiling2) - law.ceiling1


def annual(person: Any, period: Any, parameters: Any) -> Any:
    """Apply the rates of the category."""
    law, category = parameters(period), person("category", period)
    return person("band1", period) * law.rate1[category] + person("band2", period) * law.rate2[category]


def contribution(person: Any, period: Any, _parameters: Any) -> Any:
    """Give a quarter of it."""
    return cents(person("annual", period) / 4)


def fee(person: Any, period: Any, parameters: Any) -> Any:
    """Give the management fee on the rounded quarter."""
    return cents(person("contribution", period) * parameters(period).fee_rate)


def total(person: Any, period: Any, _parameters: Any) -> Any:
    """Add both."""
    return person("contribution", period) + person("fee", period)


def cents(amount: Any) -> Any:
    """Round half up to the cent."""
    return np.floor(amount * 100 + 0.5) / 100


def system() -> Any:
    """Build the tax and benefit system of the numbers given."""

    def dated(value: Any) -> dict[str, object]:
        if isinstance(value, dict):
            return {name: dated(one) for name, one in value.items()}
        return {"values": {"2020-01-01": {"value": value}}}

    made = TaxBenefitSystem([PERSON])
    made.parameters = ParameterNode("", data=dated(REQUEST["law"]))
    formulas = (annualised, revalued, base, band1, band2, annual, contribution, fee, total)
    made.add_variables(
        variable("category", value_type=Enum, possible_values=CATEGORIES, default_value=next(iter(CATEGORIES))),
        variable("income"),
        variable("income_quarters"),
        variable("start", value_type=bool),
        *(variable(formula.__name__, formula) for formula in formulas),
    )
    return made


def column(name: str) -> Any:
    """Read a column of 64-bit integers."""
    values = array("q")
    values.frombytes((Path(REQUEST["folder"]) / name).read_bytes())
    return np.asarray(values)


def main() -> None:
    """Compute the totals a few times; write them, and the best time."""
    made = system()
    inputs = {
        "income": column("income_cents") / 100,
        "income_quarters": column("income_quarters"),
        "start": column("start") != 0,
        "category": column("category").astype(np.uint8),
    }
    times, processor = [], []
    for _ in range(REQUEST["repeats"]):
        simulation = SimulationBuilder().build_default_simulation(made, len(inputs["income"]))
        for name, values in inputs.items():
            simulation.set_input(name, PERIOD, values)
        began, processor_began = time.perf_counter(), time.process_time()
        totals = simulation.calculate("total", PERIOD)
        times.append(time.perf_counter() - began)
        processor.append(time.process_time() - processor_began)
    (Path(REQUEST["folder"]) / "totals").write_bytes(np.asarray(totals, dtype=np.float64).tobytes())
    json.dump({"seconds": min(times), "processorSeconds": min(processor)}, sys.stdout)


if __name__ == "__main__":
    main()
