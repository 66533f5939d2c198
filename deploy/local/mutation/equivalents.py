"""Mutants that change nothing anybody could notice, each with its reason: ``equivalents.yaml`` beside this module.

They are named by service, function and change, not by file and line, so that moving a function keeps its entries.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

import yaml

from deploy.local.mutation.mutants import Mutant
from deploy.local.problems import LocalError

LIST: Final = Path(__file__).with_name("equivalents.yaml")
FIELDS: Final = {"service", "function", "change", "reason"}

Key = tuple[str, str, str]


def key_of(mutant: Mutant, service: str) -> Key:
    """Give what an entry of the list names."""
    return service, mutant.function, mutant.change


def read_equivalents(path: Path = LIST) -> dict[Key, str]:
    """Read the list: the reason of each entry.

    Raises:
        LocalError: an entry lacks a field or stands twice.
    """
    found: dict[Key, str] = {}
    for entry in yaml.safe_load(path.read_text(encoding="utf-8")) or []:
        if set(entry) != FIELDS or not all(str(entry[field]).strip() for field in FIELDS):
            raise LocalError(f"{path.name}: an entry has {', '.join(sorted(FIELDS))}: {entry}")
        key = (entry["service"], entry["function"], entry["change"])
        if key in found:
            raise LocalError(f"{path.name}: stands twice: {' | '.join(key)}")
        found[key] = entry["reason"]
    return found


def unknown_entries(known: Iterable[Key], mutants: Iterable[Key]) -> list[Key]:
    """Give the entries that name no mutant any more."""
    return sorted(set(known) - set(mutants))
