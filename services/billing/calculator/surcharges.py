"""``surcharges``: what late payment costs, a dated line each."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from services.billing.calculator.options import AS_JSON, DAY, EUROS, QUARTER, SCENARIO, Written, euro_cents, load
from services.billing.lateness.rules.claim_kinds import AffiliationMoment, claim_of_quarter
from services.billing.lateness.rules.surcharges import (
    Claim,
    ClaimKind,
    Payment,
    Surcharge,
    first_surcharged_quarter,
    surcharge_schedule,
)
from shared.law.calendar import read_day
from shared.law.money import format_euro
from shared.law.parameters import ParameterMissing, Parameters
from shared.law.quarter import Quarter


def _payment(text: str) -> Payment:
    """Read a payment; raises ``ValueError`` with its form."""
    day, _, amount = text.partition(":")
    try:
        paid_on, cents = read_day(day), euro_cents(amount)
    except ValueError as fault:
        raise ValueError(f"{text!r} is not a payment such as 2024-05-20:400.00: {fault}") from None
    if cents <= 0:
        raise ValueError(f"{text!r} pays nothing")
    return Payment(value_date=paid_on, cents=cents)


def _check(*, amount: int, claimed_on: date, until: date, title_on: date | None) -> None:
    """Refuse what can't have happened; raises ``click.BadParameter``."""
    if amount < 0:
        raise click.BadParameter("a contribution is not below zero", param_hint="--amount")
    if until < claimed_on:
        raise click.BadParameter(f"the contribution was claimed on {claimed_on}, after that day", param_hint="--until")
    if title_on is not None and title_on < claimed_on:
        raise click.BadParameter(
            f"the contribution was claimed on {claimed_on}, after that day", param_hint="--title-on"
        )


def _check_affiliation(
    *, quarter: Quarter, claimed_on: date, started_on: date | None, affiliated_on: date | None
) -> None:
    """Refuse a claim of before somebody was active or affiliated; raises ``click.BadParameter``."""
    if started_on is not None and started_on > quarter.last_day:
        raise click.BadParameter(
            f"{quarter} ended before the activity began on {started_on}", param_hint="--started-on"
        )
    if affiliated_on is not None and claimed_on < affiliated_on:
        raise click.BadParameter(
            f"the fund knew nobody to claim from before {affiliated_on}", param_hint="--claimed-on"
        )


def _claim(
    *,
    quarter: Quarter,
    claimed_on: date,
    kind: str | None,
    started_on: date | None,
    affiliated_on: date | None,
    beginner: bool,
    ex_officio: bool,
    income_known: bool,
    title_on: date | None,
    parameters: Parameters,
) -> Claim:
    """Give the claim: of the kind that was asked for, or of the kind that closings would find for the affiliation.

    Raises:
        click.UsageError: half of what says how somebody affiliated is missing, or a kind is given besides.
    """
    if started_on is None and affiliated_on is None and not (beginner or ex_officio or income_known):
        return Claim(
            quarter=quarter,
            claimed_on=claimed_on,
            kind=ClaimKind.ORDINARY if kind is None else ClaimKind(kind),
            title_on=title_on,
        )
    if started_on is None or affiliated_on is None:
        raise click.UsageError("--started-on and --affiliated-on go together: they say whether somebody was in time")
    if kind is not None:
        raise click.UsageError("--kind follows from --started-on and --affiliated-on: leave one of them out")
    return claim_of_quarter(
        quarter=quarter,
        claimed_on=claimed_on,
        affiliation=AffiliationMoment(
            starts_on=started_on, told_on=affiliated_on, first_activity=beginner, ex_officio=ex_officio
        ),
        starting_lump_sum=beginner and quarter.year <= started_on.year + _LUMP_SUM_YEARS,
        income_known=income_known,
        title_on=title_on,
        parameters=parameters,
    )


PAYMENT = Written("payment", _payment)
#: A beginner pays a lump sum until there is an income of three years before (royal decree 38, art. 13bis par. 2).
_LUMP_SUM_YEARS = 2


