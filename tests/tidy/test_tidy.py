"""The whole tree keeps the house's rules, and each rule sees what it is there for."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.tidy.rules import (
    RULES,
    UNTYPED,
    UNTYPED_FOR_A_REASON,
    Rule,
    clocks,
    lock_files,
    long_functions,
    long_modules,
    machine_paths,
    registries,
    unfinished,
    untyped_rows,
)

PROJECT = Path(__file__).resolve().parents[2]


@cache
def files() -> tuple[tuple[str, str], ...]:
    """Read every text file that belongs to the tree."""
    return tuple(_read(sorted(_listed())))


def _listed() -> set[str]:
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    done = subprocess.run(  # noqa: S603 - our own command
        command, check=False, cwd=PROJECT, capture_output=True, text=True
    )
    if done.returncode == 0:
        return set(done.stdout.splitlines())
    # An unpacked archive has no history; it holds nothing but the tree either, apart from what running it made.
    found = (path.relative_to(PROJECT) for path in PROJECT.rglob("*") if path.is_file())
    return {path.as_posix() for path in found if not any(part.startswith((".", "__pycache__")) for part in path.parts)}


def _read(paths: list[str]) -> Iterator[tuple[str, str]]:
    for path in paths:
        try:
            yield path, (PROJECT / path).read_text(encoding="utf-8")
        except (UnicodeDecodeError, FileNotFoundError, IsADirectoryError):
            continue


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_tree_keeps_the_rule(rule: Rule) -> None:
    """Nothing in the tree is against the rule."""
    found = [str(untidy) for path, text in files() for untidy in rule(path, text)]
    assert not found, "\n".join(found)


def test_the_tree_is_seen() -> None:
    """A guard that looks at nothing would always be content."""
    paths = {path for path, _ in files()}
    assert {"auxilia", "pyproject.toml", "requirements/runtime.txt", "tests/tidy/test_tidy.py"} <= paths
    assert sum(path.startswith("services/") for path in paths) > 50


LONG = "def long() -> None:\n" + "    pass\n" * 70
BROKEN: tuple[tuple[Rule, str, str, int], ...] = (
    (long_functions, "services/billing/ledger/rules.py", LONG, 1),
    (long_functions, "services/billing/ledger/rules.py", LONG.replace("    pass\n", "", 1), 0),
    (long_functions, "services/billing/ledger/api.py", LONG + "    def inner() -> None:\n        pass\n", 1),
    (
        long_functions,
        "services/billing/ledger/api.py",
        "def outer() -> None:\n    def inner() -> None:\n" + "        pass\n" * 69,
        0,
    ),
    (long_modules, "shared/platform/module.py", "a = 1\n" * 401, 1),
    (long_modules, "shared/platform/module.py", "a = 1\n" * 400, 0),
    (clocks, "services/billing/ledger/rules.py", "import datetime\nx = datetime.datetime.now()\n", 1),
    (clocks, "services/billing/ledger/store.py", "from datetime import date\nx = date.today()\n", 1),
    (clocks, "services/billing/notices/service.py", "q = 'select now()'\n", 1),
    (clocks, "services/billing/notices/service.py", "q = 'update t set paid_on = current_date'\n", 1),
    (clocks, "services/recovery/cases/workflow.py", "from temporalio import workflow\nx = workflow.now()\n", 1),
    (clocks, "shared/law/quarter.py", "from datetime import date\nx = date.today()\n", 1),
    (clocks, "services/billing/ledger/api.py", "from datetime import date\nx = date.today()\n", 0),
    (clocks, "services/billing/ledger/store.py", '"""No now() here."""\n', 0),
    (unfinished, "README.md", "# TO" + "DO: write\n", 1),
    (unfinished, "shared/law/x.py", "x = 1  # FIX" + "ME\n", 1),
    (machine_paths, "docs/x.md", "see /wo" + "rk/main/x\n", 1),
    (machine_paths, "deploy/x.yaml", "path: /ho" + "me/somebody/x\n", 1),
    (machine_paths, "docs/x.md", "framework/x, ./work/x and https://example.org/work/x\n", 0),
    (registries, "requirements/x.txt", "--index" + "-url https://packages.example.org/simple\n", 1),
    (registries, "deploy/x.xml", "<url>https://repo1.maven" + ".org/maven2</url>\n", 1),
    (untyped_rows, "services/billing/ledger/store.py", "def f(row: dict[str, Any]) -> None: ...\n", 1),
    (untyped_rows, "services/recovery/roll_and_warrant/rules.py", "x: dict[str, Any]\n", 0),
    (untyped_rows, "shared/law/x.py", "x: dict[str, Any]\n", 0),
    (lock_files, "console/package-lock.json", "{}", 1),
    (lock_files, "requirements/runtime.txt", "", 0),
)


@pytest.mark.parametrize(("rule", "path", "text", "count"), BROKEN)
def test_the_rule_sees(rule: Rule, path: str, text: str, count: int) -> None:
    """The rule reports what is against it, and nothing else."""
    assert len(list(rule(path, text))) == count


def test_every_rule_is_broken_once() -> None:
    """No rule stands without an example that breaks it."""
    assert {rule for rule, _, _, count in BROKEN if count} == set(RULES)


def test_few_rows_are_untyped_and_every_reason_is_still_needed() -> None:
    """At most 20 places, each in a module that is listed with its reason."""
    texts = dict(files())
    counts = {path: len(UNTYPED.findall(texts[path])) for path in UNTYPED_FOR_A_REASON}
    assert all(counts.values()), counts
    assert sum(counts.values()) <= 20
