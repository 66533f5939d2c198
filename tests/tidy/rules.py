"""The house's rules that no linter knows. Each takes one file and gives what is wrong with it, line by line."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

FUNCTION_LINES_MAX = 70
MODULE_LINES_MAX = 400
# Written in two halves, so that this file passes its own rules.
UNFINISHED = re.compile(r"\b(?:TO" + r"DO|FIX" + r"ME|XX" + r"X|HA" + r"CK)\b")
MACHINE_PATHS = re.compile(
    r"(?<![\w.~}$-])/(?:ro" + r"ot|ho" + r"me/\w+|wo" + r"rk|Us" + r"ers/\w+|tm" + r"p/\w+)(?:/|\b)"
)
REGISTRIES = re.compile(
    r"pypi\.(?:org|python)|python" + r"hosted\.org|repo1?\.maven\." + r"|proxy\.golang" + r"\.org|registry\.npm" + r"js"
    r"|sum\.golang" + r"\.org|ar" + r"tifactory|--(?:extra-)?index" + r"-url[ =]\S|--trusted" + r"-host[ =]\S",
    re.IGNORECASE,
)
LOCK_FILES = {
    "poetry.lock",
    "uv.lock",
    "pdm.lock",
    "Pipfile.lock",
    "package-lock.json",
    "yarn.lock",
    "pnpm-lock.yaml",
    "go.sum",
}
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
CLOCKLESS_KINDS = {"rules", "procedure", "store", "service", "workflow", "letters"}
CLOCK_NAMES = {"now", "today", "utcnow"}
SQL_CLOCK = re.compile(
    r"\b(?:now|clock_timestamp|statement_timestamp|transaction_timestamp)\s*\(|\bcurrent_(?:date|time)"
)
UNTYPED = re.compile(r"\bdict\[str, Any\]")
#: Where a service may still hold a row or a document by names only, and why; a JSON object is a ``JsonObject``.
UNTYPED_FOR_A_REASON = {
    "services/billing/assessment/rules/computation.py": "a row of a frame, with the columns of the formula",
    "services/billing/assessment/rules/explanation.py": "a row of the same frame, and the JSON document made of it",
    "services/billing/assessment/rules/stored_law.py": "JSON documents read back into parameters",
    "services/billing/bank_statements/store.py": "columns of a row before three of them become one value",
    "services/billing/charge_changes/rules/explanation.py": "a row of the computation's frame",
    "services/billing/received_files/store.py": "columns of a row before two of them become one value",
    "services/billing/reductions/rules/reductions.py": "a JSON document; rules know nothing of the platform's rows",
    "services/recovery/roll_and_warrant/rules.py": "a JSON document that is digested, in rules as well",
}


@dataclass(frozen=True)
class Untidy:
    """One thing that is against the rules."""

    path: str
    line: int
    rule: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.rule}"


Rule = Callable[[str, str], Iterator[Untidy]]


def long_functions(path: str, text: str) -> Iterator[Untidy]:
    """A function fits on a screen. Functions inside it, such as a router's, count by themselves."""
    if not path.endswith(".py"):
        return
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, FUNCTIONS):
            inner = [child for child in ast.walk(node) if child is not node and isinstance(child, FUNCTIONS)]
            lines = _lines(node) - sum(_lines(child) for child in inner)
            if lines > FUNCTION_LINES_MAX:
                yield Untidy(path, node.lineno, f"{node.name} has {lines} lines, {FUNCTION_LINES_MAX} at most")


def _lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def long_modules(path: str, text: str) -> Iterator[Untidy]:
    """A module that grows becomes a package of named rules, never a second module of the same name."""
    lines = text.count("\n")
    if path.endswith(".py") and lines > MODULE_LINES_MAX:
        yield Untidy(path, lines, f"{lines} lines, {MODULE_LINES_MAX} at most")


def clocks(path: str, text: str) -> Iterator[Untidy]:
    """Rules, stores and workflows are given the date; they never look at a clock, nor let the database look."""
    if not path.endswith(".py") or not _clockless(path):
        return
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            if name in CLOCK_NAMES:
                yield Untidy(path, node.lineno, f"calls {name}(): the date must come in as an argument")
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and _reads_clock(node.value):
            yield Untidy(path, node.lineno, "SQL reads the database's clock: the date must come in as a parameter")


def _clockless(path: str) -> bool:
    parts = PurePosixPath(path).parts
    if parts[:2] == ("shared", "law"):
        return True
    return len(parts) > 3 and parts[0] == "services" and PurePosixPath(parts[3]).stem in CLOCKLESS_KINDS


def _reads_clock(text: str) -> bool:
    """Tell SQL that reads a clock from a docstring that speaks of one."""
    statement = re.search(r"\b(?:select|insert|update|delete|values)\b", text, re.IGNORECASE)
    return statement is not None and SQL_CLOCK.search(text) is not None


def unfinished(path: str, text: str) -> Iterator[Untidy]:
    """What is left for later is an issue, not a comment."""
    yield from _matches(path, text, UNFINISHED, "left for later")


def machine_paths(path: str, text: str) -> Iterator[Untidy]:
    """The tree works wherever it lies."""
    yield from _matches(path, text, MACHINE_PATHS, "a path of one machine")


def registries(path: str, text: str) -> Iterator[Untidy]:
    """Each machine has its own package indexes; the tree names none."""
    yield from _matches(path, text, REGISTRIES, "the address of a package registry")


def untyped_rows(path: str, text: str) -> Iterator[Untidy]:
    """Rows of services have classes, so that a mistyped column is found before it is a wrong letter."""
    if path.startswith("services/") and path.endswith(".py") and path not in UNTYPED_FOR_A_REASON:
        yield from _matches(path, text, UNTYPED, "a row without a class")


def lock_files(path: str, _text: str) -> Iterator[Untidy]:
    """Lock files carry addresses; requirements/*.txt pins with hashes instead."""
    if PurePosixPath(path).name in LOCK_FILES:
        yield Untidy(path, 1, "a lock file")


def _matches(path: str, text: str, pattern: re.Pattern[str], rule: str) -> Iterator[Untidy]:
    for number, line in enumerate(text.splitlines(), start=1):
        found = pattern.search(line)
        if found:
            yield Untidy(path, number, f"{rule}: {found.group()}")


RULES: tuple[Rule, ...] = (
    long_functions,
    long_modules,
    clocks,
    unfinished,
    machine_paths,
    registries,
    untyped_rows,
    lock_files,
)
