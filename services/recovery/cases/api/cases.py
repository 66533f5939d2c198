"""Looking at cases: lists, the proof of a ladder, the cases that sleep, and the summary."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from datetime import date
from typing import Annotated, Final, TypeVar
from uuid import UUID

from fastapi import Depends, Query

from services.recovery.bailiff.service import late_services_of
from services.recovery.cases import store
from services.recovery.cases.api.models import (
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
from services.recovery.cases.store import ContactRow, ContestRow, DebtRow, HoldRow, StepRow
from services.recovery.clocks.rules.prescription import Prescription, Prescriptions
from services.recovery.clocks.service import prescriptions_of
from services.recovery.ladder.rules.picture import Step
from services.recovery.ladder.service.picture import find_opposition
from shared.contracts.billing_v1 import PrincipalOrigin
from shared.law.quarter import Quarter
from shared.platform.context import AnyContext
from shared.platform.http import ApiModel, ApiRouter, NotFound, Principal, require
from shared.platform.http.exceptions import watch_sleepers
from shared.platform.people import audit
from shared.platform.temporal.sleepers import find_sleepers

_MAY_LOOK: Final = ("collectionsAgent", "teamLead", "auditor", "operator", "service")
_MAY_SEE_PROOF: Final = ("collectionsAgent", "teamLead", "auditor", "service")
_PAGE: Final = 500

View = TypeVar("View", bound=ApiModel)


def cases_router(context: AnyContext) -> ApiRouter:
    """Return the routes that only look."""
    router = ApiRouter(tags=["Cases"])
    watch_sleepers(context, what="cases", page_of=store.open_cases)

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
            rows = await store.list_cases(
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
        items = _views(CaseItem, rows[:page_size])
        return CasePage(items=items, next_after=items[-1].case_id if len(rows) > page_size else None)

    @router.get("/v1/cases/exceptions", summary="List the cases that sleep", response_model=SleepingCases)
    async def list_sleeping_cases(_principal: Principal = Depends(require(*_MAY_LOOK))) -> SleepingCases:
        """Name each open case without owner, without a coming date or without a live procedure."""
        today = await context.clock.today()
        sleeping: list[SleepingCase] = []
        checked, after = 0, None
        while True:
            async with context.database.transaction() as connection:
                work = await store.open_cases(connection, after, _PAGE)
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
            case = await store.view_case(connection, case_id=case_id)
            if case is None:
                raise NotFound(detail="There is no such case.")
            steps = await store.view_parts(connection, StepRow, case_id=case_id)
            debts = await store.view_parts(connection, DebtRow, case_id=case_id)
            contacts = await store.view_parts(connection, ContactRow, case_id=case_id)
            holds = await store.view_parts(connection, HoldRow, case_id=case_id)
            contests = await store.view_parts(connection, ContestRow, case_id=case_id)
            late_services = await late_services_of(connection, case_id=case_id)
            opposition = await find_opposition(connection, case_id=case_id)
            prescriptions = await prescriptions_of(
                connection,
                dossier=case.dossier,
                quarters=[Quarter.parse(debt.quarter) for debt in debts],
                parameters=context.parameters,
                today=today,
            )
            await audit.record(
                connection,
                actor=principal.subject,
                action="case.read",
                dossier=case.dossier,
                purpose="recovery",
                details={"caseId": str(case_id)},
            )
        return CaseDetail(
            **_view(CaseItem, case).model_dump(),
            steps=_views(StepView, steps),
            debts=tuple(_debt(debt, prescriptions, today) for debt in debts),
            contacts=_views(ContactView, contacts),
            holds=_views(HoldView, holds),
            contests=_views(ContestView, contests),
            late_services=_views(LateServiceView, late_services),
            opposition=None if opposition is None else _view(OppositionView, opposition),
        )

    @router.get("/v1/summary", summary="Count cases and warrants", response_model=Summary)
    async def get_summary(_principal: Principal = Depends(require(*_MAY_LOOK))) -> Summary:
        """Count what happened, and list the open cases with their next date."""
        async with context.database.transaction() as connection:
            counts = await store.count_everything(connection)
            rows = await store.list_open_for_summary(connection)
        return Summary(**asdict(counts), open_cases=_views(OpenCase, rows))

    return router


def _view(model: type[View], row: object) -> View:
    return model.model_validate(row, from_attributes=True)


def _views(model: type[View], rows: Iterable[object]) -> tuple[View, ...]:
    return tuple(_view(model, row) for row in rows)


def _debt(debt: DebtRow, prescriptions: Prescriptions, today: date) -> DebtView:
    quarter = Quarter.parse(debt.quarter)
    prescription, fine = prescriptions.quarters[quarter], prescriptions.fines.get(quarter)
    return DebtView(
        quarter=debt.quarter,
        due_on=debt.due_on,
        overdue_on=debt.overdue_on,
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
