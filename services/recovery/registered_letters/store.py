"""Registered letters, rolls, warrants and mandates: what leaves the house, each at most once per attempt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from services.recovery.debts.rules import OpenItem
from shared.platform.database import Connection


@dataclass(frozen=True)
class LetterRecord:
    """A registered letter that is to be handed to the post."""

    letter_id: UUID
    case_id: UUID
    dossier: UUID
    document_id: UUID
    document_sha256: str
    made_on: date
    deposited_on: date | None
    outcome: str | None
    notified_on: date | None
    failures: int
    given_to: str | None


@dataclass(frozen=True)
class RollRecord:
    """A roll for which approval was asked."""

    roll_id: UUID
    attempt: int
    payload: Mapping[str, Any] | None


@dataclass(frozen=True)
class MandateRecord:
    """A mandate for a bailiff, with the warrant it is about."""

    mandate_id: UUID
    case_id: UUID
    dossier: UUID
    warrant_id: UUID
    issued_on: date
    total_cents: int
    quarters: tuple[str, ...]
    document_id: UUID
    document_sha256: str
    sent_on: date | None
    served_on: date | None
    cost_cents: int | None
    failed_on: date | None
    withdrawn_on: date | None
    failures: int
    given_to: str | None

    @property
    def is_with_bailiff(self) -> bool:
        """Return whether the bailiff still has to serve the warrant."""
        return self.sent_on is not None and self.served_on is self.failed_on is self.withdrawn_on is None


async def save_registered_letter(
    connection: Connection,
    *,
    letter_id: UUID,
    case_id: UUID,
    attempt: int,
    document_id: UUID,
    document_sha256: str,
    sums: Sequence[OpenItem],
    made_on: date,
) -> None:
    """Keep a registered letter that was made, with the sums it lists; told again, nothing changes."""
    listed = [{"quarter": str(item.quarter), "kind": item.kind.value, "openCents": item.open_cents} for item in sums]
    await connection.execute(
        """
        insert into registered_letter
          (letter_id, case_id, attempt, document_id, document_sha256, quarters, sums, made_on)
        values (%s, %s, %s, %s, %s, %s, %s, %s) on conflict do nothing
        """,
        (
            letter_id,
            case_id,
            attempt,
            document_id,
            document_sha256,
            sorted({str(item.quarter) for item in sums}),
            Jsonb(listed),
            made_on,
        ),
    )


async def find_letter(
    connection: Connection, *, letter_id: UUID | None = None, case_id: UUID | None = None, lock: bool = False
) -> LetterRecord | None:
    """Return a registered letter by its reference, or the latest one of a case."""
    cursor = await connection.execute(
        f"""
        select letter_id, case_id, dossier, document_id, document_sha256, made_on, deposited_on,
               registered_letter.outcome, notified_on, failures, given_to
        from registered_letter join recovery_case using (case_id)
        where letter_id = %(letter_id)s or (%(letter_id)s::uuid is null and case_id = %(case_id)s)
        order by attempt desc limit 1 {"for update of registered_letter" if lock else ""}
        """,
        {"letter_id": letter_id, "case_id": case_id},
    )
    row = await cursor.fetchone()
    return None if row is None else LetterRecord(**row)


async def save_deposit(
    connection: Connection, *, letter_id: UUID, deposited_on: date, receipt: str, given_to: str
) -> None:
    """Keep the receipt of the post that took a letter in; a second receipt of the same letter changes nothing."""
    await connection.execute(
        "update registered_letter set deposited_on = %s, receipt = %s, given_to = %s "
        "where letter_id = %s and receipt is null",
        (deposited_on, receipt, given_to, letter_id),
    )


async def save_letter_failure(connection: Connection, *, letter_id: UUID, try_again_on: date) -> None:
    """Keep that the post could not be reached, and when it is tried again."""
    await connection.execute(
        """
        update registered_letter set failures = failures + 1, try_again_on = %s
        where letter_id = %s and receipt is null
        """,
        (try_again_on, letter_id),
    )


async def save_delivery(
    connection: Connection, *, letter_id: UUID, outcome: str, reported_on: date, notified_on: date | None
) -> bool:
    """Keep what became of a registered letter; False when it was reported before."""
    cursor = await connection.execute(
        """
        update registered_letter set outcome = %s, reported_on = %s, notified_on = %s
        where letter_id = %s and outcome is null
        """,
        (outcome, reported_on, notified_on, letter_id),
    )
    return cursor.rowcount == 1


async def deem_notified(connection: Connection, *, case_id: UUID, notified_on: date, decided_by: str) -> bool:
    """Keep a person's decision that a returned letter counts as notified (Judicial Code art. 53bis)."""
    cursor = await connection.execute(
        """
        update registered_letter set notified_on = %s, resumed_by = %s
        where case_id = %s and outcome = 'returned' and notified_on is null
          and attempt = (select max(attempt) from registered_letter where case_id = %s)
        """,
        (notified_on, decided_by, case_id, case_id),
    )
    return cursor.rowcount == 1


