"""Holds on a case, and taking a blocked case up again."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID, uuid4

from fastapi import Depends

from services.recovery.clocks.store import holds
from services.recovery.ladder.api.models import HoldRequest, Recorded, Resumption
from services.recovery.ladder.service.actions import MAY_WORK, CaseId, locked_open_case, written_down
from services.recovery.ladder.service.cases import CaseRecord
from services.recovery.ladder.service.law_in_force import Rules
from services.recovery.ladder.service.signals import Signal
from services.recovery.registered_letters import store as papers
from shared.contracts.recovery_v1 import HoldLifted, HoldPlaced
from shared.law.calendar import notified_by_post_on
from shared.platform.context import AnyContext
from shared.platform.database import Connection
from shared.platform.http import ApiRouter, Conflict, InvalidInput, Issue, NotFound, Principal, require
from shared.platform.outbox import publish


def pauses_router(context: AnyContext) -> ApiRouter:
    """Return the routes that pause a case or set it going again."""
    router = ApiRouter(tags=["Actions"])
    rules = Rules(parameters=context.parameters, fund=context.fund)

    @router.post("/v1/cases/{case_id}/holds", summary="Pause a case", response_model=Recorded)
    async def place_hold(
        case_id: CaseId, request: HoldRequest, principal: Principal = Depends(require(*MAY_WORK))
    ) -> Recorded:
        """Pause the ladder up to a day; the days that are left run on afterwards. Surcharges of the law go on."""
        today = await context.clock.today()
        _check_until(request.until, today=today, days_max=rules.fund_on(today).policy.hold_days_max)
        async with context.database.transaction() as connection:
            case = await locked_open_case(connection, case_id)
            hold_id = uuid4()
            await holds.place_hold(
                connection,
                hold_id=hold_id,
                case_id=case_id,
                reason=request.reason,
                legal_basis=request.legal_basis,
                starts_on=today,
                until=request.until,
                placed_by=principal.subject,
            )
            await publish(
                connection,
                HoldPlaced(
                    dossier=case.dossier,
                    occurred_on=today,
                    case_id=case_id,
                    hold_id=hold_id,
                    reason=request.reason,
                    until=request.until,
                ),
            )
            await written_down(
                connection,
                principal=principal,
                action="case.holdPlaced",
                case=case,
                signal=Signal.HOLD_CHANGED,
                event_id=hold_id,
            )
        return Recorded(case_id=case_id, recorded_id=hold_id, result="held")

    @router.delete("/v1/cases/{case_id}/holds/{hold_id}", summary="Lift a hold", response_model=Recorded)
    async def lift_hold(case_id: CaseId, hold_id: UUID, principal: Principal = Depends(require(*MAY_WORK))) -> Recorded:
        """End a hold before its last day."""
        today = await context.clock.today()
        async with context.database.transaction() as connection:
            case = await locked_open_case(connection, case_id)
            lifted = await holds.lift_hold(
                connection, case_id=case_id, hold_id=hold_id, lifted_on=today, lifted_by=principal.subject
            )
            if lifted is None:
                raise NotFound(detail="This case has no such hold that is still in force.")
            await publish(
                connection,
                HoldLifted(dossier=case.dossier, occurred_on=today, case_id=case_id, hold_id=hold_id),
            )
            await written_down(
                connection,
                principal=principal,
                action="case.holdLifted",
                case=case,
                signal=Signal.HOLD_CHANGED,
                event_id=uuid4(),
            )
        return Recorded(case_id=case_id, recorded_id=hold_id, result="lifted")

    @router.post("/v1/cases/{case_id}/resumptions", summary="Take a blocked case up again", response_model=Recorded)
    async def resume_case(
        case_id: CaseId, request: Resumption, principal: Principal = Depends(require(*MAY_WORK))
    ) -> Recorded:
        """Try a failed step again, or decide that a letter that came back counts as notified (Judicial Code 53bis)."""
        async with context.database.transaction() as connection:
            case = await locked_open_case(connection, case_id)
            if request.decision == "deemNotified":
                result = await _deem_notified(connection, case=case, principal=principal)
            else:
                result = await papers.resume(connection, case_id=case_id, resumed_by=principal.subject)
            if result is None:
                raise Conflict(detail="Nothing in this case failed in a way that this can take up again.")
            await written_down(
                connection,
                principal=principal,
                action=f"case.{request.decision}",
                case=case,
                signal=Signal.RESUMED,
                event_id=uuid4(),
            )
        return Recorded(case_id=case_id, result=result)

    return router


def _check_until(until: date, *, today: date, days_max: int) -> None:
    last_day = today + timedelta(days=days_max)
    if not today <= until <= last_day:
        detail = f"A hold lasts from today up to {last_day.isoformat()} at most."
        raise InvalidInput(issues=[Issue(name="until", detail=detail, rule="outOfRange")])


async def _deem_notified(connection: Connection, *, case: CaseRecord, principal: Principal) -> str | None:
    letter = await papers.find_letter(connection, case_id=case.case_id, lock=True)
    if letter is None or letter.deposited_on is None:
        return None
    notified_on = notified_by_post_on(letter.deposited_on)
    decided = await papers.deem_notified(
        connection, case_id=case.case_id, notified_on=notified_on, decided_by=principal.subject
    )
    return "deemNotified" if decided else None
