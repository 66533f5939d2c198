"""The summary of a demo: what the services say happened, for a case worker and for programs."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel
from rich.console import Console
from rich.panel import Panel
from rich.table import Table

from deploy.local.fund_api import FundApi

SERVICES = ("affiliation", "billing", "recovery", "benefits")


class OpenCase(BaseModel):
    """A recovery case that goes on after the demo, and when."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="ignore", frozen=True)

    file_number: int
    step: str
    next_date: str


class RefusedRow(BaseModel):
    """A rule that a row of an imported file breaks; the row itself stays with the service that kept the file."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True)

    file: str
    line: int
    field: str
    rule: str


class Summary(BaseModel):
    """What happened between the first and the last date of the demo; money is in integer euro cents."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True)

    business_date: str
    people: int = Field(description="Natural persons affiliated.")
    companies: int
    rejected: int = Field(description="Rows of the imported files that were refused, each with its field and rule.")
    refused_rows: tuple[RefusedRow, ...] = Field(description="The same rows, a line for each rule they break.")
    notices_issued: int
    billed_cents: int
    payments_matched: int
    payments_unmatched: int
    ledger_sum_cents: int = Field(description="Sum of every line of the ledger; double entry makes it 0.")
    cases_opened: int
    cases_closed: int
    warrants_served: int
    claims_decided: int
    payouts_cents: int
    waived_cents: int
    transmissions_acknowledged: int
    transmissions_tasked: int
    dead_letters: int
    open_cases: tuple[OpenCase, ...]
    changed: bool = Field(description="False when this run found everything done already.")
    trace_dossiers: Mapping[str, str] = Field(description="Dossiers worth a look with ./auxilia trace.")
    output_folder: str
    assumptions: tuple[str, ...] = Field(description="Values of the law that the scenario assumes.")


async def collect_summary(
    api: FundApi,
    *,
    operator: str,
    output_folder: Path,
    changed: bool,
    refused_rows: tuple[RefusedRow, ...],
    trace_dossiers: Mapping[str, str],
    assumptions: tuple[str, ...],
) -> Summary:
    """Ask every service for its figures and return them as one summary."""
    answers = await asyncio.gather(*(api.get(service, "/v1/summary", operator=operator) for service in SERVICES))
    affiliation, billing, recovery, benefits = answers
    dead_letters = await asyncio.gather(
        *(dead_letter_count(api, service, operator=operator) for service in ("billing", "recovery", "benefits"))
    )
    calendar = await api.get("billing", "/v1/calendar")
    return Summary(
        business_date=str(calendar["businessDate"]),
        people=affiliation["people"],
        companies=affiliation["companies"],
        rejected=affiliation["rejected"],
        refused_rows=refused_rows,
        notices_issued=billing["noticesIssued"],
        billed_cents=billing["billedCents"],
        payments_matched=billing["paymentsMatched"],
        payments_unmatched=billing["paymentsUnmatched"],
        ledger_sum_cents=billing["ledgerSumCents"],
        waived_cents=billing["waivedCents"],
        cases_opened=recovery["casesOpened"],
        cases_closed=recovery["casesClosed"],
        warrants_served=recovery["warrantsServed"],
        claims_decided=benefits["claimsDecided"],
        payouts_cents=benefits["payoutsCents"],
        transmissions_acknowledged=benefits["transmissionsAcknowledged"],
        transmissions_tasked=benefits["transmissionsTasked"],
        dead_letters=sum(dead_letters),
        open_cases=tuple(OpenCase.model_validate(case) for case in recovery["openCases"]),
        changed=changed,
        trace_dossiers=trace_dossiers,
        output_folder=str(output_folder),
        assumptions=assumptions,
    )


def refused_rows(file: str, rejects: Iterable[Mapping[str, Any]]) -> list[RefusedRow]:
    """Give what the services say of the refused rows of a file; some name every rule a row breaks, some the first."""
    return [
        RefusedRow(
            file=file,
            line=reject["line"],
            field=str(issue.get("field") or issue.get("name") or ""),
            rule=str(issue.get("rule") or issue.get("code") or ""),
        )
        for reject in rejects
        for issue in reject.get("issues") or [reject]
    ]


async def dead_letter_count(api: FundApi, service: str, *, operator: str) -> int:
    """Return how many messages wait for a person at a service, over all pages of its list."""
    count, params = 0, {"pageSize": "500"}
    while True:
        page = await api.get(service, "/v1/deadLetters", operator=operator, **params)
        count += len(page["items"])
        after = page.get("nextAfterDeadLetterId")
        if not after:
            return count
        params["afterDeadLetterId"] = str(after)


def euro(cents: int) -> str:
    """Return an amount as people in this country write it in English text: 1,234.50 EUR."""
    sign = "-" if cents < 0 else ""
    euros, rest = divmod(abs(cents), 100)
    return f"{sign}{euros:,}.{rest:02d} EUR"


def print_summary(console: Console, summary: Summary) -> None:
    """Print the summary as a case worker reads it: what was done, what stays open, what to do next."""
    table = Table(title=f"The fund on {summary.business_date}", title_style="bold", show_header=False)
    table.add_column("what", style="cyan")
    table.add_column("how much", justify="right")
    rows: tuple[tuple[str, str], ...] = (
        ("people affiliated", f"{summary.people}"),
        ("companies affiliated", f"{summary.companies}"),
        ("rows refused, each with its rule", f"{summary.rejected}"),
        ("contribution notices sent", f"{summary.notices_issued}"),
        ("contributions and fees charged", euro(summary.billed_cents)),
        ("payments matched", f"{summary.payments_matched}"),
        ("payments waiting for a person", f"{summary.payments_unmatched}"),
        ("contributions waived by relief", euro(summary.waived_cents)),
        ("sum of the ledger", euro(summary.ledger_sum_cents)),
        ("recovery cases opened / closed", f"{summary.cases_opened} / {summary.cases_closed}"),
        ("warrants served by the bailiff", f"{summary.warrants_served}"),
        ("droit passerelle claims decided", f"{summary.claims_decided}"),
        ("benefits paid out", euro(summary.payouts_cents)),
        ("messages acknowledged by mutualités", f"{summary.transmissions_acknowledged}"),
        ("messages handed to a person in time", f"{summary.transmissions_tasked}"),
        ("messages nobody could read", f"{summary.dead_letters}"),
    )
    for what, how_much in rows:
        table.add_row(what, how_much)
    console.print(table)
    if summary.open_cases:
        cases = Table(title="Recovery cases that go on", title_style="bold")
        cases.add_column("file", justify="right")
        cases.add_column("step")
        cases.add_column("next date")
        for case in summary.open_cases:
            cases.add_row(f"{case.file_number:07d}", case.step, case.next_date)
        console.print(cases)
    if summary.refused_rows:
        refused = Table("file", "line", "field", "rule", title="Rows refused", title_style="bold")
        for row in summary.refused_rows:
            refused.add_row(row.file, f"{row.line}", row.field, row.rule)
        console.print(refused)
    lines = [f"Letters and bank files: {summary.output_folder}"]
    lines += [f"{what}: ./auxilia trace {dossier}" for what, dossier in summary.trace_dossiers.items()]
    lines += [f"Assumed: {assumption}" for assumption in summary.assumptions]
    if not summary.changed:
        lines.append("Everything had been done before: this run changed nothing.")
    console.print(Panel("\n".join(lines), title="Where to look next"))
