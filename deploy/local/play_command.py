"""The verb `./auxilia play`: move the calendar of a played instance to a date."""

from __future__ import annotations

import asyncio
import os
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from deploy.local.conductor import Conductor
from deploy.local.demo import Steps
from deploy.local.fund_api import FundApi
from deploy.local.instance import Instance
from deploy.local.keys import OPERATOR
from deploy.local.layout import DEFAULT_INSTANCE
from deploy.local.operators import OperatorTokens
from deploy.local.problems import LocalError
from deploy.local.telling import telling_problems
from shared.law.calendar import BRUSSELS
from shared.law.coverage import coverage
from shared.law.parameters import Parameters


class Day(click.ParamType[date]):
    """A civil date as 2027-06-30."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """Read the date or say how one is written."""
        try:
            return value if isinstance(value, date) else date.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is not a date such as 2027-06-30", param, ctx)


def first_unknown_day(scenario: Path | None, *, begun: date, until: date) -> date | None:
    """Give the first day on which a number of the law that is known at the beginning is not; None when all are."""
    ending = coverage(parameters=Parameters.load(assumed=scenario), starts_on=begun, ends_on=until).ending
    return min((hole.starts_on for hole in ending), default=None)


@click.command()
@click.option(
    "--instance",
    default=lambda: os.environ.get("AUXILIA_INSTANCE") or DEFAULT_INSTANCE,
    show_default=DEFAULT_INSTANCE,
    metavar="NAME",
    help="Which instance; it must run and be marked as played.",
)
@click.option(
    "--until",
    type=Day(),
    required=True,
    metavar="DATE",
    help="The date to play to, such as 2027-06-30.",
)
@click.option(
    "--past-known-law",
    is_flag=True,
    help="Play on although numbers of the law run out on the way: what needs them waits, with a task.",
)
def play(instance: str, until: date, *, past_known_law: bool) -> None:
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
    visited = asyncio.run(_play(chosen, until, past_known_law=past_known_law))
    dates = f"{len(visited)} date{'' if len(visited) == 1 else 's'}"
    Console().print(f"Played to {until}; something was due on {dates}.", highlight=False)


async def _play(chosen: Instance, until: date, *, past_known_law: bool) -> list[date]:
    tokens = OperatorTokens(chosen)
    api = FundApi(urls=chosen.urls(), token_for=tokens, operator=OPERATOR)
    try:
        conductor = Conductor(api)
        begun = await conductor.business_date() or datetime.now(tz=BRUSSELS).date()
        await conductor.set_date(begun)
        if until < begun:
            raise LocalError(f"the calendar is at {begun}, after {until}: it only moves forward")
        scenario = chosen.configuration.scenario_file
        unknown = None if past_known_law else first_unknown_day(scenario, begun=begun, until=until)
        if unknown is not None:
            raise LocalError(
                f"from {unknown} on some numbers of the law are not known",
                remedy=f"Play to {unknown - timedelta(days=1)} at the latest, or assume them (./auxilia law"
                " coverage lists them, ./auxilia up --scenario FILE takes assumed values), or add --past-known-law.",
            )
        with Steps(Console(stderr=True)).running() as steps:
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
    telling_problems(lambda: play(prog_name="./auxilia play"))


if __name__ == "__main__":
    main()
