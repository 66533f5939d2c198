"""Activities and models of the procedures that only tests run."""

from __future__ import annotations

import asyncio
from datetime import date

from pydantic import BaseModel, ConfigDict
from temporalio import activity

#: How often ``stumble`` fails per question before it answers; "never" fails for ever.
STUMBLES: dict[str, int] = {}
NOTES: list[str] = []


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True)


class Journey(_Model):
    days: tuple[date, ...] = ()
    seen: tuple[str, ...] = ()


class Nudge(_Model):
    text: str


class Question(_Model):
    text: str


class Answer(_Model):
    text: str


class Outcome(_Model):
    seen: tuple[str, ...]
    nudges: tuple[str, ...] = ()


@activity.defn
async def note(question: Question) -> Answer:
    """Note a text after a moment of work."""
    await asyncio.sleep(0.01)
    NOTES.append(question.text)
    return Answer(text=question.text)


@activity.defn
async def stumble(question: Question) -> Answer:
    """Fail as often as asked, with a text that must never be readable on the server."""
    if question.text == "never" or STUMBLES.get(question.text, 0) > 0:
        STUMBLES[question.text] = STUMBLES.get(question.text, 0) - 1
        raise RuntimeError("canary-of-a-failure 85073003328")
    return Answer(text="stood up")
