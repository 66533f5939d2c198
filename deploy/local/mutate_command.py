"""``./auxilia mutate``: do the tests notice when the rules change a little?"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable

import click
from rich.console import Console

from deploy.local.layout import PROJECT
from deploy.local.mutation.equivalents import read_equivalents
from deploy.local.mutation.report import as_json, in_lines, publish
from deploy.local.mutation.rooms import changed_lines, default_base, rooms_of
from deploy.local.mutation.scores import GOAL, SAMPLE, SEED, WORKERS, Plan, RoomScore, score_rooms
from deploy.local.problems import LocalError

#: What ./auxilia test gives the rules that changed, in seconds.
CHANGED_SECONDS = 75.0
#: Fewer mutants than these say little: a single survivor, perhaps an equivalent one, would weigh too much.
FEWEST_JUDGED = 20
#: Of changed rules at least this percentage must be noticed; the goal of a whole room is higher.
LEAST_OF_CHANGES = 60.0


@click.command(short_help="See whether the tests notice when the rules change a little.")
@click.option("--sample", type=click.IntRange(min=1), default=SAMPLE, show_default=True, help="Mutants of each room.")
@click.option("--seed", type=int, default=SEED, show_default=True, help="Which sample; the same seed draws the same.")
@click.option("--changed-since", metavar="REF", help="Only lines of rules that changed since a commit or branch.")
@click.option("--workers", type=click.IntRange(min=1), default=WORKERS, show_default=True, help="Mutants at a time.")
@click.option("--seconds", type=click.FloatRange(min=1), default=7200.0, show_default=True, help="At most, in all.")
@click.option("--json", "for_programs", is_flag=True, help="For programs, on standard output.")
@click.option("--publish", "published", is_flag=True, help="Write the scores to docs/mutation.md.")
@click.argument("rooms", nargs=-1)
def mutate(
    rooms: tuple[str, ...],
    *,
    sample: int,
    seed: int,
    changed_since: str | None,
    workers: int,
    seconds: float,
    for_programs: bool,
    published: bool,
) -> None:
    """Change the rules one place at a time and run the fast tests nearest to each change.

    Rooms are shared/law and every SERVICE/SUBJECT with rules; without a name all are judged. What no test noticed is
    told with its file and line: write a test for it, or, when nobody could notice it, list it with its reason in
    deploy/local/mutation/equivalents.yaml. Ends with code 1 when a room has less than 90 %.

    \b
    ./auxilia mutate shared/law
    ./auxilia mutate --changed-since origin/main
    ./auxilia mutate --publish               all rooms, which takes an hour
    """
    found = {room.name: room for room in rooms_of(PROJECT)}
    for name in rooms:
        if name not in found:
            raise LocalError(f"there is no room '{name}'", remedy=f"There are: {', '.join(found)}")
    lines = None
    if changed_since is not None:
        lines = changed_lines(PROJECT, changed_since)
        if lines is None:
            raise LocalError(f"git knows no '{changed_since}' here", remedy="Name a commit or a branch.")
    console = Console(stderr=True, highlight=False)
    scores = score_rooms(
        [found[name] for name in rooms] or list(found.values()),
        tree=PROJECT,
        plan=Plan(size=sample, seed=seed, workers=workers, seconds=seconds),
        equivalents=read_equivalents(),
        lines=lines,
        tell=lambda score: tell(console, in_lines(score)),
    )
    if published:
        publish(scores, rooms=list(found))
    if for_programs:
        click.echo(json.dumps(as_json(scores), indent=2))
    sys.exit(0 if all(score.percent >= GOAL for score in scores) else 1)


def tell(console: Console, lines: Iterable[str]) -> None:
    """Print lines as they are."""
    for line in lines:
        console.print(line, markup=False, soft_wrap=True)


def check_changed_rules(console: Console) -> int:
    """Judge mutants of the rules that changed since origin/main, or in the last commit there; gives an exit code."""
    base = default_base(PROJECT)
    lines = changed_lines(PROJECT, base) if base else None
    if not lines:
        return 0
    console.print("mutants of the changed rules", style="bold")
    scores = score_rooms(
        rooms_of(PROJECT),
        tree=PROJECT,
        plan=Plan(seconds=CHANGED_SECONDS),
        equivalents=read_equivalents(),
        lines=lines,
        tell=lambda score: tell(console, in_lines(score)),
    )
    return 0 if enough(scores) else 1


def enough(scores: Iterable[RoomScore]) -> bool:
    """Tell whether the tests notice enough of what changed, all rooms together; few mutants are only told."""
    scores = list(scores)
    judged = sum(len(score.verdicts) for score in scores)
    noticed = sum(score.noticed for score in scores)
    return judged < FEWEST_JUDGED or 100 * noticed >= LEAST_OF_CHANGES * judged
