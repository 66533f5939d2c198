"""Payments nobody recognised: whose they are, a wrong match undone, and payers whose money a person looks at."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from starlette.responses import Response

from services.console.rendering.service.forms import Form, first, read_form
from services.console.visits.service.acts import Act, done
from services.console.visits.service.file_numbers import dossier_typed
from services.console.visits.service.lists import ListPage
from services.console.visits.service.visits import Page, Visit


async def _match_payment(visit: Visit) -> Response:
    """Give a payment nobody recognised to the dossier with a file number."""
    form = await read_form(visit.request)
    dossier, quarter = await dossier_typed(visit, form), first(form, "quarter")
    body = {"dossier": str(dossier), **({"quarter": quarter} if quarter else {})}
    await visit.staff.send("POST", "billing", f"/v1/bankLines/{visit.request.path_params['id']}/match", body)
    return done(_back(form))


def _back(form: Form) -> str:
    """Return the page a payment was handled on: the payments that wait, or the tasks."""
    return "/waitingPayments" if first(form, "back") == "waitingPayments" else "/tasks"


async def _undo_match(visit: Visit) -> Response:
    """Take a payment from the dossier it went to; money of that payer is looked at by a person from then on."""
    dossier = first(await read_form(visit.request), "dossier")
    path = f"/v1/bankLines/{visit.request.path_params['id']}/undoMatch"
    await visit.staff.send("POST", "billing", path, {"excludePayer": True})
    try:
        return done(f"/dossiers/{UUID(dossier)}" if dossier else "/tasks")
    except ValueError:
        return done("/tasks")


WAITING_PAYMENTS: Final = ListPage(
    "waitingPayments",
    ("billing",),
    "/v1/bankLines/waiting",
    (),
    size=100,
    cursor=("afterLineId", "lineId"),
    size_parameter="limit",
    template="waiting.html",
)
PAYER_EXCLUSIONS: Final = ListPage(
    "payerExclusions",
    ("billing",),
    "/v1/payerExclusions",
    ("accountEnding", "fileNumber", "notedOn", "notedBy"),
    cursor=("beforeExclusionId", "exclusionId"),
    template="payer_exclusions.html",
)
PAYMENT_PAGES: Final = (
    Page("/payments/{id:uuid}/match", _match_payment, method="POST"),
    Page("/payments/{id:uuid}/undo", _undo_match, method="POST"),
)
PAYMENT_ACTS: Final = (
    Act(
        "/payerExclusions/{exclusion:int}/lifting",
        "/v1/payerExclusions/{exclusion}/lifting",
        "/payerExclusions",
        service="billing",
        fields=("reason",),
        again=PAYER_EXCLUSIONS.show,
    ),
)
