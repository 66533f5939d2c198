"""Files of incomes and of balance sheet totals as they were received, with the lines that were refused."""

from __future__ import annotations

from enum import StrEnum
from typing import Any
from uuid import UUID

from shared.platform.database import Connection


class ReceivedKind(StrEnum):
    """What a file holds; the value is how its tables are called."""

    INCOMES = "income"
    BALANCE_TOTALS = "balance"


async def received_files(
    connection: Connection, *, kind: ReceivedKind, import_id: UUID | None = None, limit: int = 100
) -> list[dict[str, Any]]:
    """Return the newest files of a kind with their counts, without their bytes; or one of them."""
    cursor = await connection.execute(
        "select i.import_id, i.received_on, i.received_by, i.accepted, i.refusal_rule, i.refusal_detail, "
        f"(select count(distinct r.line) from {kind}_reject r where r.import_id = i.import_id) as rejected "
        f"from {kind}_import i where %(import_id)s::uuid is null or i.import_id = %(import_id)s "
        "order by i.import_id desc limit %(limit)s",
        {"import_id": import_id, "limit": limit},
    )
    return await cursor.fetchall()


async def refused_lines(
    connection: Connection, *, kind: ReceivedKind, import_id: UUID, after_line: int, limit: int
) -> list[dict[str, Any]]:
    """Return what is wrong with lines of a file after one, in file order; a line is never cut in two pages."""
    cursor = await connection.execute(
        f"select line, field, rule, detail from {kind}_reject where import_id = %(import_id)s and line in "
        f"(select distinct line from {kind}_reject where import_id = %(import_id)s and line > %(after)s "
        "order by line limit %(limit)s) order by line, field",
        {"import_id": import_id, "after": after_line, "limit": limit},
    )
    return await cursor.fetchall()
