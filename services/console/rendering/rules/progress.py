"""How far something is: a bar on a page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Bar:
    """How much of something is done.

    Attributes:
        name: the word of what it is about.
        done: how much is done, in the unit of ``whole``.
        whole: how much there is.
        cents: whether these are amounts of money.
    """

    name: str
    done: int
    whole: int
    cents: bool = False

    @property
    def percent(self) -> int:
        """Return the whole percents that are done; 100 only when nothing is left."""
        return 0 if self.whole <= 0 else max(0, min(100, self.done * 100 // self.whole))


def run_bar(run: Mapping[str, Any]) -> Bar | None:
    """Return how far a run of pages is, None before it was cut into pages."""
    pages = run.get("pages")
    return Bar(name="progress", done=int(run.get("pagesDone", 0)), whole=int(pages)) if pages else None
