"""The second pair of eyes: another person, exactly this, once, in time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

import psycopg
import pytest

from shared.platform.database.connections import Database
from shared.platform.people import approvals, audit
from shared.platform.people.approvals import canonical_json, payload_digest
from tests.shared.platform.carrying import new_dossier, rows
from tests.support.servers import ServiceDatabase

PAYLOAD = {"warrantId": "w-1", "totalCents": 190638, "quarters": ["2026Q1", "2026Q2"]}


@pytest.fixture
async def database(open_database: Callable[[str], Awaitable[Database]]) -> Database:
    return await open_database("recovery")


async def request(
    database: Database,
    reference: str,
    *,
    payload: Mapping[str, Any] = PAYLOAD,
    workflow_id: str | None = None,
    expires_on: date | None = None,
    dossier: UUID | None = None,
    deciders: Collection[str] = (),
) -> UUID:
    async with database.transaction() as connection:
        return await approvals.request_approval(
            connection,
            action="issueWarrant",
            reference=reference,
            payload=payload,
            requested_by="agent-1",
            summary={"quarters": 2},
            workflow_id=workflow_id,
            dossier=dossier,
            deciders=deciders,
            expires_on=expires_on,
        )


async def decide(
    database: Database,
    approval: UUID,
    *,
    by: str = "lead-1",
    decision: approvals.Decision = "approved",
    on: date | None = None,
    roles: frozenset[str] | None = None,
) -> None:
    async with database.transaction() as connection:
        await approvals.decide_approval(
            connection,
            approval_id=approval,
            decided_by=by,
            decision=decision,
            reason="checked",
            decided_on=on,
            roles=roles,
        )


async def act(
    database: Database, reference: str, *, payload: Mapping[str, Any] = PAYLOAD, on: date | None = None
) -> None:
    async with database.transaction() as connection:
        await approvals.require_approval(connection, action="issueWarrant", reference=reference, payload=payload, on=on)


async def test_nothing_is_done_before_another_person_approved_exactly_it(database: Database) -> None:
    with pytest.raises(approvals.ApprovalMissing):
        await act(database, "exact")
    approval = await request(database, "exact")
    with pytest.raises(approvals.ApprovalMissing):
        await act(database, "exact")
    await decide(database, approval)

    await act(database, "exact")
    with pytest.raises(approvals.ApprovalMismatch, match="differs"):
        await act(database, "exact", payload={**PAYLOAD, "totalCents": 190639})


async def test_what_was_refused_is_not_done(database: Database) -> None:
    await decide(database, await request(database, "refused"), decision="refused")

    with pytest.raises(approvals.ApprovalMissing):
        await act(database, "refused")


async def test_who_asks_does_not_decide(database: Database) -> None:
    approval = await request(database, "alone")
    with pytest.raises(approvals.SamePerson):
        await decide(database, approval, by="agent-1")


async def test_not_even_the_database_lets_one_person_do_both(
    database: Database, service_database: Callable[[str], ServiceDatabase]
) -> None:
    approval = await request(database, "one-person")
    async with await psycopg.AsyncConnection.connect(service_database("recovery").owner_url) as connection:
        with pytest.raises(psycopg.errors.CheckViolation, match="approval_second_person"):
            await connection.execute(
                "update approval set decided_by = requested_by, decision = 'approved', reason = '', decided_at = now() "
                "where id = %s",
                (approval,),
            )


async def test_half_a_decision_can_not_be_written(
    database: Database, service_database: Callable[[str], ServiceDatabase]
) -> None:
    approval = await request(database, "half")
    async with await psycopg.AsyncConnection.connect(service_database("recovery").owner_url) as connection:
        with pytest.raises(psycopg.errors.CheckViolation, match="approval_decided_whole"):
            await connection.execute("update approval set decision = 'approved' where id = %s", (approval,))


@pytest.mark.parametrize(
    "statement",
    [
        "update approval set decision = 'refused' where id = %(id)s",
        "update approval set payload_sha256 = repeat('0', 64) where id = %(id)s",
        "delete from approval where id = %(id)s",
        "truncate approval",
    ],
)
async def test_a_decision_is_never_changed_or_deleted(
    database: Database, service_database: Callable[[str], ServiceDatabase], statement: str
) -> None:
    approval = await request(database, "fixed")
    await decide(database, approval)
    async with await psycopg.AsyncConnection.connect(service_database("recovery").owner_url) as connection:
        with pytest.raises(psycopg.errors.RestrictViolation):
            await connection.execute(statement, {"id": approval})


async def test_what_is_asked_can_not_be_exchanged_before_the_decision(
    database: Database, service_database: Callable[[str], ServiceDatabase]
) -> None:
    approval = await request(database, "exchanged")
    async with await psycopg.AsyncConnection.connect(service_database("recovery").owner_url) as connection:
        with pytest.raises(psycopg.errors.RestrictViolation, match="is fixed"):
            await connection.execute("update approval set payload_sha256 = repeat('0', 64) where id = %s", (approval,))


async def test_asking_again_is_the_same_request_and_asking_for_something_else_is_refused(database: Database) -> None:
    assert await request(database, "again") == await request(database, "again")
    with pytest.raises(approvals.ApprovalMismatch, match="something else was asked"):
        await request(database, "again", payload={})


async def test_a_decision_is_told_once_to_the_procedure_and_to_the_audit(database: Database) -> None:
    dossier = new_dossier()
    approval = await request(database, "told", workflow_id="recovery-case:told", dossier=dossier)
    await decide(database, approval)
    await decide(database, approval)
    with pytest.raises(approvals.AlreadyDecided):
        await decide(database, approval, decision="refused")
    with pytest.raises(approvals.AlreadyDecided):
        await decide(database, approval, by="lead-2")

    found = await rows(database, "select * from dispatch where workflow_id = 'recovery-case:told'")
    assert [(row["signal"], row["signal_argument"]) for row in found] == [
        ("approval_decided", f'{{"approval_id":"{approval}","decision":"approved"}}')
    ]
    async with database.transaction() as connection:
        entries = await audit.list_entries(connection, dossier=dossier)
    assert [(entry["actor"], entry["action"]) for entry in entries] == [
        ("lead-1", "approval.approved"),
        ("agent-1", "approval.requested"),
    ]


async def test_an_approval_ends_on_its_last_day(database: Database) -> None:
    approval = await request(database, "expires", expires_on=date(2026, 11, 30))
    with pytest.raises(ValueError, match="business date"):
        await decide(database, approval)
    with pytest.raises(approvals.ApprovalExpired):
        await decide(database, approval, on=date(2026, 12, 1))
    await decide(database, approval, on=date(2026, 11, 30))

    await act(database, "expires", on=date(2026, 11, 30))
    with pytest.raises(approvals.ApprovalExpired, match="2026-11-30"):
        await act(database, "expires", on=date(2026, 12, 1))


async def test_the_role_of_the_request_is_needed_to_decide(database: Database) -> None:
    approval = await request(database, "role")
    with pytest.raises(approvals.WrongRole, match="teamLead"):
        await decide(database, approval, roles=frozenset({"finance"}))
    await decide(database, approval, roles=frozenset({"finance", "teamLead"}))


async def test_only_a_designated_person_decides_when_the_act_is_for_designated_persons(database: Database) -> None:
    approval = await request(database, "designated", deciders=("lead-2", "lead-3"))
    with pytest.raises(approvals.NotDesignated, match="designated"):
        await decide(database, approval, by="lead-1", roles=frozenset({"teamLead"}))
    await decide(database, approval, by="lead-3", roles=frozenset({"teamLead"}))
    async with database.transaction() as connection:
        approved_by = await approvals.require_approval(
            connection, action="issueWarrant", reference="designated", payload=PAYLOAD
        )
    assert approved_by == "lead-3"


async def test_lists_show_what_waits_and_what_was_decided(database: Database) -> None:
    waiting, decided = await request(database, "list-1"), await request(database, "list-2")
    await decide(database, decided)
    async with database.transaction() as connection:
        open_ones = {row["id"] for row in await approvals.list_approvals(connection)}
        closed = {row["id"] for row in await approvals.list_approvals(connection, is_open=False)}
        later = await approvals.list_approvals(connection, is_open=None, after=waiting)
        with pytest.raises(approvals.ApprovalNotFound):
            await approvals.approval_by_id(connection, approval_id=new_dossier())
    assert waiting in open_ones
    assert decided not in open_ones
    assert decided in closed
    assert decided in {row["id"] for row in later}


class Colour(StrEnum):
    """A value of an enumeration."""

    RED = "red"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"b": 1, "a": [True, None]}, '{"a":[true,null],"b":1}'),
        ({"rate": Decimal("0.0700"), "on": date(2026, 1, 1)}, '{"on":"2026-01-01","rate":"0.0700"}'),
        ({Colour.RED: Colour.RED}, '{"red":"red"}'),
        ({"name": "crédit"}, '{"name":"crédit"}'),
        ({"id": UUID(int=1)}, '{"id":"00000000-0000-0000-0000-000000000001"}'),
    ],
)
def test_canonical_json_has_one_text_for_one_value(value: Any, text: str) -> None:
    assert canonical_json(value) == text


def test_the_digest_is_sha_256_of_the_canonical_json() -> None:
    assert payload_digest({}) == "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
    assert payload_digest({"a": 1, "b": 2}) == payload_digest({"b": 2, "a": 1})
    assert payload_digest({"a": 1}) != payload_digest({"a": "1"})


@pytest.mark.parametrize("value", [{"amount": 1.5}, {"data": b"x"}, {1: "x"}, {"set": {1}}])
def test_what_has_no_canonical_form_is_refused(value: Any) -> None:
    with pytest.raises(TypeError, match="canonical JSON"):
        payload_digest(value)
