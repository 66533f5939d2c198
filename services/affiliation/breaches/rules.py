"""What a declaration or a file does wrong: the rule, the field, the article, and a sentence for the person."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class Remedy(StrEnum):
    """Whether something can still be supplied, or the declaration can only be refused."""

    SUPPLY = "supply"
    NONE = "none"


@dataclass(frozen=True, kw_only=True)
class Breach:
    """One rule that is not met; it never repeats the value of its field, because breaches end in answers and logs."""

    rule: str
    field: str
    message: str
    article: str | None = None
    remedy: Remedy = Remedy.NONE


def to_json(breaches: Iterable[Breach]) -> list[dict[str, object]]:
    """Return breaches as they are kept."""
    return [asdict(breach) for breach in breaches]


def from_json(values: Sequence[Mapping[str, Any]]) -> tuple[Breach, ...]:
    """Return the breaches that were kept."""
    return tuple(Breach(**{**value, "remedy": Remedy(value["remedy"])}) for value in values)
