"""Database migrations: alembic, under a lock, by the owner; processes run with the rights of another role.

Each service has ``migrations/env.py`` of two lines and numbered versions. The first one executes the tables every
service has (``platform_schema``) and then the service's own ``migrations/sql/0001_initial*.sql``, in order of name.

    python -m shared.platform.database.migration billing
    python -m shared.platform.database.migration all

The address comes from ``BILLING_OWNER_DATABASE_URL`` and so on: the owner's, never the run-time role's.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, cast

import psycopg
from alembic import command, context, op
from alembic.config import Config
from alembic.script import ScriptDirectory
from psycopg import sql
from sqlalchemy import Connection as AlchemyConnection
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

ROOT: Final = Path(__file__).resolve().parents[3]

#: Everything that has a database of its own, and where its migrations are.
MIGRATIONS: Final[Mapping[str, Path]] = {
    "affiliation": ROOT / "services/affiliation/migrations",
    "billing": ROOT / "services/billing/migrations",
    "recovery": ROOT / "services/recovery/migrations",
    "benefits": ROOT / "services/benefits/migrations",
    "console": ROOT / "services/console/migrations",
    "sandbox": ROOT / "deploy/sandbox/migrations",
}
_SQL_FOLDER: Final = Path(__file__).with_name("sql")
#: A migration that waits longer for a lock gives up instead of making every request queue behind it.
_LOCK_TIMEOUT_MILLISECONDS: Final = 10_000
_INSUFFICIENT_ROLE_HELP: Final = "role {role} does not exist and {owner} may not create it: create it first"


class UnknownService(ValueError):
    """No such service has migrations."""

    def __init__(self, service: str) -> None:
        super().__init__(f"{service}: no such service; known are {', '.join(MIGRATIONS)}")


def runtime_role(service: str) -> str:
    """Return the role a service's processes connect with; it owns nothing."""
    return f"{service}_runtime"


def platform_schema() -> str:
    """Return the SQL of the tables every service has: every ``sql/platform_0001*.sql``, in order of name."""
    return "\n".join(path.read_text(encoding="utf-8") for path in sorted(_SQL_FOLDER.glob("platform_0001*.sql")))


def upgrade(service: str, url: str, *, revision: str = "head") -> None:
    """Bring the database of a service to a revision; waits for another migration of it to end.

    Args:
        service: name of the service, or ``sandbox``.
        url: libpq address of the database, as its owner.
        revision: alembic revision.

    Raises:
        UnknownService: the service has no migrations.
        psycopg.Error: the database refuses.
    """
    if service not in MIGRATIONS:
        raise UnknownService(service)
    # The lock has its own connection, so that a migration can't give it back by committing.
    with psycopg.connect(url, autocommit=True, application_name=f"migration-{service}") as guard:
        guard.execute("select pg_advisory_lock(hashtextextended('auxilia-migration', 0))")
        engine = create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(url), poolclass=NullPool)
        with engine.connect() as connection:
            _prepare(_driver(connection), service)
            connection.commit()
            command.upgrade(_config(service, connection), revision)
            connection.commit()


def current_revision(url: str) -> str | None:
    """Return the revision a database is at, None before its first migration."""
    with psycopg.connect(url) as connection:
        known = connection.execute("select to_regclass('alembic_version')").fetchone()
        if known is None or known[0] is None:
            return None
        row = connection.execute("select version_num from alembic_version").fetchone()
        return None if row is None else str(row[0])


def head_revision(service: str) -> str | None:
    """Return the newest revision of a service."""
    return ScriptDirectory.from_config(_config(service, None)).get_current_head()


def run_environment() -> None:
    """Run the migrations alembic asks for; the whole content of each ``migrations/env.py``."""
    connection = context.config.attributes.get("connection")
    if connection is None:
        raise RuntimeError("migrations run through: python -m shared.platform.database.migration SERVICE")
    context.configure(connection=connection, transaction_per_migration=True)
    with context.begin_transaction():
        context.run_migrations()


