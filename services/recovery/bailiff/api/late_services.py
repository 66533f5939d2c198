"""Who bears the costs of a service that came too late: reported by the bailiff, decided by a person.

Costs of a service are borne by the debtor (RGS art. 47bis). When the warrant had been taken back before, or its case
was over, a program can't say whether the debtor or the fund answers for them: a team lead does, with the reason.
"""

from __future__ import annotations

from uuid import UUID

from fastapi import Depends

from services.recovery.bailiff.api.models import LateServiceDecision
from services.recovery.bailiff.service import LATE_SERVICE_TASK
from services.recovery.bailiff.store import decide_late_service, find_late_service, find_mandate
from services.recovery.ladder.service.actions import CaseId, Recorded
from services.recovery.ladder.service.cases import find_case
from shared.contracts.recovery_v1 import CostsCharged
from shared.platform import audit
from shared.platform.context import AnyContext
from shared.platform.http import ApiRouter, Conflict, NotFound, Principal, require
from shared.platform.outbox import publish
from shared.platform.tasks import overtake_task


def late_services_router(context: AnyContext) -> ApiRouter:
    """Return the route on which the costs of a late service are decided."""
    router = ApiRouter(tags=["Actions"])

    @router.post(
        "/v1/cases/{case_id}/lateServices/{mandate_id}/decision",
        summary="Decide who bears the costs of a late service",
        response_model=Recorded,
    )
    async def decide_costs(
        case_id: CaseId,
        mandate_id: UUID,
        request: LateServiceDecision,
        principal: Principal = Depends(require("teamLead")),
    ) -> Recorded:
        """Charge the costs to the debtor, or let the fund bear them; decided once, also when the case is closed."""
        today = await context.clock.today()
        async with context.database.transaction() as connection:
            case = await find_case(connection, case_id=case_id, lock=True)
            late = await find_late_service(connection, mandate_id=mandate_id, lock=True)
            mandate = await find_mandate(connection, mandate_id=mandate_id)
            if case is None or late is None or mandate is None or late.case_id != case_id:
                raise NotFound(detail="This case has no such late service.")
            if late.decision == request.decision:
                return Recorded(case_id=case_id, recorded_id=mandate_id, result=request.decision)
            if late.decision is not None:
                raise Conflict(detail="It was decided otherwise before who bears these costs.")
            await decide_late_service(
                connection,
                mandate_id=mandate_id,
                decision=request.decision,
                decided_on=today,
                decided_by=principal.subject,
                reason=request.reason,
            )
            if request.decision == "chargeDebtor" and late.cost_cents:
                await publish(
                    connection,
                    CostsCharged(
                        dossier=case.dossier,
                        occurred_on=today,
                        case_id=case_id,
                        warrant_id=mandate.warrant_id,
                        quarter=min(mandate.quarters),
                        cost_cents=late.cost_cents,
                    ),
                )
            await overtake_task(
                connection,
                kind=LATE_SERVICE_TASK,
                reference=str(mandate_id),
                resolved_by=principal.subject,
                resolution=request.decision,
            )
            await audit.record(
                connection,
                actor=principal.subject,
                action="case.lateServiceDecided",
                dossier=case.dossier,
                purpose="recovery",
                details={"caseId": str(case_id), "mandateId": str(mandate_id), "decision": request.decision},
            )
        return Recorded(case_id=case_id, recorded_id=mandate_id, result=request.decision)

    return router
