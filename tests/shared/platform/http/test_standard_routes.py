"""The routes every service has: who may see and decide what, with real rows behind them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import date
from uuid import UUID, uuid4

import httpx
import pytest

from shared.platform.calls.auth import Role
from shared.platform.database.connections import Database
from shared.platform.http import create_api, finish_api
from shared.platform.messages_in import dead_letters
from shared.platform.messages_in.messages import Record
from shared.platform.people import approvals, audit, tasks
from shared.platform.people.documents import store_document
from tests.shared.platform.api_world import FakeContext, client_of, token

DOSSIER = UUID("0190f3c8-5f2e-7a10-8e53-6a1b2c3d4e5f")


def caller(subject: str, *roles: str) -> dict[str, str]:
    """Headers of somebody."""
    return {"Authorization": f"Bearer {token(subject, *roles)}"}


LEAD = caller("lotte", "teamLead")
AUDITOR = caller("ada", "auditor")


@pytest.fixture
async def database(open_database: Callable[[str], Awaitable[Database]]) -> Database:
    return await open_database("billing")


@pytest.fixture
async def client(database: Database) -> AsyncIterator[httpx.AsyncClient]:
    context = FakeContext(database=database)
    api = finish_api(create_api(context, title="Common", version="1.0.0"))
    async with client_of(api) as opened:
        yield opened


async def asked(database: Database, *, requested_by: str = "finn", reference: str | None = None) -> UUID:
    """Ask for the approval of a payout file."""
    async with database.transaction() as connection:
        return await approvals.request_approval(
            connection,
            action="issuePayoutFile",
            reference=reference or str(uuid4()),
            payload={"totalCents": 12},
            requested_by=requested_by,
            summary={"count": 1},
            workflow_id=None,
        )


class TestApprovals:
    async def test_another_person_decides_and_everybody_sees_it(
        self, client: httpx.AsyncClient, database: Database
    ) -> None:
        approval_id = await asked(database)
        listed = (await client.get("/v1/approvals", headers=LEAD)).json()["items"]
        assert str(approval_id) in {one["approvalId"] for one in listed}
        decision = {"decision": "approved", "reason": "Checked line by line."}
        decided = await client.post(f"/v1/approvals/{approval_id}/decide", json=decision, headers=LEAD)
        assert decided.status_code == 200
        assert (decided.json()["decidedBy"], decided.json()["decision"]) == ("lotte", "approved")
        shown = (await client.get(f"/v1/approvals/{approval_id}", headers=AUDITOR)).json()
        assert shown["requestedBy"] == "finn"

    async def test_nobody_decides_on_their_own_request(self, client: httpx.AsyncClient, database: Database) -> None:
        approval_id = await asked(database, requested_by="lotte")
        decision = {"decision": "approved", "reason": "Trust me."}
        response = await client.post(f"/v1/approvals/{approval_id}/decide", json=decision, headers=LEAD)
        assert response.status_code == 403

    @pytest.mark.parametrize("role", [role for role in Role if role != Role.TEAM_LEAD])
    async def test_only_a_team_lead_decides(self, client: httpx.AsyncClient, database: Database, role: str) -> None:
        approval_id = await asked(database)
        decision = {"decision": "refused", "reason": "No."}
        response = await client.post(f"/v1/approvals/{approval_id}/decide", json=decision, headers=caller("olga", role))
        assert response.status_code == 403

    async def test_a_decision_is_not_taken_back(self, client: httpx.AsyncClient, database: Database) -> None:
        approval_id = await asked(database)
        path = f"/v1/approvals/{approval_id}/decide"
        refused = {"decision": "refused", "reason": "No."}
        assert (await client.post(path, json=refused, headers=LEAD)).status_code == 200
        assert (await client.post(path, json=refused, headers=LEAD)).status_code == 200
        approved = {"decision": "approved", "reason": "After all."}
        assert (await client.post(path, json=approved, headers=LEAD)).status_code == 409

    async def test_a_decision_without_reason_is_refused(self, client: httpx.AsyncClient, database: Database) -> None:
        approval_id = await asked(database)
        decision = {"decision": "approved", "reason": ""}
        response = await client.post(f"/v1/approvals/{approval_id}/decide", json=decision, headers=LEAD)
        assert response.status_code == 400
        assert response.json()["issues"][0]["name"] == "reason"

    async def test_what_was_never_asked_is_not_found(self, client: httpx.AsyncClient) -> None:
        assert (await client.get(f"/v1/approvals/{uuid4()}", headers=LEAD)).status_code == 404


class TestTasks:
    async def opened(self, database: Database, *, role: str = "collectionsAgent") -> UUID:
        """Open a task."""
        async with database.transaction() as connection:
            return await tasks.open_task(
                connection,
                kind="unknownReference",
                reference=str(uuid4()),
                dossier=DOSSIER,
                due_on=date(2026, 3, 1),
                role=role,
                details={"line": 3},
            )

    async def test_a_task_is_found_and_resolved_by_its_role(
        self, client: httpx.AsyncClient, database: Database
    ) -> None:
        task_id = await self.opened(database)
        query: dict[str, str | int] = {"role": "collectionsAgent", "dossier": str(DOSSIER), "pageSize": 500}
        listed = (await client.get("/v1/tasks", params=query, headers=AUDITOR)).json()["items"]
        assert str(task_id) in {one["taskId"] for one in listed}
        body = {"resolution": "matched"}
        agent = caller("cas", "collectionsAgent")
        resolved = await client.post(f"/v1/tasks/{task_id}/resolve", json=body, headers=agent)
        assert (resolved.json()["resolvedBy"], resolved.json()["resolution"]) == ("cas", "matched")
        again = await client.post(f"/v1/tasks/{task_id}/resolve", json={"resolution": "other"}, headers=agent)
        assert again.status_code == 409

    async def test_a_task_of_another_role_is_for_that_role_or_a_team_lead(
        self, client: httpx.AsyncClient, database: Database
    ) -> None:
        task_id = await self.opened(database)
        path, body = f"/v1/tasks/{task_id}/resolve", {"resolution": "matched"}
        assert (await client.post(path, json=body, headers=caller("bea", "benefitsAgent"))).status_code == 403
        assert (await client.post(path, json=body, headers=LEAD)).status_code == 200

    async def test_an_unknown_task_is_not_found(self, client: httpx.AsyncClient) -> None:
        body = {"resolution": "done"}
        assert (await client.post(f"/v1/tasks/{uuid4()}/resolve", json=body, headers=LEAD)).status_code == 404


class TestEvidence:
    async def kept(self, database: Database, number: int) -> UUID:
        """Keep a letter."""
        async with database.transaction() as connection:
            return await store_document(
                connection,
                kind="probe",
                reference=str(number),
                dossier=DOSSIER,
                language="fr",
                media_type="application/pdf",
                name=f"probes/{number:07d}-fr.pdf",
                content=b"%PDF-1.7",
                business_date=date(2026, 1, 5),
                readers=(Role.BENEFITS_AGENT,),
            )

    async def test_documents_are_listed_page_by_page_and_read(
        self, client: httpx.AsyncClient, database: Database
    ) -> None:
        identifiers = [str(await self.kept(database, number)) for number in (1, 2, 3)]
        first = (await client.get("/v1/documents", params={"kind": "probe", "pageSize": 2}, headers=LEAD)).json()
        assert [one["documentId"] for one in first["items"]] == identifiers[:2]
        query = {"kind": "probe", "pageSize": "2", "afterName": first["nextAfterName"]}
        second = (await client.get("/v1/documents", params=query, headers=LEAD)).json()
        assert [one["documentId"] for one in second["items"]] == identifiers[2:]
        assert "nextAfterName" not in second
        content = await client.get(f"/v1/documents/{identifiers[0]}/content?purpose=caseHandling", headers=LEAD)
        assert content.content == b"%PDF-1.7"
        assert content.headers["content-type"] == "application/pdf"
        assert content.headers["content-disposition"] == 'attachment; filename="0000001-fr.pdf"'

    async def test_who_read_a_letter_is_written_down(self, client: httpx.AsyncClient, database: Database) -> None:
        document_id = await self.kept(database, 9)
        path = f"/v1/documents/{document_id}/content"
        await client.get(path, params={"purpose": "answeringTheInsured"}, headers=caller("nosy", "benefitsAgent"))
        async with database.transaction() as connection:
            entries = await audit.list_entries(connection, dossier=DOSSIER)
        read = {(entry["actor"], entry["action"], entry["purpose"]) for entry in entries}
        assert ("nosy", "document.read", "answeringTheInsured") in read

    @pytest.mark.parametrize(
        ("role", "status"),
        [
            ("benefitsAgent", 200),
            ("teamLead", 200),
            ("auditor", 200),
            ("service", 200),
            ("affiliationAgent", 403),
            ("collectionsAgent", 403),
            ("finance", 403),
            ("operator", 403),
            ("partner", 403),
        ],
    )
    async def test_a_letter_is_read_by_whom_its_kind_concerns_and_never_by_the_operator(
        self, client: httpx.AsyncClient, database: Database, role: str, status: int
    ) -> None:
        path = f"/v1/documents/{await self.kept(database, 8)}/content"
        answer = await client.get(path, params={"purpose": "caseHandling"}, headers=caller("someone", role))
        assert answer.status_code == status
        assert (answer.content == b"%PDF-1.7") is (status == 200)

    @pytest.mark.parametrize("purpose", [None, "", "because I want to"])
    async def test_reading_a_letter_needs_a_purpose(
        self, client: httpx.AsyncClient, database: Database, purpose: str | None
    ) -> None:
        path = f"/v1/documents/{await self.kept(database, 7)}/content"
        answer = await client.get(path, params={} if purpose is None else {"purpose": purpose}, headers=LEAD)
        assert answer.status_code == 400
        assert "purpose" in answer.text

    async def test_partners_see_no_documents(self, client: httpx.AsyncClient) -> None:
        assert (await client.get("/v1/documents", headers=caller("bank", "partner"))).status_code == 403

    async def test_audit_is_for_auditors_and_asking_is_audited(
        self, client: httpx.AsyncClient, database: Database
    ) -> None:
        await self.kept(database, 9)
        body = {"dossier": str(DOSSIER), "purpose": "yearly check"}
        for _ in range(2):
            answer = await client.post("/v1/audit/query", json=body, headers=AUDITOR)
        entries = answer.json()["items"]
        assert entries[0]["action"] == "audit.read"
        assert entries[0]["purpose"] == "yearly check"
        for role in ("collectionsAgent", "operator", "service", "partner", "finance"):
            refused = await client.post("/v1/audit/query", json=body, headers=caller("eve", role))
            assert refused.status_code == 403

    async def test_the_chains_are_whole(self, client: httpx.AsyncClient) -> None:
        answer = await client.post("/v1/audit/verify", headers=AUDITOR)
        assert answer.json()["problems"] == []

    async def test_dead_letters_are_for_operators(self, client: httpx.AsyncClient) -> None:
        operator = caller("otto", "operator")
        assert (await client.get("/v1/deadLetters", headers=operator)).json() == {"items": []}
        assert (await client.post(f"/v1/deadLetters/{uuid4()}/replay", headers=operator)).status_code == 404
        assert (await client.get("/v1/deadLetters", headers=caller("fay", "finance"))).status_code == 403

    async def test_dead_letters_are_listed_page_by_page(self, client: httpx.AsyncClient, database: Database) -> None:
        operator = caller("otto", "operator")
        async with database.transaction() as connection:
            for offset in range(3):
                record = Record(
                    topic="affiliation.facts.v1", partition=0, offset=offset, key=None, headers=(), body=b"{"
                )
                await dead_letters.keep(connection, record, kind="poison", reason="key: absent", dossier=None)
        first = (await client.get("/v1/deadLetters", params={"pageSize": 2}, headers=operator)).json()
        after = {"pageSize": 2, "afterDeadLetterId": first["nextAfterDeadLetterId"]}
        second = (await client.get("/v1/deadLetters", params=after, headers=operator)).json()
        assert [item["messageOffset"] for item in (*first["items"], *second["items"])] == [0, 1, 2]
        assert "nextAfterDeadLetterId" not in second
        refused = await client.get("/v1/deadLetters", params={"pageSize": 501}, headers=operator)
        assert refused.status_code == 400
