"""Every number of the law is read by code, or is on the list of those that are only shown, with the reason."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path
from typing import Final

import pytest
import yaml

from shared.law.parameters import Parameters

ROOT: Final = Path(__file__).resolve().parents[3]
PARAMETERS: Final = Parameters.load()
SHOWN_ONLY: Final[dict[str, dict[str, list[str] | str]]] = yaml.safe_load(
    (Path(__file__).parent / "cases" / "shown_only.yaml").read_text(encoding="utf-8")
)
SHOWN_NAMES: Final = [name for group in SHOWN_ONLY.values() for name in group["names"]]
_ANY: Final = "([A-Za-z0-9]+)"


def texts_of(source: str) -> tuple[frozenset[str], frozenset[str]]:
    """Give the strings of a module, and its formatted strings as patterns; docstrings are no code."""
    tree = ast.parse(source)
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, documented) and node.body and isinstance(node.body[0], ast.Expr)
    }
    strings, patterns = set(), set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            strings.add(node.value)
        elif isinstance(node, ast.JoinedStr):
            patterns.add(
                "".join(re.escape(str(part.value)) if isinstance(part, ast.Constant) else _ANY for part in node.values)
            )
    return frozenset(strings), frozenset(patterns)


def reads(name: str, strings: frozenset[str], patterns: frozenset[str], words: frozenset[str]) -> bool:
    """Tell whether a module with these texts names a parameter: whole, or by its group and its last word.

    What fills a place in a formatted string is one of ``words``, the strings of the whole program.
    """
    if name in strings:
        return True
    group, _, last = name.rpartition(".")
    named = last in strings or f".{last}" in strings
    whole_group = f"{re.escape(group)}\\.{_ANY}"
    if named and (group in strings or whole_group in patterns):
        return True
    spelled = (pattern for pattern in patterns if pattern.startswith(re.escape(group)) and pattern != whole_group)
    found = (re.fullmatch(pattern, name) for pattern in spelled)
    return any(match is not None and words.issuperset(match.groups()) for match in found)


@cache
def modules() -> tuple[tuple[frozenset[str], frozenset[str]], ...]:
    """Give the texts of every module of the program, tests left out."""
    trees = ("services", "shared", "deploy")
    return tuple(texts_of(path.read_text(encoding="utf-8")) for tree in trees for path in (ROOT / tree).rglob("*.py"))


@cache
def read_by_code() -> frozenset[str]:
    """Give the parameters that code reads, and the base amounts from which those are computed."""
    words = frozenset[str]().union(*(strings for strings, _ in modules()))
    read = {name for name in PARAMETERS.names() if any(reads(name, *texts, words) for texts in modules())}
    bases = {PARAMETERS.by_name[name].base for name in read}
    return frozenset(read | {base for base in bases if base is not None})


@pytest.mark.parametrize("name", PARAMETERS.names())
def test_a_number_of_the_law_is_read_by_code_or_said_to_be_shown_only(name: str) -> None:
    assert name in read_by_code() or name in SHOWN_NAMES, (
        "no code reads it: read it where a constant stands for it, or say on the list why it is only shown"
    )


def test_the_list_names_parameters_of_the_law_once_each_with_a_reason() -> None:
    assert len(SHOWN_NAMES) == len(set(SHOWN_NAMES))
    assert set(SHOWN_NAMES) <= set(PARAMETERS.names())
    assert all(group["why"] for group in SHOWN_ONLY.values())


@pytest.mark.parametrize(
    ("source", "name", "read"),
    [
        ('parameters.cents("company.lateInterestRate", on=day)', "company.lateInterestRate", True),
        ('"""Read company.lateInterestRate."""', "company.lateInterestRate", False),
        ('P = "benefits.charter"\nread(f"{P}.months")', "benefits.charter.months", True),
        ('P = "benefits.charter"\nread(f"{P}.months")', "benefits.charter.days", False),
        ('read(f"mutualities.{duty}Months")', "mutualities.cessationMonths", True),
        ('read(f"mutualities.{duty}Months")', "mutualities.cessationDays", False),
        ('read(f"mutualities.{duty}Months")', "mutualities.insuredForwardMonths", False),
        ('read(f"contributions.{name}")', "contributions.ceiling1", False),
        ('read(f"contributions.{name}")\nfact("ceiling1")', "contributions.ceiling1", True),
    ],
)
def test_the_search_sees_what_a_module_reads(source: str, name: str, read: bool) -> None:
    assert reads(name, *texts_of(source), frozenset({"cessation"})) is read
