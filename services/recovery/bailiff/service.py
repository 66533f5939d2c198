"""What other subjects ask about mandates, and what becomes of a warrant that was served too late."""

from __future__ import annotations

from datetime import date
from typing import Final

from services.recovery.bailiff.store import (
    MandateRecord,
    find_late_service,
    find_mandate,
    late_services_of,
    resume_mandate,
    save_late_service,
)
from services.recovery.ladder.service.cases import CaseRecord
from shared.contracts.recovery_v1 import CostsCharged
from shared.law.calendar import add_working_days
from shared.platform.database.connections import Connection
from shared.platform.messages_out.outbox import publish
from shared.platform.people.tasks import open_task

__all__ = ["ask_about_late_service", "charge_costs", "find_mandate", "late_services_of", "resume_mandate"]

#: A warrant was served although it had been taken back, or the case was closed.
LATE_SERVICE_TASK: Final = "warrantServedTooLate"
_WORKING_DAYS: Final = 5


async def ask_about_late_service(
    connection: Connection,
    *,
    mandate: MandateRecord,
    case: CaseRecord,
    served_on: date,
    cost_cents: int,
    today: date,
) -> bool:
    """Keep a service that came too late and let a person decide who bears its costs; nothing is charged.

    Told again, nothing changes; False when another day or other costs were reported before.
    """
    saved = await save_late_service(
        connection,
        mandate_id=mandate.mandate_id,
        case_id=case.case_id,
        served_on=served_on,
        cost_cents=cost_cents,
        reported_on=today,
    )
    if not saved:
        kept = await find_late_service(connection, mandate_id=mandate.mandate_id)
        return kept is None or (kept.served_on, kept.cost_cents) == (served_on, cost_cents)
    await open_task(
        connection,
        kind=LATE_SERVICE_TASK,
        reference=str(mandate.mandate_id),
        dossier=case.dossier,
        due_on=add_working_days(today, _WORKING_DAYS),
        role="teamLead",
        details={
            "caseId": str(case.case_id),
            "mandateId": str(mandate.mandate_id),
            "withdrawnOn": None if mandate.withdrawn_on is None else mandate.withdrawn_on.isoformat(),
            "servedOn": served_on.isoformat(),
            "costCents": cost_cents,
        },
    )
    return True


async def charge_costs(connection: Connection, *, mandate: MandateRecord, cost_cents: int, on: date) -> None:
    """Tell billing what the service of a warrant cost; the costs go with its oldest quarter."""
    await publish(
        connection,
        CostsCharged(
            dossier=mandate.dossier,
            occurred_on=on,
            case_id=mandate.case_id,
            warrant_id=mandate.warrant_id,
            quarter=min(mandate.quarters),
            cost_cents=cost_cents,
        ),
    )
