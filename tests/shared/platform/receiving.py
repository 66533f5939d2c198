"""A consumer for tests: it writes what it saw, and fails where it is told to."""

from __future__ import annotations

from uuid import UUID

import psycopg

from shared.contracts.affiliation_v1 import AffiliationCategoryChanged
from shared.contracts.billing_v1 import ContributionsIssued
from shared.contracts.envelope import Envelope
from shared.platform.database.connections import Connection, Database
from shared.platform.messages_in.consumer import FactConsumer
from shared.platform.messages_in.messages import Record
from tests.shared.platform.carrying import change, rows
from tests.shared.platform.carrying import record_of as message_of


class Room:
    """A consumer whose handlers write what they saw, and fail for the dossiers they are told to fail for."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.broken: dict[UUID, Exception] = {}
        self.failures_left = 0
        self.consumer = FactConsumer(
            service="recovery",
            database=database,
            handlers={AffiliationCategoryChanged: self.on_change, ContributionsIssued: self.on_page},
        )

    async def on_change(self, connection: Connection, fact: AffiliationCategoryChanged, _envelope: Envelope) -> None:
        await self.see(connection, fact.dossier, f"change {(fact.applies_from).timetuple().tm_yday - 1}")

    async def on_page(self, connection: Connection, page: ContributionsIssued, _envelope: Envelope) -> None:
        for item in page.items:
            await self.see(connection, item.dossier, f"page {page.page}")

    async def see(self, connection: Connection, dossier: UUID, what: str) -> None:
        await connection.execute("insert into seen (dossier, what) values (%s, %s)", (dossier, what))
        if dossier in self.broken:
            raise self.broken[dossier]
        if self.failures_left:
            self.failures_left -= 1
            raise psycopg.errors.SerializationFailure("could not serialize")

    async def process(self, *records: Record) -> None:
        await self.consumer.process(records)

    async def seen(self, dossier: UUID) -> list[str]:
        found = await rows(self.database, "select what from seen where dossier = %s order by id", dossier)
        return [row["what"] for row in found]

    async def letters(self, dossier: UUID) -> list[tuple[str, int | None]]:
        found = await rows(
            self.database,
            "select kind, sequence from dead_letter where dossier = %s and resolved_at is null order by position",
            dossier,
        )
        return [(row["kind"], row["sequence"]) for row in found]

    async def letter(self, dossier: UUID) -> UUID:
        found = await rows(
            self.database,
            "select id from dead_letter where dossier = %s and resolved_at is null order by position limit 1",
            dossier,
        )
        return UUID(str(found[0]["id"]))


async def open_room(database: Database, owner_url: str) -> Room:
    """Give a consumer of recovery whose handlers have a table to write in."""
    owner = await Database.open(owner_url, application_name="test", max_size=2)
    async with owner.transaction() as connection:
        await connection.execute(
            "create table seen (id bigint generated always as identity, dossier uuid not null, what text not null)"
        )
        await connection.execute("select auxilia_grant('seen', 'select, insert')")
    await owner.close()
    return Room(database)


def facts(dossier: UUID, *numbers: int) -> list[Record]:
    return [message_of(change(dossier, number), number) for number in numbers]


def changes(*numbers: int) -> list[str]:
    return [f"change {number}" for number in numbers]
