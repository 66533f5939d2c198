"""The page of a dossier: everything the services know about it, and its identity once a purpose is chosen."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, Final

from starlette.responses import Response
from starlette.routing import Route

from services.console.api.forms import first, read_form
from services.console.api.rendering import SECURITY_HEADERS, language_of
from services.console.api.visits import Reception, Visit
from services.console.clients import SERVICES, Part, Refused

#: Why a person reads an identity; kept in the audit trail of the service that is asked.
PURPOSES: Final = ("caseHandling", "answeringTheInsured", "secondLook", "audit")
_MAY_SEE_AUDIT: Final = ("auditor", "teamLead")
_KEPT_HEADERS: Final = ("content-disposition",)


def dossier_routes(reception: Reception) -> list[Route]:
    """Return the routes of dossiers and of their letters."""
    return [
        reception.route("/dossiers/{dossier:uuid}", show_dossier),
        reception.route("/dossiers/{dossier:uuid}", _with_identity, method="POST"),
        reception.route("/documents/{service}/{document:uuid}", _document),
    ]


async def show_dossier(visit: Visit) -> Response:
    """Show a dossier without its identity."""
    return await _page(visit, identity=None, audit=None, purpose="")


async def _with_identity(visit: Visit) -> Response:
    """Show the identity, or who looked, for a purpose that was just chosen; a form, so that no address repeats it."""
    form = await read_form(visit.request)
    purpose, wanted = first(form, "purpose"), first(form, "show")
    if purpose not in PURPOSES or wanted not in {"identity", "audit"}:
        raise Refused(400, "purpose")
    dossier = str(visit.request.path_params["dossier"])
    if wanted == "identity":
        query = {"dossiers": [dossier], "purpose": purpose}
        found = await visit.staff.part_of_query("affiliation", "/v1/identities/query", query)
        return await _page(visit, identity=found, audit=None, purpose=purpose)
    return await _page(visit, identity=None, audit=await _audit(visit, dossier, purpose), purpose=purpose)


async def _page(visit: Visit, *, identity: Part | None, audit: Part | None, purpose: str) -> Response:
    staff, dossier = visit.staff, str(visit.request.path_params["dossier"])
    affiliation = await staff.get("affiliation", f"/v1/dossiers/{dossier}")
    language = language_of(visit.request)
    open_items, payments, contributions, cases, claims, transmissions, tasks, documents = await asyncio.gather(
        staff.part_of_query("billing", "/v1/openItems/query", {"dossier": dossier}),
        staff.part_of_query("billing", "/v1/payments/query", {"dossier": dossier}),
        staff.part("billing", f"/v1/contributions/{dossier}", language=language),
        staff.part("recovery", "/v1/cases", dossier=dossier),
        staff.part("benefits", "/v1/claims", dossier=dossier),
        staff.part("benefits", "/v1/transmissions", dossier=dossier),
        _everywhere(visit, "/v1/tasks", dossier=dossier),
        _everywhere(visit, "/v1/documents", dossier=dossier, pageSize="500"),
    )
    return visit.show(
        "dossier.html",
        dossier=dossier,
        affiliation=affiliation,
        identity=identity,
        audit=audit,
        purpose=purpose,
        purposes=PURPOSES,
        may=visit.may,
        may_see_audit=visit.may(*_MAY_SEE_AUDIT),
        parts={
            "openItems": open_items,
            "payments": payments,
            "contributions": contributions,
            "cases": cases,
            "claims": claims,
            "transmissions": transmissions,
            "tasks": tasks,
            "documents": documents,
        },
    )


async def _everywhere(visit: Visit, path: str, **query: str) -> Part:
    """Return the items of all services together; silent when one of them is."""
    parts = await asyncio.gather(*(visit.staff.part(service, path, **query) for service in SERVICES))
    return _joined(dict(zip(SERVICES, parts, strict=True)), newest_first=False)


async def _audit(visit: Visit, dossier: str, purpose: str) -> Part:
    body = {"dossier": dossier, "purpose": purpose}
    parts = await asyncio.gather(*(visit.staff.part_of_query(service, "/v1/audit/query", body) for service in SERVICES))
    return _joined(dict(zip(SERVICES, parts, strict=True)), newest_first=True)


def _joined(parts: Mapping[str, Part], *, newest_first: bool) -> Part:
    rows: list[Mapping[str, Any]] = [
        {"service": service, **row} for service, part in parts.items() for row in part.rows
    ]
    if newest_first:
        rows.sort(key=lambda row: str(row["at"]), reverse=True)
    states = {part.state for part in parts.values()}
    state = next((state for state in ("silent", "forbidden") if state in states), "shown")
    return Part(rows=tuple(rows), state=state, rest={})  # type: ignore[arg-type]


async def _document(visit: Visit) -> Response:
    """Hand over a letter or file as it was kept; the service that keeps it writes down who read it, and why."""
    service = str(visit.request.path_params["service"])
    if service not in SERVICES:
        raise Refused(404, service)
    path = f"/v1/documents/{visit.request.path_params['document']}/content"
    purpose = visit.request.query_params.get("purpose", "")
    if purpose not in PURPOSES:
        raise Refused(400, "purpose")
    return await download(visit, service, path, purpose=purpose)


async def download(visit: Visit, service: str, path: str, **query: str) -> Response:
    """Hand over bytes of a service as they are, to be saved and not shown."""
    content, headers = await visit.staff.content(service, path, **query)
    kept = {name: headers[name] for name in _KEPT_HEADERS if name in headers}
    disposition = {"content-disposition": "attachment", **kept}
    media_type = headers.get("content-type", "application/octet-stream")
    return Response(content, media_type=media_type, headers={**SECURITY_HEADERS, **disposition})
