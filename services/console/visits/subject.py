"""The console as one application: working places behind one door, with the conventions every service follows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import httpx
from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

from services.console.rendering.service.rendering import STATIC
from services.console.visits.pages import Reception, explain_status
from services.console.visits.service.places import WorkingPlace, menu_of
from services.console.visits.service.sessions import Sessions
from shared.platform.calls.trust import trusted
from shared.platform.composition import Composition
from shared.platform.context import AnyContext
from shared.platform.http import create_api

#: What machines ask; the last is the address at which the document says this service is reached.
_MACHINE_PATHS: Final = ("/v1", "/health", "/metrics", "/auxilia")


@dataclass(frozen=True, kw_only=True)
class Console(Composition):
    """A console put together of its working places. It keeps no facts and runs no procedure: it asks the services.

    Attributes:
        places: what it is made of, highest first.
        menu: the groups of the menu in their order.
    """

    places: tuple[WorkingPlace, ...]
    menu: tuple[str, ...]

    def api(self, context: AnyContext) -> FastAPI:
        """Return the pages for people, with health, metrics and document like any other service."""
        api = create_api(
            context, title=self.title, version=self.version, description=self.description, standard_routes=False
        )
        http = httpx.AsyncClient(verify=trusted(), follow_redirects=False)
        api.add_middleware(Door, pages=self.pages(context, http))
        return api

    def pages(self, context: AnyContext, http: httpx.AsyncClient) -> Starlette:
        """Return the pages alone.

        Args:
            context: where the services are, who checks tokens, what day it is.
            http: the connections all pages share.
        """
        sessions = Sessions(context)
        reception = Reception(context, http, sessions)
        application = Starlette(
            routes=[
                Mount("/static", StaticFiles(directory=STATIC), name="static"),
                *(route for place in self.places for route in place.open_routes(sessions)),
                *(reception.route(page) for place in self.places for page in place.all_pages),
            ],
            exception_handlers={HTTPException: explain_status, 500: explain_status},
        )
        application.state.menu = menu_of(self.places, order=self.menu)
        return application


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
