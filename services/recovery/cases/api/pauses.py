"""Holds on a case, and taking a blocked case up again."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final
from uuid import UUID, uuid4

from fastapi import Depends

from services.recovery.bailiff.service import resume_mandate
from services.recovery.cases.api.models import HoldRequest, Resumption
from services.recovery.clocks import service as clocks
from services.recovery.clocks.rules.holds import NewHold
from services.recovery.ladder.service.actions import MAY_WORK, CaseId, Recorded, locked_open_case, written_down
from services.recovery.ladder.service.cases import Signal
from services.recovery.registered_letters.service import deem_notified, resume_letter
from services.recovery.roll_and_warrant.service import resume_roll
from shared.platform.context import AnyContext
from shared.platform.database.connections import Connection
from shared.platform.http import ApiRouter, Conflict, InvalidInput, Issue, NotFound, Principal, require

#: What can be taken up again, the latest step first, each with what is then tried again.
_RESUMED: Final = ((resume_mandate, "mandate"), (resume_roll, "roll"), (resume_letter, "lastReminder"))


def pauses_router(context: AnyContext) -> ApiRouter:
    """Return the routes that pause a case or set it going again."""
    router = ApiRouter(tags=["Actions"])

    @router.post("/v1/cases/{case_id}/holds", summary="Pause a case", response_model=Recorded)
    async def place_hold(
        case_id: CaseId, request: HoldRequest, principal: Principal = Depends(require(*MAY_WORK))
    ) -> Recorded:
        """Pause the ladder up to a day; the days that are left run on afterwards. Surcharges of the law go on."""
        today = await context.clock.today()
        _check_until(request.until, today=today, days_max=context.fund.on(today).policy.hold_days_max)
        async with context.database.transaction() as connection:
            case = await locked_open_case(connection, case_id)
            hold_id = uuid4()
            hold = NewHold(
                hold_id=hold_id,
                case_id=case_id,
                reason=request.reason,
                legal_basis=request.legal_basis,
                starts_on=today,
                until=request.until,
                placed_by=principal.subject,
            )
            await clocks.place_hold(connection, hold, dossier=case.dossier)
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
            lifted = await clocks.lift_hold(
                connection,
                case_id=case_id,
                dossier=case.dossier,
                hold_id=hold_id,
                lifted_on=today,
                lifted_by=principal.subject,
            )
            if not lifted:
                raise NotFound(detail="This case has no such hold that is still in force.")
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
            if request.decision == "tryAgain":
                result = await _resumed(connection, case_id=case_id, resumed_by=principal.subject)
            else:
                deemed = await deem_notified(connection, case_id=case_id, decided_by=principal.subject)
                result = request.decision if deemed else None
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


async def _resumed(connection: Connection, *, case_id: UUID, resumed_by: str) -> str | None:
    """Let what failed be tried again with a new attempt; returns what that is, None when nothing failed."""
    for resume, result in _RESUMED:
        if await resume(connection, case_id=case_id, resumed_by=resumed_by):
            return result
    return None
