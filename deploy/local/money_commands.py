"""The verbs about the money of one dossier: explain, forecast, advise. They ask billing over HTTP."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

import click
from rich.console import Console
from rich.table import Table

from deploy.local.commands import INSTANCE, QUARTER_TEXT
from deploy.local.fund_api import FundApi, ProblemError
from deploy.local.operator_commands import dossier_of, running
from deploy.local.operators import OperatorTokens
from deploy.local.problems import LocalError

_PERSON: Final = "finance-officer"
_UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_FILE_NUMBER: Final = re.compile(r"[0-9]{1,9}")
_AMOUNT: Final = re.compile(r"(-?)([0-9]{1,9})(?:\.([0-9]{1,2}))?")
_WRONG_USE: Final = 2
_AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON with integer cents.")
_LANGUAGE = click.option("--language", type=click.Choice(["fr", "nl", "de", "en"]), default="en", show_default=True)


class _Dossier(click.ParamType[str]):
    name = "dossier"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Take a dossier's file number, as on letters, or its UUID, as lists and summaries show it."""
        text = str(value).strip().lower()
        if not _UUID.fullmatch(text) and not _FILE_NUMBER.fullmatch(text):
            self.fail(f"{value!r} is neither a file number nor the UUID of a dossier", param, ctx)
        return text


