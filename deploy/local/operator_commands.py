"""The verbs of people who work with the fund: import, trace, verify-audit, token."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

import click
from rich.console import Console
from rich.table import Table

from deploy.local.commands import FILE, INSTANCE
from deploy.local.fund_api import FundApi, ProblemError
from deploy.local.instance import Instance
from deploy.local.keys import OPERATOR, PEOPLE
from deploy.local.layout import instances_folder
from deploy.local.operators import OperatorTokens
from deploy.local.prepare import migrated_services
from deploy.local.problems import LocalError

ROWS_SHOWN_MAX = 200
# In a file or a pipe a row stays on its line.
UNBROKEN_WIDTH = 220
# The services that handle facts of others.
LISTENERS = ("billing", "recovery", "benefits", "console")


@click.group("import", short_help="Bring a file of people, companies, incomes or bank lines in.")
def import_files() -> None:
    """Bring a file in. The same file twice changes nothing; what is refused is kept and named with line and rule."""


def _importing(name: str, *, service: str, path: str, person: str, kind: str | None, media_type: str) -> None:
    @import_files.command(name, short_help=f"Send a file of {name} to {service}.")
    @INSTANCE
    @click.argument("file", type=FILE)
    def run(file: Path, *, instance: str) -> None:
        parameters = {"kind": kind} if kind else {}
        answer = asyncio.run(_send(instance, service, path, person, file.read_bytes(), media_type, parameters))
        _show_import(answer)
        if nothing_accepted(answer):
            raise LocalError(
                f"every row of {file.name} was refused", remedy="Mend the rows listed above and send the file again."
            )

    run.help = f"""Send a file of {name} to {service}, and list the rows that were refused.

    Code 1 when the file was refused whole, or every row of it.

    \b
    ./auxilia import {name} samples/{name}.csv
    """


_importing(
    "people",
    service="affiliation",
    path="/v1/imports",
    person="affiliation-agent",
    kind="people",
    media_type="text/csv",
)
_importing(
    "companies",
    service="affiliation",
    path="/v1/imports",
    person="affiliation-agent",
    kind="companies",
    media_type="text/csv",
)
_importing(
    "incomes",
    service="billing",
    path="/v1/incomes/imports",
    person="finance-officer",
    kind=None,
    media_type="text/csv",
)
_importing(
    "balance-totals",
    service="billing",
    path="/v1/balanceTotals/imports",
    person="finance-officer",
    kind=None,
    media_type="text/csv",
)
_importing(
    "bank-statement",
    service="billing",
    path="/v1/bankFiles",
    person="finance-officer",
    kind=None,
    media_type="text/plain",
)


async def _send(
    instance: str, service: str, path: str, person: str, content: bytes, media_type: str, parameters: dict[str, str]
) -> dict[str, Any]:
    chosen = running(instance)
    tokens = OperatorTokens(chosen)
    api = FundApi(urls=chosen.urls(), token_for=tokens, operator=person, patience_seconds=20)
    try:
        answer = await api.upload(service, path, content, media_type=media_type, **parameters)
        if service == "affiliation" and "importId" in answer:
            answer["rejects"] = (await api.get(service, f"{path}/{answer['importId']}/rejects")).get("items", [])
    except ProblemError as error:
        raise LocalError(f"the file was refused: {error}") from error
    finally:
        await api.close()
        await tokens.close()
    return answer


def nothing_accepted(answer: Mapping[str, Any]) -> bool:
    """Tell whether a file had rows and all of them were refused; services name their counts differently."""
    accepted = answer.get("rowsAccepted", answer.get("accepted", 0))
    return bool(answer.get("rowsRefused", answer.get("rejected", 0))) and not accepted


def _show_import(answer: dict[str, Any]) -> None:
    console = Console()
    if answer.get("alreadyImported") or answer.get("alreadyRead"):
        console.print("This file was imported before; nothing changed. What it brought then:")
    counts = {name: value for name, value in answer.items() if isinstance(value, int) and not isinstance(value, bool)}
    for name, value in counts.items():
        console.print(f"{name}: {value}", highlight=False)
    rejects = answer.get("rejects") or []
    if not rejects:
        return
    # Rules are words to search for: on a narrow screen they go on below, they are never cut.
    table = Table("line", "field", "rule", "why")
    for column in table.columns:
        column.overflow = "fold"
    for reject in rejects[:ROWS_SHOWN_MAX]:
        for issue in reject.get("issues") or [reject]:
            field = str(issue.get("field") or issue.get("name") or "")
            why = str(issue.get("detail") or issue.get("message") or "")
            table.add_row(str(reject.get("line", "")), field, str(issue.get("rule") or issue.get("code") or ""), why)
    (console if console.is_terminal else Console(width=UNBROKEN_WIDTH)).print(table)


def running(name: str) -> Instance:
    """Give an instance that runs; raises LocalError otherwise."""
    instance = Instance(name)
    if not instance.running():
        others = running_instances()
        start = f"Start it: ./auxilia up --instance {name}"
        remedy = f"Running: {', '.join(others)}; add --instance {others[0]}. Or: {start}" if others else start
        raise LocalError(f"instance '{name}' does not run", remedy=remedy)
    return instance


def running_instances() -> list[str]:
    """Name the instances of this tree that run, in alphabetical order."""
    found = []
    for folder in sorted(instances_folder().glob("*/")):
        try:
            alive = Instance(folder.name).running()
        except LocalError:  # a folder whose name can name no instance
            continue
        if alive:
            found.append(folder.name)
    return found


def _module(module: str, *arguments: str, environment: dict[str, str]) -> int:
    """Run a module of the platform with an instance's variables."""
    command = [sys.executable, "-P", "-m", module, *arguments]
    return subprocess.run(command, check=False, env={**os.environ, **environment}).returncode  # noqa: S603 - our own


