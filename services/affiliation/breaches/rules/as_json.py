"""Keeps what is wrong with a declaration as JSON, and reads it back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from services.affiliation.breaches.rules.breach import Breach, Remedy


def to_json(breaches: Iterable[Breach]) -> list[dict[str, Any]]:
    """Return breaches as they are kept."""
    return [
        {
            "rule": breach.rule,
            "field": breach.field,
            "message": breach.message,
            "article": breach.article,
            "remedy": breach.remedy.value,
        }
        for breach in breaches
    ]


def from_json(values: Sequence[Mapping[str, Any]]) -> tuple[Breach, ...]:
    """Return the breaches that were kept."""
    return tuple(
        Breach(
            rule=value["rule"],
            field=value["field"],
            message=value["message"],
            article=value["article"],
            remedy=Remedy(value["remedy"]),
        )
        for value in values
    )
