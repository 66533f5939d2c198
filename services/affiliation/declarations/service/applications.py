"""Declarations of people: received, assessed by the rules, affiliated or not. Each has one procedure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

from psycopg.types.json import Jsonb
from uuid6 import uuid7

from services.affiliation.breaches.rules import as_json as breaches
from services.affiliation.breaches.rules.breach import Breach
from services.affiliation.categories.rules.changes import ApplicationStatus, assess
from services.affiliation.categories.rules.primo_starter import reduced_until
from services.affiliation.categories.service import periods as categories
from services.affiliation.declarations.procedure import (
    AFFILIATION_APPLICATION,
    NEWS,
    ApplicationInput,
    Assessment,
    News,
    application_workflow_id,
)
from services.affiliation.declarations.rules.checks import check_person, starter_claim
from services.affiliation.declarations.rules.reading import check_supplied
from services.affiliation.declarations.service.affiliating import affiliate, taken_over
from services.affiliation.people.rules.declaration import Address, Origin, PersonDeclaration
from shared.contracts.vocabulary import Category, Language
from shared.law.categories import meaning_of
from shared.law.parameters import Parameters
from shared.platform import dispatch
from shared.platform.audit import record
from shared.platform.database import Connection
from shared.platform.tasks import open_task, overtake_task

#: Task of a person: get what is missing before the activity starts.
MISSING_INFORMATION: Final = "affiliationInformation"


class ApplicationNotFound(LookupError):
    """No such declaration."""


class ApplicationClosed(RuntimeError):
    """The declaration has ended; nothing can be supplied or withdrawn any more."""


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


async def receive(connection: Connection, *, received: Sequence[Received]) -> list[UUID]:
    """Keep declarations and start the procedure of each; returns their ids in the same order."""
    ids = [UUID(int=uuid7().int) for _ in received]
    async with connection.cursor() as writer:
        await writer.executemany(
            "insert into application (application_id, dossier, reference, origin, import_id, line, received_on, "
            "category, starts_on, first_activity, insurer, artist_attestation, sickness_quarters, political_mandate, "
            "old_age_opt_out, helped_national_number) "
            "values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
            [_row(application_id, one) for application_id, one in zip(ids, received, strict=True)],
        )
    for application_id, one in zip(ids, received, strict=True):
        await dispatch.start_workflow(
            connection,
            workflow=AFFILIATION_APPLICATION,
            workflow_id=application_workflow_id(application_id),
            argument=ApplicationInput(application_id=application_id, dossier=one.dossier),
            dossier=one.dossier,
        )
    return ids


async def assess_application(
    connection: Connection, *, application_id: UUID, today: date, parameters: Parameters
) -> Assessment:
    """Look at a declaration with the rules of the law and do what follows; doing it again changes nothing.

    What follows: the affiliation and its fact, or a task to get what is missing, or the refusal.

    Raises:
        ApplicationNotFound: there is no such declaration.
        ParameterMissing: the law has no value for a day the declaration needs.
    """
    row = await _locked(connection, application_id=application_id)
    status = ApplicationStatus(row["status"])
    if not status.final:
        declaration = _declaration(row)
        known = await categories.affiliations_of(connection, dossier=row["dossier"])
        found = check_person(
            declaration,
            received_on=row["received_on"],
            origin=Origin(row["origin"]),
            parameters=parameters,
            known=known,
        )
        status = assess(found, today=today, deadline=row["starts_on"])
        await _apply(connection, row=row, status=status, found=found, today=today)
        if status is ApplicationStatus.AFFILIATED:
            until: date | None = None
            if meaning_of(declaration.category).is_starter:
                claim = starter_claim(declaration, known=known)
                day = max(declaration.starts_on, row["received_on"])
                until = reduced_until(claim, parameters=parameters, on=day).starts_on
            await affiliate(connection, row=row, reduced_until=until, today=today)
    return Assessment(
        status=status,
        deadline=row["starts_on"],
        confirmation_due=status is ApplicationStatus.AFFILIATED and not taken_over(row),
    )


async def supply(
    connection: Connection,
    *,
    application_id: UUID,
    professional_card: str | None,
    insurer: str | None,
    today: date,
    actor: str,
) -> tuple[Breach, ...]:
    """Add what was missing and let the procedure look again.

    Returns:
        What can't be read of it; then nothing was added.

    Raises:
        ApplicationNotFound: there is no such declaration.
        ApplicationClosed: it has ended.
    """
    row = await _locked(connection, application_id=application_id)
    if ApplicationStatus(row["status"]).final:
        raise ApplicationClosed(str(application_id))
    found = check_supplied(professional_card=professional_card, insurer=insurer)
    if found:
        return found
    if professional_card is not None:
        await connection.execute(
            "update person set professional_card = %s, updated_on = %s where dossier = %s",
            (professional_card, today, row["dossier"]),
        )
    if insurer is not None:
        await connection.execute(
            "update application set insurer = %s where application_id = %s", (insurer, application_id)
        )
    await _tell(connection, row=row)
    await _record(connection, row=row, action="application.completed", actor=actor)
    return ()


async def withdraw(connection: Connection, *, application_id: UUID, today: date, actor: str) -> None:
    """End a declaration because the person withdraws it; withdrawing again changes nothing.

    Raises:
        ApplicationNotFound: there is no such declaration.
        ApplicationClosed: it has ended otherwise.
    """
    row = await _locked(connection, application_id=application_id)
    status = ApplicationStatus(row["status"])
    if status is ApplicationStatus.WITHDRAWN:
        return
    if status.final:
        raise ApplicationClosed(str(application_id))
    await _apply(connection, row=row, status=ApplicationStatus.WITHDRAWN, found=(), today=today)
    await _tell(connection, row=row)
    await _record(connection, row=row, action="application.withdrawn", actor=actor)


async def find_application(connection: Connection, *, application_id: UUID) -> Application | None:
    """Return where a declaration stands, None when there is no such declaration."""
    cursor = await connection.execute(f"{_APPLICATION} where a.application_id = %s", (application_id,))
    row = await cursor.fetchone()
    return None if row is None else _application(row)


async def find_open_application(connection: Connection, *, national_number: str) -> Application | None:
    """Return a person's newest declaration that is still being handled or led to a running affiliation."""
    cursor = await connection.execute(
        f"{_APPLICATION} join person p on p.dossier = a.dossier where p.national_number = %s "
        "and (a.status in ('received', 'waiting') or exists (select from affiliation r "
        "where r.application_id = a.application_id and r.ceased_on is null)) "
        "order by a.recorded_at desc limit 1",
        (national_number,),
    )
    row = await cursor.fetchone()
    return None if row is None else _application(row)


