"""SQL of declarations: what was received, where it stands, what was refused, and what its confirmation says."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from psycopg.types.json import Jsonb
from uuid6 import uuid7

from services.affiliation.breaches.rules import Breach, from_json, to_json
from services.affiliation.declarations.procedure import application_workflow_id
from services.affiliation.declarations.rules.declaration import Confirmed, Origin, PersonDeclaration
from services.affiliation.declarations.rules.status import ApplicationStatus
from services.affiliation.people.rules import Address
from shared.contracts.vocabulary import Category
from shared.platform.database.connections import Connection
from shared.platform.database.rows import JsonObject, fetch_all, fetch_one, fetch_value, fetch_values, row_of
from shared.platform.temporal.sleepers import OpenWork


@dataclass(frozen=True, kw_only=True, repr=False)
class Received:
    """A declaration that was read, with the dossier it belongs to."""

    dossier: UUID
    declaration: PersonDeclaration
    origin: Origin
    received_on: date
    import_id: UUID | None = None
    line: int | None = None


@dataclass(frozen=True, kw_only=True)
class Application:
    """Where a declaration stands; ``breaches`` are what is missing or why it was refused."""

    application_id: UUID
    dossier: UUID
    file_number: int
    reference: str
    received_on: date
    category: Category
    starts_on: date
    status: ApplicationStatus
    breaches: tuple[Breach, ...]


@dataclass(frozen=True, kw_only=True, repr=False)
class LockedApplication(PersonDeclaration):
    """A declaration as it is assessed: what was declared, with who the person is now."""

    application_id: UUID
    dossier: UUID
    file_number: int
    origin: Origin
    received_on: date
    status: ApplicationStatus


_APPLICATION: Final = (
    "select a.application_id, a.dossier, d.file_number, a.reference, a.received_on, a.category, a.starts_on, "
    "a.status, a.breaches from application a join dossier d on d.dossier = a.dossier"
)


async def insert_applications(connection: Connection, *, received: Iterable[tuple[UUID, Received]]) -> None:
    """Write declarations, each under its id."""
    async with connection.cursor() as writer:
        await writer.executemany(
            "insert into application (application_id, dossier, reference, origin, import_id, line, received_on, "
            "category, starts_on, first_activity, insurer, artist_attestation, sickness_quarters, political_mandate, "
            "old_age_opt_out, helped_national_number) "
            "values (%(application_id)s, %(dossier)s, %(reference)s, %(origin)s, %(import_id)s, %(line)s, "
            "%(received_on)s, %(category)s, %(starts_on)s, %(first_activity)s, %(insurer)s, %(artist_attestation)s, "
            "%(sickness_quarters)s, %(political_mandate)s, %(old_age_opt_out)s, %(helped_national_number)s)",
            [{**vars(one), **vars(one.declaration), "application_id": number} for number, one in received],
        )


async def lock_application(connection: Connection, *, application_id: UUID) -> LockedApplication | None:
    """Return a declaration, locked, None when there is no such declaration."""
    return await fetch_one(
        connection,
        _locked,
        "select a.application_id, a.dossier, d.file_number, a.origin, a.received_on, a.status, a.reference, "
        "a.category, a.starts_on, a.first_activity, a.insurer, a.artist_attestation, a.sickness_quarters, "
        "a.political_mandate, a.old_age_opt_out, a.helped_national_number, p.national_number, p.last_name, "
        "p.first_name, p.birth_date, p.language, p.nationality, p.professional_card, p.street, p.house_number, "
        "p.postal_code, p.city, p.country, p.email, p.account_number "
        "from application a join person p on p.dossier = a.dossier "
        "join dossier d on d.dossier = a.dossier where a.application_id = %s for update of a",
        (application_id,),
    )


async def set_status(
    connection: Connection,
    *,
    application_id: UUID,
    status: ApplicationStatus,
    breaches: Sequence[Breach],
    decided_on: date | None,
) -> None:
    """Keep where a declaration stands now."""
    await connection.execute(
        "update application set status = %s, breaches = %s, decided_on = %s where application_id = %s",
        (status, Jsonb(to_json(breaches)), decided_on, application_id),
    )


async def set_insurer(connection: Connection, *, application_id: UUID, insurer: str) -> None:
    """Keep the insurer that was supplied."""
    await connection.execute(
        "update application set insurer = %s where application_id = %s", (insurer, application_id)
    )


async def find_application(connection: Connection, *, application_id: UUID) -> Application | None:
    """Return where a declaration stands, None when there is no such declaration."""
    return await fetch_one(
        connection, _application, f"{_APPLICATION} where a.application_id = %s", (application_id,)
    )


async def find_open_application(connection: Connection, *, national_number: str) -> Application | None:
    """Return a person's newest declaration that is still being handled or led to a running affiliation."""
    return await fetch_one(
        connection,
        _application,
        f"{_APPLICATION} join person p on p.dossier = a.dossier where p.national_number = %s "
        "and (a.status in ('received', 'waiting') or exists (select from affiliation r "
        "where r.application_id = a.application_id and r.ceased_on is null)) "
        "order by a.recorded_at desc limit 1",
        (national_number,),
    )