async def save_roll(
    connection: Connection,
    *,
    roll_id: UUID,
    case_id: UUID,
    attempt: int,
    requested_on: date,
    payload: Mapping[str, Any] | None,
    approval_id: UUID | None,
) -> None:
    """Keep a roll: with its payload when approval is asked, without when no sum may go on a warrant."""
    await connection.execute(
        """
        insert into roll (roll_id, case_id, attempt, requested_on, payload, approval_id, status)
        values (%s, %s, %s, %s, %s, %s, %s) on conflict (case_id, attempt) do nothing
        """,
        (
            roll_id,
            case_id,
            attempt,
            requested_on,
            None if payload is None else Jsonb(dict(payload)),
            approval_id,
            "impossible" if payload is None else "requested",
        ),
    )


async def find_roll(connection: Connection, *, case_id: UUID) -> RollRecord | None:
    """Return the latest roll of a case."""
    cursor = await connection.execute(
        "select roll_id, attempt, payload from roll where case_id = %s order by attempt desc limit 1", (case_id,)
    )
    row = await cursor.fetchone()
    return None if row is None else RollRecord(**row)


async def supersede_roll(connection: Connection, *, roll_id: UUID) -> None:
    """Keep that the debts changed since the roll was approved, so that a new one must be drawn up."""
    await connection.execute(
        "update roll set status = 'superseded' where roll_id = %s and status = 'requested'", (roll_id,)
    )


async def save_warrant(
    connection: Connection,
    *,
    warrant_id: UUID,
    case_id: UUID,
    roll_id: UUID,
    issued_on: date,
    pay_until: date,
    total_cents: int,
    quarters: Sequence[str],
    visa_by: str,
    issued_by: str,
    document_id: UUID,
    document_sha256: str,
) -> None:
    """Keep the warrant of a case; there is never a second one."""
    await connection.execute(
        """
        insert into warrant (warrant_id, case_id, roll_id, issued_on, pay_until, total_cents, quarters, visa_by,
                             issued_by, document_id, document_sha256)
        values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
        """,
        (
            warrant_id,
            case_id,
            roll_id,
            issued_on,
            pay_until,
            total_cents,
            list(quarters),
            visa_by,
            issued_by,
            document_id,
            document_sha256,
        ),
    )


async def prepare_mandate(connection: Connection, *, mandate_id: UUID, case_id: UUID, attempt: int) -> None:
    """Keep the mandate before the bailiff hears of it, so that its reference is the same at every try."""
    await connection.execute(
        """
        insert into mandate (mandate_id, case_id, warrant_id, attempt)
        select %s, case_id, warrant_id, %s from warrant where case_id = %s
        on conflict (case_id, attempt) do nothing
        """,
        (mandate_id, attempt, case_id),
    )