async def keep_refusal(
    connection: Connection, *, received_on: date, received_by: str, content: dict[str, str], found: Sequence[Breach]
) -> UUID:
    """Keep a declaration that was refused at once, as it was received."""
    refusal_id = UUID(int=uuid7().int)
    await connection.execute(
        "insert into declaration_refusal (refusal_id, received_on, received_by, content, breaches) "
        "values (%s, %s, %s, %s, %s)",
        (refusal_id, received_on, received_by, Jsonb(content), Jsonb(breaches.to_json(found))),
    )
    return refusal_id


async def _apply(
    connection: Connection, *, row: dict[str, Any], status: ApplicationStatus, found: Sequence[Breach], today: date
) -> None:
    await connection.execute(
        "update application set status = %s, breaches = %s, decided_on = %s where application_id = %s",
        (status, Jsonb(breaches.to_json(found)), today if status.final else None, row["application_id"]),
    )
    reference = str(row["application_id"])
    if status is ApplicationStatus.WAITING:
        await open_task(
            connection,
            kind=MISSING_INFORMATION,
            reference=reference,
            dossier=row["dossier"],
            due_on=row["starts_on"] - timedelta(days=1),
            role="affiliationAgent",
            details={"applicationId": reference, "missing": [breach.rule for breach in found]},
        )
        return
    await overtake_task(
        connection, kind=MISSING_INFORMATION, reference=reference, resolved_by="affiliation", resolution=status
    )


async def _tell(connection: Connection, *, row: dict[str, Any]) -> None:
    await dispatch.signal_workflow(
        connection,
        workflow_id=application_workflow_id(row["application_id"]),
        signal=NEWS,
        argument=News(application_id=row["application_id"]),
        dossier=row["dossier"],
    )


async def _record(connection: Connection, *, row: dict[str, Any], action: str, actor: str) -> None:
    details = {"applicationId": str(row["application_id"])}
    await record(connection, actor=actor, action=action, dossier=row["dossier"], purpose="affiliation", details=details)


async def _locked(connection: Connection, *, application_id: UUID) -> dict[str, Any]:
    cursor = await connection.execute(
        "select a.*, d.file_number, p.national_number, p.last_name, p.first_name, p.birth_date, p.language, "
        "p.nationality, p.professional_card, p.street, p.house_number, p.postal_code, p.city, p.country, p.email, "
        "p.account_number from application a join person p on p.dossier = a.dossier "
        "join dossier d on d.dossier = a.dossier where a.application_id = %s for update of a",
        (application_id,),
    )
    row = await cursor.fetchone()
    if row is None:
        raise ApplicationNotFound(str(application_id))
    return row


def _declaration(row: dict[str, Any]) -> PersonDeclaration:
    return PersonDeclaration(
        reference=row["reference"],
        national_number=row["national_number"],
        last_name=row["last_name"],
        first_name=row["first_name"],
        birth_date=row["birth_date"],
        language=Language(row["language"]),
        nationality=row["nationality"],
        professional_card=row["professional_card"],
        address=Address(
            street=row["street"],
            house_number=row["house_number"],
            postal_code=row["postal_code"],
            city=row["city"],
            country=row["country"],
        ),
        email=row["email"],
        category=Category(row["category"]),
        starts_on=row["starts_on"],
        first_activity=row["first_activity"],
        insurer=row["insurer"],
        account_number=row["account_number"],
        artist_attestation=row["artist_attestation"],
        sickness_quarters=row["sickness_quarters"],
        political_mandate=row["political_mandate"],
        old_age_opt_out=row["old_age_opt_out"],
        helped_national_number=row["helped_national_number"],
    )


def _row(application_id: UUID, received: Received) -> tuple[Any, ...]:
    declaration = received.declaration
    return (
        application_id,
        received.dossier,
        declaration.reference,
        received.origin,
        received.import_id,
        received.line,
        received.received_on,
        declaration.category,
        declaration.starts_on,
        declaration.first_activity,
        declaration.insurer,
        declaration.artist_attestation,
        declaration.sickness_quarters,
        declaration.political_mandate,
        declaration.old_age_opt_out,
        declaration.helped_national_number,
    )


_APPLICATION: Final = (
    "select a.application_id, a.dossier, d.file_number, a.reference, a.received_on, a.category, a.starts_on, "
    "a.status, a.breaches from application a join dossier d on d.dossier = a.dossier"
)


def _application(row: dict[str, Any]) -> Application:
    return Application(
        application_id=row["application_id"],
        dossier=row["dossier"],
        file_number=row["file_number"],
        reference=row["reference"],
        received_on=row["received_on"],
        category=Category(row["category"]),
        starts_on=row["starts_on"],
        status=ApplicationStatus(row["status"]),
        breaches=breaches.from_json(row["breaches"]),
    )
