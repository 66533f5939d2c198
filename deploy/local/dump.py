"""Dumps the end state of an instance without ids and times, so that two runs can be compared line by line.

A run whose processes were killed at random must end in the same state as an undisturbed one. What may differ is left
out by name: identifiers, moments of real time, and how often something was tried.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import dict_row

#: Services whose rows are compared.
SERVICES = ("affiliation", "billing", "recovery", "benefits")
#: How facts and commands travel, who looked, and how work was cut into pages: not part of what came of it.
TRANSPORT_TABLES = frozenset(
    {
        "alembic_version",
        "audit_draft",
        "audit_entry",
        "billing_page",
        "calendar",
        "closing_page",
        "dispatch",
        "inbox",
        "inbox_sequence",
        "outbox",
        "outbox_purged",
        "outbox_sequence",
        "transmission_attempt",
    }
)
#: Columns that count attempts, cut work into pieces, or number rows in the order in which they happened to arrive.
TRANSPORT_COLUMNS = frozenset(
    {"attempts", "message_offset", "ordinal", "page", "pages", "partition", "position", "workflow_id"}
)
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
#: Under which the bank knows a payment of a benefit: made of the payment's own identifier.
_PAYMENT = re.compile(r"\bP[0-9a-f]{32}\d\d\b")
#: What post and bailiff answer when they take a paper in: made of the paper's own identifier.
_RECEIPT = re.compile(r"\b[A-Z][0-9A-F]{12}\b")
_HASH = re.compile(r"\b[0-9a-f]{64}\b")
_MOMENT = re.compile(r"\b\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}[^\s\"]*")
#: What differs between any two runs, and the word that stands for it.
_DIFFERENT: tuple[tuple[re.Pattern[str], str], ...] = (
    (_UUID, "id"),
    (_PAYMENT, "payment"),
    (_RECEIPT, "receipt"),
    (_HASH, "hash"),
    (_MOMENT, "moment"),
)


async def dump(environment: Mapping[str, str]) -> list[str]:
    """Return the sorted lines of an instance's end state, one per row.

    Args:
        environment: the instance's variables, with the owner's address of each database.
    """
    dossiers = await _file_numbers(environment["AFFILIATION_OWNER_DATABASE_URL"])
    lines: list[str] = []
    for service in SERVICES:
        lines += await _dump_database(service, environment[f"{service.upper()}_OWNER_DATABASE_URL"], dossiers)
    return sorted(lines)


async def _file_numbers(url: str) -> dict[str, str]:
    async with await psycopg.AsyncConnection.connect(url) as connection:
        rows = await (await connection.execute("select dossier, file_number from dossier")).fetchall()
    return {str(dossier): f"file {number}" for dossier, number in rows}


async def _dump_database(service: str, url: str, dossiers: Mapping[str, str]) -> list[str]:
    lines: list[str] = []
    async with await psycopg.AsyncConnection.connect(url, row_factory=dict_row) as connection:
        tables = await (
            await connection.execute(
                "select table_name from information_schema.tables"
                " where table_schema = 'public' and table_type = 'BASE TABLE' order by table_name"
            )
        ).fetchall()
        for table in (row["table_name"] for row in tables):
            if table in TRANSPORT_TABLES:
                continue
            cursor = await connection.execute(f'select * from "{table}"')
            async for row in cursor:
                values = dict(_comparable_items(row, dossiers))
                lines.append(f"{service}.{table} {json.dumps(values, sort_keys=True, ensure_ascii=False)}")
    return lines


def _comparable_items(row: Mapping[str, Any], dossiers: Mapping[str, str]) -> Iterator[tuple[str, Any]]:
    for name, value in row.items():
        if name in TRANSPORT_COLUMNS or isinstance(value, datetime | bytes | memoryview):
            continue
        yield name, _comparable(value, dossiers)


def _comparable(value: Any, dossiers: Mapping[str, str]) -> Any:
    if isinstance(value, UUID):
        return dossiers.get(str(value), "id")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {_text(key, dossiers): _comparable(item, dossiers) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_comparable(item, dossiers) for item in value]
    if isinstance(value, bool | int) or value is None:
        return value
    return _text(str(value), dossiers)


def _text(text: str, dossiers: Mapping[str, str]) -> str:
    return without_ids_and_moments(_UUID.sub(lambda match: dossiers.get(match.group(), "id"), text))


def without_ids_and_moments(text: str) -> str:
    """Return a text without what differs between any two runs."""
    for pattern, word in _DIFFERENT:
        text = pattern.sub(word, text)
    return text


def main() -> None:
    """Print the dump of the instance whose variables are set (see ./auxilia env)."""
    import os
    import sys

    for line in asyncio.run(dump(os.environ)):
        sys.stdout.write(line + "\n")


if __name__ == "__main__":
    main()