def execute_file(path: Path) -> None:
    """Execute a file of SQL statements inside the running migration."""
    execute_statements(path.read_text(encoding="utf-8"))


def execute_statements(statements: str) -> None:
    """Execute several SQL statements, without parameters, inside the running migration."""
    _driver(op.get_bind()).execute(statements.encode())


def initial_files(versions_file: str) -> list[Path]:
    """Return the files of a service's own first tables, in the order in which they are executed.

    Args:
        versions_file: ``__file__`` of the migration, in ``migrations/versions``.
    """
    own = Path(versions_file).resolve().parents[1] / "sql"
    return sorted(own.glob("0001_initial*.sql"))


def initial(versions_file: str) -> None:
    """Do what every first migration does: the platform's tables, then the service's own.

    Args:
        versions_file: ``__file__`` of the migration, in ``migrations/versions``.
    """
    execute_statements(platform_schema())
    for path in initial_files(versions_file):
        execute_file(path)


def refuse_downgrade() -> None:
    """Refuse to go back: what was kept would be lost. A correction is a new migration.

    Raises:
        RuntimeError: always.
    """
    raise RuntimeError("downgrades are refused: write a new migration instead")


def _driver(connection: AlchemyConnection) -> psycopg.Connection[tuple[Any, ...]]:
    return cast("psycopg.Connection[tuple[Any, ...]]", connection.connection.driver_connection)


def _config(service: str, connection: AlchemyConnection | None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS[service]).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def _prepare(connection: psycopg.Connection[tuple[Any, ...]], service: str) -> None:
    """Make the run-time role, its way in, and the functions that tell the schema which service it belongs to."""
    role = sql.Identifier(runtime_role(service))
    connection.execute(sql.SQL("set lock_timeout = {}").format(_LOCK_TIMEOUT_MILLISECONDS))
    _ensure_role(connection, runtime_role(service))
    database = connection.execute("select current_database()").fetchone()
    if database is None:
        raise RuntimeError("the server does not tell the name of the database")
    connection.execute(sql.SQL("grant connect on database {} to {}").format(sql.Identifier(database[0]), role))
    connection.execute(sql.SQL("grant usage on schema public to {}").format(role))
    for function, value in (("auxilia_service", service), ("auxilia_runtime_role", runtime_role(service))):
        connection.execute(
            sql.SQL("create or replace function {}() returns text language sql immutable as {}").format(
                sql.Identifier(function), sql.Literal(f"select '{value}'::text")
            )
        )


def _ensure_role(connection: psycopg.Connection[tuple[Any, ...]], role: str) -> None:
    """Create the role without login when it is absent; roles belong to the server, so another may be first."""
    if connection.execute("select from pg_roles where rolname = %s", (role,)).fetchone() is not None:
        return
    try:
        with connection.transaction():
            connection.execute(sql.SQL("create role {} nologin").format(sql.Identifier(role)))
    except (psycopg.errors.DuplicateObject, psycopg.errors.UniqueViolation):
        return
    except psycopg.errors.InsufficientPrivilege as error:
        raise RuntimeError(_INSUFFICIENT_ROLE_HELP.format(role=role, owner=connection.info.user)) from error


def main(arguments: Sequence[str] | None = None) -> int:
    """Upgrade one service or all; the command line."""
    parser = argparse.ArgumentParser(prog="python -m shared.platform.database.migration", description=__doc__)
    parser.add_argument("service", choices=[*MIGRATIONS, "all"])
    chosen = parser.parse_args(arguments).service
    for service in MIGRATIONS if chosen == "all" else [chosen]:
        variable = f"{service.upper()}_OWNER_DATABASE_URL"
        url = os.environ.get(variable)
        if not url:
            sys.stderr.write(f"{variable}: not set; it is the owner's address of the database of {service}\n")
            return 2
        upgrade(service, url)
        sys.stdout.write(f"{service}: at {current_revision(url)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
