"""The verb ``billing``: plan, try, begin, watch and steer the billing of a quarter from the command line."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeVar

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from deploy.local.commands import INSTANCE, QUARTER_TEXT
from deploy.local.fund_api import FundApi, ProblemError
from deploy.local.operator_commands import running
from deploy.local.operators import OperatorTokens
from deploy.local.problems import LocalError
from shared.law.money import format_euro

PERSON: Final = "finance-officer"
_SECONDS_BETWEEN_LOOKS: Final = 0.5
#: Stages in which a run waits for a person or has ended: nothing more happens by itself, so watching ends.
_RESTING: Final = frozenset({"awaitingGo", "betweenWaves", "paused", "done", "incomplete", "cancelled"})
_ORDERS: Final = {
    "pause": "No further page begins; the pages under way are finished.",
    "resume": "Go on where a paused run was.",
    "go": "Begin what waits after the canary, or the next wave, at once.",
    "cancel": "End a run; who was billed stays billed and gets the notice.",
}
#: What was done, said before the run has come to it: it heeds an order from its next page on.
_DONE: Final = {
    "pause": "is paused. No further page begins before: ./auxilia billing resume {quarter}",
    "resume": "goes on where it was.",
    "go": "goes on: what waited begins now.",
    "cancel": "is cancelled. No further dossier is billed; who was billed stays billed and gets the notice.",
}
_WAITING: Final = frozenset({"awaitingGo", "betweenWaves"})

Answer = TypeVar("Answer")
AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON with amounts in integer cents.")
QUARTER = click.argument("quarter", type=QUARTER_TEXT)


@click.group(short_help="Plan, try, begin and steer the billing of a quarter.")
def billing() -> None:
    """Bill a quarter with care: see whom it concerns, try it, bill a few first, then everybody.

    \b
    ./auxilia billing plan 2026Q4
    ./auxilia billing try 2026Q4
    ./auxilia billing begin 2026Q4 --canary 100
    ./auxilia billing go 2026Q4
    """


@billing.command("plan")
@QUARTER
@click.option("--show", type=click.IntRange(1, 1000), default=20, show_default=True, help="Dossiers listed.")
@INSTANCE
@AS_JSON
def plan(quarter: str, show: int, instance: str, *, as_json: bool) -> None:
    """List who owes a quarter and is not billed for it yet; nothing is begun.

    \b
    ./auxilia billing plan 2026Q4 --show 50
    """
    found = _ask(instance, lambda api: api.post("billing", "/v1/billingPlans/query", _page(quarter, show)))
    if as_json:
        click.echo(json.dumps(found))
        return
    console = Console(highlight=False)
    console.print(f"{found['subjects']} dossiers owe {quarter} and are not billed for it.")
    table = Table("file number", "category", "active since", "income of")
    for item in found["items"]:
        number, year = f"{item['fileNumber']:07d}", str(item.get("incomeYear", "–"))
        table.add_row(number, str(item.get("category", "–")), item["startsOn"], year)
    if found["items"]:
        console.print(table)


@billing.command("try")
@QUARTER
@INSTANCE
@AS_JSON
def trial(quarter: str, instance: str, *, as_json: bool) -> None:
    """Compute a quarter for everybody and show totals and differences; nobody is charged and nobody is told.

    \b
    ./auxilia billing try 2026Q4
    """

    async def compute(api: FundApi) -> dict[str, Any]:
        begun = await api.post("billing", "/v1/billingTrials", {"quarter": quarter})
        path = f"/v1/billingTrials/{begun['trialId']}"
        return await _watched(lambda: api.get("billing", path), lambda one: one["status"] == "done")

    found = _ask(instance, compute)
    if as_json:
        click.echo(json.dumps(found))
        return
    _show_trial(quarter, found["figures"])


@billing.command("begin")
@QUARTER
@click.option("--canary", type=click.IntRange(min=1), help="Bill so many dossiers first, then wait for a go.")
@click.option("--wave-size", type=click.IntRange(min=1), help="Dossiers a working day; all at once when left out.")
@click.option("--retry-parked", is_flag=True, help="Try those again whom the latest run parked.")
@click.option("--wait/--no-wait", default=True, show_default=True, help="Show progress until it rests or has ended.")
@INSTANCE
@AS_JSON
def begin(quarter: str, instance: str, *, as_json: bool, wait: bool, retry_parked: bool, **sizes: int | None) -> None:
    """Bill a quarter; everybody is billed once, however often it is asked.

    \b
    ./auxilia billing begin 2026Q4
    ./auxilia billing begin 2026Q4 --canary 100 --wave-size 50000
    """
    wanted = {"quarter": quarter, "retryParked": retry_parked}
    names = {"canary": "canary", "wave_size": "waveSize"}
    wanted |= {names[name]: size for name, size in sizes.items() if size is not None}

    async def do(api: FundApi) -> dict[str, Any]:
        run = await api.post("billing", "/v1/billingRuns", wanted)
        return await _watched_run(api, run["runId"]) if wait else run

    _show_run(_ask(instance, do), as_json=as_json)


@billing.command("watch")
@QUARTER
@INSTANCE
@AS_JSON
def watch(quarter: str, instance: str, *, as_json: bool) -> None:
    """Show the progress of the latest run of a quarter until it rests or has ended.

    \b
    ./auxilia billing watch 2026Q4
    """

    async def do(api: FundApi) -> dict[str, Any]:
        return await _watched_run(api, await _latest(api, quarter))

    _show_run(_ask(instance, do), as_json=as_json)


def _order_verb(order: str, summary: str) -> None:
    @billing.command(order, help=f"{summary}\n\n\b\n./auxilia billing {order} 2026Q4", short_help=summary)
    @QUARTER
    @INSTANCE
    @AS_JSON
    def run(quarter: str, instance: str, *, as_json: bool) -> None:
        async def give(api: FundApi) -> dict[str, Any]:
            run_id = await _latest(api, quarter)
            return await api.post("billing", f"/v1/billingRuns/{run_id}/orders", {"order": order})

        _show_order(_ask(instance, give), order, as_json=as_json)


for _name, _summary in _ORDERS.items():
    _order_verb(_name, _summary)


def _page(quarter: str, size: int) -> dict[str, Any]:
    return {"quarter": quarter, "pageSize": size}


def _ask(instance: str, act: Callable[[FundApi], Awaitable[Answer]]) -> Answer:
    """Do something with a running instance as its finance officer; a refusal ends the command with its reason."""

    async def do() -> Answer:
        chosen = running(instance)
        tokens = OperatorTokens(chosen)
        api = FundApi(urls=chosen.urls(), token_for=tokens, operator=PERSON, patience_seconds=20)
        try:
            return await act(api)
        except ProblemError as error:
            raise LocalError(str(error)) from error
        finally:
            await api.close()
            await tokens.close()

    return asyncio.run(do())


async def _latest(api: FundApi, quarter: str) -> str:
    """Return the id of the latest run of a quarter."""
    after: dict[str, str] = {}
    while True:
        page = await api.get("billing", "/v1/billingRuns", **after)
        found = [run for run in page["items"] if run["quarter"] == quarter]
        if found:
            return str(max(found, key=lambda run: int(run["round"]))["runId"])
        if not page.get("nextAfter"):
            raise LocalError(f"no run of {quarter} was begun", remedy=f"Begin one: ./auxilia billing begin {quarter}")
        after = {"afterRunId": page["nextAfter"]}


async def _watched_run(api: FundApi, run_id: str) -> dict[str, Any]:
    path = f"/v1/billingRuns/{run_id}"
    return await _watched(lambda: api.get("billing", path), lambda run: run["status"] in _RESTING)


async def _watched(
    look: Callable[[], Awaitable[dict[str, Any]]], is_over: Callable[[dict[str, Any]], bool]
) -> dict[str, Any]:
    """Show a bar of pages until it is over; without a terminal nothing is drawn."""
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed}/{task.total} pages"))
    console = Console(stderr=True)
    with Progress(*columns, TimeElapsedColumn(), console=console, disable=not console.is_terminal) as progress:
        bar = progress.add_task("begins", total=None)
        while True:
            found = await look()
            progress.update(
                bar, description=found["status"], completed=found["pagesDone"], total=found.get("pages") or None
            )
            if is_over(found):
                return found
            await asyncio.sleep(_SECONDS_BETWEEN_LOOKS)


def _show_order(run: dict[str, Any], order: str, *, as_json: bool) -> None:
    """Say what was done; the service answers with the stage the run was in when it was told."""
    if as_json:
        click.echo(json.dumps(run))
        return
    quarter = run["quarter"]
    click.echo(f"{quarter}, round {run['round']}, {_DONE[order].format(quarter=quarter)}")
    if order == "resume" and run["status"] in _WAITING:
        click.echo(f"It still waits for: ./auxilia billing go {quarter}")
    click.echo(f"See what comes of it: ./auxilia billing watch {quarter}")


def _show_run(run: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(run))
        return
    console = Console(highlight=False)
    console.print(f"{run['quarter']}, round {run['round']}: {run['status']}")
    names = (("subjects", "dossiers"), ("billed", "billed"), ("parked", "parked"), ("letters", "letters"))
    console.print(", ".join(f"{run[name]} {word}" for name, word in names if _is_told(run, name)))
    table = Table("parked dossier", "reason", "why")
    for parked in run.get("parkedDossiers") or []:
        table.add_row(parked["dossier"], parked["reason"], parked["detail"])
    if table.row_count:
        console.print(table)
    if run["status"] == "awaitingGo":
        first = "Look at the notices" if run.get("letters") else "No letter is made yet. Look at what was billed"
        console.print(f"{first}, then: ./auxilia billing go {run['quarter']}")


def _is_told(run: dict[str, Any], name: str) -> bool:
    """Letters are made after the last page: before there is one, their number says nothing."""
    return run.get(name) is not None and not (name == "letters" and run["status"] in _WAITING and not run[name])


def _show_trial(quarter: str, figures: dict[str, Any]) -> None:
    console = Console(highlight=False)
    console.print(f"{quarter}: {figures['billed']} would be billed {format_euro(figures['totalCents'], 'en')}.")
    table = Table("category", "dossiers", "contributions", "fees")
    for row in figures["categories"]:
        amounts = (format_euro(row["contributionCents"], "en"), format_euro(row["feeCents"], "en"))
        table.add_row(row["category"], str(row["dossiers"]), *amounts)
    console.print(table)
    console.print(
        f"Against the quarter before: {figures['new']} new, {figures['same']} unchanged, {figures['raised']} higher "
        f"(+{format_euro(figures['raisedCents'], 'en')}), {figures['lowered']} lower "
        f"(-{format_euro(figures['loweredCents'], 'en')})."
    )
    for reason, count in figures["parked"].items():
        console.print(f"Parked: {count} ({reason})")
