"""HTTP in: cases with the proof of their ladder, what people do to them, and what partners report."""

from __future__ import annotations

from fastapi import FastAPI

from services.recovery.bailiff.api.late_services import late_services_router
from services.recovery.bailiff.api.reports import reports_router
from services.recovery.cases.api.cases import cases_router
from services.recovery.cases.api.contacts import contacts_router
from services.recovery.cases.api.pauses import pauses_router
from services.recovery.institute_decisions.api.routes import institute_decisions_router
from services.recovery.opposition.api import oppositions_router
from shared.platform.context import AnyContext
from shared.platform.http import create_api

_TAGS = (
    {"name": "Cases", "description": "Recovery cases, their steps with evidence, and what comes next."},
    {"name": "Actions", "description": "Contacts, holds, contests, oppositions, and taking a blocked case up again."},
    {"name": "Decisions", "description": "Fines, exemptions, waivers of surcharges and summonses, decided elsewhere."},
    {"name": "Reports", "description": "What the post and the bailiff report."},
)


def recovery_api(context: AnyContext) -> FastAPI:
    """Return the API of the recovery service."""
    api = create_api(
        context,
        title="Recovery",
        version="1.0.0",
        tags=_TAGS,
        description="Recovers unpaid contributions, step by step, as the law orders and humanely.",
    )
    api.include_router(cases_router(context))
    api.include_router(contacts_router(context))
    api.include_router(pauses_router(context))
    api.include_router(late_services_router(context))
    api.include_router(oppositions_router(context))
    api.include_router(institute_decisions_router(context))
    api.include_router(reports_router(context))
    return api