async def people_in_hand(connection: Connection, *, national_numbers: Collection[str]) -> set[str]:
    """Return those of the national numbers that have a running affiliation or a declaration being handled."""
    found = await fetch_values(
        connection,
        "select p.national_number from person p where p.national_number = any(%s) and ("
        "exists (select from affiliation a where a.dossier = p.dossier and a.ceased_on is null) or "
        "exists (select from application a where a.dossier = p.dossier and a.status in ('received', 'waiting')))",
        (list(national_numbers),),
    )
    return set(found)


async def open_applications(connection: Connection, after: UUID | None, limit: int) -> Sequence[OpenWork]:
    """Return declarations that were neither affiliated, refused nor withdrawn, in order of id."""
    return await fetch_all(
        connection,
        _open_work,
        "select application_id, dossier from application where status in ('received', 'waiting') "
        "and (%(after)s::uuid is null or application_id > %(after)s) order by application_id limit %(limit)s",
        {"after": after, "limit": limit},
    )


async def insert_refusal(
    connection: Connection,
    *,
    received_on: date,
    received_by: str,
    content: Mapping[str, str],
    breaches: Sequence[Breach],
) -> None:
    """Keep a declaration that was refused at once, as it was received."""
    await connection.execute(
        "insert into declaration_refusal (refusal_id, received_on, received_by, content, breaches) "
        "values (%s, %s, %s, %s, %s)",
        (UUID(int=uuid7().int), received_on, received_by, Jsonb(dict(content)), Jsonb(to_json(breaches))),
    )


async def find_confirmed(connection: Connection, *, application_id: UUID) -> Confirmed | None:
    """Return the affiliation that came of a declaration, None when there is none."""
    return await fetch_one(
        connection,
        Confirmed,
        "select r.dossier, r.application_id, r.starts_on, r.insurer, a.category, a.received_on, k.reduced_until "
        "from affiliation r join application a on a.application_id = r.application_id "
        "join category_period k on k.affiliation_id = r.affiliation_id and k.applies_from = r.starts_on "
        "where r.application_id = %s order by k.position limit 1",
        (application_id,),
    )


async def find_letter(connection: Connection, *, kind: str, application_id: UUID) -> UUID | None:
    """Return the letter of a kind that was kept for a declaration, None when there is none yet."""
    found: UUID | None = await fetch_value(
        connection, "select id from document where kind = %s and reference = %s", (kind, str(application_id))
    )
    return found


def _application(*, breaches: list[JsonObject], **columns: Any) -> Application:
    return row_of(Application, breaches=from_json(breaches), **columns)


def _locked(
    *, street: str, house_number: str, postal_code: str, city: str, country: str, **columns: Any
) -> LockedApplication:
    address = Address(street=street, house_number=house_number, postal_code=postal_code, city=city, country=country)
    return row_of(LockedApplication, address=address, **columns)


def _open_work(*, application_id: UUID, dossier: UUID) -> OpenWork:
    return OpenWork(
        workflow_id=application_workflow_id(application_id),
        reference=application_id,
        dossier=dossier,
        owner="affiliationAgent",
    )
