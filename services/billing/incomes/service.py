"""Incomes as they became known; a correction is a new row and the old one stays."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from functools import partial
from uuid import UUID

from services.billing.incomes import store
from services.billing.incomes.rules import IncomeLine, read_incomes
from services.billing.received_files.rules import RowReject
from services.billing.received_files.service.row_imports import RowImporter, RowsImported, import_rows
from services.billing.regularisation.service.runs import request_for_import
from services.billing.subjects.service import dossiers_of_files
from shared.platform.database.connections import Connection


async def import_incomes(
    connection: Connection,
    *,
    content: bytes,
    received_on: date,
    received_by: str,
    read: Callable[[bytes], tuple[list[IncomeLine], list[RowReject]]] = read_incomes,
) -> RowsImported:
    """Keep a file of incomes and its accepted lines; the same file again changes nothing.

    In the same transaction the regularisation of every year that was billed here is asked for (RGS art. 43).

    A line is refused when its file number is unknown, when its day is still to come or before its year, when the file
    says it twice differently, or when another income of that year became known on the same day.
    """
    importer = RowImporter(
        kind="income", read=read, judge=partial(_judge, received_on=received_on), keep=store.insert_incomes
    )
    imported = await import_rows(
        connection, importer, content=content, received_on=received_on, received_by=received_by
    )
    if not imported.already_imported:
        await request_for_import(
            connection, import_id=imported.import_id, received_on=received_on, requested_by=received_by
        )
    return imported


async def _judge(
    connection: Connection, lines: Sequence[IncomeLine], *, received_on: date
) -> tuple[list[tuple[UUID, IncomeLine]], list[RowReject]]:
    dossiers = await dossiers_of_files(connection, file_numbers=[line.file_number for line in lines])
    present = await store.known_incomes(connection, dossiers=list(dossiers.values()))
    accepted: list[tuple[UUID, IncomeLine]] = []
    rejects: list[RowReject] = []
    for line in lines:
        dossier = dossiers.get(line.file_number)
        if dossier is None:
            detail = "the fund has no file with this number"
            rejects.append(RowReject(line=line.line, field="file_number", rule="unknownFile", detail=detail))
            continue
        if line.known_on > received_on or line.known_on.year < line.year:
            detail = "an income is known after its year began, and told once it is known"
            rejects.append(RowReject(line=line.line, field="known_on", rule="outOfRange", detail=detail))
            continue
        key = (dossier, line.year, line.known_on)
        if key in present and present[key] != line.income_cents:
            detail = "another income of this year became known on the same day"
            rejects.append(RowReject(line=line.line, field="income", rule="contradiction", detail=detail))
        elif key not in present:
            present[key] = line.income_cents
            accepted.append((dossier, line))
    return accepted, rejects
