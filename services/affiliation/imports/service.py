"""Imports files of people and companies: each file once, all of it in one transaction."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from uuid import UUID

from services.affiliation.categories.service import known_affiliations
from services.affiliation.companies import service as companies
from services.affiliation.companies.rules import COMPANY_FIELDS
from services.affiliation.declarations.rules.checks import PROFESSIONAL_CARD_MISSING
from services.affiliation.declarations.rules.declaration import Origin, PersonDeclaration
from services.affiliation.declarations.rules.reading import PERSON_FIELDS, PERSON_OPTIONAL_FIELDS
from services.affiliation.declarations.service import applications
from services.affiliation.imports.rules.csv_file import FileRefused, Row, read_rows
from services.affiliation.imports.rules.lines import (
    Candidate,
    sort_companies,
    sort_people,
    understand_companies,
    understand_people,
    with_history,
)
from services.affiliation.imports.store import ImportedFile, ImportKind, Reception, find_same_file, keep_file
from services.affiliation.people.service import lock_registrations, register_people
from shared.law.calendar import add_working_days
from shared.law.parameters import Parameters
from shared.platform.database.connections import Connection
from shared.platform.people.audit import record
from shared.platform.people.tasks import open_task


async def import_file(
    connection: Connection, *, kind: ImportKind, content: bytes, reception: Reception, parameters: Parameters
) -> ImportedFile:
    """Import a file; the same bytes again change nothing.

    File numbers are given to the accepted lines in file order, and the procedure of each starts with the commit.

    Args:
        connection: a transaction in which nothing was done yet.
        kind: what the file holds.
        content: the bytes as received; they are kept, also when they are refused.
        reception: who sent them and when.
        parameters: the dated law.
    """
    people = kind is ImportKind.PEOPLE
    header, optional = (PERSON_FIELDS, PERSON_OPTIONAL_FIELDS) if people else (COMPANY_FIELDS, ())
    refusal: FileRefused | None = None
    rows: Sequence[Row] = ()
    try:
        # Reading takes seconds for a large file; other requests must not wait for it.
        rows = await asyncio.to_thread(read_rows, content, header=header, optional=optional)
    except FileRefused as error:
        refusal = error
    await lock_registrations(connection)
    same = await find_same_file(connection, kind=kind, content=content)
    if same is not None:
        return same
    if refusal is not None:
        imported = await keep_file(connection, kind=kind, content=content, reception=reception, refusal=refusal)
    elif people:
        imported = await _import_people(
            connection, rows=rows, content=content, reception=reception, parameters=parameters
        )
    else:
        imported = await _import_companies(
            connection, rows=rows, content=content, reception=reception, parameters=parameters
        )
    await _record(connection, imported=imported, reception=reception)
    return imported


async def _import_people(
    connection: Connection, *, rows: Sequence[Row], content: bytes, reception: Reception, parameters: Parameters
) -> ImportedFile:
    candidates = await asyncio.to_thread(
        understand_people, rows, received_on=reception.received_on, parameters=parameters
    )
    numbers = {line.declaration.national_number for line in candidates if line.declaration is not None}
    in_hand = await applications.people_in_hand(connection, national_numbers=numbers)
    known = await known_affiliations(connection, national_numbers=numbers)
    candidates = with_history(candidates, known=known, received_on=reception.received_on, parameters=parameters)
    found = sort_people(candidates, already_affiliated=in_hand)
    imported = await keep_file(
        connection,
        kind=ImportKind.PEOPLE,
        content=content,
        reception=reception,
        rows_accepted=len(found.accepted),
        refused=found.refused,
    )
    people = [declaration for _, declaration in found.accepted]
    dossier_of = await register_people(connection, people=people, opened_on=reception.received_on)
    await applications.receive(
        connection,
        received=[
            applications.Received(
                dossier=dossier_of[declaration.national_number],
                declaration=declaration,
                origin=Origin.IMPORTED,
                received_on=reception.received_on,
                import_id=imported.import_id,
                line=line,
            )
            for line, declaration in found.accepted
        ],
    )
    for line in found.refused:
        await _report_missing_card(connection, line=line, import_id=imported.import_id, reception=reception)
    return imported


async def _import_companies(
    connection: Connection, *, rows: Sequence[Row], content: bytes, reception: Reception, parameters: Parameters
) -> ImportedFile:
    candidates = understand_companies(rows, received_on=reception.received_on)
    numbers = {line.declaration.enterprise_number for line in candidates if line.declaration is not None}
    in_hand = await companies.companies_in_hand(connection, enterprise_numbers=numbers)
    found = sort_companies(candidates, already_affiliated=in_hand)
    imported = await keep_file(
        connection,
        kind=ImportKind.COMPANIES,
        content=content,
        reception=reception,
        rows_accepted=len(found.accepted),
        refused=found.refused,
    )
    await companies.receive(
        connection,
        declarations=[declaration for _, declaration in found.accepted],
        received_on=reception.received_on,
        parameters=parameters,
    )
    return imported


async def _report_missing_card(
    connection: Connection, *, line: Candidate[PersonDeclaration], import_id: UUID, reception: Reception
) -> None:
    """The fund tells the national institute who could not show a professional card (RGS art. 6bis)."""
    if all(breach.rule != PROFESSIONAL_CARD_MISSING for breach in line.breaches):
        return
    await open_task(
        connection,
        kind="professionalCardReport",
        reference=f"{import_id}:{line.line}",
        dossier=None,
        due_on=add_working_days(reception.received_on, reception.task_working_days),
        role="affiliationAgent",
        details={"importId": str(import_id), "line": line.line, "article": "RGS art. 6bis"},
    )


async def _record(connection: Connection, *, imported: ImportedFile, reception: Reception) -> None:
    details = {
        "importId": str(imported.import_id),
        "kind": imported.kind.value,
        "accepted": imported.rows_accepted,
        "refused": imported.rows_refused,
        "refusalRule": None if imported.refusal is None else imported.refusal.rule,
    }
    await record(
        connection,
        actor=reception.received_by,
        action="import.received",
        dossier=None,
        purpose="affiliation",
        details=details,
    )
