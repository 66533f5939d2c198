"""Mandates of direct debit: recorded with the signed paper, used by runs, revoked for good."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from uuid6 import uuid7

from services.billing.correspondence.rules.channels import TO_HAND_OVER
from services.billing.money_out.rules import PRESENTED_AGAIN, last_quarter_collected, mandate_usable, sequence_of
from services.billing.subjects.service import lock_subjects
from shared.platform.database.connections import Connection
from shared.platform.database.rows import fetch_all, fetch_one

ANNOUNCEMENT_DOCUMENT: Final = "directDebitAnnouncement"


class MandateExists(ValueError):
    """The dossier has another mandate that was not revoked, or the reference is another's."""


class MandateNotFound(LookupError):
    """No such mandate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mandate:
    """A mandate; of the account the last four digits only."""

    mandate_id: UUID
    reference: str
    account_ending: str
    signed_on: date
    recorded_on: date
    recorded_by: str
    revoked_on: date | None
    revoked_by: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnedCollection:
    """A collection that came back."""

    amount_cents: int
    collected_on: date
    returned_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Unannounced:
    """A collection of which the debtor's letter reached no carrier; ``made`` when the letter was made."""

    order_id: UUID
    dossier: UUID
    amount_cents: int
    file_number: int
    reference: str
    signed_on: date
    made: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DueCollection:
    """What can be collected under a mandate now."""

    mandate_id: UUID
    reference: str
    dossier: UUID
    file_number: int
    iban: str
    signed_on: date
    sequence: str
    amount_cents: int
    attempt: int


async def record_mandate(
    connection: Connection,
    *,
    reference: str,
    dossier: UUID,
    iban: str,
    signed_on: date,
    recorded_on: date,
    recorded_by: str,
) -> UUID:
    """Note a signed mandate; the same again is the same mandate.

    Raises:
        MandateExists: the reference says something else, or the dossier has another mandate in force.
        UnknownDossier: billing does not know the dossier.
    """
    await lock_subjects(connection, dossiers=[dossier])
    cursor = await connection.execute(
        "select * from mandate where reference = %s or (dossier = %s and revoked_on is null)", (reference, dossier)
    )
    for row in await cursor.fetchall():
        if (row["reference"], row["dossier"], row["iban"], row["signed_on"]) == (reference, dossier, iban, signed_on):
            known: UUID = row["mandate_id"]
            return known
        raise MandateExists("revoke the mandate in force first; a reference is never used twice")
    mandate_id = UUID(int=uuid7().int)
    await connection.execute(
        "insert into mandate (mandate_id, reference, dossier, iban, signed_on, recorded_on, recorded_by) "
        "values (%s, %s, %s, %s, %s, %s, %s)",
        (mandate_id, reference, dossier, iban, signed_on, recorded_on, recorded_by),
    )
    return mandate_id


async def revoke_mandate(connection: Connection, *, mandate_id: UUID, revoked_on: date, revoked_by: str) -> UUID:
    """Revoke a mandate; doing it again changes nothing. Return its dossier.

    Raises:
        MandateNotFound: there is no such mandate.
    """
    await connection.execute(
        "update mandate set revoked_on = %s, revoked_by = %s where mandate_id = %s and revoked_on is null",
        (revoked_on, revoked_by, mandate_id),
    )
    cursor = await connection.execute("select dossier from mandate where mandate_id = %s", (mandate_id,))
    row = await cursor.fetchone()
    if row is None:
        raise MandateNotFound(str(mandate_id))
    dossier: UUID = row["dossier"]
    return dossier


async def mandates_of(connection: Connection, *, dossier: UUID) -> list[Mandate]:
    """Return the mandates of a dossier, the newest first; of the account the last four digits only."""
    return await fetch_all(
        connection,
        Mandate,
        "select mandate_id, reference, right(iban, 4) as account_ending, signed_on, recorded_on, recorded_by, "
        "revoked_on, revoked_by from mandate where dossier = %s order by signed_on desc, mandate_id",
        (dossier,),
    )


