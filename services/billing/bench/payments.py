"""``bench payments``: a bank statement read, matched, allocated and booked as in production, beside a raw COPY."""

from __future__ import annotations

import asyncio
import tempfile
import time
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Final, NamedTuple

import click
import psycopg

from services.billing.bank_statements.service import Receipt
from services.billing.bench import databases
from services.billing.bench.report import AS_JSON, PEOPLE, Stages, peak_memory_mib, print_figures, shown_stages
from services.billing.bench.statement_file import write_statements
from services.billing.money_in.service import files as bank
from shared.law.identifiers import structured_communication
from shared.platform.database.connections import Database

ACCOUNT: Final = "BE16999000010174"
RECEIVED_ON: Final = date(2026, 4, 1)
_PRINCIPAL_CENTS: Final = 890_42
_FEE_CENTS: Final = 37_84
#: One payer in ten pays a part, one in ten too much, one in a thousand writes a reference nobody has.
_PART_CENTS: Final = 300_00
_TOO_MUCH_CENTS: Final = 1_000_00
_TABLES: Final = (
    "bank_file", "bank_file_part", "bank_file_reading", "bank_statement", "bank_line", "journal_entry", "journal_line",
    "payment", "allocation", "outbox_sequence", "outbox", "task",
)  # fmt: skip
_ROWS_BEFORE: Final = {"journal_entry": "kind <> 'contribution'", "journal_line": "booking_date > '2026-01-05'"}
_GENERATED: Final = {"bank_statement": "position", "outbox": "id"}


class Booked(NamedTuple):
    """How long a statement took, and how many of its lines found their dossier."""

    seconds: float
    matched: int
    unmatched: int


@click.command(name="payments", short_help="Book a bank statement, beside a raw COPY of the same rows.")
@PEOPLE
@AS_JSON
def payments_bench(people: int, *, as_json: bool) -> None:
    """Read a coded statement with one payment of each of so many invented people, match it by reference, allocate it
    and book it with its facts, by the code of production and in one transaction. Then copy the same rows raw into the
    same tables, with the same indexes and constraints, in one transaction as well.

    \b
    ./auxilia bench payments --people 1000000
    """
    with shown_stages() as stages:
        figures = asyncio.run(measure(people, stages))
    print_figures(figures, as_json=as_json)


async def measure(people: int, stages: Stages) -> dict[str, float]:
    """Measure a statement of so many payments, and the raw COPY of its rows beside it."""
    administrator = databases.administrator_url()
    stages.begin("inventing people and their payments")
    with (
        databases.fresh_database(administrator) as ours,
        tempfile.TemporaryDirectory(prefix="auxilia-bench-") as folder,
    ):
        owner = databases.of_database(administrator, ours)
        _write_people(owner, people)
        with databases.fresh_database(administrator, template=ours) as theirs:
            statement = Path(folder) / "statement.cod"
            write_statements(statement, account=ACCOUNT, payments=people, payment=invented_payment)
            _settle(administrator)
            stages.begin("booking the statement")
            booked = await _book(databases.runtime_url(administrator, ours), statement)
            memory = peak_memory_mib()
            stages.begin("taking the rows out")
            rows = _export(owner, Path(folder))
            _settle(administrator)
            stages.begin("copying the same rows")
            raw = _copy(databases.runtime_url(administrator, theirs), Path(folder), rows)
    return {
        "people": people,
        "matched": booked.matched,
        "unmatched": booked.unmatched,
        "seconds": round(booked.seconds, 2),
        "rawCopySeconds": round(raw, 2),
        "peoplePerSecond": round(people / booked.seconds),
        "ratioToRawCopy": round(booked.seconds / raw, 2),
        "peakMemoryMiB": memory,
    }


def invented_payment(number: int) -> tuple[str, int]:
    """Invent the payment of a person: the reference of their notice, and what they pay."""
    notice = 999 if number % 1000 == 0 else 1
    cents = {1: _PART_CENTS, 2: _TOO_MUCH_CENTS}.get(number % 10, _PRINCIPAL_CENTS + _FEE_CENTS)
    return structured_communication(number * 1000 + notice), cents


