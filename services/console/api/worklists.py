"""Pages that gather from several places: files received with refused lines, what sleeps, the trial balance."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

from starlette.responses import Response
from starlette.routing import Route

from services.console.api.visits import Entered, Reception, Visit
from services.console.clients import Fault, Part, Refused

#: Files that come in lines: how a kind is called here, who keeps it, and where.
FILES: Final[Mapping[str, tuple[str, str]]] = {
    "people": ("affiliation", "/v1/imports"),
    "incomes": ("billing", "/v1/incomes/imports"),
    "balanceTotals": ("billing", "/v1/balanceTotals/imports"),
}
#: Everything that is open and has a procedure, with who keeps it.
PROCEDURES: Final[Mapping[str, str]] = {
    "applications": "affiliation",
    "billingRuns": "billing",
    "billingTrials": "billing",
    "quarterClosings": "billing",
    "regularisationRuns": "billing",
    "contributionRequests": "billing",
    "companyContributionRuns": "billing",
    "companyIncreases": "billing",
    "bankOrderRuns": "billing",
    "cases": "recovery",
    "claims": "benefits",
    "transmissions": "benefits",
}
#: Where the page of something that sleeps is, for kinds that have one.
_PAGES: Final[Mapping[str, str]] = {
    "billingRuns": "runs",
    "billingTrials": "trials",
    "companyContributionRuns": "companyRuns",
    "bankOrderRuns": "bankRuns",
    "cases": "cases",
    "claims": "claims",
    "transmissions": "transmissions",
}
#: So many pages of open work are looked at; beyond that, the metrics count.
_PAGES_MAX: Final = 10
_PAGE_SIZE: Final = "1000"
_LINES: Final = "500"
_PLAN_SIZE: Final = 100
_UNDERSCORE: Final = re.compile(r"_([a-z])")


@dataclass(frozen=True)
class Looked:
    """What was found asleep of one kind.

    Attributes:
        kind: what was looked at.
        state: whether it could be looked at.
        checked: how many open ones were looked at.
        rows: those that sleep, each with where its page is.
        more: whether there are open ones nobody looked at.
    """

    kind: str
    state: str
    checked: int
    rows: tuple[Mapping[str, Any], ...]
    more: bool


def worklist_routes(reception: Reception) -> list[Route]:
    """Return the routes of the gathered pages."""
    return [
        reception.route("/imports", _imports),
        reception.route("/imports/{kind}/{id:uuid}", _import),
        reception.route("/sleepers", _sleepers),
        reception.route("/trialBalance", _trial_balance),
        reception.route("/plans", _plan),
    ]


async def _imports(visit: Visit) -> Response:
    parts = await asyncio.gather(*(visit.staff.part(service, path) for service, path in FILES.values()))
    found = dict(zip(FILES, parts, strict=True))
    return visit.show(
        "imports.html",
        files={kind: [_file(row) for row in part.rows] for kind, part in found.items()},
        states={kind: part.state for kind, part in found.items()},
    )


def _file(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a file under the names all kinds share."""
    rule = str((row.get("refusal") or {}).get("rule", "")).rsplit(".", 1)[-1]
    named = {"accepted": row.get("rowsAccepted"), "rejectedLines": row.get("rowsRefused", row.get("rejected")), **row}
    return {**named, "wholeRefusal": rule or None}


async def _import(visit: Visit) -> Response:
    kind = str(visit.request.path_params["kind"])
    if kind not in FILES:
        raise Refused(404, kind)
    service, path = FILES[kind]
    address = f"{path}/{visit.request.path_params['id']}"
    after = visit.request.query_params.get("after", "0")
    if not (after.isascii() and after.isdecimal()):
        raise Refused(404, "after")
    found, rejects = await asyncio.gather(
        visit.staff.get(service, address),
        visit.staff.part(service, f"{address}/rejects", afterLine=after, pageSize=_LINES),
    )
    return visit.show(
        "import.html",
        kind=kind,
        file=_file(found),
        state=rejects.state,
        lines=_lines(rejects.rows),
        following=rejects.rest.get("nextAfterLine"),
    )


def _lines(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return what is wrong, one row for each field; affiliation groups what is wrong by line.

    Fields are named here as in answers: in a file they are written with underscores.
    """
    found = [
        {"line": row["line"], **issue} for row in rows for issue in (row["issues"] if "issues" in row else (dict(row),))
    ]
    return [{**one, "field": _UNDERSCORE.sub(lambda at: at[1].upper(), str(one["field"]))} for one in found]


async def _sleepers(visit: Visit) -> Response:
    looked = await asyncio.gather(*(_look(visit, kind, service) for kind, service in PROCEDURES.items()))
    return visit.show(
        "sleepers.html",
        looked=looked,
        checked=sum(one.checked for one in looked),
        asleep=sum(len(one.rows) for one in looked),
    )


async def _look(visit: Visit, kind: str, service: str) -> Looked:
    rows: list[Mapping[str, Any]] = []
    checked, after = 0, None
    for _ in range(_PAGES_MAX):
        # Cases are looked at in one go; the others page by page.
        query = {} if kind == "cases" else {"pageSize": _PAGE_SIZE, **({"after": after} if after else {})}
        part: Part = await visit.staff.part(service, f"/v1/{kind}/exceptions", **query)
        checked += int(part.rest.get("checked", 0))
        rows += [_sleeper(kind, row) for row in part.rows]
        after = part.rest.get("nextAfter")
        if after is None:
            break
    return Looked(kind=kind, state=part.state, checked=checked, rows=tuple(rows), more=after is not None)


def _sleeper(kind: str, row: Mapping[str, Any]) -> dict[str, Any]:
    page, reference = _PAGES.get(kind), row.get("reference") or row.get("caseId")
    return {**row, "page": f"/{page}/{reference}" if page else ""}


async def _trial_balance(visit: Visit) -> Response:
    """Show every account on a value date as the books knew it on a booking date; today where nothing is chosen."""
    asked = {name: visit.request.query_params.get(name, "") for name in ("asOf", "knownAt")}
    faults = tuple(Fault(name=name, rule="notReadable") for name, text in asked.items() if text and not _is_day(text))
    query = {name: text for name, text in asked.items() if text and _is_day(text)}
    if faults:
        form = {name: [text] for name, text in asked.items()}
        wrong = replace(visit, entered=Entered(action="/trialBalance", form=form, faults=faults))
        return wrong.show("trial_balance.html", balance=None, state="shown", asked=asked)
    part = await visit.staff.part("billing", "/v1/ledger/trialBalance", **query)
    balance = {"items": part.rows, **part.rest} if part.state == "shown" and part.rest else None
    return visit.show("trial_balance.html", balance=balance, state=part.state, asked=asked)


async def _plan(visit: Visit) -> Response:
    """Show whom a quarter would bill now, a page of dossiers at a time."""
    quarter = visit.request.query_params.get("quarter", "").upper()
    after = visit.request.query_params.get("after", "")
    if not quarter:
        return visit.show("plan.html", quarter="", plan=None, state="shown")
    query = {"quarter": quarter, "pageSize": _PLAN_SIZE, **({"after": after} if after else {})}
    try:
        found = await visit.staff.part_of_query("billing", "/v1/billingPlans/query", query)
    except Refused as refusal:
        entered = Entered(action="/plans", form={"quarter": [quarter]}, faults=refusal.faults, detail=refusal.detail)
        return replace(visit, entered=entered).show("plan.html", quarter=quarter, plan=None, state="shown")
    plan = {"rows": found.rows, **found.rest} if found.state == "shown" else None
    return visit.show("plan.html", quarter=quarter, plan=plan, state=found.state)


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
