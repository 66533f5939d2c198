"""Declarations of people: received, assessed by the rules, affiliated or not. Each has one procedure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from uuid6 import uuid7

from services.affiliation.breaches.rules import Breach
from services.affiliation.categories.rules.primo_starter import reduced_until
from services.affiliation.categories.service import affiliations_of
from services.affiliation.declarations import store
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
from services.affiliation.declarations.rules.status import ApplicationStatus, assess
from services.affiliation.declarations.service.affiliating import affiliate
from services.affiliation.declarations.store import LockedApplication, Received, people_in_hand
from services.affiliation.people.service import set_professional_card
from shared.law.categories import meaning_of
from shared.law.parameters import Parameters
from shared.platform.database.connections import Connection
from shared.platform.people.audit import record
from shared.platform.people.tasks import open_task, overtake_task
from shared.platform.temporal import dispatch

#: What others ask of declarations; some of it as the store gives it.
__all__ = [
    "ApplicationClosed",
    "ApplicationNotFound",
    "Received",
    "assess_application",
    "people_in_hand",
    "receive",
    "supply",
    "withdraw",
]

#: Task of a person: get what is missing before the activity starts.
MISSING_INFORMATION: Final = "affiliationInformation"


class ApplicationNotFound(LookupError):
    """No such declaration."""


class ApplicationClosed(RuntimeError):
    """The declaration has ended; nothing can be supplied or withdrawn any more."""


async def receive(connection: Connection, *, received: Sequence[Received]) -> list[UUID]:
    """Keep declarations and start the procedure of each; returns their ids in the same order."""
    ids = [UUID(int=uuid7().int) for _ in received]
    await store.insert_applications(connection, received=zip(ids, received, strict=True))
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
    application = await _locked(connection, application_id=application_id)
    status = application.status
    if not status.final:
        known = await affiliations_of(connection, dossier=application.dossier)
        found = check_person(
            application,
            received_on=application.received_on,
            origin=application.origin,
            parameters=parameters,
            known=known,
        )
        status = assess(found, today=today, deadline=application.starts_on)
        await _apply(connection, application=application, status=status, found=found, today=today)
        if status is ApplicationStatus.AFFILIATED:
            until: date | None = None
            if meaning_of(application.category).is_starter:
                claim = starter_claim(application, known=known)
                day = max(application.starts_on, application.received_on)
                until = reduced_until(claim, parameters=parameters, on=day).starts_on
            await affiliate(connection, application=application, reduced_until=until, today=today)
    return Assessment(
        status=status,
        deadline=application.starts_on,
        confirmation_due=status is ApplicationStatus.AFFILIATED and not application.taken_over(application.origin),
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
    application = await _locked(connection, application_id=application_id)
    if application.status.final:
        raise ApplicationClosed(str(application_id))
    found = check_supplied(professional_card=professional_card, insurer=insurer)
    if found:
        return found
    if professional_card is not None:
        await set_professional_card(
            connection, dossier=application.dossier, professional_card=professional_card, updated_on=today
        )
    if insurer is not None:
        await store.set_insurer(connection, application_id=application_id, insurer=insurer)
    await _tell(connection, application=application)
    await _record(connection, application=application, action="application.completed", actor=actor)
    return ()


async def withdraw(connection: Connection, *, application_id: UUID, today: date, actor: str) -> None:
    """End a declaration because the person withdraws it; withdrawing again changes nothing.

    Raises:
        ApplicationNotFound: there is no such declaration.
        ApplicationClosed: it has ended otherwise.
    """
    application = await _locked(connection, application_id=application_id)
    if application.status is ApplicationStatus.WITHDRAWN:
        return
    if application.status.final:
        raise ApplicationClosed(str(application_id))
    await _apply(connection, application=application, status=ApplicationStatus.WITHDRAWN, found=(), today=today)
    await _tell(connection, application=application)
    await _record(connection, application=application, action="application.withdrawn", actor=actor)


async def _apply(
    connection: Connection,
    *,
    application: LockedApplication,
    status: ApplicationStatus,
    found: Sequence[Breach],
    today: date,
) -> None:
    await store.set_status(
        connection,
        application_id=application.application_id,
        status=status,
        breaches=found,
        decided_on=today if status.final else None,
    )
    reference = str(application.application_id)
    if status is ApplicationStatus.WAITING:
        await open_task(
            connection,
            kind=MISSING_INFORMATION,
            reference=reference,
            dossier=application.dossier,
            due_on=application.starts_on - timedelta(days=1),
            role="affiliationAgent",
            details={"applicationId": reference, "missing": [breach.rule for breach in found]},
        )
        return
    await overtake_task(
        connection, kind=MISSING_INFORMATION, reference=reference, resolved_by="affiliation", resolution=status
    )


async def _tell(connection: Connection, *, application: LockedApplication) -> None:
    await dispatch.signal_workflow(
        connection,
        workflow_id=application_workflow_id(application.application_id),
        signal=NEWS,
        argument=News(application_id=application.application_id),
        dossier=application.dossier,
    )


async def _record(connection: Connection, *, application: LockedApplication, action: str, actor: str) -> None:
    details = {"applicationId": str(application.application_id)}
    await record(
        connection, actor=actor, action=action, dossier=application.dossier, purpose="affiliation", details=details
    )


async def _locked(connection: Connection, *, application_id: UUID) -> LockedApplication:
    found = await store.lock_application(connection, application_id=application_id)
    if found is None:
        raise ApplicationNotFound(str(application_id))
    return found