async def due_collections(connection: Connection, *, collection_on: date) -> list[DueCollection]:
    """Return what can be collected on a day: what is due by then, under mandates in force, and not in a file already.

    What is due: quarters whose last bank day has come, less what notices of these quarters claim for a later day,
    such as the supplement of a regularisation. A mandate with a collection that came back for another reason than a
    lack of money waits for a person.
    """
    last = last_quarter_collected(on=collection_on)
    cursor = await connection.execute(
        "select m.mandate_id, m.reference, m.dossier, s.file_number, m.iban, m.signed_on, "
        "o.open_cents - later.cents as due_cents, "
        "coalesce(b.attempts, 0) + 1 as attempt, "
        "coalesce(b.settled, false) as settled, b.last_on from mandate m join subject s using (dossier) "
        "join (select dossier, sum(open_cents)::bigint as open_cents from open_item where open_cents > 0 "
        "and quarter <= %(quarter)s group by dossier) o using (dossier) "
        "join lateral (select coalesce(sum(greatest(n.charged_cents - n.credit_used_cents, 0)), 0)::bigint as cents "
        "from notice n where n.dossier = m.dossier and n.quarter <= %(quarter)s and n.due_on > %(due_on)s) later "
        "on true "
        "left join lateral (select count(*) as attempts, bool_or(executed_on is not null) as settled, "
        "max(r.execution_on) filter (where b.status in ('executed', 'returned') or b.executed_on is not null "
        "or b.returned_on is not null) as last_on "
        "from bank_order b join bank_order_run r using (run_id) where b.mandate_id = m.mandate_id) b on true "
        "where m.revoked_on is null and o.open_cents > later.cents "
        "and not exists (select from bank_order b where b.dossier = m.dossier "
        "and b.kind = 'directDebit' and b.status in ('filed', 'ordered')) "
        "and not exists (select from bank_order b where b.mandate_id = m.mandate_id and b.status = 'returned' "
        "and (b.return_reason is null or b.return_reason <> all(%(again)s))) order by s.file_number",
        {"quarter": str(last), "due_on": last.last_day, "again": sorted(PRESENTED_AGAIN)},
    )
    return [
        DueCollection(
            mandate_id=row["mandate_id"],
            reference=row["reference"],
            dossier=row["dossier"],
            file_number=row["file_number"],
            iban=row["iban"],
            signed_on=row["signed_on"],
            sequence=sequence_of(settled_before=row["settled"]),
            amount_cents=row["due_cents"],
            attempt=row["attempt"],
        )
        for row in await cursor.fetchall()
        if mandate_usable(signed_on=row["signed_on"], last_collected_on=row["last_on"], on=collection_on)
    ]


async def last_return(connection: Connection, *, dossier: UUID) -> ReturnedCollection | None:
    """Return amount and days of the newest collection of a dossier when it came back, else None."""
    return await fetch_one(
        connection,
        ReturnedCollection,
        "select * from (select b.amount_cents, coalesce(b.executed_on, r.execution_on) as collected_on, b.returned_on "
        "from bank_order b join bank_order_run r using (run_id) where b.dossier = %s and b.kind = 'directDebit' "
        "order by r.business_date desc limit 1) newest where returned_on is not null",
        (dossier,),
    )


async def unannounced(connection: Connection, *, run_id: UUID, after: int, limit: int) -> list[Unannounced]:
    """Return collections of a run of which the debtor's letter reached no carrier, in order of file number."""
    return await fetch_all(
        connection,
        Unannounced,
        "select b.order_id, b.dossier, b.amount_cents, s.file_number, m.reference, m.signed_on, "
        "d.id is not null as made from bank_order b "
        "join subject s using (dossier) join mandate m using (mandate_id) "
        "left join document d on d.kind = %s and d.reference = b.order_id::text "
        f"where b.run_id = %s and s.file_number > %s and (d.id is null or {TO_HAND_OVER}) "
        "order by s.file_number limit %s",
        (ANNOUNCEMENT_DOCUMENT, run_id, after, limit),
    )
