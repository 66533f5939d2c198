"""What makes days stand still, holds and claims, and what prescription is computed from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from uuid import UUID

from services.recovery.clocks.rules.holds import NewHold
from services.recovery.clocks.rules.prescription import Interruption, InterruptionKind, PrincipalPart
from shared.contracts.billing_v1 import PrincipalOrigin
from shared.contracts.billing_v1 import PrincipalPart as ToldPart
from shared.law.quarter import Quarter
from shared.platform.database.connections import Connection
from shared.platform.database.rows import fetch_all


@dataclass(frozen=True)
class PendingRight:
    """A claim of a debtor that is being examined."""

    claim_id: UUID
    decide_before: date


@dataclass(frozen=True)
class LiftedHold:
    """A hold that ended before its last day."""

    hold_id: UUID
    case_id: UUID


async def save_hold(connection: Connection, hold: NewHold) -> bool:
    """Keep a hold; False when it was placed before."""
    cursor = await connection.execute(
        """
        insert into hold (hold_id, case_id, reason, legal_basis, starts_on, ends_before, claim_id, placed_by)
        values (%(hold_id)s, %(case_id)s, %(reason)s, %(legal_basis)s, %(starts_on)s, %(until)s::date + 1, %(claim_id)s,
                %(placed_by)s)
        on conflict do nothing
        """,
        asdict(hold),
    )
    return cursor.rowcount == 1


async def save_lifted(connection: Connection, *, case_id: UUID, hold_id: UUID, lifted_on: date, lifted_by: str) -> bool:
    """Keep that a hold ended before its last day; False when there is none that can still be lifted."""
    cursor = await connection.execute(
        """
        update hold set lifted_on = %s, lifted_by = %s
        where case_id = %s and hold_id = %s and lifted_on is null and (ends_before > %s or claim_id is not null)
        """,
        (lifted_on, lifted_by, case_id, hold_id, lifted_on),
    )
    return cursor.rowcount == 1


async def save_lifted_of_claim(connection: Connection, *, claim_id: UUID, lifted_on: date) -> list[LiftedHold]:
    """Keep that the holds a claim brought end, and return them."""
    return await fetch_all(
        connection,
        LiftedHold,
        """
        update hold set lifted_on = %s, lifted_by = 'recovery'
        where claim_id = %s and lifted_on is null
        returning hold_id, case_id
        """,
        (lifted_on, claim_id),
    )


async def pending_rights(connection: Connection, *, dossier: UUID) -> list[PendingRight]:
    """Return the claims of a debtor that are not decided."""
    return await fetch_all(
        connection,
        PendingRight,
        "select claim_id, decide_before from pending_right where dossier = %s and decided_on is null order by claim_id",
        (dossier,),
    )


async def save_claim_received(
    connection: Connection, *, claim_id: UUID, dossier: UUID, received_on: date, decide_before: date
) -> None:
    """Remember that a right of the debtor is being examined."""
    await connection.execute(
        """
        insert into pending_right (claim_id, dossier, received_on, decide_before) values (%s, %s, %s, %s)
        on conflict (claim_id) do nothing
        """,
        (claim_id, dossier, received_on, decide_before),
    )


async def save_claim_decided(
    connection: Connection, *, claim_id: UUID, dossier: UUID, decided_on: date, outcome: str
) -> None:
    """Remember that a claim was decided, also when its receipt was never told here."""
    await connection.execute(
        """
        insert into pending_right (claim_id, dossier, received_on, decide_before, decided_on, outcome)
        values (%s, %s, %s, %s, %s, %s)
        on conflict (claim_id) do update set decided_on = excluded.decided_on, outcome = excluded.outcome
        where pending_right.decided_on is null
        """,
        (claim_id, dossier, decided_on, decided_on, decided_on, outcome),
    )


@dataclass(frozen=True)
class _Part:
    quarter: str
    origin: str
    claimed_on: date
    open_cents: int


@dataclass(frozen=True)
class _Fine:
    recorded_on: date
    final_on: date


async def save_parts(
    connection: Connection, *, event_id: UUID, dossier: UUID, quarter: str, overdue_on: date, parts: Sequence[ToldPart]
) -> None:
    """Remember of which claims overdue principal is made, in euro cents; told again, nothing changes."""
    for position, part in enumerate(parts):
        await connection.execute(
            "insert into debt_part (event_id, position, dossier, quarter, overdue_on, origin, claimed_on, open_cents) "
            "values (%s, %s, %s, %s, %s, %s, %s, %s) on conflict do nothing",
            (event_id, position, dossier, quarter, overdue_on, part.origin, part.claimed_on, part.open_cents),
        )


async def parts_of(
    connection: Connection, *, dossier: UUID, quarters: Sequence[Quarter]
) -> dict[Quarter, tuple[PrincipalPart, ...]]:
    """Return the parts of quarters as they were told last, the oldest claim first; nothing where none were told."""
    rows = await fetch_all(
        connection,
        _Part,
        """
        select quarter, origin, claimed_on, open_cents from debt_part part
        where dossier = %(dossier)s and quarter = any(%(quarters)s)
          and event_id = (select event_id from debt_part latest
                          where latest.dossier = part.dossier and latest.quarter = part.quarter
                          order by overdue_on desc, event_id limit 1)
        order by quarter, claimed_on, position
        """,
        {"dossier": dossier, "quarters": [str(quarter) for quarter in quarters]},
    )
    found: dict[Quarter, tuple[PrincipalPart, ...]] = {}
    for row in rows:
        quarter = Quarter.parse(row.quarter)
        part = PrincipalPart(
            claimed_on=row.claimed_on,
            regularisation=row.origin == PrincipalOrigin.REGULARISATION,
            open_cents=row.open_cents,
        )
        found[quarter] = (*found.get(quarter, ()), part)
    return found


async def interruptions(connection: Connection, *, dossier: UUID, quarter: Quarter) -> list[Interruption]:
    """Return what interrupted the prescription of a debtor's quarter: letters, warrants, payments, plans, summonses.

    An act counts for the debt, whichever case it was done in: a quarter can come back in a later case.
    """
    return await fetch_all(
        connection,
        _interruption,
        """
        select 'registeredLetter' as kind, deposited_on as day
        from registered_letter join recovery_case using (case_id)
        where dossier = %(dossier)s and deposited_on is not null and %(quarter)s = any(quarters)
        union
        select 'orderToPay', served_on
        from mandate join warrant using (warrant_id) join recovery_case on recovery_case.case_id = mandate.case_id
        where dossier = %(dossier)s and served_on is not null and %(quarter)s = any(warrant.quarters)
        union
        select 'partPayment', value_date from debtor_payment
        where dossier = %(dossier)s and %(quarter)s = any(quarters)
        union
        select 'paymentPlan', hold.starts_on
        from hold join recovery_case using (case_id) join case_debt using (case_id)
        where dossier = %(dossier)s and hold.reason = 'paymentPlan' and case_debt.quarter = %(quarter)s
        union
        select 'summons', decided_on from institute_decision
        where dossier = %(dossier)s and kind = 'summons' and content -> 'quarters' ? %(quarter)s
        order by day, kind
        """,
        {"dossier": dossier, "quarter": str(quarter)},
    )


def _interruption(*, kind: str, day: date) -> Interruption:
    return Interruption(kind=InterruptionKind(kind), on=day)


async def fines_final_on(connection: Connection, *, dossier: UUID) -> dict[Quarter, date]:
    """Return the first day beyond appeal of the fines of a debtor, by the quarter the books keep them under.

    Of several fines of one quarter the one that prescribes first stands for all.
    """
    fines = await fetch_all(
        connection,
        _Fine,
        "select recorded_on, (content ->> 'finalOn')::date as final_on from institute_decision "
        "where dossier = %s and kind = 'fine'",
        (dossier,),
    )
    found: dict[Quarter, date] = {}
    for fine in fines:
        quarter = Quarter.of(fine.recorded_on)
        found[quarter] = min(fine.final_on, found.get(quarter, fine.final_on))
    return found
