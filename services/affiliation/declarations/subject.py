"""What declarations bring to the service."""

from __future__ import annotations

from typing import Final

from services.affiliation.declarations.activities import DeclarationActivities
from services.affiliation.declarations.api import applications_router
from services.affiliation.declarations.store import open_applications
from services.affiliation.declarations.workflow import AffiliationApplication
from shared.platform.composition import OpenWorkKind, Subject

SUBJECT: Final = Subject(
    name="declarations",
    tags=({"name": "Applications", "description": "Declarations of one person."},),
    routers=lambda context: (applications_router(context),),
    workflows=(AffiliationApplication,),
    activities=lambda context: DeclarationActivities(
        database=context.database, parameters=context.parameters, fund=context.fund
    ).all(),
    open_work=(
        OpenWorkKind(what="declarations", path="applications", tag="Applications", page_of=open_applications),
    ),
)
