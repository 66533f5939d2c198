"""Real servers for the tests that need them: where they are, and fresh databases on them."""

from __future__ import annotations

import os
import re
import uuid
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

import psycopg
import pytest
from psycopg import sql

from shared.platform.database import migration

SERVERS = ("AUXILIA_DATABASE_URL", "AUXILIA_KAFKA_BOOTSTRAP", "AUXILIA_TEMPORAL_ADDRESS")


def server_address(variable: str) -> str:
    """Give the address of a server; without it the test is skipped, or fails when servers were promised."""
    address = os.environ.get(variable)
    if address:
        return address
    if os.environ.get("AUXILIA_SERVERS_PROMISED"):
        pytest.fail(f"{variable} is not set although ./auxilia test promised real servers")
    pytest.skip(f"{variable} is not set: run the tests with ./auxilia test")


def with_role(url: str, role: str) -> str:
    """Give the same address, but acting with the rights of another role from the first statement on."""
    parts = urlsplit(url)
    query = [*parse_qsl(parts.query), ("options", f"-c role={role}")]
    return urlunsplit((parts.scheme, parts.netloc, parts.path, urlencode(query, quote_via=quote), ""))


def with_path(url: str, database: str) -> str:
    """Give the address of another database on the same server."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc, f"/{database}", parts.query, ""))


@dataclass(frozen=True)
class ServiceDatabase:
    """A fresh migrated database: `url` has the rights of the service's processes, `owner_url` those of its owner."""

    service: str
    name: str
    owner_url: str

    @property
    def url(self) -> str:
        """The address with the rights of the run-time role only."""
        return with_role(self.owner_url, migration.runtime_role(self.service))


@dataclass
class Databases:
    """Makes databases and throws them away. Tables are migrated once per service, then copied."""

    administrator_url: str
    _templates: dict[str, str] = field(default_factory=dict)
    _made: list[str] = field(default_factory=list)

    def empty(self, purpose: str) -> str:
        """Make an empty database and give its owner's address."""
        return with_path(self.administrator_url, self._create(purpose))

    def of(self, service: str, *, purpose: str) -> ServiceDatabase:
        """Make a database with the present tables of a service and no rows."""
        if service not in self._templates:
            template = self._create(f"template_{service}")
            migration.upgrade(service, with_path(self.administrator_url, template))
            self._templates[service] = template
        name = self._create(f"{service}_{purpose}", template=self._templates[service])
        return ServiceDatabase(service, name, with_path(self.administrator_url, name))

    def drop(self, name: str) -> None:
        """Throw a database away, whoever is still connected."""
        with psycopg.connect(self.administrator_url, autocommit=True) as connection:
            connection.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))
        self._made.remove(name)

    def drop_all(self) -> None:
        """Throw away all that was made."""
        for name in reversed(list(self._made)):
            self.drop(name)

    def _create(self, purpose: str, *, template: str = "template0") -> str:
        plain = re.sub(r"[^a-z0-9_]", "_", purpose.lower())[:40]
        name = f"test_{plain}_{uuid.uuid4().hex[:8]}"
        with psycopg.connect(self.administrator_url, autocommit=True) as connection:
            connection.execute(
                sql.SQL("create database {} template {}").format(sql.Identifier(name), sql.Identifier(template))
            )
        self._made.append(name)
        return name
