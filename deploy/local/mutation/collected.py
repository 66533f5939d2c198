"""Judging with the tests collected: who enters what is noted once, then each mutant is swapped in and met by them."""

from __future__ import annotations

import gc
import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from types import CodeType, FrameType, FunctionType

import pytest
from _pytest.runner import runtestprotocol

from deploy.local.mutation.children import TIMED_OUT, run_forked
from deploy.local.mutation.coverage import Trace, Watch, importers_of, nearest
from deploy.local.mutation.job import Job, Verdict, write_verdict
from deploy.local.mutation.mutants import Mutant, mutated

SURVIVED, KILLED, NOT_SWAPPED = 0, 1, 3
_PARTS_PER_WORKER = 4
_BASELINE_SECONDS = 600.0


@dataclass(frozen=True)
class Later:
    """A mutant that must be imported anew: its number in the job, the tests near it and their seconds."""

    number: int
    tests: tuple[str, ...]
    seconds: float

    @classmethod
    def from_json(cls, line: str) -> Later:
        """Read what ``Collected`` left."""
        known = json.loads(line)
        return cls(number=known["number"], tests=tuple(known["tests"]), seconds=known["seconds"])


class TooSlow(BaseException):
    """A test took longer than a fast test may."""


def tell(told: int, number: int, verdict: Verdict) -> None:
    """Write one verdict for the parent."""
    os.write(told, write_verdict(number, verdict).encode())


class Collected:
    """Plugin of pytest that judges mutants instead of running the tests once."""

    def __init__(self, job: Job, *, ends_at: float, told: int, left: Path) -> None:
        self._job, self._ends_at, self._told, self._left = job, ends_at, told, left
        self._tree = Path(job.tree)
        self._items: dict[str, pytest.Item] = {}

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Judge the mutants that need no new import, and leave the others for later."""
        if session.testsfailed:
            raise session.Failed(f"{session.testsfailed} modules of tests can't be collected")
        self._items = {item.nodeid: item for item in session.items}
        traces = self._baseline()
        if time.monotonic() > self._ends_at:
            # Not every test was seen on the real code: whom they would have noticed nobody knows.
            return True
        modules = sorted({mutant.module for mutant in self._job.mutants})
        importers = {module: importers_of(module, self._tree, modules) for module in modules}
        near = {
            number: nearest(mutant, traces, seconds=self._job.mutant_seconds, importers=importers[mutant.module])
            for number, mutant in enumerate(self._job.mutants)
        }
        for number, tests in near.items():
            if not tests:
                tell(self._told, number, Verdict.UNTESTED)
        gc.collect()
        for number, code in run_forked(self._swaps(near), workers=self._job.workers):
            if code == NOT_SWAPPED:
                self._leave(number, near[number])
            else:
                told = Verdict.TIMED_OUT if code == TIMED_OUT else Verdict.KILLED
                tell(self._told, number, Verdict.SURVIVED if code == SURVIVED else told)
        return True

    def _swaps(self, near: dict[int, list[Trace]]) -> Iterator[tuple[int, float, Callable[[], int]]]:
        for number, mutant in enumerate(self._job.mutants):
            if not near[number] or time.monotonic() > self._ends_at:
                continue
            if not mutant.in_function or mutant.cached:
                self._leave(number, near[number])
                continue
            seconds = self._job.grace_seconds + 5 * sum(trace.seconds for trace in near[number])
            yield number, seconds, partial(self._meet, mutant, [trace.test for trace in near[number]])

    def _leave(self, number: int, near: list[Trace]) -> None:
        later = Later(number, tuple(trace.test for trace in near), sum(trace.seconds for trace in near))
        with self._left.open("a", encoding="utf-8") as lines:
            lines.write(f"{json.dumps(asdict(later))}\n")

    def _meet(self, mutant: Mutant, tests: list[str]) -> int:
        if not swap(mutant, self._tree):
            return NOT_SWAPPED
        items = [self._items[test] for test in tests]
        for item, following in zip(items, [*items[1:], None], strict=True):
            if not _passes(item, following):
                return KILLED
        return SURVIVED

    def _baseline(self) -> list[Trace]:
        """Run each test once in a fork on the real code; those that fail or are slow take no part."""
        tests = list(self._items)
        size = max(1, len(tests) // (self._job.workers * _PARTS_PER_WORKER) + 1)
        parts = [tests[first : first + size] for first in range(0, len(tests), size)]
        files = [self._left.with_name(f"traces-{number}") for number in range(len(parts))]
        tasks = (
            (number, _BASELINE_SECONDS, partial(self._trace, part, file))
            for number, (part, file) in enumerate(zip(parts, files, strict=True))
            if time.monotonic() <= self._ends_at
        )
        for number, code in run_forked(tasks, workers=self._job.workers):
            if code:
                raise RuntimeError(f"the tests from {parts[number][0]} on could not be run on the real code: {code}")
        found = (
            json.loads(line)
            for file in files
            if file.exists()
            for line in file.read_text(encoding="utf-8").splitlines()
        )
        return [
            Trace(one["test"], one["seconds"], frozenset((module, line) for module, line in one["entered"]))
            for one in found
        ]

    def _trace(self, tests: list[str], file: Path) -> int:
        watch = Watch(str(self._tree))
        items = [self._items[test] for test in tests]
        with file.open("w", encoding="utf-8") as lines:
            for item, following in zip(items, [*items[1:], None], strict=True):
                begun = time.monotonic()
                with watch.looking(), _at_most(self._job.test_seconds):
                    passed = _passes(item, following)
                if passed and (entered := watch.entered()):
                    seconds = round(time.monotonic() - begun, 4)
                    lines.write(f"{json.dumps({'test': item.nodeid, 'seconds': seconds, 'entered': entered})}\n")
        return 0


def swap(mutant: Mutant, tree: Path) -> bool:
    """Give every function made from the mutant's source the changed code; False when that can't be done in place."""
    path = tree / mutant.module
    changed = compile(mutated(path.read_text(encoding="utf-8"), mutant), str(path), "exec")
    code = next((one for one in _codes(changed) if _is_of(one, mutant)), None)
    functions = [one for one in gc.get_objects() if type(one) is FunctionType and one.__code__.co_filename == str(path)]
    made = [function for function in functions if _is_of(function.__code__, mutant)]
    if code is None or not made or any(function.__code__.co_freevars != code.co_freevars for function in made):
        return False
    for function in made:
        function.__code__ = code
    return True


def _codes(code: CodeType) -> Iterator[CodeType]:
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield constant
            yield from _codes(constant)


def _is_of(code: CodeType, mutant: Mutant) -> bool:
    return code.co_qualname == mutant.function and mutant.first_line <= code.co_firstlineno <= mutant.last_line


def _passes(item: pytest.Item, following: pytest.Item | None) -> bool:
    reports = runtestprotocol(item, log=False, nextitem=following)
    return not any(report.failed for report in reports) and any(report.when == "call" for report in reports)


@contextmanager
def _at_most(seconds: float) -> Iterator[None]:
    def interrupt(_signal: int, _frame: FrameType | None) -> None:
        raise TooSlow(f"more than {seconds} seconds")

    before = signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
