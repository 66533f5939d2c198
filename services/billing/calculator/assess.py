"""``assess``: one contribution with its reasons, or a whole file of them, from the computation that bills everybody."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from services.billing.calculator.cases import read_cases
from services.billing.calculator.names import CATEGORIES, category_of
from services.billing.calculator.options import AS_JSON, EUROS, PERCENT, SCENARIO, load
from services.billing.calculator.question import Answer, Question, answer_all
from services.billing.domain.assessment import IncomeBasis, explain
from shared.law.money import format_euro

_SOME_NOT_ASSESSED = 1


@click.command(name="assess", short_help="What somebody owes for a year and a quarter, and why.")
@click.option("--category", type=click.Choice(sorted(CATEGORIES)), help="Contribution category.")
@click.option("--year", type=int, help="Contribution year.")
@click.option("--quarter", help="Quarter, 1 to 4 or 2025Q4; the first whose law knows what is asked when left out.")
@click.option("--income", type=EUROS, help="Net professional income of the year in euros.")
@click.option("--start", is_flag=True, help="The starting lump sum: no reference income is known yet.")
@click.option(
    "--basis",
    type=click.Choice([str(basis) for basis in IncomeBasis if basis is not IncomeBasis.START]),
    default=str(IncomeBasis.DEFINITIVE),
    show_default=True,
    help="Which income it is; n-3 is revalued.",
)
@click.option("--quarters-subject", type=click.IntRange(1, 4), default=4, show_default=True, help="In that year.")
@click.option("--first-quarter", is_flag=True, help="First quarter of a primo-starter, which is cut.")
@click.option("--political-mandate", is_flag=True, help="Article 37 with the lower limit of a political mandate.")
@click.option("--opt-out", is_flag=True, help="Past the pension age, opted out of contributing as in main occupation.")
@click.option("--fee-rate", type=PERCENT, default="0", show_default=True, help="Management fee in percent.")
@click.option("--language", type=click.Choice(["fr", "nl", "de", "en"]), default="en", show_default=True)
@click.option("--input", "source", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="A CSV of cases.")
@SCENARIO
@AS_JSON
def assess_command(source: Path | None, scenario: Path | None, as_json: bool, language: str, **asked: Any) -> None:
    """Compute a contribution to the cent and explain it.

    \b
    ./auxilia assess --category main --year 2025 --income 30000.00 --fee-rate 3.95
    ./auxilia assess --category complementary --year 2026 --start --fee-rate 4.25 --language fr
    ./auxilia assess --input cases.csv --json

    The columns of cases.csv: id, year, quarter (may be empty), category, income (euros, or start), fee_rate (percent).
    """
    parameters = load(scenario)
    if source is not None:
        answers = answer_all(read_cases(source), parameters=parameters)
        for answer in answers:
            click.echo(json.dumps(answer.document) if as_json else _sentence(answer))
        if any(answer.problem for answer in answers):
            raise SystemExit(_SOME_NOT_ASSESSED)
        return
    answer = answer_all([_question(asked)], parameters=parameters)[0]
    if answer.problem or answer.row is None or answer.law is None:
        raise click.ClickException(answer.problem or "not assessed")
    if as_json:
        click.echo(json.dumps(answer.document))
    else:
        _print(answer, language)


def _question(asked: dict[str, Any]) -> Question:
    for name in ("category", "year"):
        if asked[name] is None:
            raise click.UsageError(f"--{name} is needed, or --input with a file of cases")
    if asked["start"] == (asked["income"] is not None):
        raise click.UsageError("give --income, or --start when no income is known yet")
    return Question(
        identity="",
        year=asked["year"],
        quarter=asked["quarter"] or "",
        category=category_of(asked["category"]),
        income_cents=asked["income"],
        basis=str(IncomeBasis.START) if asked["start"] else asked["basis"],
        fee_rate=Decimal(asked["fee_rate"]),
        income_quarters=asked["quarters_subject"],
        first_quarter=asked["first_quarter"],
        political_mandate=asked["political_mandate"],
        old_age_opt_out=asked["opt_out"],
    )


def _print(answer: Answer, language: str) -> None:
    if answer.row is None or answer.law is None:
        raise ValueError("only an answer with amounts can be shown")
    table = Table(title=f"{answer.row['quarter']}, certainty: {answer.row['certainty']}", show_header=True)
    table.add_column("step")
    table.add_column("amount", justify="right")
    table.add_column("article", style="dim")
    for line in explain(answer.row, law=answer.law, language=language):
        amount = "" if line.amount_cents is None else format_euro(line.amount_cents, language)
        table.add_row(line.text, amount, line.article)
    Console().print(table)


def _sentence(answer: Answer) -> str:
    if answer.problem or answer.row is None:
        return f"{answer.identity}: {answer.problem}"
    return f"{answer.identity}: {answer.row['quarter']} {format_euro(answer.row['total_cents'], 'en')}"


if __name__ == "__main__":
    assess_command(prog_name="./auxilia assess")
