"""Migrations: the same tables for all, least rights for processes, nothing rewritten."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from shared.platform.database import migration
from tests.support.servers import Databases, ServiceDatabase

Of = Callable[[str], ServiceDatabase]


@pytest.mark.parametrize("service", sorted(migration.MIGRATIONS))
def test_every_file_of_tables_is_executed_by_a_migration(service: str) -> None:
    folder = migration.MIGRATIONS[service]
    versions = sorted((folder / "versions").glob("*.py"))
    executed = {path.name for path in migration.initial_files(str(versions[0]))}
    later = "".join(path.read_text(encoding="utf-8") for path in versions[1:])
    files = {path.name for path in (folder / "sql").glob("*.sql")}
    left = [name for name in files - executed if name not in later]
    assert left == [], "name it 0001_initial_<what>.sql, or execute it in a version of its own"


@pytest.mark.parametrize("service", sorted(migration.MIGRATIONS))
def test_every_service_can_be_migrated_and_then_is_at_its_newest_version(databases: Databases, service: str) -> None:
    database = databases.of(service, purpose="migration")

    assert migration.current_revision(database.owner_url) == migration.head_revision(service)


def test_two_migrations_at_once_do_the_work_once(databases: Databases) -> None:
    url = databases.empty("twice")

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda _: migration.upgrade("console", url), range(2)))

    assert migration.current_revision(url) == "0001"


def test_an_unknown_service_is_refused_by_name(databases: Databases) -> None:
    with pytest.raises(migration.UnknownService, match="pensions: no such service; known are affiliation"):
        migration.upgrade("pensions", databases.empty("unknown"))


def test_a_process_may_not_change_tables_nor_read_drafts_of_the_audit(service_database: Of) -> None:
    database = service_database("console")
    for statement in ("drop table task", "alter table task add column x int", "select * from audit_draft"):
        with psycopg.connect(database.url) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(statement)


@pytest.mark.parametrize(
    "statement", ["update audit_entry set content = '{}'", "delete from audit_entry", "truncate audit_entry"]
)
def test_the_owner_can_not_rewrite_what_is_append_only(service_database: Of, statement: str) -> None:
    with (
        psycopg.connect(service_database("console").owner_url) as connection,
        pytest.raises(psycopg.errors.RestrictViolation, match="refused"),
    ):
        connection.execute(statement)


def test_append_only_also_holds_where_triggers_are_switched_off_for_replication(service_database: Of) -> None:
    with psycopg.connect(service_database("console").owner_url) as connection:
        connection.execute("set session_replication_role = replica")
        with pytest.raises(psycopg.errors.RestrictViolation):
            connection.execute("delete from audit_entry")


def test_a_downgrade_is_refused() -> None:
    with pytest.raises(RuntimeError, match="write a new migration"):
        migration.refuse_downgrade()


def test_the_command_line_names_the_variable_that_is_missing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("CONSOLE_OWNER_DATABASE_URL", raising=False)

    assert migration.main(["console"]) == 2
    assert "CONSOLE_OWNER_DATABASE_URL: not set" in capsys.readouterr().err


def test_the_command_line_upgrades_and_tells_the_version(
    databases: Databases, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CONSOLE_OWNER_DATABASE_URL", databases.empty("command"))

    assert migration.main(["console"]) == 0
    assert capsys.readouterr().out == "console: at 0001\n"
