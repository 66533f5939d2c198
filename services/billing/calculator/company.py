"""``company-contribution``: what a company owes for a year, and by when."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import click
from rich.console import Console

from services.billing.calculator.options import AS_JSON, DAY, EUROS, SCENARIO, load
from services.billing.company_contributions.rules.contribution import (
    ARTICLE,
    INTEREST_ARTICLE,
    CompanyInterest,
    company_contribution,
    company_interest,
)
from shared.law.money import format_euro
from shared.law.parameters import ParameterMissing


@click.command(name="company-contribution", short_help="What a company owes for a year.")
@click.option("--year", type=click.IntRange(1, 9998), required=True, help="Contribution year.")
@click.option("--balance-total", type=EUROS, help="Balance sheet total in euros; none yet when left out.")
@click.option("--created-on", type=DAY, help="Day the company was created, when it is new.")
@click.option("--paid-on", type=DAY, help="Day of payment, to see what lateness costs.")
@SCENARIO
@AS_JSON
def company_command(
    year: int,
    balance_total: int | None,
    created_on: date | None,
    paid_on: date | None,
    scenario: Path | None,
    as_json: bool,
) -> None:
    """Print the yearly contribution of a company, its due date, and 1 % a month when it is paid late.

    \b
    ./auxilia company-contribution --year 2024 --balance-total 900000
    """
    if balance_total is not None and balance_total < 0:
        raise click.BadParameter("a balance sheet total is not below zero", param_hint="--balance-total")
    if created_on is not None and created_on.year > year:
        raise click.BadParameter(f"the company did not exist in {year} yet", param_hint="--created-on")
    if paid_on is not None and paid_on.year < year:
        raise click.BadParameter(f"nothing of {year} can be paid before that year", param_hint="--paid-on")
    parameters = load(scenario)
    try:
        found = company_contribution(
            year=year, balance_total_cents=balance_total, created_on=created_on, parameters=parameters
        )
    except ParameterMissing as missing:
        raise click.ClickException(str(missing)) from missing
    late = (
        company_interest(open_cents=found.amount_cents, due_on=found.due_on, paid_on=paid_on, parameters=parameters)
        if paid_on is not None
        else []
    )
    interest = sum(month.cents for month in late)
    if as_json:
        document = {
            "year": year,
            "size": str(found.size),
            "amountCents": found.amount_cents,
            "dueDate": str(found.due_on),
            "balanceTotalLimitCents": found.limit_cents,
            "interestCents": interest,
            "interest": [_month(month) for month in late],
            "article": ARTICLE,
            "source": found.source,
            "certainty": str(found.certainty),
        }
        click.echo(json.dumps(document))
        return
    console = Console()
    console.print(
        f"Contribution {year} of a {found.size} company: {format_euro(found.amount_cents, 'en')}", style="bold"
    )
    if found.limit_cents is not None:
        console.print(f"Large above a balance sheet total of {format_euro(found.limit_cents, 'en')} ({ARTICLE}).")
    console.print(f"Due at the latest on {found.due_on}. Source: {found.source} ({found.certainty}).")
    for month in late:
        rate = f"{month.rate * 100:f}".rstrip("0").rstrip(".")
        cents = format_euro(month.cents, "en")
        console.print(
            f"{month.month:%Y-%m}: {rate} % of {format_euro(month.base_cents, 'en')}: {cents}", highlight=False
        )
    if late:
        console.print(f"Late until {paid_on}: {format_euro(interest, 'en')} ({INTEREST_ARTICLE}).")


def _month(month: CompanyInterest) -> dict[str, object]:
    return {
        "month": f"{month.month:%Y-%m}",
        "baseCents": month.base_cents,
        "rate": str(month.rate),
        "amountCents": month.cents,
        "article": INTEREST_ARTICLE,
    }


if __name__ == "__main__":
    company_command(prog_name="./auxilia company-contribution")
