"""Files of people and companies: received as bytes, kept, answered with what became of every line."""

from __future__ import annotations

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Request, Response

from services.affiliation.breaches.service import BreachView, view
from services.affiliation.imports import store
from services.affiliation.imports.rules.csv_file import FileRefused
from services.affiliation.imports.service import import_file
from services.affiliation.imports.store import ImportedFile, ImportKind, Reception
from shared.platform.context import AnyContext
from shared.platform.http import ApiModel, ApiRouter, InvalidInput, Issue, NotFound, Principal, require

_MAY_IMPORT = ("affiliationAgent", "service", "operator")
_MAY_READ = ("affiliationAgent", "teamLead", "auditor", "service", "operator")
_CSV_BODY = {
    "requestBody": {
        "required": True,
        "description": "The file: UTF-8, semicolons, one header line.",
        "content": {"text/csv": {"schema": {"type": "string", "format": "binary"}}},
    }
}


class FileRefusal(ApiModel):
    """Why a whole file was refused."""

    rule: str
    detail: str
    line: int | None = None


class ImportView(ApiModel):
    """What became of a file."""

    import_id: UUID
    kind: ImportKind
    received_on: date
    rows_accepted: int
    rows_refused: int
    already_imported: bool
    refusal: FileRefusal | None = None


class ImportPage(ApiModel):
    """Imports, the newest first."""

    items: tuple[ImportView, ...]


class RefusedLineView(ApiModel):
    """A refused line, with every rule it breaks; the line itself is in the file that was kept."""

    line: int
    reference: str
    issues: tuple[BreachView, ...]


class RefusedLinePage(ApiModel):
    """Refused lines in file order; the next page begins after ``nextAfterLine``."""

    items: tuple[RefusedLineView, ...]
    next_after_line: int | None = None


def imports_router(context: AnyContext) -> ApiRouter:
    """Return the operations on files."""
    router = ApiRouter(tags=["Imports"])

    @router.post(
        "/v1/imports",
        status_code=201,
        summary="Import a file of people or companies",
        response_model=ImportView,
        responses={200: {"model": ImportView, "description": "The same file was imported before; nothing changed."}},
        openapi_extra=_CSV_BODY,
    )
    async def import_rows(
        request: Request,
        response: Response,
        kind: Annotated[ImportKind, Query(description="What the file holds.")],
        principal: Principal = Depends(require(*_MAY_IMPORT)),
    ) -> ImportView:
        """Take on the good lines, refuse the others with their reasons; the same bytes again change nothing."""
        today = await context.clock.today()
        reception = Reception(
            received_on=today,
            received_by=principal.subject,
            task_working_days=context.fund.on(today).policy.task_due_working_days,
        )
        content = await request.body()
        async with context.database.transaction() as connection:
            imported = await import_file(
                connection, kind=kind, content=content, reception=reception, parameters=context.parameters
            )
        if imported.refusal is not None:
            raise _refused_file(imported.import_id, imported.refusal)
        response.status_code = 200 if imported.already_imported else 201
        response.headers["Location"] = f"/v1/imports/{imported.import_id}"
        return _view(imported)

    @router.get("/v1/imports", summary="List the newest imports", response_model=ImportPage)
    async def list_imports(principal: Principal = Depends(require(*_MAY_READ))) -> ImportPage:  # noqa: ARG001
        """Return the hundred newest imports, refused files included."""
        async with context.database.transaction() as connection:
            found = await store.list_imports(connection)
        return ImportPage(items=tuple(_view(one) for one in found))

    @router.get("/v1/imports/{import_id}", summary="Read one import", response_model=ImportView)
    async def get_import(import_id: UUID, principal: Principal = Depends(require(*_MAY_READ))) -> ImportView:  # noqa: ARG001
        """Return what became of a file."""
        async with context.database.transaction() as connection:
            found = await store.find_import(connection, import_id=import_id)
        if found is None:
            raise NotFound(detail="There is no such import.")
        return _view(found)

    @router.get("/v1/imports/{import_id}/rejects", summary="List refused lines", response_model=RefusedLinePage)
    async def list_rejects(
        import_id: UUID,
        after_line: Annotated[int, Query(ge=0)] = 0,
        page_size: Annotated[int, Query(ge=1, le=1000)] = 500,
        principal: Principal = Depends(require(*_MAY_READ)),  # noqa: ARG001
    ) -> RefusedLinePage:
        """Return the refused lines of a file with the field and the rule of everything that is wrong."""
        async with context.database.transaction() as connection:
            if await store.find_import(connection, import_id=import_id) is None:
                raise NotFound(detail="There is no such import.")
            lines = await store.refused_lines(
                connection, import_id=import_id, after_line=after_line, limit=page_size
            )
        items = tuple(
            RefusedLineView(
                line=line.line, reference=line.reference, issues=tuple(view(breach) for breach in line.breaches)
            )
            for line in lines
        )
        return RefusedLinePage(items=items, next_after_line=items[-1].line if len(items) == page_size else None)

    return router


def _view(imported: ImportedFile) -> ImportView:
    return ImportView.model_validate(imported, from_attributes=True)


def _refused_file(import_id: UUID, refusal: FileRefused) -> InvalidInput:
    """The bytes and the reason are kept already; the sender hears the reason and where they are."""
    issue = Issue(name="body", detail=refusal.detail, rule=refusal.rule)
    return InvalidInput(detail=f"The whole file was refused; it was kept as import {import_id}.", issues=[issue])
