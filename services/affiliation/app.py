"""Puts the affiliation service together; nothing else builds anything."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import FastAPI

from services.affiliation.api import affiliation_api
from services.affiliation.companies.workflow import CompanyAffiliation
from services.affiliation.declarations.activities import AffiliationActivities
from services.affiliation.declarations.workflow import AffiliationApplication
from services.affiliation.settings import AffiliationSettings
from shared.platform.consumer import FactConsumer
from shared.platform.context import AnyContext
from shared.platform.schedules import ScheduledProcedure
from shared.platform.setbacks import SetbackActivities
from shared.platform.temporal import WorkerDefinition

settings_class = AffiliationSettings


def api(context: AnyContext) -> FastAPI:
    """Return the service's API."""
    return affiliation_api(context)


def consumers(_context: AnyContext) -> FactConsumer | None:
    """Return nothing: affiliation decides by itself and listens to nobody yet."""
    return None


def worker(context: AnyContext) -> WorkerDefinition:
    """Return the service's procedures."""
    activities = AffiliationActivities(database=context.database, parameters=context.parameters, fund=context.fund)
    setbacks = SetbackActivities(database=context.database)
    return WorkerDefinition(
        workflows=[AffiliationApplication, CompanyAffiliation], activities=[*activities.all(), *setbacks.all()]
    )


def schedules(_context: AnyContext) -> Sequence[ScheduledProcedure]:
    """Return nothing: no procedure of affiliation begins on a fixed day."""
    return ()
