"""The pages: each asks the services with the person's own token and shows what they answer.

The console decides nothing and keeps nothing. What a person may see or do is decided by the service that is asked;
a list the person may not see is simply absent.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final
from uuid import UUID

import httpx
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from services.console.api.lists import LISTS, ListPage
from services.console.api.rendering import render
from services.console.api.signing_in import SignIn, same_origin
from services.console.clients import SERVICES, Refused, Staff
from shared.platform.auth import Principal
from shared.platform.context import AnyContext

#: Why a person reads a dossier; kept in the audit trail of the service that is asked.
PURPOSES: Final = ("caseHandling", "answeringTheInsured", "secondLook", "audit")
Show = Callable[[Request, Staff, Principal], Awaitable[Response]]


class Pages:
    """Every page of the console."""

    def __init__(self, context: AnyContext, http: httpx.AsyncClient, sign_in: SignIn) -> None:
        """Keep what pages are made from."""
        self._context = context
        self._http = http
        self._sign_in = sign_in

    def routes(self) -> list[Route]:
        """Return the routes of all pages."""
        lists = [Route(f"/{page.name}", self._guarded(self._list(page)), methods=["GET"]) for page in LISTS]
        return [
            Route("/", self._guarded(self._overview), methods=["GET"]),
            Route("/search", self._guarded(self._search), methods=["GET"]),
            Route("/dossiers/{dossier:uuid}", self._guarded(self._dossier), methods=["GET"]),
            Route("/cases/{case:uuid}", self._guarded(self._case), methods=["GET"]),
            Route("/claims/{claim:uuid}", self._guarded(self._claim), methods=["GET"]),
            Route("/documents/{service}/{document:uuid}", self._guarded(self._document), methods=["GET"]),
            Route("/approvals/{service}/{approval:uuid}", self._guarded(self._decide), methods=["POST"]),
            Route("/tasks/{service}/{task:uuid}", self._guarded(self._resolve), methods=["POST"]),
            *lists,
        ]

    def _guarded(self, show: Show) -> Callable[[Request], Awaitable[Response]]:
        async def guarded(request: Request) -> Response:
            signed_in = await self._sign_in.person(request)
            if signed_in is None:
                return RedirectResponse("/signIn", status_code=303)
            principal, token = signed_in
            if request.method == "POST" and not same_origin(request):
                return self._refusal(request, principal, Refused(403, "origin"))
            try:
                return await show(request, Staff(self._context, self._http, token), principal)
            except Refused as refusal:
                return self._refusal(request, principal, refusal)

        return guarded

    def _refusal(self, request: Request, principal: Principal, refusal: Refused) -> Response:
        return render(request, "refused.html", status=refusal.status, person=principal.subject, detail=refusal.detail)

    async def _overview(self, request: Request, staff: Staff, principal: Principal) -> Response:
        async def summary(service: str) -> tuple[str, dict[str, Any] | None]:
            try:
                return service, await staff.get(service, "/v1/summary")
            except Refused:
                return service, None

        summaries = await asyncio.gather(*(summary(service) for service in SERVICES))
        return render(request, "overview.html", status=200, person=principal.subject, summaries=summaries)

    async def _search(self, request: Request, staff: Staff, principal: Principal) -> Response:
        text = request.query_params.get("fileNumber", "").strip()
        if not text.isdecimal() or not 1 <= int(text) <= 9_999_999:
            return render(request, "refused.html", status=400, person=principal.subject, detail=f"fileNumber: {text}")
        found = await staff.post("affiliation", "/v1/dossiers/query", {"fileNumbers": [int(text)]})
        for item in found["items"]:
            return RedirectResponse(f"/dossiers/{UUID(str(item['dossier']))}", status_code=303)
        return render(request, "refused.html", status=404, person=principal.subject, detail=f"fileNumber: {text}")

    async def _dossier(self, request: Request, staff: Staff, principal: Principal) -> Response:
        dossier = str(request.path_params["dossier"])
        purpose = request.query_params.get("purpose", "")
        identity: list[dict[str, Any]] = []
        if purpose in PURPOSES:
            body = {"dossiers": [dossier], "purpose": purpose}
            identity = (await staff.post("affiliation", "/v1/identities/query", body))["items"]
        affiliation = await staff.get("affiliation", f"/v1/dossiers/{dossier}")
        blocks = await asyncio.gather(
            self._open_items(staff, dossier),
            staff.items("billing", f"/v1/contributions/{dossier}"),
            self._about(staff, "recovery", "/v1/cases", dossier),
            self._about(staff, "benefits", "/v1/claims", dossier),
            self._about(staff, "benefits", "/v1/transmissions", dossier),
            self._all(staff, "/v1/tasks", dossier),
            self._all(staff, "/v1/documents", dossier),
        )
        names = ("openItems", "contributions", "cases", "claims", "transmissions", "tasks", "documents")
        return render(
            request,
            "dossier.html",
            status=200,
            person=principal.subject,
            dossier=dossier,
            affiliation=affiliation,
            identity=identity,
            purposes=PURPOSES,
            blocks=dict(zip(names, blocks, strict=True)),
        )

    async def _open_items(self, staff: Staff, dossier: str) -> list[dict[str, Any]]:
        try:
            answer = await staff.post("billing", "/v1/openItems/query", {"dossier": dossier})
        except Refused as refusal:
            if refusal.status in {403, 404}:
                return []
            raise
        return list(answer["items"])

    async def _about(self, staff: Staff, service: str, path: str, dossier: str) -> list[dict[str, Any]]:
        rows = await staff.items(service, path, dossier=dossier)
        return [row for row in rows if row.get("dossier") == dossier]

    async def _all(self, staff: Staff, path: str, dossier: str) -> list[dict[str, Any]]:
        answers = await asyncio.gather(*(staff.items(service, path, dossier=dossier) for service in SERVICES))
        return [{"service": service, **row} for service, rows in zip(SERVICES, answers, strict=True) for row in rows]

    async def _case(self, request: Request, staff: Staff, principal: Principal) -> Response:
        case = await staff.get("recovery", f"/v1/cases/{request.path_params['case']}")
        return render(request, "detail.html", status=200, person=principal.subject, title="case", detail=case)

    async def _claim(self, request: Request, staff: Staff, principal: Principal) -> Response:
        claim = await staff.get("benefits", f"/v1/claims/{request.path_params['claim']}")
        return render(request, "detail.html", status=200, person=principal.subject, title="claim", detail=claim)

    async def _document(self, request: Request, staff: Staff, _principal: Principal) -> Response:
        service = _service(request)
        content, media_type = await staff.content(service, f"/v1/documents/{request.path_params['document']}/content")
        headers = {
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
            "Content-Disposition": "attachment",
        }
        return Response(content, media_type=media_type, headers=headers)

    def _list(self, page: ListPage) -> Show:
        async def show(request: Request, staff: Staff, principal: Principal) -> Response:
            answers = await asyncio.gather(
                *(staff.items(service, page.path, pageSize=str(page.size)) for service in page.services)
            )
            rows = [
                {"service": service, **row}
                for service, items in zip(page.services, answers, strict=True)
                for row in items
            ]
            return render(request, "list.html", status=200, person=principal.subject, page=page, rows=rows)

        return show

    async def _decide(self, request: Request, staff: Staff, _principal: Principal) -> Response:
        form = await request.form()
        body = {"decision": str(form.get("decision", "")), "reason": str(form.get("reason", ""))}
        await staff.post(_service(request), f"/v1/approvals/{request.path_params['approval']}/decide", body)
        return RedirectResponse("/approvals", status_code=303)

    async def _resolve(self, request: Request, staff: Staff, _principal: Principal) -> Response:
        body = {"resolution": str((await request.form()).get("resolution", ""))}
        await staff.post(_service(request), f"/v1/tasks/{request.path_params['task']}/resolve", body)
        return RedirectResponse("/tasks", status_code=303)


def _service(request: Request) -> str:
    service = str(request.path_params["service"])
    if service not in SERVICES:
        raise Refused(404, service)
    return service
