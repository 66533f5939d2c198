"""How many mutants of each room its tests notice."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from deploy.local.layout import PROJECT
from deploy.local.mutation.equivalents import Key, key_of
from deploy.local.mutation.job import NOTICED, Job, Verdict, read_verdict
from deploy.local.mutation.mutants import Mutant, mutants_of, sample
from deploy.local.mutation.rooms import Room
from deploy.local.problems import LocalError

SAMPLE: Final = 200
SEED: Final = 1
WORKERS: Final = 2
#: Of the mutants of a room, the percentage its tests must notice.
GOAL: Final = 90.0


@dataclass(frozen=True)
class Plan:
    """Which mutants are drawn and how long judging may take, in seconds for all rooms together."""

    size: int = SAMPLE
    seed: int = SEED
    workers: int = WORKERS
    seconds: float = 7200.0


@dataclass(frozen=True)
class RoomScore:
    """What the tests of a room noticed; ``verdicts`` leaves out the mutants for which there was no time."""

    room: Room
    possible: int
    equivalent: int
    drawn: tuple[Mutant, ...]
    verdicts: Mapping[int, Verdict]
    seconds: float

    @property
    def noticed(self) -> int:
        """How many were noticed, by a failing test or by the time limit."""
        return sum(verdict in NOTICED for verdict in self.verdicts.values())

    @property
    def timed_out(self) -> int:
        """How many were noticed by the time limit only."""
        return sum(verdict is Verdict.TIMED_OUT for verdict in self.verdicts.values())

    @property
    def percent(self) -> float:
        """The score; a room without a judged mutant hides nothing."""
        return round(100 * self.noticed / len(self.verdicts), 1) if self.verdicts else 100.0

    def unnoticed(self) -> list[tuple[Mutant, Verdict]]:
        """Give what no test noticed, by file and line."""
        left = [(self.drawn[number], verdict) for number, verdict in self.verdicts.items() if verdict not in NOTICED]
        return sorted(left, key=lambda one: (one[0].module, one[0].line, one[0].change))


def mutants_of_room(room: Room, tree: Path) -> list[Mutant]:
    """Give every mutant of a room, file by file."""
    return [
        mutant for module in room.modules for mutant in mutants_of(module, (tree / module).read_text(encoding="utf-8"))
    ]


def score_rooms(
    rooms: Sequence[Room],
    *,
    tree: Path,
    plan: Plan,
    equivalents: Mapping[Key, str],
    lines: Mapping[str, set[int]] | None = None,
    tell: Callable[[RoomScore], None] = lambda _score: None,
) -> list[RoomScore]:
    """Judge a sample of the mutants of each room.

    Args:
        lines: only mutants on these lines of these files; None for all. Rooms without one are left out.
        tell: called with each score when it is known.

    Raises:
        LocalError: the tests of a room can't be collected.
    """
    drawn: list[tuple[Room, int, list[Mutant]]] = []
    for room in rooms:
        mutants = mutants_of_room(room, tree)
        if lines is not None:
            mutants = [mutant for mutant in mutants if mutant.line in lines.get(mutant.module, ())]
        if mutants:
            drawn.append((room, len(mutants), sample(mutants, size=plan.size, seed=plan.seed)))
    scores: list[RoomScore] = []
    ends_at = time.monotonic() + plan.seconds
    for position, (room, possible, chosen) in enumerate(drawn):
        real = tuple(mutant for mutant in chosen if key_of(mutant, room.service) not in equivalents)
        begun = time.monotonic()
        share = (ends_at - begun) / (len(drawn) - position)
        verdicts = judge(Job(str(tree), room.tests, real, workers=plan.workers, seconds=max(0.0, share)))
        taken = time.monotonic() - begun
        scores.append(RoomScore(room, possible, len(chosen) - len(real), real, verdicts, taken))
        tell(scores[-1])
    return scores


def judge(job: Job) -> dict[int, Verdict]:
    """Let a worker judge a job; gives the verdict of each mutant for which there was time.

    Raises:
        LocalError: the tests can't be collected.
    """
    if not job.mutants:
        return {}
    environment = {**os.environ, "PYTHONPATH": str(PROJECT), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, "-P", "-m", "deploy.local.mutation.worker"],
        check=False,
        cwd=job.tree,
        input=job.to_json(),
        capture_output=True,
        text=True,
        env=environment,
    )
    if done.returncode != 0:
        raise LocalError(
            f"the tests in {', '.join(job.tests)} can't judge mutants: {done.stderr.strip()[-2000:]}",
            remedy=f'See what is wrong: ./auxilia test --no-lint -m "not servers" {" ".join(job.tests)}',
        )
    return dict(read_verdict(line) for line in done.stdout.splitlines())