@click.command(short_help="Follow a dossier through every service, by its traces.")
@INSTANCE
@click.option("--json", "as_json", is_flag=True, help="For programs, on standard output.")
@click.argument("dossier")
def trace(instance: str, dossier: str, *, as_json: bool) -> None:
    """Show what happened to a dossier: requests, facts, procedures and calls to partners, across all services.

    DOSSIER is the dossier's file number, as on letters, or its UUID, as lists and summaries show it.

    \b
    ./auxilia trace 0000008
    ./auxilia trace 01932b5c-7d7e-7cc1-a9c0-6a1f0a1d2e3f --json
    """
    if dossier.isdecimal():
        dossier = asyncio.run(dossier_of(instance, int(dossier)))
    try:
        UUID(dossier)
    except ValueError:
        raise click.BadParameter(f"{dossier!r} is neither a file number nor a UUID", param_hint="DOSSIER") from None
    arguments = (dossier, "--json") if as_json else (dossier,)
    sys.exit(_module("shared.platform.observation.trace", *arguments, environment=Instance(instance).environment()))


async def dossier_of(instance: str, file_number: int) -> str:
    """Ask affiliation whose file number it is; raises LocalError when it is nobody's."""
    chosen = running(instance)
    tokens = OperatorTokens(chosen)
    api = FundApi(urls=chosen.urls(), token_for=tokens, operator="affiliation-agent")
    try:
        answer = await api.post("affiliation", "/v1/dossiers/query", {"fileNumbers": [file_number]})
    finally:
        await api.close()
        await tokens.close()
    if not answer["items"]:
        raise LocalError(f"nobody has file number {file_number}")
    return str(answer["items"][0]["dossier"])


@click.command(short_help="Prove that nothing in the audit trails was changed or left out.")
@INSTANCE
@click.option(
    "--anchors",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder with the heads to hold the chains against.  [default: the instance's own]",
)
def verify_audit(instance: str, anchors: Path | None) -> None:
    """Verify the hash chains of every service's audit trail, and that none of them lost its end.

    Services write the heads of their chains down every few minutes, in the instance's folder `anchors`; a chain that
    no longer holds one of them was cut. Keep copies of that folder elsewhere and name one with --anchors.

    \b
    ./auxilia verify-audit
    ./auxilia verify-audit --anchors /mnt/vault/anchors
    """
    chosen = running(instance)
    environment = chosen.environment()
    folder = anchors or chosen.layout.anchors
    if not any(folder.glob("*.jsonl")):
        if anchors is not None:
            raise LocalError(f"no service wrote the heads of its chains in {anchors}: nothing to hold them against")
        click.echo(
            "No heads were written down yet: a chain that lost its end can't be told from a whole one.", err=True
        )
    code = 0
    for service in migrated_services():
        click.echo(f"{service}: ", nl=False)
        sys.stdout.flush()
        command = ("verify", service, "--anchors", str(folder))
        code = _module("shared.platform.people.audit", *command, environment=environment) or code
    sys.exit(code)


@click.group("dead-letters", short_help="See and replay messages that could not be handled.")
def dead_letters() -> None:
    """See what a service could not read or handle, with its reason, and have it handled again.

    A message waits with its bytes; later facts of the same dossier wait behind it, those of others don't.
    """


@dead_letters.command("list")
@INSTANCE
@click.argument("service", required=False, type=click.Choice(LISTENERS))
def list_letters(instance: str, service: str | None) -> None:
    """Show the messages that wait, of one service or of all.

    \b
    ./auxilia dead-letters list
    ./auxilia dead-letters list billing
    """
    environment = running(instance).environment()
    code = 0
    for name in [service] if service else LISTENERS:
        click.echo(f"{name}:")
        sys.stdout.flush()
        code = _module("shared.platform.messages_in.dead_letters", "list", name, environment=environment) or code
    sys.exit(code)


@dead_letters.command("replay")
@INSTANCE
@click.argument("service", type=click.Choice(LISTENERS))
@click.argument("letter")
def replay_letter(instance: str, service: str, letter: str) -> None:
    """Have a message handled again, once its cause is repaired, and then everything that waits behind it.

    \b
    ./auxilia dead-letters replay billing 01932b5c-7d7e-7cc1-a9c0-6a1f0a1d2e3f
    """
    arguments = ("replay", service, letter, "--actor", OPERATOR)
    environment = running(instance).environment()
    sys.exit(_module("shared.platform.messages_in.dead_letters", *arguments, environment=environment))


@click.command(short_help="Print a token to call the services with.")
@INSTANCE
@click.option("--as", "person", type=click.Choice(sorted(PEOPLE)), default=OPERATOR, show_default=True)
def token(instance: str, person: str) -> None:
    """Print a short-lived token of one of the invented fund's people, for use with curl.

    \b
    . <(./auxilia env); curl -H "Authorization: Bearer $(./auxilia token --as auditor)" $AUXILIA_BILLING_URL/v1/summary
    """
    click.echo(asyncio.run(_one_token(instance, person)))


async def _one_token(instance: str, person: str) -> str:
    tokens = OperatorTokens(running(instance))
    try:
        return await tokens(person)
    finally:
        await tokens.close()