class _Euros(click.ParamType[int]):
    name = "euros"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Take an amount in euros with at most two decimals, as cents."""
        if isinstance(value, int):
            return value
        match = _AMOUNT.fullmatch(str(value).strip())
        if match is None:
            self.fail(f"{value!r} is not an amount in euros such as 30000.00, below 1,000,000,000", param, ctx)
        cents = int(match[2]) * 100 + int((match[3] or "").ljust(2, "0"))
        return -cents if match[1] else cents


class _YearEuros(click.ParamType[tuple[int, int]]):
    name = "year=euros"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, int]:
        """Take a year and its income: ``2026=30000.00``."""
        year, _, amount = str(value).partition("=")
        if not re.fullmatch(r"20[0-9]{2}", year.strip()) or not amount:
            self.fail(f"{value!r} is not a year and an income such as 2026=30000.00", param, ctx)
        return int(year), _Euros().convert(amount, param, ctx)


DOSSIER = _Dossier()
EUROS = _Euros()


@click.command(short_help="Explain every amount a dossier was charged.")
@INSTANCE
@click.argument("dossier", type=DOSSIER)
@click.option("--quarter", type=QUARTER_TEXT, help="Only this quarter, such as 2026Q1.")
@_LANGUAGE
@_AS_JSON
def explain(instance: str, dossier: str, quarter: str | None, language: str, as_json: bool) -> None:
    """Show each amount of each quarter with its reasons: first bill, reduction, regularisations, surcharges.

    DOSSIER is the file number, as on letters, or the UUID, as lists and summaries show it.

    \b
    ./auxilia explain 0000008
    ./auxilia explain 0000008 --quarter 2026Q1 --language fr
    """
    parameters = {"language": language} | ({"quarter": quarter} if quarter else {})
    answer = _ask(instance, "GET", f"/v1/explanations/{_uuid_of(instance, dossier)}", parameters)
    if as_json:
        click.echo(json.dumps(answer))
        return
    console = Console(highlight=False)
    for one in answer["quarters"]:
        table = Table(title=f"{one['quarter']}: charged {_euros(one['chargedCents'])}, open {_euros(one['openCents'])}")
        table.add_column("what, on")
        table.add_column("amount", justify="right")
        table.add_column("why")
        table.add_column("article", style="dim")
        table.add_column("parameter", style="dim", overflow="fold")
        for amount in one["amounts"]:
            for place, step in enumerate(amount["steps"]):
                what = f"{amount['kind']}, {amount['bookedOn']}" if place == 0 else ""
                cents = _euros(amount["amountCents"]) if place == 0 else ""
                table.add_row(what, cents, step["text"], step["article"], ", ".join(step.get("parameters", ())))
        console.print(table)
    if not answer["quarters"]:
        console.print("Nothing was charged.")


@click.command(short_help="What is due when over eight quarters, regularisations included.")
@INSTANCE
@click.argument("dossier", type=DOSSIER)
@click.option("--income", "incomes", type=_YearEuros(), multiple=True, help="An income you expect: 2026=30000.00.")
@_AS_JSON
def forecast(instance: str, dossier: str, incomes: tuple[tuple[int, int], ...], as_json: bool) -> None:
    """Show what will be due in this quarter and the seven after it, with the regularisations expected incomes bring.

    Quarters whose law is not published yet are computed with the latest law, and say so. A forecast is no bill.

    DOSSIER is the file number, as on letters, or the UUID, as lists and summaries show it.

    \b
    ./auxilia forecast 0000008
    ./auxilia forecast 0000008 --income 2025=28000.00 --income 2026=36000.00
    """
    expected = [{"year": year, "incomeCents": cents} for year, cents in incomes]
    body = {"dossier": _uuid_of(instance, dossier), "expectedIncomes": expected}
    answer = _ask(instance, "POST", "/v1/forecasts/query", body)
    if as_json:
        click.echo(json.dumps(answer))
        return
    console = Console(highlight=False)
    owed = f"open {_euros(answer['openCents'])}, credit {_euros(answer['creditCents'])}"
    table = Table(title=f"Forecast on {answer['on']}; {owed}")
    for name in ("due on", "what", "of"):
        table.add_column(name)
    table.add_column("amount", justify="right")
    table.add_column("how sure")
    table.add_column("why", style="dim")
    for line in answer["lines"]:
        cents = line.get("amountCents")
        amount = "not known" if cents is None else _euros(cents)
        table.add_row(line["dueOn"], line["kind"], line["about"], amount, line["basis"], _why(line))
    console.print(table)
    console.print(f"Together: {_euros(answer['totalCents'])}")


@click.command(short_help="What a reduction of contributions saves, and what it risks.")
@INSTANCE
@click.argument("dossier", type=DOSSIER)
@click.option("--year", type=click.IntRange(2022, 2100), required=True, help="Contribution year.")
@click.option("--income", type=EUROS, required=True, help="The income you would ask to contribute on.")
@click.option("--if", "incomes", type=EUROS, multiple=True, help="What the income may turn out to be; several times.")
@_AS_JSON
def advise(instance: str, dossier: str, year: int, income: int, incomes: tuple[int, ...], as_json: bool) -> None:
    """Show what a reduction saves now, and what it costs if the income proves higher (royal decree 38, art. 11bis).

    DOSSIER is the file number, as on letters, or the UUID, as lists and summaries show it.

    \b
    ./auxilia advise 0000008 --year 2026 --income 20000.00 --if 25000.00 --if 40000.00
    """
    known = _uuid_of(instance, dossier)
    body = {"dossier": known, "year": year, "estimateCents": income, "incomesCents": list(incomes)}
    answer = _ask(instance, "POST", "/v1/reductionAdvice/query", body)
    if as_json:
        click.echo(json.dumps(answer))
        return
    console = Console(highlight=False)
    found = answer["findings"]
    console.print(
        f"{year}: {_euros(found['legalCents'])} by law, {_euros(found['askedCents'])} on your estimate; "
        f"you pay {_euros(answer['savedCents'])} less now."
    )
    against = [problem for problem in found["problems"] if problem != "evidenceMissing"]
    if against:
        console.print(f"The law stands against it: {', '.join(against)}.")
    title = f"If the income is ..., at the statement expected on {answer['statementOn']}"
    table = Table("income", "definitive", "to pay after a reduction", "without it", "wrongly spared", "surcharges")
    table.title = title
    for one in answer["scenarios"]:
        names = ("income", "definitive", "supplement", "supplementWithout", "spared", "surcharge")
        table.add_row(*(_euros(one[f"{name}Cents"]) for name in names))
    console.print(table)


def _why(line: Mapping[str, Any]) -> str:
    parts = [line["article"]]
    if line.get("incomeCents") is not None:
        parts.append(f"on {_euros(line['incomeCents'])}")
    if line.get("lawOf"):
        parts.append(f"law of {line['lawOf']}")
    return "; ".join([*parts, *([line["note"]] if line["note"] else [])])


def _euros(cents: int) -> str:
    return f"{Decimal(cents) / 100:,.2f}"


def _uuid_of(instance: str, dossier: str) -> str:
    """Give the UUID of a dossier that was named by its file number, as on letters, or by its UUID."""
    return asyncio.run(dossier_of(instance, int(dossier))) if _FILE_NUMBER.fullmatch(dossier) else dossier


def _ask(instance: str, method: str, path: str, content: dict[str, Any]) -> dict[str, Any]:
    """Ask billing; what it refuses ends the command with field and rule and code 2."""
    try:
        return asyncio.run(_answer(instance, method, path, content))
    except ProblemError as error:
        click.echo(f"auxilia: {error}", err=True)
        raise SystemExit(_WRONG_USE) from error


async def _answer(instance: str, method: str, path: str, content: dict[str, Any]) -> dict[str, Any]:
    chosen = running(instance)
    tokens = OperatorTokens(chosen)
    api = FundApi(urls=chosen.urls(), token_for=tokens, operator=_PERSON, patience_seconds=20)
    try:
        if method == "GET":
            return await api.get("billing", path, **content)
        return await api.post("billing", path, content)
    except OSError as error:
        raise LocalError(f"billing does not answer: {type(error).__name__}") from error
    finally:
        await api.close()
        await tokens.close()
