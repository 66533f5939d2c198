"""What recovery remembers of what other services told about a debtor: a projection, never identity."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from shared.contracts.vocabulary import Category, Language
from shared.platform.database import Connection


@dataclass(frozen=True)
class DebtorRecord:
    """Who owes, as far as recovery knows: opaque dossier, file number, language and category.

    ``affiliated_from`` is the first day of the earliest activity that was told; None for a company.
    """

    dossier: UUID
    file_number: int
    language: Language
    company: bool
    category: Category | None
    affiliated_from: date | None = None


async def save_person(
    connection: Connection,
    *,
    dossier: UUID,
    file_number: int,
    language: Language,
    category: Category,
    category_from: date,
) -> None:
    """Remember a person who was affiliated, since the earliest activity that was told; again changes nothing."""
    await connection.execute(
        """
        insert into debtor (dossier, file_number, language, company, category, category_from)
        values (%s, %s, %s, false, %s, %s) on conflict (dossier) do update
        set category_from = excluded.category_from where excluded.category_from < debtor.category_from
        """,
        (dossier, file_number, language, category, category_from),
    )


async def save_company(connection: Connection, *, dossier: UUID, file_number: int, language: Language) -> None:
    """Remember a company that was affiliated; told again, nothing changes."""
    await connection.execute(
        """
        insert into debtor (dossier, file_number, language, company) values (%s, %s, %s, true)
        on conflict (dossier) do nothing
        """,
        (dossier, file_number, language),
    )


async def save_category(connection: Connection, *, dossier: UUID, category: Category, applies_from: date) -> None:
    """Remember the category a person belongs to from a day on; an older change does not undo a newer one."""
    await connection.execute(
        """
        insert into debtor_category (dossier, applies_from, category) values (%s, %s, %s)
        on conflict (dossier, applies_from) do update set category = excluded.category
        """,
        (dossier, applies_from, category),
    )


async def find_debtor(connection: Connection, *, dossier: UUID, on: date) -> DebtorRecord | None:
    """Return what is known of a debtor, with the category of a day; None as long as affiliation told nothing."""
    cursor = await connection.execute(
        """
        select dossier, file_number, language, company, category_from,
               case when not company then coalesce(
                 (select change.category from debtor_category change
                  where change.dossier = debtor.dossier and change.applies_from between debtor.category_from and %s
                  order by change.applies_from desc limit 1), category) end as category
        from debtor where dossier = %s
        """,
        (on, dossier),
    )
    row = await cursor.fetchone()
    if row is None:
        return None
    return DebtorRecord(
        dossier=row["dossier"],
        file_number=row["file_number"],
        language=Language(row["language"]),
        company=row["company"],
        category=None if row["category"] is None else Category(row["category"]),
        affiliated_from=row["category_from"],
    )


async def save_payment(
    connection: Connection, *, dossier: UUID, payment_id: UUID, value_date: date, quarters: Sequence[str]
) -> None:
    """Remember that a payment was used for some quarters: a part payment interrupts their prescription."""
    await connection.execute(
        """
        insert into debtor_payment (dossier, payment_id, value_date, quarters) values (%s, %s, %s, %s)
        on conflict (dossier, payment_id) do nothing
        """,
        (dossier, payment_id, value_date, sorted(set(quarters))),
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
