"""Puts the recovery service together; nothing else builds anything."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import FastAPI

from services.recovery.api import recovery_api
from services.recovery.cases.activities import RecoveryActivities
from services.recovery.cases.handlers import build_consumer
from services.recovery.cases.workflow import RecoveryCase
from services.recovery.clients import Affiliation, Bailiff, Billing
from services.recovery.ladder.service.law_in_force import Rules
from services.recovery.ladder.service.taking_a_step import Toolbox
from services.recovery.settings import RecoverySettings
from shared.platform.consumer import FactConsumer
from shared.platform.context import AnyContext
from shared.platform.partners import Post
from shared.platform.schedules import ScheduledProcedure
from shared.platform.setbacks import SetbackActivities
from shared.platform.temporal import WorkerDefinition

settings_class = RecoverySettings


def api(context: AnyContext) -> FastAPI:
    """Return the service's API."""
    return recovery_api(context)


def consumers(context: AnyContext) -> FactConsumer | None:
    """Return what handles the facts of affiliation, billing and benefits."""
    return build_consumer(context.database)


def worker(context: AnyContext) -> WorkerDefinition:
    """Return the procedure of a case and its activities."""
    activities = RecoveryActivities(
        Toolbox(
            database=context.database,
            rules=Rules(parameters=context.parameters, fund=context.fund),
            billing=Billing(context.peers.billing),
            affiliation=Affiliation(context.peers.affiliation),
            post=Post(context.peers.sandbox),
            bailiff=Bailiff(context.peers.sandbox),
        )
    )
    setbacks = SetbackActivities(database=context.database)
    return WorkerDefinition(workflows=[RecoveryCase], activities=[*activities.all(), *setbacks.all()])


def schedules(_context: AnyContext) -> Sequence[ScheduledProcedure]:
    """Return nothing: a case begins when its debts are overdue, not on a day of the year."""
    return ()
