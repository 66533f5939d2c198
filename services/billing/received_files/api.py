"""Files of incomes and of balance sheet totals: which came, and which of their lines were refused and why."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Final
from uuid import UUID

from fastapi import Depends, Query

from services.billing.received_files import store
from services.billing.received_files.store import ReceivedFile, RowKind
from shared.platform.context import AnyContext
from shared.platform.http import ApiModel, ApiRouter, NotFound, Principal, Role, require

_READERS: Final = (Role.FINANCE, Role.AFFILIATION_AGENT, Role.TEAM_LEAD, Role.AUDITOR, Role.OPERATOR)
#: Where the files of a kind are, and what they are files of.
_PATHS: Final[dict[RowKind, tuple[str, str]]] = {
    "income": ("incomes", "incomes"),
    "balance": ("balanceTotals", "balance totals"),
}


class ImportRefusal(ApiModel):
    """Why a file was refused as a whole."""

    rule: str
    detail: str


class ReceivedImport(ApiModel):
    """A file that was received, and how many of its lines were accepted and refused."""

    import_id: UUID
    received_on: date
    received_by: str
    accepted: int
    rejected: int
    refusal: ImportRefusal | None = None


class ReceivedImports(ApiModel):
    """The hundred newest files."""

    items: tuple[ReceivedImport, ...]


class RejectedLine(ApiModel):
    """One thing that is wrong with a line: the field and the rule it breaks."""

    line: int
    field: str
    rule: str
    detail: str


class RejectedLines(ApiModel):
    """What was refused of a file, in its order; the next page begins after ``nextAfterLine``."""

    items: tuple[RejectedLine, ...]
    next_after_line: int | None = None


def router(context: AnyContext) -> ApiRouter:
    """Return the routes."""
    routes = ApiRouter(prefix="/v1", tags=["Incomes"])
    for kind, (path, name) in _PATHS.items():
        _add(routes, context, kind, path=f"/{path}/imports", name=name)
    return routes


def _add(routes: ApiRouter, context: AnyContext, kind: RowKind, *, path: str, name: str) -> None:
    async def list_imports(_: Principal = Depends(require(*_READERS))) -> ReceivedImports:
        """List the newest files, those refused as a whole included."""
        async with context.database.transaction() as connection:
            rows = await store.received_files(connection, kind=kind)
        return ReceivedImports(items=tuple(_view(row) for row in rows))

    async def get_import(import_id: UUID, _: Principal = Depends(require(*_READERS))) -> ReceivedImport:
        """Say what became of a file."""
        async with context.database.transaction() as connection:
            rows = await store.received_files(connection, kind=kind, import_id=import_id)
        if not rows:
            raise NotFound(detail="There is no such import.")
        return _view(rows[0])

    async def list_rejected_lines(
        import_id: UUID,
        after_line: Annotated[int, Query(ge=0)] = 0,
        page_size: Annotated[int, Query(ge=1, le=1000)] = 500,
        _: Principal = Depends(require(*_READERS)),
    ) -> RejectedLines:
        """Name the field and the rule of everything that is wrong with the lines that were refused."""
        async with context.database.transaction() as connection:
            if not await store.received_files(connection, kind=kind, import_id=import_id):
                raise NotFound(detail="There is no such import.")
            rows = await store.refused_lines(
                connection, kind=kind, import_id=import_id, after_line=after_line, limit=page_size
            )
        full = len({row.line for row in rows}) == page_size
        items = tuple(RejectedLine.model_validate(row, from_attributes=True) for row in rows)
        return RejectedLines(items=items, next_after_line=items[-1].line if full else None)

    # The name of a route is the name of its operation, and both kinds have the same three.
    for operation in (list_imports, get_import, list_rejected_lines):
        operation.__name__ = f"{operation.__name__}_of_{name.replace(' ', '_')}"
    routes.get(path, response_model=ReceivedImports, summary=f"Files of {name}")(list_imports)
    routes.get(f"{path}/{{import_id}}", response_model=ReceivedImport, summary=f"One file of {name}")(get_import)
    routes.get(f"{path}/{{import_id}}/rejects", response_model=RejectedLines, summary=f"Refused lines of {name}")(
        list_rejected_lines
    )


def _view(file: ReceivedFile) -> ReceivedImport:
    refusal = None if file.refusal is None else ImportRefusal(rule=file.refusal.rule, detail=file.refusal.detail)
    return ReceivedImport(
        import_id=file.import_id,
        received_on=file.received_on,
        received_by=file.received_by,
        accepted=file.accepted,
        rejected=file.rejected,
        refusal=refusal,
    )
