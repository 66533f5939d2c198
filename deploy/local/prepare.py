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
from collections.abc import Awaitable, Callable
from datetime import timedelta
from urllib.parse import unquote, urlsplit

import psycopg
from psycopg import sql

from deploy.local.keys import SERVICES
from deploy.local.layout import PROJECT
from deploy.local.temporal import NAMESPACE

RETENTION = timedelta(days=30)
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
            [sys.executable, "-m", "shared.platform.migration", service], check=False, cwd=PROJECT
        )
        if done.returncode != 0:
            raise SystemExit(f"the migration of {service} failed with code {done.returncode}")


def prepare_topics() -> None:
    """Make the topics of topics.yaml with their partitions."""
    from shared.platform.kafka_admin import ensure_topics

    asyncio.run(ensure_topics(os.environ["AUXILIA_KAFKA_BOOTSTRAP"]))


def prepare_temporal() -> None:
    """Register the namespace and the search attributes, and wait until the server knows them."""
    address = os.environ["AUXILIA_TEMPORAL_ADDRESS"]
    asyncio.run(_register(address, os.environ.get("AUXILIA_TEMPORAL_NAMESPACE", NAMESPACE)))


async def _register(address: str, namespace: str) -> None:
    from google.protobuf.duration_pb2 import Duration
    from temporalio.api.enums.v1 import IndexedValueType
    from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest
    from temporalio.api.workflowservice.v1 import RegisterNamespaceRequest
    from temporalio.client import Client
    from temporalio.service import RPCError, RPCStatusCode

    client = await Client.connect(address, namespace=namespace)
    retention = Duration()
    retention.FromTimedelta(RETENTION)
    attributes = AddSearchAttributesRequest(
        namespace=namespace,
        search_attributes={
            "AuxiliaDossier": IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
            "AuxiliaProcedure": IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
            "AuxiliaNextDate": IndexedValueType.INDEXED_VALUE_TYPE_DATETIME,
        },
    )
    until = time.monotonic() + TEMPORAL_PATIENCE_SECONDS
    steps: list[Callable[[], Awaitable[object]]] = [
        lambda: client.workflow_service.register_namespace(
            RegisterNamespaceRequest(namespace=namespace, workflow_execution_retention_period=retention)
        ),
        lambda: client.operator_service.add_search_attributes(attributes),
        lambda: client.count_workflows("AuxiliaDossier = 'none' and AuxiliaProcedure = 'none'"),
    ]
    for step in steps:
        while True:
            try:
                await step()
                break
            except RPCError as error:
                if error.status == RPCStatusCode.ALREADY_EXISTS:
                    break
                # A server that just came up refuses for a moment, and sees a new namespace after a moment.
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
