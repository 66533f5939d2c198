"""A process that judges the mutants of one room: ``python -m deploy.local.mutation.worker``, a job on standard input.

It collects the tests once and forks for each mutant. Where only the body of a function changes, the fork swaps the
function's code in place, which takes no time; where the module itself changes, a fork from before the code was
imported imports the changed module and collects only the tests that are near.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import hypothesis
import pydantic
import pytest
import yaml

from deploy.local.mutation.children import TIMED_OUT, run_forked
from deploy.local.mutation.collected import KILLED, SURVIVED, Collected, Later, tell
from deploy.local.mutation.job import Job, Verdict
from deploy.local.mutation.mutants import Mutant, mutated

OPTIONS = (
    *("-q", "-s", "-p", "no:cacheprovider", "--tb=no", "--assert=plain", "-o", "timeout=0"),
    *("-m", "not servers", "--ignore-glob=*replay*"),
)
#: Importing and collecting, before the first test of a changed module runs.
_COLLECTING_SECONDS = 60.0
#: Collecting, and running each test once on the real code, before the first mutant is judged.
_MARGIN_SECONDS = 600.0
#: Imported before the forks, each of which needs them.
IMPORTED_ONCE = (pydantic, yaml)
#: What pytest says when tests failed or could not even be imported: both notice the change.
_NOTICED = frozenset({int(pytest.ExitCode.TESTS_FAILED), int(pytest.ExitCode.INTERRUPTED)})


class Chosen:
    """Runs only the tests near a mutant, nearest first, and stops at the first that fails."""

    def __init__(self, tests: tuple[str, ...]) -> None:
        self._places = {test: place for place, test in enumerate(tests)}

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Keep the chosen tests, in their order."""
        items[:] = sorted(
            (item for item in items if item.nodeid in self._places), key=lambda item: self._places[item.nodeid]
        )


def be_repeatable() -> None:
    """Let hypothesis try the same examples each time, and not look for the smallest that fails."""
    hypothesis.settings.register_profile(
        "mutation",
        database=None,
        derandomize=True,
        deadline=None,
        phases=(hypothesis.Phase.explicit, hypothesis.Phase.generate),
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    hypothesis.settings.load_profile("mutation")


def load_instead(mutant: Mutant, tree: Path) -> None:
    """Make this process import a module with a mutant in it."""
    from importlib.machinery import SourceFileLoader

    path = tree / mutant.module
    code = compile(mutated(path.read_text(encoding="utf-8"), mutant), str(path), "exec")
    as_written = SourceFileLoader.get_code

    def get_code(self: SourceFileLoader, fullname: str) -> object:
        return code if Path(self.path) == path else as_written(self, fullname)

    SourceFileLoader.get_code = get_code  # type: ignore[assignment,method-assign]


def judge_loaded(mutant: Mutant, tests: tuple[str, ...], tree: Path) -> int:
    """Import the changed module, run the tests near it and give the exit code; in a process of its own."""
    load_instead(mutant, tree)
    files = sorted({test.partition("::")[0] for test in tests})
    code = int(pytest.main([*OPTIONS, "-x", *files], plugins=[Chosen(tests)]))
    return KILLED if code in _NOTICED else SURVIVED if code == pytest.ExitCode.OK else code


def judge(job: Job, told: int) -> int:
    """Judge all mutants of a job; gives 0, or pytest's exit code when the tests themselves can't be collected."""
    tree, ends_at = Path(job.tree), time.monotonic() + job.seconds
    with tempfile.TemporaryDirectory() as folder:
        left = Path(folder) / "later"
        left.touch()

        def collected() -> int:
            plugin = Collected(job, ends_at=ends_at, told=told, left=left)
            return int(pytest.main([*OPTIONS, *job.tests], plugins=[plugin]))

        for _, code in run_forked(iter([(0, job.seconds + _MARGIN_SECONDS, collected)]), workers=1):
            if code != pytest.ExitCode.OK:
                return code
        later = [Later.from_json(line) for line in left.read_text(encoding="utf-8").splitlines()]

    def tasks() -> Iterator[tuple[int, float, Callable[[], int]]]:
        for one in later:
            if time.monotonic() > ends_at:
                return
            seconds = _COLLECTING_SECONDS + job.grace_seconds + 5 * one.seconds
            yield one.number, seconds, partial(judge_loaded, job.mutants[one.number], one.tests, tree)

    for number, ended in run_forked(tasks(), workers=job.workers):
        tell(told, number, verdict_of(ended))
    return 0


def verdict_of(code: int) -> Verdict:
    """Give the verdict an exit code stands for; a process that broke down noticed the change."""
    if code == TIMED_OUT:
        return Verdict.TIMED_OUT
    return Verdict.SURVIVED if code == SURVIVED else Verdict.KILLED


def main() -> int:
    """Read a job, judge its mutants, write a line for each verdict."""
    job = Job.from_json(sys.stdin.read())
    told = os.dup(1)
    os.dup2(2, 1)
    sys.path.insert(0, job.tree)
    be_repeatable()
    return judge(job, told)


if __name__ == "__main__":
    sys.exit(main())
