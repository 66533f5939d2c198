"""Dead letters from the command line: seen, replayed and given up by name, with a second person."""

from __future__ import annotations

import asyncio
import dataclasses
import json
from collections.abc import Awaitable, Callable
from uuid import UUID

import pytest

from shared.contracts.affiliation_v1 import AffiliationCategoryChanged
from shared.contracts.envelope import Envelope
from shared.platform.database.connections import Connection, Database
from shared.platform.messages_in import dead_letters
from shared.platform.messages_in.consumer import FactConsumer
from shared.platform.people import approvals
from tests.shared.platform.carrying import change, new_dossier, record_of, rows
from tests.support.servers import ServiceDatabase

handled: list[UUID] = []


async def handle(_connection: Connection, fact: AffiliationCategoryChanged, _envelope: Envelope) -> None:
    handled.append(fact.dossier)


@pytest.fixture
async def database(
    open_database: Callable[[str], Awaitable[Database]],
    service_database: Callable[[str], ServiceDatabase],
    monkeypatch: pytest.MonkeyPatch,
) -> Database:
    monkeypatch.setenv("BILLING_DATABASE_URL", service_database("billing").url)
    return await open_database("billing")


@pytest.fixture
def consumer(database: Database) -> FactConsumer:
    return FactConsumer(service="billing", database=database, handlers={AffiliationCategoryChanged: handle})


async def command(*arguments: str) -> int:
    return await asyncio.to_thread(dead_letters.main, list(arguments))


async def struck(consumer: FactConsumer) -> tuple[UUID, str]:
    """Have a dossier whose first message is poison and whose second waits; return it and the letter."""
    dossier = new_dossier()
    poison = dataclasses.replace(record_of(change(dossier, 1), 1), body=b"{not json")
    await consumer.process([poison, record_of(change(dossier, 2), 2)])
    async with consumer._database.transaction() as connection:
        letters = await dead_letters.list_dead_letters(connection)
    return dossier, next(str(letter["id"]) for letter in letters if letter["dossier"] == dossier)


async def test_letters_are_listed_without_their_bytes(
    consumer: FactConsumer, capsys: pytest.CaptureFixture[str]
) -> None:
    dossier, letter = await struck(consumer)

    assert await command("list", "billing") == 0

    listed = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    found = next(one for one in listed if one["id"] == letter)
    assert (found["kind"], found["reason"], found["dossier"]) == ("poison", "body: json_invalid", str(dossier))
    assert "body" not in found


async def test_a_replay_asked_on_the_command_line_is_done_by_the_consumer(consumer: FactConsumer) -> None:
    dossier, letter = await struck(consumer)
    async with consumer._database.transaction() as connection:  # what the producer should have sent
        await connection.execute(
            "update dead_letter set body = %s where id = %s", (change(dossier, 1).to_json(), letter)
        )

    assert await command("replay", "billing", letter, "--actor", "operator-1") == 0
    assert dossier not in handled
    await consumer.sweep()

    assert handled.count(dossier) == 2
    found = await rows(consumer._database, "select resolved_by, resolution from dead_letter where id = %s", letter)
    assert found == [{"resolved_by": "operator-1", "resolution": "replayed"}]


async def test_giving_up_needs_somebody_else_and_says_so(
    consumer: FactConsumer, capsys: pytest.CaptureFixture[str]
) -> None:
    dossier, letter = await struck(consumer)

    assert await command("discard", "billing", letter, "--actor", "operator-1") == 1
    assert "not approved by a second person" in capsys.readouterr().err
    assert await command("requestDiscard", "billing", letter, "--actor", "operator-1") == 0
    approval = UUID(capsys.readouterr().out.split()[1])
    async with consumer._database.transaction() as connection:
        await approvals.decide_approval(
            connection, approval_id=approval, decided_by="lead-1", decision="approved", reason="can't be read"
        )
    assert await command("discard", "billing", letter, "--actor", "operator-1") == 0
    await consumer.sweep()

    assert handled.count(dossier) == 1
    assert await command("replay", "billing", letter, "--actor", "operator-1") == 1
    assert "was discarded before" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["replay", "billing"], 2, "LETTER and --actor are needed"),
        (["replay", "billing", "01961f3a-7c00-7a3b-9c1d-2f4e6a8b0c11", "--actor", "x"], 1, "no such dead letter"),
        (["list", "pensions"], 2, "PENSIONS_DATABASE_URL: not set"),
    ],
)
async def test_what_is_wrong_is_told(
    database: Database, capsys: pytest.CaptureFixture[str], arguments: list[str], code: int, told: str
) -> None:
    assert await command(*arguments) == code
    assert told in capsys.readouterr().err
