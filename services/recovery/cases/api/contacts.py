"""Contacts with the debtor, and what the debtor contests."""

from __future__ import annotations

from datetime import date
from uuid import uuid4

from fastapi import Depends

from services.recovery.cases import store
from services.recovery.cases.api.models import ContactReport, ContestReport
from services.recovery.ladder.rules.outlook import contest_deadline
from services.recovery.ladder.service.actions import MAY_WORK, CaseId, Recorded, locked_open_case, written_down
from services.recovery.ladder.service.cases import CaseRecord, Signal
from services.recovery.ladder.service.law_in_force import LawInForce
from services.recovery.ladder.service.picture import listed_quarters, load_picture
from shared.contracts.recovery_v1 import ContactMade
from shared.law.quarter import Quarter
from shared.platform.context import AnyContext
from shared.platform.database.connections import Connection
from shared.platform.http import ApiRouter, Conflict, InvalidInput, Issue, MissingPermission, Principal, require
from shared.platform.messages_out.outbox import publish
from shared.platform.people.tasks import list_tasks, resolve_task


def contacts_router(context: AnyContext) -> ApiRouter:
    """Return the routes for what was said between the debtor and the fund."""
    router = ApiRouter(tags=["Actions"])
    law = LawInForce(context.parameters, context.fund)

    @router.post("/v1/cases/{case_id}/contacts", summary="Record a personal contact", response_model=Recorded)
    async def record_contact(
        case_id: CaseId, report: ContactReport, principal: Principal = Depends(require(*MAY_WORK))
    ) -> Recorded:
        """Record a contact, an attempt that reached nobody, or a justified exception (a team lead's, with its why)."""
        today = await context.clock.today()
        _check_contact(report, principal, today)
        async with context.database.transaction() as connection:
            case = await locked_open_case(connection, case_id)
            contact_id = uuid4()
            recorded = await store.record_contact(
                connection,
                contact_id=contact_id,
                case_id=case_id,
                made_on=report.made_on,
                channel=report.channel,
                outcome=report.outcome,
                note=report.note,
                recorded_by=principal.subject,
            )
            if not recorded:
                raise Conflict(detail="A contact with this debtor is on record already.")
            if report.outcome != "notReached":
                await _contact_made(connection, case=case, report=report, principal=principal)
            await written_down(
                connection,
                principal=principal,
                action="case.contactRecorded",
                case=case,
                signal=Signal.CONTACT_RECORDED,
                event_id=contact_id,
            )
        return Recorded(case_id=case_id, recorded_id=contact_id, result=report.outcome)

    @router.post("/v1/cases/{case_id}/contests", summary="Record a contest", response_model=Recorded)
    async def record_contest(
        case_id: CaseId, report: ContestReport, principal: Principal = Depends(require(*MAY_WORK))
    ) -> Recorded:
        """Record that the debtor contested sums by registered letter: in time, they never go on a warrant."""
        today = await context.clock.today()
        async with context.database.transaction() as connection:
            case = await locked_open_case(connection, case_id)
            in_time = await _contest_in_time(connection, law=law, case=case, report=report, today=today)
            for quarter in report.quarters:
                await store.record_contest(
                    connection,
                    case_id=case_id,
                    quarter=Quarter.parse(quarter),
                    sent_on=report.sent_on,
                    in_time=in_time,
                    recorded_by=principal.subject,
                )
            await written_down(
                connection,
                principal=principal,
                action="case.contested",
                case=case,
                signal=Signal.DEBTS_CHANGED,
                event_id=uuid4(),
            )
        return Recorded(case_id=case_id, result="inTime" if in_time else "tooLate")

    return router


def _check_contact(report: ContactReport, principal: Principal, today: date) -> None:
    if report.made_on > today:
        raise InvalidInput(issues=[Issue(name="madeOn", detail="A contact can't be in the future.", rule="outOfRange")])
    if report.outcome != "exceptionJustified":
        return
    if not principal.has_any("teamLead"):
        raise MissingPermission(detail="Only a team lead can do without a personal contact.")
    if report.note is None:
        raise InvalidInput(
            issues=[Issue(name="note", detail="An exception needs its justification.", rule="requiredInput")]
        )


async def _contact_made(
    connection: Connection, *, case: CaseRecord, report: ContactReport, principal: Principal
) -> None:
    waiting = await list_tasks(connection, dossier=case.dossier, is_open=True, limit=1000)
    if any((task["kind"], task["reference"]) == ("personalContact", str(case.case_id)) for task in waiting):
        await resolve_task(
            connection,
            kind="personalContact",
            reference=str(case.case_id),
            resolved_by=principal.subject,
            resolution=report.outcome,
        )
    await publish(connection, ContactMade(dossier=case.dossier, occurred_on=report.made_on, case_id=case.case_id))


async def _contest_in_time(
    connection: Connection, *, law: LawInForce, case: CaseRecord, report: ContestReport, today: date
) -> bool:
    listed = await listed_quarters(connection, case_id=case.case_id)
    unknown = sorted(set(report.quarters) - {str(quarter) for quarter in listed})
    if unknown:
        detail = "The last reminder of this case doesn't list this quarter."
        raise InvalidInput(issues=[Issue(name="quarters", detail=detail, rule="rejectedInput")])
    if report.sent_on > today:
        raise InvalidInput(issues=[Issue(name="sentOn", detail="This day is yet to come.", rule="outOfRange")])
    picture = await load_picture(connection, case=case, today=today)
    if picture.letter is None or picture.letter.notified_on is None:
        return True
    return report.sent_on <= contest_deadline(notified_on=picture.letter.notified_on, law=law.periods_on(today))
