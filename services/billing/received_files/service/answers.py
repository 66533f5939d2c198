"""What the sender of a file of rows hears: how many were accepted, and each refused one with its field and rule."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from fastapi import Response

from services.billing.received_files.service.row_imports import RowsImported
from shared.platform.database.rows import JsonObject
from shared.platform.http import ApiModel, InvalidInput, Issue

CSV_BODY: Final[JsonObject] = {
    "requestBody": {
        "required": True,
        "content": {"text/csv": {"schema": {"type": "string", "format": "binary"}}},
    }
}


class RowRejectItem(ApiModel):
    """A line that was not accepted: its field and the rule it breaks."""

    line: int
    field: str
    rule: str
    detail: str


class RowImport(ApiModel):
    """What became of a file of rows."""

    import_id: UUID
    already_imported: bool
    accepted: int
    rejected: int
    rejects: tuple[RowRejectItem, ...]


def import_answer(imported: RowsImported, response: Response) -> RowImport:
    """Say what became of a file, with status 200 when it came before; raises ``InvalidInput`` for one refused whole."""
    if imported.refusal is not None:
        raise InvalidInput(
            detail="The file was kept and nothing of it was accepted.",
            issues=[Issue(name="body", detail=imported.refusal.detail, rule=imported.refusal.rule)],
        )
    if imported.already_imported:
        response.status_code = 200
    return RowImport(
        import_id=imported.import_id,
        already_imported=imported.already_imported,
        accepted=imported.accepted,
        rejected=len({reject.line for reject in imported.rejects}),
        rejects=tuple(
            RowRejectItem(line=reject.line, field=reject.field, rule=reject.rule, detail=reject.detail)
            for reject in imported.rejects
        ),
    )
