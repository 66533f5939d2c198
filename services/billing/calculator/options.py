"""What the calculator's verbs have in common: amounts, dates and quarters as people write them."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import click

from shared.law.calendar import read_day
from shared.law.money import cents_from_euro
from shared.law.parameter_files import ParameterFileInvalid
from shared.law.parameters import Parameters
from shared.law.quarter import InvalidQuarter, Quarter

_AMOUNT: Final = re.compile(r"-?[0-9]{1,11}(\.[0-9]{1,2})?")
_RATE: Final = re.compile(r"[0-9]{1,2}(\.[0-9]{1,4})?")


def euro_cents(text: str) -> int:
    """Read an amount in euros with at most two decimals (``30000.00``) as cents; raises ``ValueError``."""
    fault = f"{text!r} is not an amount in euros such as 30000.00, below 100,000,000,000"
    if not _AMOUNT.fullmatch(text.strip()):
        raise ValueError(fault)
    return cents_from_euro(Decimal(text.strip()))


def percent(text: str) -> Decimal:
    """Read a rate in percent (``3.95``) as a ratio; raises ``ValueError``."""
    if not _RATE.fullmatch(text.strip()):
        raise ValueError(f"{text!r} is not a rate in percent from 0 to below 100, such as 3.95")
    return Decimal(text.strip()) / 100


class Written(click.ParamType[Any]):
    """A value read by a function that raises ``ValueError`` with a sentence for people."""

    def __init__(self, name: str, read: Callable[[str], Any]) -> None:
        self.name = name
        self._read = read

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Read the value or fail with the sentence."""
        if not isinstance(value, str):
            return value
        try:
            return self._read(value)
        except (ValueError, InvalidQuarter) as error:
            self.fail(str(error), param, ctx)


EUROS = Written("euros", euro_cents)
PERCENT = Written("percent", percent)
DAY = Written("date", read_day)
QUARTER = Written("quarter", Quarter.parse)
AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON with amounts in integer cents.")
SCENARIO = click.option(
    "--scenario",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Values assumed where the law is not known yet.",
)


def load(scenario: Path | None) -> Parameters:
    """Read the law, and a scenario's assumed values; a wrong file ends the command with its fault."""
    try:
        return Parameters.load(assumed=scenario)
    except ParameterFileInvalid as error:
        raise click.BadParameter(str(error), param_hint="'--scenario'") from error
