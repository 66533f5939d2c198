"""What was billed before subjection changed, and the quarters an end of activity left unowed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from shared.contracts.vocabulary import AmountKind
from shared.law.quarter import Quarter
from shared.platform.database.connections import Connection
from shared.platform.database.rows import fetch_all, fetch_values

#: What the waivers of quarters that are not owed today took off contributions and fees. Surcharges stay waived; a
#: quarter that was relieved since is not owed for another reason.
_WAIVED: Final = """
  select u.quarter, u.entry_id, l.kind, -sum(l.cents)::bigint as cents,
    exists (select from surcharge s where s.dossier = u.dossier and s.quarter = u.quarter) as surcharged
  from unowed u join journal_line l on l.entry_id = u.entry_id and l.quarter = u.quarter
  where u.dossier = %s and l.account = 'receivable' and l.nature = 'waiver' and l.kind in ('principal', 'fee')
    and not exists (select from relief r where r.dossier = u.dossier and r.quarter = u.quarter)
  group by u.dossier, u.quarter, u.entry_id, l.kind having sum(l.cents) <> 0 order by u.quarter, l.kind
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class WaivedAmount:
    """What a waiver took off one kind of a quarter; ``surcharged`` when a closing charged the quarter before."""

    quarter: Quarter
    entry_id: UUID
    kind: AmountKind
    cents: int
    surcharged: bool


async def waived_amounts(connection: Connection, *, dossier: UUID) -> list[WaivedAmount]:
    """Return what was waived of quarters that an end of activity left unowed, and is waived still."""
    return await fetch_all(connection, _waived_amount, _WAIVED, (dossier,))


async def insert_unowed(connection: Connection, *, dossier: UUID, quarter: str, entry_id: UUID, noted_on: date) -> None:
    """Keep that a waiver made a billed quarter unowed."""
    await connection.execute(
        "insert into unowed_quarter (dossier, quarter, entry_id, noted_on) values (%s, %s, %s, %s) "
        "on conflict do nothing",
        (dossier, quarter, entry_id, noted_on),
    )


async def insert_owed_again(
    connection: Connection, *, dossier: UUID, waived: WaivedAmount, entry_id: UUID, claimed_on: date
) -> None:
    """Keep that a waiver was taken back; a quarter that was surcharged before stays claimed when it was."""
    await connection.execute(
        "insert into owed_again_quarter (dossier, quarter, waiver_id, entry_id, claimed_on) "
        "values (%s, %s, %s, %s, %s) on conflict do nothing",
        (dossier, str(waived.quarter), waived.entry_id, entry_id, None if waived.surcharged else claimed_on),
    )


async def billed_rules(connection: Connection, *, dossier: UUID) -> dict[Quarter, str]:
    """Return the quarters that were billed, the oldest first, with the rule each was assessed by."""
    return dict(
        await fetch_all(
            connection,
            _billed_rule,
            "select c.quarter, coalesce(u.rule, c.category) as rule from contribution c left join contribution_rule u "
            "on u.dossier = c.dossier and u.quarter = c.quarter and u.number = 0 "
            "where c.dossier = %s and c.kind = 'provisional' order by c.quarter",
            (dossier,),
        )
    )


async def regularised_years(connection: Connection, *, dossier: UUID, since: int) -> list[int]:
    """Return the years from one on of which a statement was sent."""
    return await fetch_values(
        connection,
        "select distinct year from regularisation where dossier = %s and year >= %s order by year",
        (dossier, since),
    )


def _waived_amount(*, quarter: str, entry_id: UUID, kind: str, cents: int, surcharged: bool) -> WaivedAmount:
    return WaivedAmount(
        quarter=Quarter.parse(quarter), entry_id=entry_id, kind=AmountKind(kind), cents=cents, surcharged=surcharged
    )


def _billed_rule(*, quarter: str, rule: str) -> tuple[Quarter, str]:
    return Quarter.parse(quarter), rule
