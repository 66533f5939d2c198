"""Pauses of a case, placed by people or because a right is pending, each told; and when a debt prescribes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final
from uuid import UUID, uuid5

from services.recovery.clocks import store
from services.recovery.clocks.rules.holds import RIGHT_PENDING, NewHold
from services.recovery.clocks.rules.prescription import (
    PartPrescription,
    Prescription,
    Prescriptions,
    prescription_from,
    prescription_of,
    prescriptions_of_parts,
)
from shared.contracts.recovery_v1 import HoldLifted, HoldPlaced
from shared.law.parameters import Parameters
from shared.law.quarter import Quarter
from shared.platform.database.connections import Connection
from shared.platform.messages_out.outbox import publish

_LEGAL_BASIS_OF_CLAIM: Final = "RGS art. 60bis"
_HOLD_OF_CLAIM: Final = UUID("0b5f3c52-6d0e-5a58-8f6d-9d4a3f5f7a10")


async def place_hold(connection: Connection, hold: NewHold, *, dossier: UUID) -> bool:
    """Pause a case, and tell it; False when that was done before."""
    placed = await store.save_hold(connection, hold)
    if placed:
        await publish(
            connection,
            HoldPlaced(
                dossier=dossier,
                occurred_on=hold.starts_on,
                case_id=hold.case_id,
                hold_id=hold.hold_id,
                reason=hold.reason,
                until=hold.until,
            ),
        )
    return placed


async def place_hold_for_claim(
    connection: Connection, *, case_id: UUID, dossier: UUID, claim_id: UUID, starts_on: date, decide_before: date
) -> bool:
    """Pause a case while a claim is examined; False when that was done before.

    An examination that takes longer than its last day goes on pausing the case (``HELD_AGAIN_DAYS``).
    """
    hold = NewHold(
        hold_id=uuid5(_HOLD_OF_CLAIM, f"{case_id}|{claim_id}"),
        case_id=case_id,
        reason=RIGHT_PENDING,
        legal_basis=_LEGAL_BASIS_OF_CLAIM,
        starts_on=starts_on,
        until=max(decide_before, starts_on),
        placed_by="recovery",
        claim_id=claim_id,
    )
    return await place_hold(connection, hold, dossier=dossier)


async def place_holds_for_pending_rights(connection: Connection, *, case_id: UUID, dossier: UUID, today: date) -> None:
    """Pause a new case for every claim of the debtor that is being examined."""
    for right in await store.pending_rights(connection, dossier=dossier):
        await place_hold_for_claim(
            connection,
            case_id=case_id,
            dossier=dossier,
            claim_id=right.claim_id,
            starts_on=today,
            decide_before=right.decide_before,
        )


async def lift_hold(
    connection: Connection, *, case_id: UUID, dossier: UUID, hold_id: UUID, lifted_on: date, lifted_by: str
) -> bool:
    """End a hold before its last day, and tell it; False when the case has no such hold that can still be lifted."""
    lifted = await store.save_lifted(
        connection, case_id=case_id, hold_id=hold_id, lifted_on=lifted_on, lifted_by=lifted_by
    )
    if lifted:
        await publish(connection, HoldLifted(dossier=dossier, occurred_on=lifted_on, case_id=case_id, hold_id=hold_id))
    return lifted


async def lift_holds_of_claim(
    connection: Connection, *, claim_id: UUID, dossier: UUID, decided_on: date, lifted_on: date
) -> None:
    """End the holds a claim brought, because it was decided, and tell it."""
    for hold in await store.save_lifted_of_claim(connection, claim_id=claim_id, lifted_on=lifted_on):
        await publish(
            connection,
            HoldLifted(dossier=dossier, occurred_on=decided_on, case_id=hold.case_id, hold_id=hold.hold_id),
        )


async def prescriptions_of(
    connection: Connection, *, dossier: UUID, quarters: Sequence[Quarter], parameters: Parameters, today: date
) -> Prescriptions:
    """Return when what is owed for quarters of a debtor prescribes (RD 38 art. 16)."""
    years = parameters.integer("recovery.prescriptionContributionYears", on=today)
    told = await store.parts_of(connection, dossier=dossier, quarters=quarters)
    final = await store.fines_final_on(connection, dossier=dossier)
    fine_years = parameters.integer("recovery.prescriptionFineYears", on=today)
    of_quarters: dict[Quarter, Prescription] = {}
    of_parts: dict[Quarter, tuple[PartPrescription, ...]] = {}
    of_fines: dict[Quarter, Prescription] = {}
    for quarter in quarters:
        acts = await store.interruptions(connection, dossier=dossier, quarter=quarter)
        parts = told.get(quarter, ())
        only_supplements = bool(parts) and all(part.regularisation for part in parts)
        of_quarters[quarter] = prescription_of(
            quarter=quarter, years=years, interruptions=acts, regularisation=only_supplements
        )
        of_parts[quarter] = prescriptions_of_parts(quarter=quarter, years=years, interruptions=acts, parts=parts)
        if quarter in final:
            of_fines[quarter] = prescription_from(starts_on=final[quarter], years=fine_years, interruptions=acts)
    return Prescriptions(quarters=of_quarters, parts=of_parts, fines=of_fines)
