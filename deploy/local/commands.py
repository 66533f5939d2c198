"""The verbs that run an instance: up, down, status, logs, env."""

from __future__ import annotations

import json
import os
import shlex
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.live import Live

from deploy.local.instance import Instance
from deploy.local.layout import DEFAULT_INSTANCE, instances_folder
from deploy.local.problems import LocalError
from deploy.local.view import Follower, state_table
from shared.law.quarter import InvalidQuarter, Quarter

INSTANCE = click.option(
    "--instance",
    default=lambda: os.environ.get("AUXILIA_INSTANCE") or DEFAULT_INSTANCE,
    show_default=DEFAULT_INSTANCE,
    metavar="NAME",
    help="Which instance; several run side by side, each with its own ports and data.",
)


class QuarterText(click.ParamType[str]):
    """A quarter such as 2026Q1, as services take it."""

    name = "quarter"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Take a quarter, in lower case too; another text fails with how a quarter is written."""
        try:
            return str(Quarter.parse(str(value).strip().upper()))
        except InvalidQuarter as error:
            self.fail(f"{value!r}: {error}", param, ctx)


QUARTER_TEXT = QuarterText()
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
# A Ctrl-C in the terminal, as shells report it.
INTERRUPTED = 130


@click.command(short_help="Run the whole system here, with a live view.")
@INSTANCE
@click.option("--played", is_flag=True, help="Make an instance whose calendar is moved by hand (./auxilia play).")
@click.option("--scenario", type=FILE, help="Values the law doesn't know yet, assumed by a played instance.")
@click.option("--fund", type=FILE, help="The fund's own configuration.  [default: samples/fund.yaml]")
@click.option("--servers-only", is_flag=True, help="PostgreSQL, Kafka and Temporal, without our services.")
@click.option("--detach", is_flag=True, help="Return when all is well and leave it running.")
def up(
    instance: str, *, played: bool, scenario: Path | None, fund: Path | None, servers_only: bool, detach: bool
) -> None:
    """Start PostgreSQL, Kafka, Temporal and every service, and keep them alive until Ctrl-C.

    What dies is started again, also after kill -9. A second `up` of the same instance joins it and only watches.

    \b
    ./auxilia up                          the instance `main`
    ./auxilia up --instance two --played  another one beside it, whose calendar can be moved
    ./auxilia up --detach                 leave it running; stop it with ./auxilia down
    """
    console = Console(stderr=True)
    chosen = Instance(instance)
    joined = chosen.running()
    with Follower(console) as follow:
        try:
            chosen.start(
                services=not servers_only,
                played=True if played else None,
                scenario_file=scenario,
                fund_file=fund,
                bound_to_this_process=not detach,
                follow=follow,
            )
        except KeyboardInterrupt:
            chosen.stop(follow=follow)
            sys.exit(INTERRUPTED)
    if detach:
        show(chosen, console)
        console.print(f"Left running. Stop it with: ./auxilia down --instance {instance}", highlight=False)
        return
    watch(chosen, console, stop_at_end=not joined)


def watch(chosen: Instance, console: Console, *, stop_at_end: bool) -> None:
    """Show the instance live until Ctrl-C or until it stops."""
    ending = "stop" if stop_at_end else "leave it running and stop watching"
    console.print(f"Ctrl-C to {ending}. Logs: {chosen.layout.logs}", highlight=False, soft_wrap=True)
    try:
        with Live(console=console, refresh_per_second=2, transient=False) as live:
            while chosen.running():
                state = chosen.state()
                if state is not None and console.is_terminal:
                    live.update(state_table(state, alive=True))
                time.sleep(0.5)
    except KeyboardInterrupt:
        if stop_at_end:
            with Follower(console) as follow:
                chosen.stop(follow=follow)
            console.print("Stopped; the data stays.", highlight=False)
        return
    console.print("The instance was stopped from elsewhere.", highlight=False)


def show(chosen: Instance, console: Console, *, sleeping: Mapping[str, Mapping[str, int]] | None = None) -> None:
    """Print the present state once, with what sleeps when that was asked."""
    state = chosen.state()
    if state is None:
        raise LocalError(f"instance '{chosen.name}' was never started", remedy="Start it: ./auxilia up")
    console.print(state_table(state, alive=chosen.running(), sleeping=sleeping))


@click.command(short_help="Stop an instance; its data stays unless --delete.")
@INSTANCE
@click.option("--all", "everything", is_flag=True, help="Every instance of this tree.")
@click.option("--delete", is_flag=True, help="Also throw away its data, documents and secrets.")
def down(instance: str, *, everything: bool, delete: bool) -> None:
    """Stop the services, then the servers, each by its own process number; also what a killed `up` left behind.

    \b
    ./auxilia down                            stop `main`, keep its data
    ./auxilia down --instance demo --delete   forget an instance altogether
    """
    console = Console(stderr=True)
    names = sorted(folder.name for folder in instances_folder().glob("*/")) if everything else [instance]
    for name in names:
        chosen = Instance(name)
        if not chosen.layout.folder.exists():
            console.print(f"{name}: was not running, there is no such instance", highlight=False)
            continue
        with Follower(console) as follow:
            stopped = chosen.stop(follow=follow)
        if delete:
            chosen.delete()
        done = "stopped and deleted" if delete else ("stopped" if stopped else "was not running")
        console.print(f"{name}: {done}", highlight=False)


@click.command(short_help="Show what runs, how it is, and where.")
@INSTANCE
@click.option("--json", "as_json", is_flag=True, help="For programs, on standard output.")
def status(instance: str, *, as_json: bool) -> None:
    """Show every server and service of an instance: health, address, process number, age, restarts, what sleeps.

    Open work sleeps when nothing will wake it: its procedure is gone or its day is past. It is counted once a minute.
    Ends with code 0 when everything that should run answers, else with code 1; what sleeps does not change that.

    \b
    ./auxilia status
    ./auxilia status --json | jq '.processes[] | select(.status != "healthy")'
    ./auxilia status --json | jq .sleeping
    """
    from deploy.local.sleeping import count_sleeping

    chosen = Instance(instance)
    state, alive = chosen.state(), chosen.running()
    well = alive and state is not None and state.phase == "ready"
    well = well and all(process.status in {"healthy", "external"} for process in (state.processes if state else []))
    sleeping = count_sleeping(state) if alive and state is not None else {}
    if as_json:
        known = state.model_dump(mode="json", by_alias=True) if state else {"instance": instance, "processes": []}
        click.echo(json.dumps({**known, "running": alive, "healthy": well, "sleeping": sleeping}, indent=2))
    else:
        show(chosen, Console(), sleeping=sleeping)
    sys.exit(0 if well else 1)


@click.command(short_help="Show the end of a process's log.")
@INSTANCE
@click.option("--lines", type=click.IntRange(min=1), default=40, show_default=True, help="How many lines from the end.")
@click.argument("process", required=False)
def logs(instance: str, process: str | None, *, lines: int) -> None:
    """Show the end of one log, or the names of all logs.

    \b
    ./auxilia logs
    ./auxilia logs billing --lines 200
    """
    folder = Instance(instance).layout.logs
    if not folder.exists():
        raise LocalError(
            f"instance '{instance}' was never started", remedy=f"Start it: ./auxilia up --instance {instance}"
        )
    if process is None:
        for path in sorted(folder.glob("*.log")):
            click.echo(f"{path.stem:<14}{path}")
        return
    path = folder / f"{process}.log"
    if not path.exists():
        raise LocalError(f"there is no log of '{process}'", remedy=f"There are: {', '.join(_names(folder))}")
    click.echo("\n".join(path.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:]))


def _names(folder: Path) -> list[str]:
    return sorted(path.stem for path in folder.glob("*.log"))


@click.command(short_help="Print an instance's addresses and secrets for a shell.")
@INSTANCE
def env(instance: str) -> None:
    """Print the variables that tell a program everything about an instance. They hold its secrets.

    \b
    eval "$(./auxilia env)"
    psql "$BILLING_DATABASE_URL"
    """
    for name, value in Instance(instance).environment().items():
        click.echo(f"export {name}={shlex.quote(value)}")
