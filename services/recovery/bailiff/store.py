"""Mandates to bailiffs and what they reported, also of services that came after a warrant was taken back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from shared.platform.database.connections import Connection
from shared.platform.database.rows import fetch_all, fetch_one


@dataclass(frozen=True)
class MandateRecord:
    """A mandate for a bailiff, with the warrant it is about."""

    mandate_id: UUID
    case_id: UUID
    dossier: UUID
    warrant_id: UUID
    issued_on: date
    total_cents: int
    quarters: Sequence[str]
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


@dataclass(frozen=True)
class LateService:
    """A service that came too late, and what was decided about its costs."""

    mandate_id: UUID
    case_id: UUID
    served_on: date
    cost_cents: int
    reported_on: date
    decision: str | None
    decided_on: date | None
    decided_by: str | None
    reason: str | None


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
    return await fetch_one(
        connection,
        MandateRecord,
        f"""
        select mandate_id, mandate.case_id, dossier, warrant_id, issued_on, total_cents, quarters, document_id,
               document_sha256, sent_on, served_on, cost_cents, failed_on, withdrawn_on, failures, given_to
        from mandate join warrant using (warrant_id) join recovery_case on recovery_case.case_id = mandate.case_id
        where mandate_id = %(mandate_id)s or (%(mandate_id)s::uuid is null and mandate.case_id = %(case_id)s)
        order by attempt desc limit 1 {"for update of mandate" if lock else ""}
        """,
        {"mandate_id": mandate_id, "case_id": case_id},
    )


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


async def resume_mandate(connection: Connection, *, case_id: UUID, resumed_by: str) -> bool:
    """Let a mandate that was not carried out be given again; False when the latest one did not fail."""
    cursor = await connection.execute(
        """
        update mandate set resumed_by = %s
        where case_id = %s and resumed_by is null and failed_on is not null
          and attempt = (select max(attempt) from mandate where case_id = %s)
        """,
        (resumed_by, case_id, case_id),
    )
    return cursor.rowcount == 1


async def save_late_service(
    connection: Connection, *, mandate_id: UUID, case_id: UUID, served_on: date, cost_cents: int, reported_on: date
) -> bool:
    """Keep a service that came too late; False when one of this mandate was reported before."""
    cursor = await connection.execute(
        "insert into late_service (mandate_id, case_id, served_on, cost_cents, reported_on) "
        "values (%s, %s, %s, %s, %s) on conflict (mandate_id) do nothing",
        (mandate_id, case_id, served_on, cost_cents, reported_on),
    )
    return cursor.rowcount == 1


async def find_late_service(connection: Connection, *, mandate_id: UUID, lock: bool = False) -> LateService | None:
    """Return the late service of a mandate."""
    return await fetch_one(
        connection,
        LateService,
        f"select * from late_service where mandate_id = %s {'for update' if lock else ''}",
        (mandate_id,),
    )


async def late_services_of(connection: Connection, *, case_id: UUID) -> list[LateService]:
    """Return the late services of a case, the oldest first."""
    return await fetch_all(
        connection,
        LateService,
        "select * from late_service where case_id = %s order by served_on, mandate_id",
        (case_id,),
    )


async def decide_late_service(
    connection: Connection, *, mandate_id: UUID, decision: str, decided_on: date, decided_by: str, reason: str
) -> bool:
    """Keep who bears the costs; False when it was decided before."""
    cursor = await connection.execute(
        "update late_service set decision = %s, decided_on = %s, decided_by = %s, reason = %s "
        "where mandate_id = %s and decision is null",
        (decision, decided_on, decided_by, reason, mandate_id),
    )
    return cursor.rowcount == 1
