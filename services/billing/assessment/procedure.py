"""What the watch over the law data tells."""

from __future__ import annotations

from pydantic import BaseModel


class LawWatched(BaseModel):
    """How many values of the law run out soon."""

    ending: int
