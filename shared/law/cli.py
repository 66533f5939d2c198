"""``law show``, ``law coverage`` and ``law limits``: the law data for people, and as JSON for programs."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from shared.law.calendar import add_months, read_day
from shared.law.coverage import Hole, coverage
from shared.law.limits_cli import limits_command
from shared.law.parameter_files import ParameterFileInvalid
from shared.law.parameters import ParameterMissing, Parameters, ParameterValue

_CERTAINTY_STYLES = {"official": "green", "published": "cyan", "inferred": "yellow", "assumed": "magenta"}
_HOLES_END_WITH = 1
#: In a file or a pipe a row stays on its line, so that a name can be searched for.
_UNBROKEN_WIDTH = 220


class Day(click.ParamType[date]):
    """A civil date such as 2026-01-01."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """Read a date or fail with a sentence that shows how one is written."""
        if isinstance(value, date):
            return value
        try:
            return read_day(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)


DAY = Day()
SCENARIO = click.option(
    "--scenario",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Values assumed where the law is not known yet.",
)
AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")


@click.group(help="The numbers of the law: every value with its period, article, source and certainty.")
def law() -> None:
    """Hold the verbs about the law."""


law.add_command(limits_command)


@law.command(short_help="Show every value that holds on a date.")
@click.argument("names", nargs=-1)
@click.option("--on", "day", type=DAY, help="The date, such as 2026-01-01; the last review of the data when left out.")
@SCENARIO
@AS_JSON
def show(names: tuple[str, ...], day: date | None, scenario: Path | None, as_json: bool) -> None:
    """Show every value that holds on a date; with names, or how names begin, their articles and sources too.

    \b
    ./auxilia law show --on 2025-07-01
    ./auxilia law show contributions.ceiling contributions.rateBand1 --on 2025-07-01
    ./auxilia law show contributions.revaluation --on 2020-01-01 --json
    """
    parameters = _load(scenario)
    on = day or _last_review(parameters)
    wanted = [name for name in parameters.names() if not names or name.startswith(names)]
    if names and not wanted:
        raise click.UsageError(f"no parameter begins with {', '.join(names)}; see law show without a name")
    values = [value for value in parameters.on(on) if value.name in wanted]
    missing = sorted(set(wanted) - {value.name for value in values})
    reasons = {name: _reason(parameters, name, on) for name in missing}
    if as_json:
        document = {"on": str(on), "values": [_value(one) for one in values], "missing": missing, "reasons": reasons}
        click.echo(json.dumps(document))
        return
    console = Console()
    if not console.is_terminal:
        console = Console(width=_UNBROKEN_WIDTH)
    if names:
        _print_facts(console, values)
        for name, reason in reasons.items():
            console.print(f"[bold]{name}[/bold]  has no value on {on}: {reason}", highlight=False)
        return
    _print_table(console, values, on)
    if missing:
        console.print(f"Without a value on {on}: {', '.join(missing)}")


def _reason(parameters: Parameters, name: str, on: date) -> str:
    """Say why a parameter has no value on a day: the reason that was entered, or what it is computed from."""
    try:
        parameters.fact(name, on=on)
    except ParameterMissing as found:
        return found.reason or (f"it follows {found.name}" if found.name != name else "no value was entered")
    return ""


def _print_table(console: Console, values: list[ParameterValue], on: date) -> None:
    table = Table(title=f"The law on {on} (name a parameter to see its article and source)")
    for column in ("parameter", "value", "unit", "until", "certainty"):
        table.add_column(column, overflow="fold", justify="right" if column == "value" else "left")
    for value in values:
        table.add_row(value.name, _text(value), value.unit, _period(value)[1], _certainty(value))
    console.print(table)


def _print_facts(console: Console, values: list[ParameterValue]) -> None:
    for value in values:
        starts, ends = _period(value)
        console.print(f"[bold]{value.name}[/bold]  {_text(value)} {value.unit}  {_certainty(value)}")
        console.print(f"  from {starts} to {ends}; {value.article}", highlight=False)
        console.print(f"  {value.source}; last review {value.last_review}", highlight=False)
        if value.note:
            console.print(f"  {value.note}", highlight=False)


def _certainty(value: ParameterValue) -> str:
    style = _CERTAINTY_STYLES[str(value.certainty)]
    return f"[{style}]{value.certainty}[/{style}]"


@law.command(name="coverage", help="List what the law data lacks, and when; used by an alarm.")
@click.option("--on", "day", type=DAY, help="First day looked at; the last review of the data when left out.")
@click.option("--until", type=DAY, help="Last day looked at; twelve months later when left out.")
@click.option("--check", is_flag=True, help="End with code 1 when a value that holds on the first day runs out.")
@SCENARIO
@AS_JSON
def coverage_command(
    day: date | None,
    until: date | None,
    check: bool,
    scenario: Path | None,
    as_json: bool,
) -> None:
    """Print the holes of the law data between two days."""
    parameters = _load(scenario)
    starts_on = day or _last_review(parameters)
    ends_on = until or add_months(starts_on, 12)
    if ends_on < starts_on:
        raise click.UsageError("--until lies before --on")
    found = coverage(parameters=parameters, starts_on=starts_on, ends_on=ends_on)
    if as_json:
        click.echo(
            json.dumps(
                {
                    "startsOn": str(starts_on),
                    "endsOn": str(ends_on),
                    "parameters": found.parameters,
                    "certainties": found.certainties,
                    "ending": [_hole(hole) for hole in found.ending],
                    "missing": [_hole(hole) for hole in found.holes if not hole.had_value_before],
                }
            )
        )
    else:
        _print_coverage(found.ending, [hole for hole in found.holes if not hole.had_value_before], starts_on, ends_on)
        sure = ", ".join(f"{count} {certainty}" for certainty, count in found.certainties.items() if count)
        Console().print(f"{found.parameters} parameters; on {starts_on}: {sure}.")
    if check and found.ending:
        raise SystemExit(_HOLES_END_WITH)


def _print_coverage(ending: tuple[Hole, ...], missing: list[Hole], starts_on: date, ends_on: date) -> None:
    console = Console()
    for title, holes in ((f"Values that run out until {ends_on}", ending), (f"Not known from {starts_on}", missing)):
        if not holes:
            console.print(f"{title}: none.")
            continue
        table = Table(title=title)
        for column in ("parameter", "missing from", "to", "why"):
            table.add_column(column, overflow="fold")
        for hole in holes:
            table.add_row(hole.name, str(hole.starts_on), str(hole.ends_on), hole.reason)
        console.print(table)


def _load(scenario: Path | None) -> Parameters:
    try:
        law_itself = Parameters.load()
    except ParameterFileInvalid as error:
        raise click.ClickException(f"the law's own data is wrong: {error}") from error
    try:
        return law_itself if scenario is None else Parameters.load(assumed=scenario)
    except ParameterFileInvalid as error:
        raise click.BadParameter(str(error), param_hint="'--scenario'") from error


def _last_review(parameters: Parameters) -> date:
    """Give the day the law data was last reviewed: this command looks at no clock, so that it always says the same."""
    return max(value.last_review for parameter in parameters.by_name.values() for value in parameter.values)


def _text(value: ParameterValue) -> str:
    return " ".join(value.value) if isinstance(value.value, tuple) else str(value.value)


def _period(value: ParameterValue) -> tuple[str, str]:
    return str(value.valid_from or "…"), str(value.valid_to or "…")


def _value(value: ParameterValue) -> dict[str, Any]:
    return {
        "name": value.name,
        "value": list(value.value) if isinstance(value.value, tuple) else str(value.value),
        "unit": value.unit,
        "validFrom": None if value.valid_from is None else str(value.valid_from),
        "validTo": None if value.valid_to is None else str(value.valid_to),
        "article": value.article,
        "source": value.source,
        "certainty": str(value.certainty),
        "lastReview": str(value.last_review),
        "note": value.note,
    }


def _hole(hole: Hole) -> dict[str, str]:
    return {
        "name": hole.name,
        "from": str(hole.starts_on),
        "to": str(hole.ends_on),
        "reason": hole.reason,
    }
