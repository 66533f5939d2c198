"""Looking at cases: lists, the proof of a ladder, the cases that sleep, and the summary."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Query

from services.recovery.cases import store as views
from services.recovery.clocks.rules.prescription import Prescription, Prescriptions
from services.recovery.ladder.api.models import (
    CaseDetail,
    CaseItem,
    CasePage,
    CaseStatus,
    ContactView,
    ContestView,
    DebtPartView,
    DebtView,
    HoldView,
    InterruptionView,
    LateServiceView,
    OpenCase,
    OppositionView,
    SleepingCase,
    SleepingCases,
    StepView,
    Summary,
)
from services.recovery.ladder.procedure import workflow_id_of
from services.recovery.ladder.rules.picture import Step
from services.recovery.ladder.service.law_in_force import Rules
from services.recovery.ladder.service.picture import find_opposition
from shared.contracts.billing_v1 import PrincipalOrigin
from shared.law.quarter import Quarter
from shared.platform import audit
from shared.platform.context import AnyContext
from shared.platform.database import Connection
from shared.platform.http import ApiRouter, NotFound, Principal, require
from shared.platform.http.exceptions import watch_sleepers
from shared.platform.sleepers import OpenWork, find_sleepers

_MAY_LOOK = ("collectionsAgent", "teamLead", "auditor", "operator", "service")
_MAY_SEE_PROOF = ("collectionsAgent", "teamLead", "auditor", "service")
_PAGE = 500


def cases_router(context: AnyContext) -> ApiRouter:
    """Return the routes that only look."""
    router = ApiRouter(tags=["Cases"])
    rules = Rules(parameters=context.parameters, fund=context.fund)
    watch_sleepers(context, what="cases", page_of=_open_cases)

    @router.get("/v1/cases", summary="List recovery cases", response_model=CasePage)
    async def list_cases(
        status: CaseStatus | None = None,
        next_step: Annotated[Step | None, Query(description="The step that comes next.")] = None,
        next_before: Annotated[date | None, Query(description="Open cases with something before this day.")] = None,
        dossier: UUID | None = None,
        after: UUID | None = None,
        page_size: Annotated[int, Query(ge=1, le=_PAGE)] = 100,
        principal: Principal = Depends(require(*_MAY_LOOK)),
    ) -> CasePage:
        """List cases; with ``nextBefore`` one sees what is about to happen. Asking for one dossier is on record."""
        async with context.database.transaction() as connection:
            rows = await views.list_cases(
                connection,
                status=status,
                next_step=None if next_step is None else next_step.value,
                next_before=next_before,
                dossier=dossier,
                after=after,
                limit=page_size + 1,
            )
            await audit.record_reads(
                connection, actor=principal.subject, what="cases", dossiers=[dossier], purpose="recovery"
            )
        items = tuple(CaseItem(**_item(row)) for row in rows[:page_size])
        return CasePage(items=items, next_after=items[-1].case_id if len(rows) > page_size else None)

    @router.get("/v1/cases/exceptions", summary="List the cases that sleep", response_model=SleepingCases)
    async def list_sleeping_cases(_principal: Principal = Depends(require(*_MAY_LOOK))) -> SleepingCases:
        """Name each open case without owner, without a coming date or without a live procedure."""
        today = await context.clock.today()
        sleeping: list[SleepingCase] = []
        checked, after = 0, None
        while True:
            async with context.database.transaction() as connection:
                work = await _open_cases(connection, after, _PAGE)
                sleepers = await find_sleepers(connection, context.temporal, work=work, today=today)
            sleeping += [
                SleepingCase(case_id=one.work.reference, dossier=one.work.dossier, problems=one.problems)
                for one in sleepers
            ]
            checked += len(work)
            if len(work) < _PAGE:
                return SleepingCases(items=tuple(sleeping), checked=checked)
            after = work[-1].reference

    @router.get("/v1/cases/{case_id}", summary="Show a case with the proof of its ladder", response_model=CaseDetail)
    async def get_case(case_id: UUID, principal: Principal = Depends(require(*_MAY_SEE_PROOF))) -> CaseDetail:
        """Show each step with its evidence and elapsed days, the debts with their prescription, holds and contacts."""
        today = await context.clock.today()
        async with context.database.transaction() as connection:
            row = await views.view_case(connection, case_id=case_id)
            if row is None:
                raise NotFound(detail="There is no such case.")
            parts = await views.view_parts(connection, case_id=case_id)
            quarters = [Quarter.parse(debt["quarter"]) for debt in parts["debts"]]
            opposition = await find_opposition(connection, case_id=case_id)
            prescriptions = await rules.prescriptions(
                connection, dossier=row["dossier"], quarters=quarters, today=today
            )
            await audit.record(
                connection,
                actor=principal.subject,
                action="case.read",
                dossier=row["dossier"],
                purpose="recovery",
                details={"caseId": str(case_id)},
            )
        detail = _detail(row, parts, prescriptions, today)
        if opposition is None:
            return detail
        view = OppositionView(**asdict(opposition))
        return detail.model_copy(update={"opposition": view})

    @router.get("/v1/summary", summary="Count cases and warrants", response_model=Summary)
    async def get_summary(_principal: Principal = Depends(require(*_MAY_LOOK))) -> Summary:
        """Count what happened, and list the open cases with their next date."""
        async with context.database.transaction() as connection:
            counts = await views.count_everything(connection)
            rows = await views.list_open_for_summary(connection)
        open_cases = tuple(OpenCase(**row) for row in rows)
        return Summary(
            cases_opened=counts["cases_opened"],
            cases_closed=counts["cases_closed"],
            warrants_issued=counts["warrants_issued"],
            warrants_served=counts["warrants_served"],
            open_cases=open_cases,
        )

    return router


async def _open_cases(connection: Connection, after: UUID | None, limit: int) -> list[OpenWork]:
    return [_open_work(row) for row in await views.list_cases(connection, status="open", after=after, limit=limit)]


def _open_work(row: dict[str, Any]) -> OpenWork:
    return OpenWork(
        workflow_id=workflow_id_of(row["case_id"]),
        reference=row["case_id"],
        dossier=row["dossier"],
        owner=row["owner"],
        next_on=row["next_on"],
    )


def _item(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "case_id": row["case_id"],
        "dossier": row["dossier"],
        "file_number": row["file_number"],
        "status": row["status"],
        "opened_on": row["opened_on"],
        "owner": row["owner"],
        "step": row["step"],
        "outlook": row["outlook_kind"],
        "next_step": row["next_step"],
        "next_date": row["next_on"],
        "article": row["article"],
        "reason": row["reason"],
        "remaining_days": row["remaining_days"],
        "outcome": row["outcome"],
        "closed_on": row["closed_on"],
    }


def _detail(
    row: dict[str, Any],
    parts: dict[str, list[dict[str, Any]]],
    prescriptions: Prescriptions,
    today: date,
) -> CaseDetail:
    return CaseDetail(
        **_item(row),
        steps=tuple(StepView(**_pick(step, StepView)) for step in parts["steps"]),
        debts=tuple(_debt(debt, prescriptions, today) for debt in parts["debts"]),
        contacts=tuple(ContactView(**_pick(contact, ContactView)) for contact in parts["contacts"]),
        holds=tuple(
            HoldView(**_pick({**hold, "until": hold["ends_before"] - timedelta(days=1)}, HoldView))
            for hold in parts["holds"]
        ),
        contests=tuple(ContestView(**_pick(contest, ContestView)) for contest in parts["contests"]),
        late_services=tuple(LateServiceView(**_pick(late, LateServiceView)) for late in parts["late_services"]),
    )


def _pick(
    row: dict[str, Any], model: type[StepView | ContactView | HoldView | ContestView | LateServiceView]
) -> dict[str, Any]:
    return {name: row[name] for name in model.model_fields}


def _debt(debt: dict[str, Any], prescriptions: Prescriptions, today: date) -> DebtView:
    quarter = Quarter.parse(debt["quarter"])
    prescription, fine = prescriptions.quarters[quarter], prescriptions.fines.get(quarter)
    return DebtView(
        quarter=debt["quarter"],
        due_on=debt["due_on"],
        overdue_on=debt["overdue_on"],
        prescribed_from=prescription.prescribed_from,
        days_left=_days_left(prescription, today),
        interruptions=tuple(InterruptionView(kind=act.kind.value, on=act.on) for act in prescription.interruptions),
        principal_parts=tuple(
            DebtPartView(
                origin=PrincipalOrigin.REGULARISATION if one.part.regularisation else PrincipalOrigin.PROVISIONAL,
                claimed_on=one.part.claimed_on,
                open_cents=one.part.open_cents,
                prescribed_from=one.prescription.prescribed_from,
                days_left=_days_left(one.prescription, today),
            )
            for one in prescriptions.parts.get(quarter, ())
        ),
        fine_prescribed_from=None if fine is None else fine.prescribed_from,
    )


def _days_left(prescription: Prescription, today: date) -> int:
    return max(0, (prescription.prescribed_from - today).days)
