"""Fresh databases of billing for a bench, thrown away at its end."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

import click
import psycopg
from psycopg import sql

from shared.platform.database import migration

SERVICE: Final = "billing"
_DATABASE: Final = "AUXILIA_DATABASE_URL"
_KAFKA: Final = "AUXILIA_KAFKA_BOOTSTRAP"


def administrator_url() -> str:
    """Return the address of PostgreSQL's maintenance database; without one the command ends with code 2."""
    return _named(_DATABASE)


def kafka_bootstrap() -> str:
    """Return the address of Kafka; without one the command ends with code 2."""
    return _named(_KAFKA)


@contextmanager
def fresh_database(administrator: str, *, template: str | None = None) -> Iterator[str]:
    """Give the name of a database with billing's tables, or with all that a template holds; drop it at the end."""
    name = f"bench_{SERVICE}_{uuid.uuid4().hex[:8]}"
    try:
        with psycopg.connect(administrator, autocommit=True) as connection:
            connection.execute(
                sql.SQL("create database {} template {} strategy file_copy").format(
                    sql.Identifier(name), sql.Identifier(template or "template0")
                )
            )
        if template is None:
            migration.upgrade(SERVICE, of_database(administrator, name))
        yield name
    finally:
        with psycopg.connect(administrator, autocommit=True) as connection:
            connection.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))


def of_database(administrator: str, name: str, *, role: str | None = None) -> str:
    """Return the address of a database, acting with the rights of a role when one is given."""
    parts = urlsplit(administrator)
    query = [*parse_qsl(parts.query), *([] if role is None else [("options", f"-c role={role}")])]
    return urlunsplit((parts.scheme, parts.netloc, f"/{name}", urlencode(query, quote_via=quote), ""))


def runtime_url(administrator: str, name: str) -> str:
    """Return the address of a database with the rights of the service's processes only."""
    return of_database(administrator, name, role=migration.runtime_role(SERVICE))


def _named(variable: str) -> str:
    address = os.environ.get(variable)
    if not address:
        raise click.UsageError(f"{variable}: not set; ./auxilia bench starts servers of its own")
    return address
