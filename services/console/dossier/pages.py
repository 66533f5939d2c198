"""The page of a dossier: everything the services know about it, and its identity once a purpose is chosen."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Final

from starlette.responses import Response

from services.console.clients import SERVICES, Part, Refused, Row, State
from services.console.rendering.service.forms import first, read_form
from services.console.rendering.service.rendering import language_of
from services.console.visits.service.acts import Act
from services.console.visits.service.downloads import download
from services.console.visits.service.visits import Page, Visit

#: Why a person reads an identity; kept in the audit trail of the service that is asked.
PURPOSES: Final = ("caseHandling", "answeringTheInsured", "secondLook", "audit")
_MAY_SEE_AUDIT: Final = ("auditor", "teamLead")


async def show_dossier(
    visit: Visit, *, identity: Part | None = None, audit: Part | None = None, purpose: str = ""
) -> Response:
    """Show a dossier; its identity, or who looked at it, only where a purpose was just chosen."""
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
        return await show_dossier(visit, identity=found, purpose=purpose)
    return await show_dossier(visit, audit=await _audit(visit, dossier, purpose), purpose=purpose)


async def _everywhere(visit: Visit, path: str, **query: str) -> Part:
    """Return the items of all services together; silent when one of them is."""
    parts = await asyncio.gather(*(visit.staff.part(service, path, **query) for service in SERVICES))
    return _joined(dict(zip(SERVICES, parts, strict=True)), newest_first=False)


async def _audit(visit: Visit, dossier: str, purpose: str) -> Part:
    body = {"dossier": dossier, "purpose": purpose}
    parts = await asyncio.gather(*(visit.staff.part_of_query(service, "/v1/audit/query", body) for service in SERVICES))
    return _joined(dict(zip(SERVICES, parts, strict=True)), newest_first=True)


def _joined(parts: Mapping[str, Part], *, newest_first: bool) -> Part:
    rows: list[Row] = [{"service": service, **row} for service, part in parts.items() for row in part.rows]
    if newest_first:
        rows.sort(key=lambda row: str(row["at"]), reverse=True)
    states = {part.state for part in parts.values()}
    state: State = "silent" if "silent" in states else "forbidden" if "forbidden" in states else "shown"
    return Part(rows=tuple(rows), state=state, rest={})


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


async def show_decisions(visit: Visit) -> Response:
    """Show what others decided about a dossier, and quarters not due with those that wait for a second person."""
    staff, dossier = visit.staff, str(visit.request.path_params["dossier"])
    affiliation, institute, reliefs = await asyncio.gather(
        staff.get("affiliation", f"/v1/dossiers/{dossier}"),
        staff.part("recovery", f"/v1/dossiers/{dossier}/instituteDecisions"),
        staff.part("benefits", "/v1/contributionReliefs", dossier=dossier),
    )
    return visit.show(
        "decisions.html",
        dossier=dossier,
        affiliation=affiliation,
        institute=institute,
        reliefs=reliefs,
        may_confirm=visit.may("benefitsAgent", "teamLead"),
    )


PAGES: Final = (
    Page("/dossiers/{dossier:uuid}", show_dossier),
    Page("/dossiers/{dossier:uuid}", _with_identity, method="POST"),
    Page("/dossiers/{dossier:uuid}/decisions", show_decisions),
    Page("/documents/{service}/{document:uuid}", _document),
)
ACTS: Final = (
    Act(
        "/dossiers/{dossier:uuid}/channel",
        "/v1/channelChoices",
        "/dossiers/{dossier}",
        service="affiliation",
        fields=("channel", "chosenOn"),
        fixed={"dossier": "{dossier}"},
        again=show_dossier,
    ),
    Act(
        "/dossiers/{dossier:uuid}/reliefs/{id:uuid}/decision",
        "/v1/contributionReliefs/{id}/decision",
        "/dossiers/{dossier}/decisions",
        service="benefits",
        fields=("decision", "reason"),
        again=show_decisions,
    ),
)
