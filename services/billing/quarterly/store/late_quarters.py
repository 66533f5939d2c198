"""Quarters that were over when this fund was told of an activity."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from shared.law.quarter import Quarter
from shared.platform.database.connections import Connection
from shared.platform.database.rows import fetch_all

#: Late quarters that nobody billed or relieved yet and that no run is billing now.
_OPEN: Final = """
  select l.dossier, l.quarter, l.status from late_quarter l
  where not exists (select from contribution c where c.dossier = l.dossier and c.quarter = l.quarter)
    and not exists (select from relief r where r.dossier = l.dossier and r.quarter = l.quarter)
    and not exists (select from quarter_taken_over t where t.dossier = l.dossier and t.quarter = l.quarter)
    and not exists (select from billing_run b where b.quarter = l.quarter and b.status = any(%(open)s))
  order by l.quarter, l.dossier
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class LateQuarter:
    """A late quarter of a dossier, and whether a run was asked for it or its law is not known."""

    dossier: UUID
    quarter: Quarter
    status: str


async def insert(connection: Connection, *, dossier: UUID, quarter: Quarter, told_on: date) -> None:
    """Keep a late quarter, once."""
    await connection.execute(
        "insert into late_quarter (dossier, quarter, told_on) values (%s, %s, %s) "
        "on conflict (dossier, quarter) do nothing",
        (dossier, str(quarter), told_on),
    )


async def waiting(connection: Connection, *, open_statuses: Sequence[str]) -> list[LateQuarter]:
    """Return what can be asked for, the oldest quarter first.

    Args:
        connection: a transaction.
        open_statuses: stages of runs that are billing a quarter.
    """
    return await fetch_all(connection, _late_quarter, _OPEN, {"open": list(open_statuses)})


async def set_asked(connection: Connection, *, quarter: Quarter, dossiers: Sequence[UUID], run_id: UUID) -> None:
    """Keep which run was asked for late quarters."""
    await connection.execute(
        "update late_quarter set status = 'asked', reason = null, run_id = %s where quarter = %s and dossier = any(%s)",
        (run_id, str(quarter), list(dossiers)),
    )


async def set_parked(connection: Connection, *, quarter: Quarter, dossiers: Sequence[UUID], reason: str) -> None:
    """Keep why late quarters wait."""
    await connection.execute(
        "update late_quarter set status = 'parked', reason = %s where quarter = %s and dossier = any(%s)",
        (reason, str(quarter), list(dossiers)),
    )


def _late_quarter(*, dossier: UUID, quarter: str, status: str) -> LateQuarter:
    return LateQuarter(dossier=dossier, quarter=Quarter.parse(quarter), status=status)
