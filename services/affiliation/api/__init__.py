"""HTTP in: each operation translates and makes one call of the store."""

from __future__ import annotations

from fastapi import FastAPI

from services.affiliation.declarations.api import applications_router
from services.affiliation.declarations.store import open_applications
from services.affiliation.dossiers.api import dossiers_router, identities_router
from services.affiliation.imports.api import imports_router
from shared.platform.context import AnyContext
from shared.platform.http import create_api
from shared.platform.http.exceptions import exceptions_router

_TAGS = (
    {"name": "Imports", "description": "Files of people and companies."},
    {"name": "Applications", "description": "Declarations of one person."},
    {"name": "Dossiers", "description": "Who is affiliated, as what, from when to when."},
    {"name": "Identities", "description": "Who somebody is, for a stated purpose."},
)


def affiliation_api(context: AnyContext) -> FastAPI:
    """Return the API of the affiliation service."""
    api = create_api(
        context,
        title="Affiliation",
        version="1.0.0",
        tags=_TAGS,
        description="Affiliates people and companies to the social insurance fund, and knows who they are.",
    )
    api.include_router(imports_router(context))
    api.include_router(
        exceptions_router(
            context,
            what="declarations",
            path="/v1/applications/exceptions",
            tag="Applications",
            page_of=open_applications,
        )
    )
    api.include_router(applications_router(context))
    api.include_router(dossiers_router(context))
    api.include_router(identities_router(context))
    return api
