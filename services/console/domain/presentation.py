"""How the console shows what services answer: pure, so that every page is tested without a server."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from shared.law.money import format_euro

#: Properties that are of no use to a person on a page.
HIDDEN = frozenset({"href", "self", "payloadSha256", "contentSha256", "nextAfter", "mediaType"})
_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def humanise(name: str) -> str:
    """Return a lowerCamelCase name as words, for what the dictionary has no better word for."""
    words = _WORD.sub(" ", name).replace("-", " ").replace("_", " ").lower()
    return words[:1].upper() + words[1:]


def label(name: str, words: Mapping[str, str]) -> str:
    """Return what a property or a code is called in the reader's language."""
    if name in words:
        return words[name]
    if name.endswith("Cents"):
        return label(name.removesuffix("Cents"), words)
    return humanise(name)


def shown(name: str, value: Any, *, words: Mapping[str, str], language: str) -> str:
    """Return a single value as people read it: euros for cents, words for codes, yes and no for truth."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return words["yes"] if value else words["no"]
    if isinstance(value, int) and name.endswith("Cents"):
        return format_euro(value, language)
    if name == "fileNumber":
        return f"{value:07d}"
    if isinstance(value, str) and value in words:
        return words[value]
    return str(value)


def columns(rows: Sequence[Mapping[str, Any]], wanted: Sequence[str]) -> list[str]:
    """Return the wanted columns that at least one row has, in the wanted order."""
    return [name for name in wanted if any(name in row for row in rows)]


def facts(values: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Return the single values of an answer, in its order, without what no person needs."""
    return [
        (name, value)
        for name, value in values.items()
        if name not in HIDDEN and not isinstance(value, Mapping | list | tuple)
    ]


def lists(values: Mapping[str, Any]) -> list[tuple[str, list[Mapping[str, Any]]]]:
    """Return the lists of objects within an answer, in its order; empty ones are left out."""
    return [
        (name, list(value))
        for name, value in values.items()
        if isinstance(value, list) and value and all(isinstance(item, Mapping) for item in value)
    ]
