"""The account of a dossier: every amount with its reasons, statements, notices, mandates, refunds."""

from __future__ import annotations

import asyncio
from typing import Final

from starlette.responses import Response

from services.console.clients import Row
from services.console.rendering.service.rendering import language_of
from services.console.visits.service.acts import Act
from services.console.visits.service.visits import Page, Visit


async def show_account(visit: Visit) -> Response:
    """Show every charge of each quarter with its reasons, statements, notices, mandates and a company's years."""
    staff, dossier = visit.staff, str(visit.request.path_params["dossier"])
    language = language_of(visit.request)
    body = {"dossier": dossier}
    affiliation = await staff.get("affiliation", f"/v1/dossiers/{dossier}")
    open_items, explained, statements, deliveries, mandates, company = await asyncio.gather(
        staff.part_of_query("billing", "/v1/openItems/query", body),
        staff.part("billing", f"/v1/explanations/{dossier}", language=language),
        staff.part("billing", f"/v1/regularisations/{dossier}", language=language),
        staff.part_of_query("billing", "/v1/noticeDeliveries/query", body),
        staff.part_of_query("billing", "/v1/mandates/query", body),
        staff.part_of_query("billing", "/v1/companies/query", body),
    )
    kinds: dict[str, list[Row]] = {}
    for item in open_items.rows:
        kinds.setdefault(str(item["quarter"]), []).append(item)
    return visit.show(
        "account.html",
        dossier=dossier,
        affiliation=affiliation,
        open_items=open_items,
        kinds=kinds,
        explained=explained,
        statements=statements,
        deliveries=deliveries,
        mandates=mandates,
        company=company,
        may=visit.may,
    )


ACCOUNT_PAGES: Final = (Page("/dossiers/{dossier:uuid}/account", show_account),)
ACCOUNT_ACTS: Final = (
    Act(
        "/dossiers/{dossier:uuid}/accountStatements",
        "/v1/accountStatements",
        "/dossiers/{dossier}",
        service="billing",
        fixed={"dossier": "{dossier}"},
        again=show_account,
    ),
    Act(
        "/dossiers/{dossier:uuid}/mandates",
        "/v1/mandates",
        "/dossiers/{dossier}/account",
        service="billing",
        fields=("reference", "iban", "signedOn"),
        fixed={"dossier": "{dossier}"},
        again=show_account,
    ),
    Act(
        "/dossiers/{dossier:uuid}/mandates/{id:uuid}/revocation",
        "/v1/mandates/{id}/revocation",
        "/dossiers/{dossier}/account",
        service="billing",
    ),
    Act(
        "/dossiers/{dossier:uuid}/refunds",
        "/v1/refundOrders",
        "/dossiers/{dossier}/account",
        service="billing",
        fields=("reason",),
        cents=("amountCents",),
        fixed={"dossier": "{dossier}"},
        again=show_account,
    ),
)
