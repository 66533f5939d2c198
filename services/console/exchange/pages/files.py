"""Files received that come in lines: how many lines were taken on, and which were refused by which rule."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence
from typing import Final

from starlette.responses import Response

from services.console.clients import Refused, Row
from services.console.visits.service.visits import Page, Visit

#: Files that come in lines: how a kind is called here, who keeps it, and where.
FILES: Final[Mapping[str, tuple[str, str]]] = {
    "people": ("affiliation", "/v1/imports"),
    "incomes": ("billing", "/v1/incomes/imports"),
    "balanceTotals": ("billing", "/v1/balanceTotals/imports"),
}
_LINES: Final = "500"
_UNDERSCORE: Final = re.compile(r"_([a-z])")


async def _imports(visit: Visit) -> Response:
    parts = await asyncio.gather(*(visit.staff.part(service, path) for service, path in FILES.values()))
    found = dict(zip(FILES, parts, strict=True))
    return visit.show(
        "imports.html",
        files={kind: [_file(row) for row in part.rows] for kind, part in found.items()},
        states={kind: part.state for kind, part in found.items()},
    )


def _file(row: Row) -> Row:
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


def _lines(rows: Sequence[Row]) -> list[Row]:
    """Return what is wrong, one row for each field; affiliation groups what is wrong by line.

    Fields are named here as in answers: in a file they are written with underscores.
    """
    found = [
        {"line": row["line"], **issue} for row in rows for issue in (row["issues"] if "issues" in row else (dict(row),))
    ]
    return [{**one, "field": _UNDERSCORE.sub(lambda at: at[1].upper(), str(one["field"]))} for one in found]


IMPORT_PAGES: Final = (Page("/imports", _imports), Page("/imports/{kind}/{id:uuid}", _import))