async def find_mandate(
    connection: Connection, *, mandate_id: UUID | None = None, case_id: UUID | None = None, lock: bool = False
) -> MandateRecord | None:
    """Return a mandate by its reference, or the latest one of a case."""
    cursor = await connection.execute(
        f"""
        select mandate_id, mandate.case_id, dossier, warrant_id, issued_on, total_cents, quarters, document_id,
               document_sha256, sent_on, served_on, cost_cents, failed_on, withdrawn_on, failures, given_to
        from mandate join warrant using (warrant_id) join recovery_case on recovery_case.case_id = mandate.case_id
        where mandate_id = %(mandate_id)s or (%(mandate_id)s::uuid is null and mandate.case_id = %(case_id)s)
        order by attempt desc limit 1 {"for update of mandate" if lock else ""}
        """,
        {"mandate_id": mandate_id, "case_id": case_id},
    )
    row = await cursor.fetchone()
    return None if row is None else MandateRecord(**{**row, "quarters": tuple(row["quarters"])})


async def save_mandate_sent(
    connection: Connection, *, mandate_id: UUID, sent_on: date, receipt: str, given_to: str
) -> None:
    """Keep which bailiff accepted the mandate, and when."""
    await connection.execute(
        "update mandate set sent_on = %s, receipt = %s, given_to = %s where mandate_id = %s and receipt is null",
        (sent_on, receipt, given_to, mandate_id),
    )


async def save_mandate_failure(connection: Connection, *, mandate_id: UUID, try_again_on: date) -> None:
    """Keep that the bailiff could not be reached, and when it is tried again."""
    await connection.execute(
        "update mandate set failures = failures + 1, try_again_on = %s where mandate_id = %s and receipt is null",
        (try_again_on, mandate_id),
    )


async def save_service(connection: Connection, *, mandate_id: UUID, served_on: date, cost_cents: int) -> bool:
    """Keep that the warrant was served and what that cost; False when it was reported before."""
    cursor = await connection.execute(
        """
        update mandate set served_on = %s, cost_cents = %s
        where mandate_id = %s and served_on is null and failed_on is null
        """,
        (served_on, cost_cents, mandate_id),
    )
    return cursor.rowcount == 1


async def save_not_served(connection: Connection, *, mandate_id: UUID, failed_on: date, reason: str) -> bool:
    """Keep that the bailiff could not serve the warrant; False when something was reported before."""
    cursor = await connection.execute(
        """
        update mandate set failed_on = %s, failure = %s
        where mandate_id = %s and served_on is null and failed_on is null
        """,
        (failed_on, reason, mandate_id),
    )
    return cursor.rowcount == 1


async def save_withdrawal(connection: Connection, *, mandate_id: UUID, withdrawn_on: date) -> None:
    """Keep that the bailiff was told to stop."""
    await connection.execute(
        "update mandate set withdrawn_on = %s where mandate_id = %s and withdrawn_on is null",
        (withdrawn_on, mandate_id),
    )


async def resume(connection: Connection, *, case_id: UUID, resumed_by: str) -> str | None:
    """Let a person take a blocked case up again with a new attempt; returns what is tried again, None when nothing.

    Only what really failed can be tried again: a letter lost or returned, a roll refused or without sums, a
    mandate that was not carried out.
    """
    attempts = {
        "mandate": "failed_on is not null",
        "roll": """status = 'impossible' or (status = 'requested' and exists (
                     select from approval where approval.id = roll.approval_id and decision = 'refused'))""",
        "registered_letter": "outcome in ('lost', 'returned') and notified_on is null",
    }
    for table, failed in attempts.items():
        cursor = await connection.execute(
            f"""
            update {table} set resumed_by = %s
            where case_id = %s and resumed_by is null and ({failed})
              and attempt = (select max(attempt) from {table} where case_id = %s)
            """,
            (resumed_by, case_id, case_id),
        )
        if cursor.rowcount == 1:
            return {"mandate": "mandate", "roll": "roll", "registered_letter": "lastReminder"}[table]
    return None
