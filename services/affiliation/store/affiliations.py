"""Running affiliations: how they end, and how their category changes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from services.affiliation.domain.breach import Breach
from services.affiliation.domain.status import cessation_reported_late, check_category_change, check_cessation
from shared.contracts.affiliation_v1 import AffiliationCategoryChanged, AffiliationCeased, CessationReason
from shared.contracts.vocabulary import Category
from shared.law.parameters import Parameters
from shared.platform import outbox
from shared.platform.audit import record
from shared.platform.database import Connection


class AffiliationNotFound(LookupError):
    """The dossier has no affiliation."""


class ChangeRefused(ValueError):
    """What was reported breaks rules; ``breaches`` names them."""

    def __init__(self, breaches: tuple[Breach, ...]) -> None:
        super().__init__(", ".join(breach.rule for breach in breaches))
        self.breaches = breaches


@dataclass(frozen=True, kw_only=True)
class Cessation:
    """An affiliation that has ended."""

    dossier: UUID
    ceased_on: date
    reason: CessationReason
    reported_on: date
    reported_late: bool


async def cease(
    connection: Connection,
    *,
    dossier: UUID,
    ceased_on: date,
    reason: CessationReason,
    today: date,
    actor: str,
    parameters: Parameters,
) -> Cessation:
    """End a dossier's affiliation and tell it; reporting the same again returns what was kept.

    Args:
        connection: the transaction.
        dossier: whose affiliation ends.
        ceased_on: last day of the activity.
        reason: why it ended.
        today: civil date of the report.
        actor: who reports it.
        parameters: the dated law.

    Raises:
        AffiliationNotFound: the dossier has no affiliation.
        ChangeRefused: the report breaks a rule.
    """
    row = await _newest(connection, dossier=dossier)
    if row["ceased_on"] == ceased_on and row["cessation_reason"] == reason:
        return Cessation(
            dossier=dossier,
            ceased_on=ceased_on,
            reason=reason,
            reported_on=row["cessation_reported_on"],
            reported_late=row["cessation_reported_late"],
        )
    found = check_cessation(
        starts_on=row["starts_on"], already_ceased_on=row["ceased_on"], ceased_on=ceased_on, today=today
    )
    if found:
        raise ChangeRefused(found)
    late = cessation_reported_late(ceased_on=ceased_on, reported_on=today, parameters=parameters)
    await connection.execute(
        "update affiliation set ceased_on = %s, cessation_reason = %s, cessation_reported_on = %s, "
        "cessation_reported_late = %s where affiliation_id = %s",
        (ceased_on, reason, today, late, row["affiliation_id"]),
    )
    await outbox.publish(
        connection, AffiliationCeased(dossier=dossier, occurred_on=today, ceased_on=ceased_on, reason=reason)
    )
    details = {"ceasedOn": ceased_on.isoformat(), "reason": reason.value, "reportedLate": late}
    await record(
        connection, actor=actor, action="affiliation.ceased", dossier=dossier, purpose="RGS art. 8", details=details
    )
    return Cessation(dossier=dossier, ceased_on=ceased_on, reason=reason, reported_on=today, reported_late=late)


async def change_category(
    connection: Connection, *, dossier: UUID, category: Category, applies_from: date, today: date, actor: str
) -> None:
    """Let a dossier belong to another category from a quarter on, and tell it; doing it again changes nothing.

    Raises:
        AffiliationNotFound: the dossier has no affiliation.
        ChangeRefused: the change breaks a rule.
    """
    row = await _newest(connection, dossier=dossier)
    found = check_category_change(
        starts_on=row["starts_on"], ceased_on=row["ceased_on"], applies_from=applies_from, today=today
    )
    if found:
        raise ChangeRefused(found)
    cursor = await connection.execute(
        "insert into category_period (affiliation_id, category, applies_from, reported_on) values (%s, %s, %s, %s) "
        "on conflict do nothing",
        (row["affiliation_id"], category, applies_from, today),
    )
    if cursor.rowcount == 0:
        return
    await outbox.publish(
        connection,
        AffiliationCategoryChanged(dossier=dossier, occurred_on=today, category=category, applies_from=applies_from),
    )
    await record(
        connection,
        actor=actor,
        action="affiliation.categoryChanged",
        dossier=dossier,
        purpose="RGS art. 39",
        details={"category": category.value, "appliesFrom": applies_from.isoformat()},
    )


async def _newest(connection: Connection, *, dossier: UUID) -> dict[str, Any]:
    cursor = await connection.execute(
        "select * from affiliation where dossier = %s order by starts_on desc limit 1 for update", (dossier,)
    )
    row = await cursor.fetchone()
    if row is None:
        raise AffiliationNotFound(str(dossier))
    return row
