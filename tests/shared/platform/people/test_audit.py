"""The audit: every entry in a chain that can't be changed, shortened or forked without being seen."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import psycopg
import pytest

from shared.platform.database.connections import Database
from shared.platform.people import anchors, audit
from tests.shared.platform.carrying import new_dossier, rows
from tests.support.servers import ServiceDatabase


@pytest.fixture
def owner_url(service_database: Callable[[str], ServiceDatabase]) -> str:
    return service_database("console").owner_url


@pytest.fixture
async def database(open_database: Callable[[str], Awaitable[Database]], owner_url: str) -> Database:
    """A database whose audit is empty again."""
    await tamper(owner_url, "truncate audit_entry")
    return await open_database("console")


async def record(database: Database, dossier: UUID | None, action: str = "identity.read") -> None:
    async with database.transaction() as connection:
        await audit.record(
            connection, actor="agent-1", action=action, dossier=dossier, purpose="letter", details={"pages": 1}
        )


async def check(database: Database, heads: dict[str, tuple[int, str]] | None = None) -> audit.Verification:
    written_down = {stream: {number: digest} for stream, (number, digest) in (heads or {}).items()}
    async with database.transaction() as connection:
        return await audit.verify(connection, written_down=written_down)


async def tamper(owner_url: str, statement: str) -> None:
    """Change what can't be changed, as an administrator with bad intentions would."""
    async with await psycopg.AsyncConnection.connect(owner_url) as connection:
        await connection.execute("alter table audit_entry disable trigger refuse_change")
        await connection.execute(statement)
        await connection.execute("alter table audit_entry enable always trigger refuse_change")


async def test_entries_written_at_the_same_time_form_whole_chains(database: Database) -> None:
    dossiers = [new_dossier() for _ in range(8)]

    async def read_page(order: list[UUID]) -> None:
        async with database.transaction() as connection:
            for dossier in order:
                await audit.record(
                    connection, actor="agent-1", action="identity.read", dossier=dossier, purpose="x", details={}
                )
                await asyncio.sleep(0)

    await asyncio.gather(*(read_page(dossiers[:: (-1) ** number]) for number in range(20)))
    found = await check(database)

    assert found.problems == ()
    assert found.entries == 160
    assert sum(number for number, _ in found.heads.values()) == 160


async def test_an_entry_disappears_with_its_transaction(database: Database) -> None:
    async with database.transaction() as connection:
        await audit.record(connection, actor="a", action="b", dossier=None, purpose="c", details={})
        await connection.rollback()
    assert (await check(database)).entries == 0
    assert await rows(database, "select count(*) as count from audit_entry") == [{"count": 0}]


async def test_what_was_recorded_can_be_asked_per_dossier(database: Database) -> None:
    dossier = new_dossier()
    for action in ("identity.read", "letter.printed", "identity.read"):
        await record(database, dossier, action)
    await record(database, None)

    async with database.transaction() as connection:
        entries = await audit.list_entries(connection, dossier=dossier, limit=2)
        older = await audit.list_entries(
            connection, dossier=dossier, before=(entries[-1]["stream"], entries[-1]["number"])
        )
    assert [entry["action"] for entry in (*entries, *older)] == ["identity.read", "letter.printed", "identity.read"]
    assert (entries[0]["actor"], entries[0]["purpose"], entries[0]["details"]) == ("agent-1", "letter", {"pages": 1})


@pytest.mark.parametrize(
    ("statement", "problem"),
    [
        (
            "update audit_entry set content = replace(content, 'agent-1', 'agent-2') where number = 2",
            "general: entry 2 was changed",
        ),
        ("delete from audit_entry where number = 2", "general: entry 2 is missing"),
        ("delete from audit_entry where number = 1", "general: entry 1 is missing"),
        (
            "update audit_entry set hash = sha256('x'), content = content || ' ' where number = 3",
            "general: entry 3 was changed",
        ),
    ],
)
async def test_tampering_is_found_where_it_happened(
    database: Database, owner_url: str, statement: str, problem: str
) -> None:
    for _ in range(4):
        await record(database, None)
    assert (await check(database)).problems == ()

    await tamper(owner_url, statement)

    assert (await check(database)).problems == (problem,)


