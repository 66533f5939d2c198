"""Two applications behind one door: the conventions every service follows, and the pages for people."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import httpx
from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

from services.console.api.acts import act_routes
from services.console.api.details import detail_routes
from services.console.api.dossier_accounts import account_routes
from services.console.api.dossiers import dossier_routes
from services.console.api.lists import list_routes
from services.console.api.overview import overview_routes
from services.console.api.signing_in import SignIn
from services.console.api.visits import Reception, explain_status
from services.console.api.worklists import worklist_routes
from shared.platform.context import AnyContext
from shared.platform.http import create_api
from shared.platform.trust import trusted

#: What machines ask; the last is the address at which the document says this service is reached.
_MACHINE_PATHS: Final = ("/v1", "/health", "/metrics", "/auxilia")
_STATIC: Final = Path(__file__).parents[1] / "static"


def console_api(context: AnyContext) -> FastAPI:
    """Return the console: pages for people, with health, metrics and document like any other service."""
    api = create_api(
        context,
        title="Auxilia console",
        version="1.0.0",
        description="The window on dossiers, tasks, approvals, runs and transmissions.",
        standard_routes=False,
    )
    api.add_middleware(Door, pages=pages(context, httpx.AsyncClient(verify=trusted(), follow_redirects=False)))
    return api


class Door:
    """Leads machines to the API and people to the pages."""

    def __init__(self, app: ASGIApp, *, pages: ASGIApp) -> None:
        """Keep both sides.

        Args:
            app: the API, with its own guard.
            pages: the pages, with theirs.
        """
        self._app = app
        self._pages = pages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request to the side its path belongs to."""
        path = scope.get("path", "")
        machine = any(path == prefix or path.startswith(f"{prefix}/") for prefix in _MACHINE_PATHS)
        await (self._app if machine or scope["type"] != "http" else self._pages)(scope, receive, send)


def pages(context: AnyContext, http: httpx.AsyncClient) -> Starlette:
    """Return the pages alone.

    Args:
        context: where the services are, who checks tokens, what day it is.
        http: the connections all pages share.
    """
    sign_in = SignIn(context)
    reception = Reception(context, http, sign_in)
    return Starlette(
        routes=[
            Mount("/static", StaticFiles(directory=_STATIC), name="static"),
            Route("/signIn", sign_in.show, methods=["GET"]),
            Route("/signIn", sign_in.accept, methods=["POST"]),
            Route("/signOut", sign_in.leave, methods=["POST"]),
            *overview_routes(reception),
            *list_routes(reception),
            *worklist_routes(reception),
            *detail_routes(reception),
            *dossier_routes(reception),
            *account_routes(reception),
            *act_routes(reception),
        ],
        exception_handlers={HTTPException: explain_status, 500: explain_status},
    )
