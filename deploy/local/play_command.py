"""The verb `./auxilia play`: move the calendar of a played instance to a date."""

from __future__ import annotations

import asyncio
import os
import sys
from datetime import date, datetime

import click
from rich.console import Console

from deploy.local.conductor import Conductor
from deploy.local.demo import Steps
from deploy.local.fund_api import FundApi, ProblemError
from deploy.local.instance import Instance
from deploy.local.keys import OPERATOR
from deploy.local.layout import DEFAULT_INSTANCE
from deploy.local.operators import OperatorTokens
from deploy.local.problems import LocalError
from shared.law.calendar import BRUSSELS


@click.command()
@click.option(
    "--instance",
    default=lambda: os.environ.get("AUXILIA_INSTANCE") or DEFAULT_INSTANCE,
    show_default=DEFAULT_INSTANCE,
    metavar="NAME",
    help="Which instance; it must run and be marked as played.",
)
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), required=True, help="The date to play to.")
def play(instance: str, until: datetime) -> None:
    """Move the calendar of a played instance, date by date, so that every service agrees on today.

    Refused on an instance that is not marked as played, and never in production.

    \b
    ./auxilia up --instance two --played --detach
    ./auxilia play --instance two --until 2027-06-30
    """
    chosen = Instance(instance)
    if not chosen.running():
        raise LocalError(
            f"instance '{instance}' does not run", remedy=f"Start it: ./auxilia up --instance {instance} --played"
        )
    if not chosen.configuration.played:
        raise LocalError(
            f"instance '{instance}' is not marked as played: its calendar is the real one",
            remedy="Play another instance: ./auxilia up --instance two --played",
        )
    visited = asyncio.run(_play(chosen, until.date()))
    Console().print(f"Played to {until.date()}; something was due on {len(visited)} dates.", highlight=False)


async def _play(chosen: Instance, until: date) -> list[date]:
    tokens = OperatorTokens(chosen)
    api = FundApi(urls=chosen.urls(), token_for=tokens, operator=OPERATOR)
    try:
        conductor = Conductor(api)
        begun = await conductor.business_date() or datetime.now(tz=BRUSSELS).date()
        await conductor.set_date(begun)
        if until < begun:
            raise LocalError(f"the calendar is at {begun}, after {until}: it only moves forward")
        with Steps(Console(stderr=True), quiet=False).running() as steps:
            bar = steps.start(f"{begun}", (until - begun).days)

            def show(day: date, what: str) -> None:
                steps.move(bar, completed=(day - begun).days, description=f"{day}  {what}")

            conductor.on_progress = show
            visited = await conductor.play(until=until)
            steps.move(bar, completed=(until - begun).days, description=f"{until}  done")
        return visited
    finally:
        await api.close()
        await tokens.close()


def main() -> None:
    """Run the verb, and say problems of this machine or of a service in a few plain lines."""
    try:
        play(prog_name="./auxilia play")
    except (LocalError, ProblemError) as problem:
        Console(stderr=True).print(f"[red]{problem}[/red]", highlight=False)
        sys.exit(1)


if __name__ == "__main__":
    main()
