"""What recovery remembers of what other services told about a debtor and what is owed; never identity."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from services.recovery.debts.rules import KnownDebtor
from shared.contracts.vocabulary import Category, Language
from shared.platform.database.connections import Connection
from shared.platform.database.rows import fetch_one, fetch_value


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


async def find_debtor(connection: Connection, *, dossier: UUID, on: date) -> KnownDebtor | None:
    """Return what is known of a debtor, with the category of a day; None as long as affiliation told nothing."""
    return await fetch_one(
        connection,
        _debtor,
        """
        select dossier, file_number, language, company, category_from as affiliated_from,
               case when not company then coalesce(
                 (select change.category from debtor_category change
                  where change.dossier = debtor.dossier and change.applies_from between debtor.category_from and %s
                  order by change.applies_from desc limit 1), category) end as category
        from debtor where dossier = %s
        """,
        (on, dossier),
    )


def _debtor(*, language: str, category: str | None, **known: Any) -> KnownDebtor:
    told = None if category is None else Category(category)
    return KnownDebtor(language=Language(language), category=told, **known)


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


async def save_surcharge(
    connection: Connection, *, event_id: UUID, dossier: UUID, quarter: str, booked_on: date, cents: int
) -> None:
    """Remember a surcharge in euro cents; told again, nothing changes."""
    await connection.execute(
        "insert into booked_surcharge (event_id, dossier, quarter, booked_on, cents) values (%s, %s, %s, %s, %s) "
        "on conflict do nothing",
        (event_id, dossier, quarter, booked_on, cents),
    )


async def booked_after_last_reminder(connection: Connection, *, case_id: UUID) -> int:
    """Return the cents of surcharges booked on the quarters of a case after its last reminder; 0 before there is one.

    One that was booked on the very day of the reminder counts as listed: the reminder asked billing on that day.
    """
    cents = await fetch_value(
        connection,
        """
        select coalesce(sum(cents), 0)::bigint
        from recovery_case join case_debt using (case_id) join booked_surcharge using (dossier, quarter)
        where case_id = %(case_id)s
          and booked_on > (select max(made_on) from registered_letter where case_id = %(case_id)s)
        """,
        {"case_id": case_id},
    )
    return int(cents)
