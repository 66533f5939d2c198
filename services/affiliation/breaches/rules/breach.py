"""What a declaration or a file does wrong: the rule, the field, the article, and a sentence for the person."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


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
