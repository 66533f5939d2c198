"""Fixtures every test may use. Tests marked `servers` meet the real servers that `./auxilia test` starts."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

import pytest
from temporalio.client import Client

from shared.platform.database.connections import Database
from shared.platform.settings import PlatformSettings
from shared.platform.temporal.connecting import connect
from tests.support.servers import SERVERS, Databases, ServiceDatabase, server_address


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test that asks for a server or a whole instance: `-m 'not servers'` leaves exactly the fast ones.

    Journeys come last: they take minutes, and what breaks them mostly breaks a faster test too.
    """
    items.sort(key=lambda item: "tests/journeys" in item.path.as_posix())
    fixtures = {"administrator_url", "kafka_bootstrap", "temporal_address", "undisturbed"}
    for item in items:
        if fixtures & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.servers)


@pytest.fixture(scope="session")
def administrator_url() -> str:
    """The address of PostgreSQL's maintenance database, as its administrator."""
    return server_address(SERVERS[0])


@pytest.fixture(scope="session")
def kafka_bootstrap() -> str:
    """The address of Kafka."""
    return server_address(SERVERS[1])


@pytest.fixture(scope="session")
def temporal_address() -> str:
    """The address of Temporal."""
    return server_address(SERVERS[2])


@pytest.fixture(scope="session")
def databases(administrator_url: str) -> Iterator[Databases]:
    """Fresh databases, thrown away when the session ends."""
    made = Databases(administrator_url)
    yield made
    made.drop_all()


@pytest.fixture(scope="module")
def service_database(databases: Databases, request: pytest.FixtureRequest) -> Callable[[str], ServiceDatabase]:
    """Give a service's database, the same one to all tests of a module."""
    made: dict[str, ServiceDatabase] = {}
    purpose = request.module.__name__.rpartition(".")[2].removeprefix("test_")

    def of(service: str) -> ServiceDatabase:
        if service not in made:
            made[service] = databases.of(service, purpose=purpose)
        return made[service]

    return of


@pytest.fixture(scope="module")
def database_url(service_database: Callable[[str], ServiceDatabase]) -> Callable[[str], str]:
    """Give the address of a service's database with the rights of its processes only."""
    return lambda service: service_database(service).url


@pytest.fixture(scope="module")
async def open_database(
    service_database: Callable[[str], ServiceDatabase],
) -> AsyncIterator[Callable[[str], Awaitable[Database]]]:
    """Give an open pool on a service's database of this module, with the rights of its processes only."""
    pools: dict[str, Database] = {}

    async def of(service: str) -> Database:
        if service not in pools:
            pools[service] = await Database.open(
                service_database(service).url, application_name=f"test-{service}", max_size=5
            )
        return pools[service]

    yield of
    for pool in pools.values():
        await pool.close()


@pytest.fixture(scope="session")
def platform_settings(temporal_address: str, kafka_bootstrap: str) -> PlatformSettings:
    """What processes of an instance share, as `./auxilia test` set it."""
    settings = PlatformSettings()
    assert settings.temporal_address == temporal_address
    assert settings.kafka_bootstrap == kafka_bootstrap
    return settings


@pytest.fixture(scope="session")
async def temporal_client(platform_settings: PlatformSettings) -> Client:
    """A client with the converter, encryption and tracing of production."""
    return await connect(platform_settings, identity="tests")
