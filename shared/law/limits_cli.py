"""``law limits``: what the program does otherwise than the law, for people, as JSON and as the page in docs."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import click
from rich.console import Console
from rich.table import Table

from shared.law.limits import LimitKind, LimitsInvalid, Mark, Stated, counted, limits_of, marks_in
from shared.law.limits_page import limits_page

PROJECT: Final = Path(__file__).resolve().parents[2]
#: In a file or a pipe a row stays on its line, so that an id can be searched for.
_UNBROKEN_WIDTH: Final = 700


@click.command(name="limits", short_help="List what the program does otherwise than the law, or not yet.")
@click.argument("ids", nargs=-1)
@click.option("--service", help="Only those of a service, such as billing; or law, platform, deploy.")
@click.option("--subject", help="Only those of a subject, such as regularisation.")
@click.option("--kind", type=click.Choice([str(kind) for kind in LimitKind]), help="Only those where this happens.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
@click.option("--page", is_flag=True, help="Print the page of the documentation.")
def limits_command(
    ids: tuple[str, ...], service: str | None, subject: str | None, kind: str | None, as_json: bool, page: bool
) -> None:
    """List what the program does otherwise than the law, or not yet; with ids, where the code names them too.

    \b
    ./auxilia law limits --service billing --kind inferred
    ./auxilia law limits waived-goes-off-first
    ./auxilia law limits --page > docs/limits.md
    """
    try:
        everything = limits_of(PROJECT)
    except LimitsInvalid as error:
        raise click.ClickException(str(error)) from error
    if page:
        if ids or service or subject or kind or as_json:
            raise click.UsageError("--page is of all limits, without another option")
        click.echo(limits_page(everything), nl=False)
        return
    _check(ids, service, subject, everything)
    chosen = tuple(
        one
        for one in everything
        if (not ids or one.limit.id in ids)
        and service in {None, one.service}
        and subject in {None, one.limit.subject}
        and kind in {None, str(one.limit.kind)}
    )
    if as_json:
        marks = marks_in(PROJECT)
        counts = {str(key): count for key, count in counted(chosen).items()}
        click.echo(json.dumps({"limits": [_document(one, marks) for one in chosen], "counts": counts}))
    elif ids:
        _print_facts(chosen)
    else:
        _print_table(chosen)


def _check(ids: Iterable[str], service: str | None, subject: str | None, everything: tuple[Stated, ...]) -> None:
    """Refuse names that nothing has, so that a slip of the pen does not read as "no limits"."""
    known = {one.limit.id for one in everything}
    unknown = [name for name in ids if name not in known]
    if unknown:
        raise click.UsageError(f"no limit is called {', '.join(unknown)}; see law limits without an id")
    services = sorted({one.service for one in everything})
    if service is not None and service not in services:
        raise click.UsageError(f"--service is one of {', '.join(services)}")
    subjects = sorted({one.limit.subject for one in everything if service in {None, one.service}})
    if subject is not None and subject not in subjects:
        raise click.UsageError(f"--subject is one of {', '.join(subjects)}")


def _print_table(limits: tuple[Stated, ...]) -> None:
    console = Console()
    if not console.is_terminal:
        console = Console(width=_UNBROKEN_WIDTH)
    table = Table(title="What the program does otherwise than the law, or not yet (name an id to see its code)")
    for column in ("id", "service", "subject", "what happens", "articles", "since", "limit"):
        table.add_column(column, overflow="fold")
    for one in limits:
        limit = one.limit
        table.add_row(
            limit.id, one.service, limit.subject, limit.kind, "; ".join(limit.articles), str(limit.since), limit.about
        )
    console.print(table)
    told = ", ".join(f"{count} {kind}" for kind, count in counted(limits).items() if count)
    console.print(f"{len(limits)} limits: {told}." if limits else "No limits.", highlight=False)


def _print_facts(limits: tuple[Stated, ...]) -> None:
    marks = marks_in(PROJECT)
    console = Console()
    for one in limits:
        limit = one.limit
        console.print(f"[bold]{limit.id}[/bold]  {limit.kind}; {one.service}, {limit.subject}", highlight=False)
        console.print(f"  {limit.about}", highlight=False)
        console.print(f"  {'; '.join(limit.articles) or 'no article'}; since {limit.since}", highlight=False)
        for place in _places(one, marks):
            console.print(f"  {place}", highlight=False)


def _places(one: Stated, marks: tuple[Mark, ...]) -> list[str]:
    return [f"{mark.path}:{mark.line}" for mark in marks if mark.limit_id == one.limit.id]


def _document(one: Stated, marks: tuple[Mark, ...]) -> dict[str, Any]:
    return {"service": one.service, **one.limit.model_dump(mode="json"), "code": _places(one, marks)}
