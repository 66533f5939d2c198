"""What recovery is told when a quarter closes: each quarter that is overdue, with its kinds and its claims."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from uuid import UUID

from services.billing.lateness import store
from services.billing.lateness.rules.closing import UnpaidContribution, not_yet_due_cents, overdue_parts
from shared.contracts.billing_v1 import DebtOverdue, OpenAmount, PrincipalOrigin, PrincipalPart
from shared.contracts.vocabulary import AmountKind
from shared.law.parameters import Parameters
from shared.law.quarter import Quarter
from shared.platform.database.connections import Connection


async def overdue_facts(
    connection: Connection,
    *,
    unpaid: Mapping[UUID, Sequence[UnpaidContribution]],
    fines: Mapping[UUID, Sequence[Quarter]],
    closing: Quarter,
    closed_on: date,
    parameters: Parameters,
) -> list[DebtOverdue]:
    """Tell each quarter that was unpaid at its closing and of which something is still open now.

    A supplement whose statement leaves more time is not overdue yet, nor the fee that came with it. A fine is told also
    when nothing else of its quarter is open.
    """
    amounts = await store.open_amounts(connection, dossiers=[*unpaid, *fines])
    facts: list[DebtOverdue] = []
    for dossier in {**unpaid, **fines}:
        contributions = {one.quarter: one for one in unpaid.get(dossier, ())}
        for quarter in sorted({*contributions, *fines.get(dossier, ())}):
            contribution = contributions.get(quarter)
            later = (
                0 if contribution is None else not_yet_due_cents(contribution, closing=closing, parameters=parameters)
            )
            due = _due_now(amounts.get((dossier, quarter), []), later)
            if due:
                parts = _parts(contribution, due, closing=closing, parameters=parameters)
                facts.append(_fact(dossier, quarter, due, parts, closed_on))
    return facts


def _fact(
    dossier: UUID, quarter: Quarter, due: Sequence[OpenAmount], parts: tuple[PrincipalPart, ...], closed_on: date
) -> DebtOverdue:
    return DebtOverdue(
        dossier=dossier,
        occurred_on=closed_on,
        quarter=str(quarter),
        due_on=quarter.last_day,
        amounts=tuple(due),
        total_cents=sum(amount.open_cents for amount in due),
        principal_parts=parts,
    )


def _parts(
    contribution: UnpaidContribution | None, due: Sequence[OpenAmount], *, closing: Quarter, parameters: Parameters
) -> tuple[PrincipalPart, ...]:
    principal = sum(amount.open_cents for amount in due if amount.kind is AmountKind.PRINCIPAL)
    if contribution is None or principal <= 0:
        return ()
    return tuple(
        PrincipalPart(
            origin=PrincipalOrigin.REGULARISATION if part.regularisation else PrincipalOrigin.PROVISIONAL,
            claimed_on=part.claimed_on,
            open_cents=part.cents,
        )
        for part in overdue_parts(contribution, closing=closing, overdue_cents=principal, parameters=parameters)
    )


def _due_now(amounts: Sequence[OpenAmount], later_cents: int) -> list[OpenAmount]:
    """Leave out principal that is due later, and the fee when no principal is due now."""
    if later_cents <= 0:
        return list(amounts)
    principal = sum(amount.open_cents for amount in amounts if amount.kind is AmountKind.PRINCIPAL) - later_cents
    others = [amount for amount in amounts if amount.kind is not AmountKind.PRINCIPAL]
    if principal <= 0:
        return [amount for amount in others if amount.kind is not AmountKind.FEE]
    quarter = amounts[0].quarter
    return [OpenAmount(quarter=quarter, kind=AmountKind.PRINCIPAL, open_cents=principal), *others]
