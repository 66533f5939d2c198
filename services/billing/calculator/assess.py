"""``assess``: one contribution with its reasons, or a whole file of them, from the computation that bills everybody."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click
import polars as pl
from rich.console import Console
from rich.table import Table

from services.billing.assessment.rules import YEARS_BACK, IncomeBasis, QuarterLaw, explain, fee_rate_millionths
from services.billing.calculator.applicable import check_file_alone, check_one
from services.billing.calculator.cases import read_cases
from services.billing.calculator.names import CATEGORIES, category_of
from services.billing.calculator.options import AS_JSON, EUROS, PERCENT, SCENARIO, load
from services.billing.calculator.question import Laws, NotAssessed, answer_one, answers, document, quarter_asked
from shared.law.money import format_euro
from shared.law.parameters import ParameterMissing
from shared.law.quarter import format_quarter_count

_NOT_ASSESSED = 1
_WHOLE_YEAR = 4
#: In a file or a pipe a step stays on its line.
_UNBROKEN_WIDTH = 200
_DUE_FOR_YEAR = {
    "fr": "Pour {quarters} de {year}, sans les frais de gestion : {amount}.",
    "nl": "Voor {quarters} van {year}, zonder de beheerskosten: {amount}.",
    "de": "Für {quarters} von {year}, ohne die Verwaltungskosten: {amount}.",
    "en": "For {quarters} of {year}, without the management fee: {amount}.",
}


@click.command(name="assess", short_help="What somebody owes for a year and a quarter, and why.")
@click.option("--category", type=click.Choice(sorted(CATEGORIES)), help="Contribution category.")
@click.option("--year", type=click.IntRange(1, 9998), help="Contribution year.")
@click.option("--quarter", help="Quarter, 1 to 4 or 2025Q4; the first whose law knows what is asked when left out.")
@click.option("--income", type=EUROS, help="Net professional income of the year in euros.")
@click.option("--start", is_flag=True, help="The starting lump sum: no reference income is known yet.")
@click.option(
    "--basis",
    type=click.Choice([str(basis) for basis in IncomeBasis if basis is not IncomeBasis.START]),
    default=str(IncomeBasis.DEFINITIVE),
    show_default=True,
    help="Which income it is; n-3 is revalued, and n-4 to n-8 that stand in where n-3 was not known on 1 January.",
)
@click.option(
    "--quarters-subject",
    type=click.IntRange(1, 4),
    default=_WHOLE_YEAR,
    show_default=True,
    help="Quarters subject in the year of the income, which is brought to a whole year.",
)
@click.option("--first-quarter", is_flag=True, help="First quarter of a primo-starter, which is cut.")
@click.option("--political-mandate", is_flag=True, help="Article 37 with the lower limit of a political mandate.")
@click.option("--opt-out", is_flag=True, help="Past the pension age, opted out of contributing as in main occupation.")
@click.option("--fee-rate", type=PERCENT, default="0", show_default=True, help="Management fee in percent.")
@click.option(
    "--language",
    type=click.Choice(["fr", "nl", "de", "en"]),
    default="en",
    show_default=True,
    help="Of the sentences; JSON has none.",
)
@click.option("--input", "source", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="A CSV of cases.")
@SCENARIO
@AS_JSON
def assess_command(source: Path | None, scenario: Path | None, as_json: bool, language: str, **asked: Any) -> None:
    """Compute a contribution to the cent and explain it.

    \b
    ./auxilia assess --category main --year 2025 --income 30000.00 --fee-rate 3.95
    ./auxilia assess --category complementary --year 2026 --start --fee-rate 4.25 --language fr
    ./auxilia assess --category main --year 2025 --income 15000.00 --quarters-subject 3
    ./auxilia assess --input cases.csv --json

    annualContributionCents is the contribution for a whole year, also when fewer quarters are subject;
    quarterContributionCents that of one quarter; dueForYearCents that of the quarters subject in the contribution year,
    without fee (all four with --basis n-3 to n-8, where --quarters-subject tells of the older year).

    The columns of cases.csv: id, year, quarter (may be empty), category, income (euros, or start), fee_rate (percent);
    and where wanted basis, quarters_subject, first_quarter, political_mandate, opt_out; others are not read, with a
    warning. Each row is answered with one line and its id, in its order; a wrong row is answered with its line, field
    and rule, and the command ends with code 1. A file without these columns is refused whole, with code 2; so is an
    option that says nothing about the question.
    """
    context = click.get_current_context()
    if source is not None:
        check_file_alone(context)
        _answer_file(source, Laws(load(scenario)), as_json=as_json)
        return
    laws = Laws(load(scenario))
    try:
        row, law = _asked(context, asked, laws)
    except (ParameterMissing, NotAssessed) as error:
        raise click.ClickException(str(error)) from error
    if as_json:
        click.echo(json.dumps(document(row, law=law)))
    else:
        _print(row, law, language)


def _answer_file(source: Path, laws: Laws, *, as_json: bool) -> None:
    refused = 0
    output = sys.stdout.buffer
    for frame in answers(read_cases(source), laws=laws):
        refused += frame.height - frame["problem"].null_count()
        if as_json:
            frame.select("json").write_csv(output, include_header=False, quote_style="never")
        else:
            output.write("".join(f"{line}\n" for line in _sentences(frame)).encode("utf-8"))
    output.flush()
    if refused:
        click.echo(f"{refused} of the rows could not be assessed.", err=True)
        raise SystemExit(_NOT_ASSESSED)


def _asked(context: click.Context, asked: Mapping[str, Any], laws: Laws) -> tuple[Mapping[str, Any], QuarterLaw]:
    for name in ("category", "year"):
        if asked[name] is None:
            raise click.UsageError(f"--{name} is needed, or --input with a file of cases")
    if asked["start"] == (asked["income"] is not None):
        raise click.UsageError("give --income, or --start when no income is known yet")
    check_one(context, asked)
    category = category_of(asked["category"])
    try:
        quarter = quarter_asked(
            year=asked["year"],
            quarter=asked["quarter"] or "",
            category=category,
            first_quarter=asked["first_quarter"],
            opt_out=asked["opt_out"],
            laws=laws,
        )
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="'--quarter'") from error
    law = laws.of(quarter)
    question = {
        "category": category,
        "income_cents": asked["income"],
        "income_basis": str(IncomeBasis.START) if asked["start"] else asked["basis"],
        "income_quarters": asked["quarters_subject"],
        "first_quarter": asked["first_quarter"],
        "political_mandate": asked["political_mandate"],
        "old_age_opt_out": asked["opt_out"],
        "fee_rate_millionths": fee_rate_millionths(asked["fee_rate"]),
    }
    return answer_one(question, quarter=quarter, law=law, laws=laws), law


def _print(row: Mapping[str, Any], law: QuarterLaw, language: str) -> None:
    table = Table(title=f"{row['quarter']}, certainty: {row['certainty']}", show_header=True)
    table.add_column("step")
    table.add_column("amount", justify="right")
    table.add_column("article", style="dim")
    table.add_column("parameter", style="dim", overflow="fold")
    for line in explain(row, law=law, language=language):
        amount = "" if line.amount_cents is None else format_euro(line.amount_cents, language)
        table.add_row(line.text, amount, line.article, ", ".join(line.parameters))
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=_UNBROKEN_WIDTH)
    console.print(table)
    if row["income_quarters"] != _WHOLE_YEAR and row["income_basis"] not in YEARS_BACK:
        amount = format_euro(row["due_for_year_cents"], language)
        year, quarters = law.quarter.year, format_quarter_count(row["income_quarters"], language)
        console.print(_DUE_FOR_YEAR[language].format(quarters=quarters, year=year, amount=amount), markup=False)


def _sentences(frame: pl.DataFrame) -> Iterator[str]:
    for identity, quarter, total, problem in frame.select("id", "quarter", "total_cents", "problem").iter_rows():
        yield f"{identity}: {problem}" if problem else f"{identity}: {quarter} {format_euro(total, 'en')}"


if __name__ == "__main__":
    assess_command(prog_name="./auxilia assess")