@click.command(name="surcharges", short_help="What late payment of a contribution costs.")
@click.option("--amount", type=EUROS, required=True, help="Contribution claimed, in euros, without management fee.")
@click.option("--quarter", type=QUARTER, required=True, help="Quarter it is owed for, such as 2024Q1.")
@click.option("--until", type=DAY, required=True, help="Last day looked at.")
@click.option(
    "--claimed-on",
    type=DAY,
    help="Day the notice was sent; left out, the first day of the quarter, or that of a later affiliation.",
)
@click.option(
    "--kind",
    type=click.Choice([str(kind) for kind in ClaimKind]),
    help="How it came to be claimed; ordinary when left out.",
)
@click.option("--started-on", type=DAY, help="First day of the activity; with --affiliated-on the kind follows.")
@click.option("--affiliated-on", type=DAY, help="Day of the affiliation with the fund.")
@click.option("--beginner", is_flag=True, help="A first activity, billed by a lump sum in its first three years.")
@click.option("--ex-officio", is_flag=True, help="Affiliated ex officio (RGS art. 9).")
@click.option("--income-known", is_flag=True, help="The year's definitive income was known when it was first claimed.")
@click.option("--title-on", type=DAY, help="Day a warrant was served or the debtor summoned.")
@click.option(
    "--paid",
    "paid",
    multiple=True,
    type=PAYMENT,
    metavar="DATE:AMOUNT",
    help="A payment, such as 2024-05-20:400.00; may be given again.",
)
@SCENARIO
@AS_JSON
def surcharges_command(
    amount: int,
    quarter: Quarter,
    until: date,
    claimed_on: date | None,
    kind: str | None,
    started_on: date | None,
    affiliated_on: date | None,
    beginner: bool,
    ex_officio: bool,
    income_known: bool,
    title_on: date | None,
    paid: tuple[Payment, ...],
    scenario: Path | None,
    as_json: bool,
) -> None:
    """Print every surcharge of one contribution up to a day: 3 % at each quarter's end, 7 % once on 1 January.

    \b
    ./auxilia surcharges --amount 2000.00 --quarter 2024Q1 --until 2024-12-31
    ./auxilia surcharges --amount 890.42 --quarter 2026Q1 --until 2026-12-31 --paid 2026-05-20:400.00 --json
    ./auxilia surcharges --amount 1000.00 --quarter 2025Q3 --until 2026-06-30 --claimed-on 2026-05-05 \\
        --started-on 2025-07-01 --affiliated-on 2026-05-02 --income-known
    """
    claimed = claimed_on or max(quarter.starts_on, affiliated_on or quarter.starts_on)
    _check(amount=amount, claimed_on=claimed, until=until, title_on=title_on)
    _check_affiliation(quarter=quarter, claimed_on=claimed, started_on=started_on, affiliated_on=affiliated_on)
    parameters = load(scenario)
    try:
        claim = _claim(
            quarter=quarter,
            claimed_on=claimed,
            kind=kind,
            started_on=started_on,
            affiliated_on=affiliated_on,
            beginner=beginner,
            ex_officio=ex_officio,
            income_known=income_known,
            title_on=title_on,
            parameters=parameters,
        )
        found = surcharge_schedule(
            claim=claim, principal_cents=amount, payments=paid, until=until, parameters=parameters
        )
        none_yet = "" if found else _why_none(claim, amount=amount, until=until, parameters=parameters)
    except ParameterMissing as missing:
        raise click.ClickException(str(missing)) from missing
    total = sum(surcharge.cents for surcharge in found)
    if as_json:
        why = {"reason": none_yet} if none_yet else {}
        click.echo(json.dumps({"lines": [_line(surcharge) for surcharge in found], "totalCents": total, **why}))
        return
    table = Table(title=f"Surcharges on {format_euro(amount, 'en')} of {quarter} until {until}")
    for column in ("date", "surcharge", "on", "amount", "article"):
        table.add_column(column, justify="right" if column in {"on", "amount"} else "left")
    for surcharge in found:
        rate = f"{surcharge.rate * 100:f}".rstrip("0").rstrip(".")
        base, cents = format_euro(surcharge.base_cents, "en"), format_euro(surcharge.cents, "en")
        table.add_row(str(surcharge.charged_on), f"{rate} %", base, cents, surcharge.article)
    console = Console()
    console.print(table)
    console.print(f"Total: {format_euro(total, 'en')}", style="bold")
    if none_yet:
        console.print(none_yet, highlight=False)


def _why_none(claim: Claim, *, amount: int, until: date, parameters: Parameters) -> str:
    """Say why a claim bears no surcharge up to a day."""
    first = first_surcharged_quarter(claim, parameters=parameters)
    if amount == 0:
        return "Nothing was claimed."
    if until < first.last_day:
        return f"Nothing is late yet on {until}: the first closing that counts is of {first}, on {first.last_day}."
    if claim.title_on is not None and claim.title_on < first.ends_before:
        return f"The title of {claim.title_on} came before the first closing that counts, of {first}: none follows."
    return f"Nothing was open at the first closing that counts, of {first}, on {first.last_day}, nor later."


def _line(surcharge: Surcharge) -> dict[str, object]:
    return {
        "date": str(surcharge.charged_on),
        "kind": str(surcharge.kind),
        "quarter": str(surcharge.quarter),
        "closing": str(surcharge.closing),
        "baseCents": surcharge.base_cents,
        "rate": str(surcharge.rate),
        "amountCents": surcharge.cents,
        "article": surcharge.article,
    }


if __name__ == "__main__":
    surcharges_command(prog_name="./auxilia surcharges")
