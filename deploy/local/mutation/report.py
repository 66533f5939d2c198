"""The scores as a page of the documentation, as JSON and in a few lines."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

from deploy.local.layout import PROJECT
from deploy.local.mutation.scores import GOAL, RoomScore

PAGE: Final = PROJECT / "docs" / "mutation.md"
HEAD: Final = """\
# How many changes of the rules the tests notice
Written by `./auxilia mutate --publish`; never by hand. The decision: [17](decisions/0017-our-own-mutants.md).

A mutant is one small change of a rule: a boundary moved, a number one higher or lower, "and" made "or", a refusal
left out, a day one later. Of each room a sample is drawn by a fixed seed, and the fast tests nearest to each mutant
run. A mutant is noticed when one of them fails or they don't end in time. Equivalent mutants change nothing that
anybody could notice; each has its reason in `deploy/local/mutation/equivalents.yaml` and doesn't count. The goal is
{goal:.0f} % in every room.

| room | mutants | sample | equivalent | noticed | of these by time | survived | score |
| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
"""
ROW: Final = re.compile(r"^\| `([^`]+)` \|")


def row_of(score: RoomScore) -> str:
    """Give a room's row of the page."""
    judged = len(score.verdicts)
    numbers = (
        score.possible,
        judged + score.equivalent,
        score.equivalent,
        score.noticed,
        score.timed_out,
        judged - score.noticed,
    )
    cells = " | ".join(f"{number:,}" for number in numbers)
    return f"| `{score.room.name}` | {cells} | {score.percent:.1f} % |"


def publish(scores: Iterable[RoomScore], *, rooms: Sequence[str], page: Path = PAGE) -> None:
    """Write the page; rooms that were not judged now keep their row, rooms that are gone lose it."""
    known = page.read_text(encoding="utf-8").splitlines() if page.exists() else []
    rows = {found.group(1): line for line in known if (found := ROW.match(line))}
    rows |= {score.room.name: row_of(score) for score in scores}
    kept = [rows[name] for name in rooms if name in rows]
    page.write_text(HEAD.format(goal=GOAL) + "".join(f"{row}\n" for row in kept), encoding="utf-8")


def as_json(scores: Iterable[RoomScore]) -> list[dict[str, Any]]:
    """Give the scores for programs."""
    return [
        {
            "room": score.room.name,
            "mutants": score.possible,
            "equivalent": score.equivalent,
            "judged": len(score.verdicts),
            "notJudged": len(score.drawn) - len(score.verdicts),
            "noticed": score.noticed,
            "timedOut": score.timed_out,
            "percent": score.percent,
            "seconds": round(score.seconds, 1),
            "unnoticed": [
                {
                    "path": mutant.module,
                    "line": mutant.line,
                    "function": mutant.function,
                    "operator": mutant.operator,
                    "change": mutant.change,
                    "verdict": verdict,
                }
                for mutant, verdict in score.unnoticed()
            ],
        }
        for score in scores
    ]


def in_lines(score: RoomScore) -> list[str]:
    """Tell a score and what survived to a person."""
    left = len(score.drawn) - len(score.verdicts)
    told = f"{score.room.name}: {score.percent:.1f} %, {score.noticed} of {len(score.verdicts)} mutants noticed"
    told += f" in {score.seconds:.0f} s"
    told += f"; there was no time for {left}" if left else ""
    return [
        told,
        *(
            f"  {mutant.module}:{mutant.line} {mutant.function}: {verdict}: {mutant.change}"
            for mutant, verdict in score.unnoticed()
        ),
    ]
