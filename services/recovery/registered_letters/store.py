"""Registered letters: what each lists, and what became of it; each leaves at most once per attempt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from psycopg.types.json import Jsonb

from services.recovery.debts.rules import OpenItem
from shared.contracts.vocabulary import AmountKind
from shared.law.quarter import Quarter
from shared.platform.database.connections import Connection
from shared.platform.database.rows import fetch_one, fetch_value


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


async def listed_sums(connection: Connection, *, case_id: UUID) -> dict[tuple[Quarter, AmountKind], int]:
    """Return the sums the last reminder in force lists, in cents per quarter and kind."""
    sums = await fetch_value(
        connection, "select sums from registered_letter where case_id = %s order by attempt desc limit 1", (case_id,)
    )
    return {(Quarter.parse(item["quarter"]), AmountKind(item["kind"])): item["openCents"] for item in sums or ()}


async def find_letter(
    connection: Connection, *, letter_id: UUID | None = None, case_id: UUID | None = None, lock: bool = False
) -> LetterRecord | None:
    """Return a registered letter by its reference, or the latest one of a case."""
    return await fetch_one(
        connection,
        LetterRecord,
        f"""
        select letter_id, case_id, dossier, document_id, document_sha256, made_on, deposited_on,
               registered_letter.outcome, notified_on, failures, given_to
        from registered_letter join recovery_case using (case_id)
        where letter_id = %(letter_id)s or (%(letter_id)s::uuid is null and case_id = %(case_id)s)
        order by attempt desc limit 1 {"for update of registered_letter" if lock else ""}
        """,
        {"letter_id": letter_id, "case_id": case_id},
    )


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


async def save_deemed_notified(connection: Connection, *, case_id: UUID, notified_on: date, decided_by: str) -> bool:
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


async def resume_letter(connection: Connection, *, case_id: UUID, resumed_by: str) -> bool:
    """Let a letter that was lost or returned be made again; False when the latest one was neither."""
    cursor = await connection.execute(
        """
        update registered_letter set resumed_by = %s
        where case_id = %s and resumed_by is null and outcome in ('lost', 'returned')
          and notified_on is null
          and attempt = (select max(attempt) from registered_letter where case_id = %s)
        """,
        (resumed_by, case_id, case_id),
    )
    return cursor.rowcount == 1
