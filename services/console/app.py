"""Puts the console together; nothing else builds anything."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import FastAPI

from services.console.api import console_api
from services.console.settings import ConsoleSettings
from shared.platform.consumer import FactConsumer
from shared.platform.context import AnyContext
from shared.platform.schedules import ScheduledProcedure
from shared.platform.temporal import WorkerDefinition

settings_class = ConsoleSettings


def api(context: AnyContext) -> FastAPI:
    """Return the pages of the console, with the health and the document every service has."""
    return console_api(context)


def consumers(_context: AnyContext) -> FactConsumer | None:
    """Return nothing: the console asks the services, it keeps no facts of its own."""
    return None


def worker(_context: AnyContext) -> WorkerDefinition:
    """Return nothing: the console runs no procedure."""
    return WorkerDefinition(workflows=[], activities=[])


def schedules(_context: AnyContext) -> Sequence[ScheduledProcedure]:
    """Return nothing: nothing of the console begins on a fixed day."""
    return ()
