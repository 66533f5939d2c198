"""Invented people for a bench, written straight into billing's tables: the same ones each time."""

from __future__ import annotations

import random
import zlib
from collections.abc import Iterator
from datetime import date
from io import BytesIO
from typing import Any, Final

import polars as pl
import psycopg

from shared.contracts.topics import topic_named
from shared.law.quarter import Quarter

QUARTER: Final = Quarter(2026, 1)
BOOKED_ON: Final = date(2026, 1, 5)
_IMPORT: Final = "00000000-0000-7000-8000-000000000001"
_SEED: Final = 20260101
_AT_ONCE: Final = 50_000
#: 1 January 2015 in milliseconds, and the milliseconds between two affiliations: dossiers are UUIDs of version 7.
_FIRST_MOMENT: Final = 1_420_070_400_000
_BETWEEN: Final = 240_000
#: Common categories, and how many of a hundred people are of each.
CATEGORIES: Final = ("main", "complementary", "pensioner", "article37", "spouseMaxi", "student")
WEIGHTS: Final = (74, 16, 4, 3, 2, 1)
#: One in so many has no income of the reference year and is parked; one in so many has begun lately.
_PARKED: Final = 1000
_LATELY: Final = 20


def write_people(url: str, people: int) -> None:
    """Write subjects, their activity, category and income, as the owner; then let the planner know the tables."""
    with psycopg.connect(url) as connection:
        row = connection.execute("select rolsuper from pg_roles where rolname = current_user").fetchone()
        if row is not None and row[0]:
            # These people are invented whole: nothing can be wrong with what their rows refer to.
            connection.execute("set local session_replication_role = replica")
        connection.execute(
            "insert into income_import (import_id, sha256, received_on, received_by, content, accepted) "
            "values (%s, %s, %s, 'bench', '', %s)",
            (_IMPORT, "0" * 64, date(2025, 9, 1), people),
        )
        for frame in _people(people):
            _write(connection, frame)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("vacuum (analyze) subject, activity_period, category_period, income")


def _people(people: int) -> Iterator[pl.DataFrame]:
    generator = random.Random(_SEED)  # noqa: S311 - invented people, no secret
    partitions = topic_named("billing.facts.v1").partitions
    for first in range(1, people + 1, _AT_ONCE):
        numbers = range(first, min(first + _AT_ONCE, people + 1))
        dossiers = [_dossier(number, generator) for number in numbers]
        yield pl.DataFrame(
            {
                "dossier": [dossier.hex() for dossier in dossiers],
                "file_number": numbers,
                "partition": [zlib.crc32(dossier) % partitions for dossier in dossiers],
                "category": generator.choices(CATEGORIES, WEIGHTS, k=len(dossiers)),
                "income_cents": [generator.randrange(200_000, 15_000_000) for _ in dossiers],
                "began_on": [
                    date(2025, 4, 1) if number % _LATELY == 0 else date(2010 + number % 13, 1, 1) for number in numbers
                ],
                "known": [number % _PARKED != 1 for number in numbers],
            }
        )


def _dossier(number: int, generator: random.Random) -> bytes:
    moment = _FIRST_MOMENT + number * _BETWEEN
    low = 0b10 << 62 | generator.getrandbits(62)
    return (moment << 80 | 0x7 << 76 | generator.getrandbits(12) << 64 | low).to_bytes(16)


def _write(connection: psycopg.Connection[Any], people: pl.DataFrame) -> None:
    same = pl.lit
    _copy(connection, "subject", people.select("dossier", "file_number", "partition", same("fr").alias("language")))
    _copy(
        connection,
        "activity_period",
        people.select(
            "dossier",
            pl.col("began_on").alias("starts_on"),
            same("t").alias("first_activity"),
            same("f").alias("ex_officio"),
            same("f").alias("taken_over"),
            pl.col("began_on").alias("told_on"),
        ),
    )
    _copy(connection, "category_period", people.select("dossier", pl.col("began_on").alias("applies_from"), "category"))
    _copy(
        connection,
        "income",
        people.filter("known").select(
            "dossier",
            same(2023).alias("year"),
            same(date(2025, 9, 1)).alias("known_on"),
            "income_cents",
            same(_IMPORT).alias("import_id"),
        ),
    )


def _copy(connection: psycopg.Connection[Any], table: str, rows: pl.DataFrame) -> None:
    content = BytesIO()
    rows.write_csv(content, include_header=False)
    statement = f"copy {table} ({', '.join(rows.columns)}) from stdin (format csv)"
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        copy.write(content.getbuffer())