def _write_people(url: str, people: int) -> None:
    """Write people who were billed a quarter: subject, contribution in the ledger, notice with its reference."""
    with psycopg.connect(url) as connection:
        connection.execute(
            "create temporary table person as select n, "
            "('01900000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid as dossier, gen_random_uuid() as entry_id, "
            "lpad((n * 1000 + 1)::text, 10, '0') || lpad(coalesce(nullif((n * 1000 + 1) %% 97, 0), 97)::text, 2, '0') "
            "as reference from generate_series(1, %s::bigint) n",
            (people,),
        )
        connection.execute(
            "insert into subject (dossier, file_number, language, partition) select dossier, n, 'fr', n % 6 from person"
        )
        connection.execute(
            "insert into journal_entry (entry_id, kind, value_date, booking_date, reference) "
            "select entry_id, 'contribution', '2026-01-01', '2026-01-05', dossier::text from person"
        )
        connection.execute(
            "insert into journal_line (entry_id, position, account, cents, dossier, quarter, kind, nature, value_date, "
            "booking_date) select entry_id, l.position, l.account, l.cents, dossier, l.quarter, l.kind, l.nature, "
            "'2026-01-01', '2026-01-05' from person, (values "
            "(1, 'receivable', %(principal)s::bigint, '2026Q1', 'principal', 'charge'), "
            "(2, 'contributions', -%(principal)s::bigint, null, null, null), "
            "(3, 'receivable', %(fee)s::bigint, '2026Q1', 'fee', 'charge'), "
            "(4, 'managementFees', -%(fee)s::bigint, null, null, null)) "
            "as l (position, account, cents, quarter, kind, nature) order by n, l.position",
            {"principal": _PRINCIPAL_CENTS, "fee": _FEE_CENTS},
        )
        connection.execute(
            "insert into notice (reference, dossier, quarter, kind, number, charged_cents, credit_used_cents, "
            "issued_on, due_on, run_id) select reference, dossier, '2026Q1', 'provisional', 1, %s, 0, '2026-01-05', "
            "'2026-03-31', gen_random_uuid() from person",
            (_PRINCIPAL_CENTS + _FEE_CENTS,),
        )
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("vacuum (analyze)")


def _settle(administrator: str) -> None:
    """Let the server write what it still holds, so that neither side pays for what came before."""
    with psycopg.connect(administrator, autocommit=True) as connection:
        connection.execute("checkpoint")


async def _book(url: str, statement: Path) -> Booked:
    database = await Database.open(url, application_name="bench-payments", statement_timeout_seconds=600)
    receipt = Receipt(
        received_on=RECEIVED_ON, received_by="bench", interest_rate=Decimal("0.07"), tasks_due_on=RECEIVED_ON
    )
    try:
        with statement.open("rb") as source:
            began = time.perf_counter()
            result = await bank.read_file(database, source=source, accounts=[ACCOUNT], receipt=receipt)
            seconds = time.perf_counter() - began
    finally:
        await database.close()
    if result.refusal is not None:
        raise click.ClickException(f"the statement of the bench was refused: {result.refusal}")
    return Booked(
        seconds=seconds,
        matched=sum(read.matched for read in result.statements),
        unmatched=sum(read.unmatched for read in result.statements),
    )


def _export(url: str, folder: Path) -> dict[str, str]:
    """Write the rows the statement left in each table to files, and return the columns of each."""
    columns: dict[str, str] = {}
    with psycopg.connect(url) as connection:
        for table in _TABLES:
            found = connection.execute(
                "select string_agg(attname, ', ' order by attnum) from pg_attribute "
                "where attrelid = %s::regclass and attnum > 0 and not attisdropped and attname <> %s",
                (table, _GENERATED.get(table, "")),
            ).fetchone()
            columns[table] = str(found[0]) if found else ""
            query = f"select {columns[table]} from {table} where {_ROWS_BEFORE.get(table, 'true')}"
            with (
                (folder / table).open("wb") as file,
                connection.cursor().copy(f"copy ({query}) to stdout (format binary)") as copy,
            ):
                for part in copy:
                    file.write(part)
    return columns


def _copy(url: str, folder: Path, columns: dict[str, str]) -> float:
    """Copy the rows of the files into another database of the same kind and return how many seconds it took."""
    with psycopg.connect(url) as connection:
        began = time.perf_counter()
        for table in _TABLES:
            target = f"copy {table} ({columns[table]}) from stdin (format binary)"
            with (folder / table).open("rb") as file, connection.cursor().copy(target) as copy:
                while part := file.read(1024 * 1024):
                    copy.write(part)
        connection.commit()
        return time.perf_counter() - began
