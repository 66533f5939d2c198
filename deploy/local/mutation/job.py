"""What a worker is asked to judge, and its verdicts: JSON on its standard input, JSON lines on its output."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from deploy.local.mutation.mutants import Mutant


class Verdict(StrEnum):
    """What the tests said of a mutant."""

    KILLED = "killed"
    #: The tests ran so much longer than they do on the real code that they were stopped: it was noticed.
    TIMED_OUT = "timedOut"
    SURVIVED = "survived"
    #: No test near it runs the changed code at all.
    UNTESTED = "untested"


NOTICED = frozenset({Verdict.KILLED, Verdict.TIMED_OUT})


@dataclass(frozen=True)
class Job:
    """Mutants of one room to judge.

    Attributes:
        tree: the root of the tree.
        tests: where pytest looks for tests, from the root.
        mutants: in the order in which they are to be judged.
        workers: how many are judged at a time.
        seconds: after so long no more mutants are begun.
        mutant_seconds: so much testing of the real code is near enough; what comes after the nearest tests is left out.
        test_seconds: a test that takes longer on the real code is not a fast one.
        grace_seconds: how long a mutant may take beyond five times what the real code takes.
    """

    tree: str
    tests: tuple[str, ...]
    mutants: tuple[Mutant, ...]
    workers: int = 2
    seconds: float = 3600.0
    mutant_seconds: float = 15.0
    test_seconds: float = 10.0
    grace_seconds: float = 10.0

    def to_json(self) -> str:
        """Write the job."""
        return json.dumps(dataclasses.asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Job:
        """Read a job."""
        known: dict[str, Any] = json.loads(text)
        mutants = [
            Mutant(**{**one, "path": tuple((field, index) for field, index in one["path"])}) for one in known["mutants"]
        ]
        return cls(**{**known, "tests": tuple(known["tests"]), "mutants": tuple(mutants)})


def write_verdict(number: int, verdict: Verdict) -> str:
    """Write the verdict on a mutant, a line of its own."""
    return f"{json.dumps({'number': number, 'verdict': verdict})}\n"


def read_verdict(line: str) -> tuple[int, Verdict]:
    """Read what ``write_verdict`` wrote."""
    known = json.loads(line)
    return known["number"], Verdict(known["verdict"])
