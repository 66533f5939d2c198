"""Prepare empty servers: databases with their users, tables, topics, the Temporal namespace. Each step may run again.

python -m deploy.local.prepare databases     reads AUXILIA_DATABASE_URL and each service's database addresses
python -m deploy.local.prepare migrations    reads each service's owner address
python -m deploy.local.prepare topics        reads AUXILIA_KAFKA_BOOTSTRAP
python -m deploy.local.prepare temporal      reads AUXILIA_TEMPORAL_ADDRESS and AUXILIA_TEMPORAL_NAMESPACE
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Callable
from urllib.parse import unquote, urlsplit

import psycopg
from psycopg import sql

from deploy.local.keys import SERVICES
from deploy.local.layout import PROJECT

RETENTION_DAYS = 30
TEMPORAL_PATIENCE_SECONDS = 60


def migrated_services() -> list[str]:
    """Give the services that keep tables, in a fixed order."""
    homes = {service: PROJECT / "services" / service for service in SERVICES}
    homes["sandbox"] = PROJECT / "deploy" / "sandbox"
    return [service for service in SERVICES if (homes[service] / "migrations" / "env.py").exists()]


def prepare_databases() -> None:
    """Make each service's database with its owner and its runtime user, and give them their present passwords."""
    with psycopg.connect(os.environ["AUXILIA_DATABASE_URL"], autocommit=True) as connection:
        for service in SERVICES:
            prefix = service.upper()
            owner = _ensure_login(connection, os.environ[f"{prefix}_OWNER_DATABASE_URL"])
            runtime = _ensure_login(connection, os.environ[f"{prefix}_DATABASE_URL"])
            database = urlsplit(os.environ[f"{prefix}_DATABASE_URL"]).path.removeprefix("/")
            _ensure_database(connection, database, owner=owner, runtime=runtime)


def _ensure_login(connection: psycopg.Connection, url: str) -> str:
    parts = urlsplit(url)
    name, password = unquote(parts.username or ""), unquote(parts.password or "")
    known = connection.execute("select 1 from pg_roles where rolname = %s", [name]).fetchone()
    verb = sql.SQL("alter role" if known else "create role")
    connection.execute(sql.SQL("{} {} login password {}").format(verb, sql.Identifier(name), sql.Literal(password)))
    # On a server of others the administrator may be no superuser, and must be a member to make its databases.
    connection.execute(sql.SQL("grant {} to current_user").format(sql.Identifier(name)))
    return name


def _ensure_database(connection: psycopg.Connection, database: str, *, owner: str, runtime: str) -> None:
    if not connection.execute("select 1 from pg_database where datname = %s", [database]).fetchone():
        connection.execute(
            sql.SQL("create database {} owner {} encoding 'UTF8' template template0").format(
                sql.Identifier(database), sql.Identifier(owner)
            )
        )
    revoke = sql.SQL("revoke all on database {} from public").format(sql.Identifier(database))
    connection.execute(revoke)
    grant = sql.SQL("grant connect, temporary on database {} to {}")
    connection.execute(grant.format(sql.Identifier(database), sql.Identifier(runtime)))


def prepare_migrations() -> None:
    """Bring each service's tables up to date, as their owner."""
    for service in migrated_services():
        done = subprocess.run(  # noqa: S603 - our own module
            [sys.executable, "-m", "shared.platform.database.migration", service], check=False, cwd=PROJECT
        )
        if done.returncode != 0:
            raise SystemExit(f"the migration of {service} failed with code {done.returncode}")


def prepare_topics() -> None:
    """Make the topics of topics.yaml with their partitions."""
    from shared.platform.messages_in.kafka_admin import ensure_topics

    asyncio.run(ensure_topics(os.environ["AUXILIA_KAFKA_BOOTSTRAP"]))


def prepare_temporal() -> None:
    """Register the namespace and the search attributes, and wait until the server knows them."""
    asyncio.run(_register_namespace())


async def _register_namespace() -> None:
    from temporalio.service import RPCError

    from shared.platform.settings import PlatformSettings
    from shared.platform.temporal.connecting import connect, provision_namespace

    until = time.monotonic() + TEMPORAL_PATIENCE_SECONDS
    known = False
    while not known:
        try:
            client = await connect(PlatformSettings(), identity="prepare")
            await provision_namespace(client, retention_days=RETENTION_DAYS)
            known = True
        except (RPCError, RuntimeError):
            # A server that just came up refuses for a moment.
            if time.monotonic() > until:
                raise
            await asyncio.sleep(0.2)


STEPS: dict[str, Callable[[], None]] = {
    "databases": prepare_databases,
    "migrations": prepare_migrations,
    "topics": prepare_topics,
    "temporal": prepare_temporal,
}


def main() -> None:
    """Run the steps named on the command line."""
    for name in sys.argv[1:]:
        began = time.monotonic()
        STEPS[name]()
        print(f"{name}: ready in {time.monotonic() - began:.1f} s", flush=True)
    # The Temporal client can disturb the interpreter's own ending; everything is written by now.
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