async def test_cutting_the_end_off_is_found_by_what_was_written_down_elsewhere(
    database: Database,
    owner_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for dossier in (None, None, None, UUID(int=5)):
        await record(database, dossier)
    heads = dict((await check(database)).heads)
    await record(database, None)
    assert (await check(database, heads)).problems == (), "a chain that grew still holds its old head"

    await tamper(owner_url, "delete from audit_entry where stream = 'general' and number > 2")
    assert (await check(database)).problems == ()
    assert (await check(database, heads)).problems == (
        "general: the end was cut off: 3 entries were written down, 2 are left",
    )
    await tamper(owner_url, "delete from audit_entry where stream like 'dossiers-%'")
    assert "dossiers-05: the whole stream is gone" in (await check(database, heads)).problems

    file = tmp_path / "heads.json"
    file.write_text(json.dumps(heads), encoding="utf-8")
    monkeypatch.setenv("CONSOLE_DATABASE_URL", owner_url)
    assert await asyncio.to_thread(audit.main, ["verify", "console", "--heads", str(file)]) == 1
    assert "general: the end was cut off" in capsys.readouterr().err
    assert await asyncio.to_thread(audit.main, ["verify", "console"]) == 0
    assert "2 entries in 1 streams, 0 problems, 0 held" in capsys.readouterr().out
    assert await asyncio.to_thread(audit.main, ["heads", "console"]) == 0
    assert json.loads(capsys.readouterr().out)["general"][0] == 2


async def test_a_chain_that_was_cut_is_found_by_the_anchors_also_after_it_grew_again(
    database: Database,
    owner_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    async def anchored() -> None:
        stop = asyncio.Event()
        stop.set()
        await anchors.keep_anchoring(database, service="console", folder=tmp_path, stop=stop)
        capsys.readouterr()

    async def verified() -> tuple[int, str]:
        code = await asyncio.to_thread(audit.main, ["verify", "console", "--anchors", str(tmp_path)])
        printed = capsys.readouterr()
        return code, printed.out + printed.err

    monkeypatch.setenv("CONSOLE_DATABASE_URL", owner_url)
    await anchored()
    assert await verified() == (0, "0 entries in 0 streams, 0 problems, 0 held against what was written down\n")
    for dossier in (None, None, UUID(int=5)):
        await record(database, dossier)
    await anchored()
    await record(database, None)
    assert await verified() == (0, "4 entries in 2 streams, 0 problems, 3 held against what was written down\n")

    await tamper(owner_url, "delete from audit_entry where stream = 'general' and number = 2 or number = 3")
    code, text = await verified()
    assert (code, "general: the end was cut off: 2 entries were written down, 1 are left" in text) == (1, True)

    for _ in range(3):
        await record(database, None)
    await anchored()
    code, text = await verified()
    assert (code, "general: entry 2 was another one before" in text or "entry 2 is not the one" in text) == (1, True)


def test_a_line_cut_off_by_a_kill_spoils_nothing_and_a_contradiction_is_named(tmp_path: Path) -> None:
    moment = datetime(2026, 1, 5, 8, tzinfo=UTC)
    file = anchors.anchors_file(tmp_path, "billing")
    anchors.write_anchor(tmp_path, "billing", {"general": (3, "aa")}, at=moment)
    with file.open("a", encoding="utf-8") as open_file:
        open_file.write('{"at":"2026-01-05T08:05:00+00:00","heads":{"gen')
    anchors.write_anchor(tmp_path, "billing", {"general": (7, "bb")}, at=moment)
    assert anchors.read_anchors(file) == {"general": {3: "aa", 7: "bb"}}

    anchors.write_anchor(tmp_path, "billing", {"general": (3, "cc")}, at=moment)
    with pytest.raises(
        anchors.AnchorUnreadable, match=r"billing\.jsonl line 4: general entry 3 was another one before"
    ):
        anchors.read_anchors(file)


async def test_the_columns_tell_what_the_content_tells(database: Database) -> None:
    dossier = new_dossier()
    await record(database, dossier)
    found = await rows(database, "select actor, action, dossier, stream from audit_entry")
    assert found == [
        {"actor": "agent-1", "action": "identity.read", "dossier": dossier, "stream": audit.stream_of(dossier)}
    ]
