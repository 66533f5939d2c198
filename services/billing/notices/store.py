"""Notices of contribution: which still need their letter, and what it says."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from services.billing.assessment.rules import BILLED_AMOUNTS, STORED_INPUTS
from services.billing.correspondence.rules.channels import NOTICE_DOCUMENT
from shared.law.quarter import Quarter
from shared.platform.database.connections import Connection
from shared.platform.database.rows import JsonObject, fetch_all, fetch_values


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeToWrite:
    """A notice whose letter was not made yet, with the contribution it claims and what that was assessed from."""

    reference: str
    dossier: UUID
    quarter: str
    charged_cents: int
    credit_used_cents: int
    issued_on: date
    due_on: date
    file_number: int
    contribution_cents: int
    fee_cents: int
    total_cents: int
    category: str
    income_basis: str
    income_cents: int | None
    income_quarters: int
    first_quarter: bool
    fee_rate_millionths: int
    law_id: UUID
    law: JsonObject = field(repr=False)
    rule: str | None

    @property
    def assessed(self) -> dict[str, object]:
        """What the reasons are computed from again, by column."""
        return {name: getattr(self, name) for name in (*STORED_INPUTS, *BILLED_AMOUNTS, "rule")}


async def without_letter(
    connection: Connection, *, quarter: Quarter, partition: int, after: str | None, limit: int
) -> list[NoticeToWrite]:
    """Return notices of a quarter whose letter was not made yet, in order of their reference.

    Args:
        quarter: the quarter.
        partition: only dossiers of this partition, so that several can work side by side.
        after: continue after this reference.
        limit: how many at most.
    """
    return await fetch_all(
        connection,
        NoticeToWrite,
        "select n.reference, n.dossier, n.quarter, n.charged_cents, n.credit_used_cents, n.issued_on, n.due_on, "
        "s.file_number, c.contribution_cents, c.fee_cents, c.total_cents, c.category, c.income_basis, c.income_cents, "
        "c.income_quarters, c.first_quarter, c.fee_rate_millionths, c.law_id, l.numbers as law, u.rule from notice n "
        "join subject s using (dossier) join contribution c using (dossier, quarter, kind) "
        "join assessment_law l using (law_id) "
        "left join contribution_rule u on u.dossier = n.dossier and u.quarter = n.quarter and u.number = 0 "
        "where n.quarter = %(quarter)s and s.partition = %(partition)s "
        "and (%(after)s::text is null or n.reference > %(after)s) "
        "and not exists (select from document d where d.kind = %(kind)s and d.reference = n.reference) "
        "order by n.reference limit %(limit)s",
        {
            "quarter": str(quarter),
            "partition": partition,
            "after": after,
            "kind": NOTICE_DOCUMENT,
            "limit": limit,
        },
    )


async def partitions_with_notices(connection: Connection, *, quarter: Quarter) -> list[int]:
    """Return the partitions that hold notices of a quarter."""
    return await fetch_values(
        connection,
        "select distinct s.partition from notice n join subject s using (dossier) where n.quarter = %s order by 1",
        (str(quarter),),
    )
