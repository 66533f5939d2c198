"""Opposition against a served warrant: it suspends execution until the labour tribunal has ruled."""

from __future__ import annotations

from datetime import date
from typing import Final
from uuid import UUID, uuid5

from fastapi import Depends
from pydantic import Field

from services.recovery.bailiff.service import find_mandate
from services.recovery.ladder.rules.outlook import opposition_deadline
from services.recovery.ladder.rules.picture import OppositionJudgment
from services.recovery.ladder.service.actions import MAY_WORK, CaseId, Recorded, locked_open_case, written_down
from services.recovery.ladder.service.cases import Signal
from services.recovery.ladder.service.law_in_force import LawInForce
from services.recovery.ladder.service.picture import find_opposition
from services.recovery.opposition.store import save_judgment, save_opposition
from shared.platform.context import AnyContext
from shared.platform.http import ApiModel, ApiRouter, Conflict, InvalidInput, Issue, Principal, require

_EVENTS: Final = UUID("6c9f0e55-52a4-5f8b-9a40-0b0d2f3e7c18")


class OppositionReport(ApiModel):
    """The debtor opposed the served warrant before the labour tribunal (RGS art. 47bis par. 5)."""

    lodged_on: date = Field(description="Day on which the summons was served on the fund.")


class JudgmentReport(ApiModel):
    """The labour tribunal ruled on the opposition."""

    judged_on: date
    judgment: OppositionJudgment


def oppositions_router(context: AnyContext) -> ApiRouter:
    """Return the routes for oppositions and their judgments."""
    router = ApiRouter(tags=["Actions"])
    law = LawInForce(context.parameters, context.fund)

    @router.post("/v1/cases/{case_id}/oppositions", summary="Record an opposition", response_model=Recorded)
    async def record_opposition(
        case_id: CaseId, report: OppositionReport, principal: Principal = Depends(require(*MAY_WORK))
    ) -> Recorded:
        """Record the summons by which the debtor opposes the warrant (RGS art. 47bis par. 5): execution stands still.

        One that seems late suspends as well: whether it is admissible is for the tribunal to say.
        """
        today = await context.clock.today()
        async with context.database.transaction() as connection:
            case = await locked_open_case(connection, case_id)
            mandate = await find_mandate(connection, case_id=case_id)
            if mandate is None or mandate.served_on is None:
                raise Conflict(detail="No warrant of this case was served: there is nothing to oppose.")
            if not mandate.served_on <= report.lodged_on <= today:
                detail = f"The day must lie between the service, {mandate.served_on.isoformat()}, and today."
                raise InvalidInput(issues=[Issue(name="lodgedOn", detail=detail, rule="outOfRange")])
            deadline = opposition_deadline(served_on=mandate.served_on, law=law.periods_on(mandate.served_on))
            in_time = report.lodged_on <= deadline
            saved = await save_opposition(
                connection,
                case_id=case_id,
                warrant_id=mandate.warrant_id,
                lodged_on=report.lodged_on,
                in_time=in_time,
                recorded_on=today,
                recorded_by=principal.subject,
            )
            if not saved:
                raise Conflict(detail="An opposition against this warrant is on record already.")
            await written_down(
                connection,
                principal=principal,
                action="case.opposed",
                case=case,
                signal=Signal.HOLD_CHANGED,
                event_id=uuid5(_EVENTS, f"{case_id}|opposed"),
            )
        return Recorded(case_id=case_id, result="inTime" if in_time else "tooLate")

    @router.post("/v1/cases/{case_id}/oppositionJudgments", summary="Record a judgment", response_model=Recorded)
    async def record_judgment(
        case_id: CaseId, report: JudgmentReport, principal: Principal = Depends(require(*MAY_WORK))
    ) -> Recorded:
        """Record how the tribunal ruled: rejected, execution goes on; else a person sees what the judgment changes."""
        today = await context.clock.today()
        async with context.database.transaction() as connection:
            case = await locked_open_case(connection, case_id)
            opposition = await find_opposition(connection, case_id=case_id)
            if opposition is None:
                raise Conflict(detail="No opposition is on record in this case.")
            if not opposition.lodged_on <= report.judged_on <= today:
                detail = f"The day must lie between the opposition, {opposition.lodged_on.isoformat()}, and today."
                raise InvalidInput(issues=[Issue(name="judgedOn", detail=detail, rule="outOfRange")])
            saved = await save_judgment(
                connection,
                case_id=case_id,
                judged_on=report.judged_on,
                judgment=report.judgment,
                recorded_on=today,
                recorded_by=principal.subject,
            )
            if not saved:
                raise Conflict(detail="A judgment on this opposition is on record already.")
            await written_down(
                connection,
                principal=principal,
                action="case.oppositionJudged",
                case=case,
                signal=Signal.HOLD_CHANGED,
                event_id=uuid5(_EVENTS, f"{case_id}|judged"),
            )
        return Recorded(case_id=case_id, result=report.judgment.value)

    return router
