"""Refunds and direct debits: one file, two people, the bank's report, and the books after each."""

from __future__ import annotations

import asyncio
import io
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from pypdf import PdfReader
from temporalio.client import Client, WorkflowHandle

from services.billing.app import APP
from services.billing.money_out.procedure import BankRunInput
from shared.law.fund import Fund
from shared.law.parameters import Parameters
from shared.platform.calls.service_client import ServiceClient
from shared.platform.database.connections import Database
from shared.platform.http import finish_api
from shared.platform.people.approvals import ApprovalDecided
from shared.platform.temporal.clock import business_moment
from shared.platform.temporal.connecting import create_worker, start_workflow
from shared.treasury.procedure import BankReported
from shared.treasury.sepa.credit_transfer import read_payment_file
from shared.treasury.sepa.direct_debit import read_collection_file
from tests.billing.coda_writer import Line, StatementText, coda
from tests.billing.harness import KnownCarriers, Service, open_service
from tests.billing.world import World
from tests.histories.decoding import record_if_asked
from tests.support.blips import silent_at_first
from tests.support.servers import Databases

TODAY = date(2026, 3, 12)
ACCOUNT = "BE71096123456769"
#: Main occupation at the minimum of 2026: 890.42 and a fee of 4.25 %.
QUARTER = 928_26


@dataclass
class TakingBank:
    """A bank that takes every file, or refuses it."""

    files: list[bytes] = field(default_factory=list)
    refusing: bool = False
    carriers: KnownCarriers = field(default_factory=KnownCarriers)

    def answer(self, request: httpx.Request) -> httpx.Response:
        """Take a file and confirm its message id; letters go to those who carry them."""
        if not request.url.path.startswith("/v1/bank/"):
            return self.carriers.answer(request)
        if self.refusing:
            return httpx.Response(400, json={"type": "urn:problem-type:belgif:badRequest", "status": 400})
        self.files.append(request.content)
        text = request.content.decode()
        return httpx.Response(202, json={"messageId": text.partition("<MsgId>")[2].partition("</MsgId>")[0]})


@dataclass
class Stage:
    """The service, its bank and its worker."""

    service: Service
    bank: TakingBank
    temporal: Client
    queue: str

    async def run(self, kind: str, **more: Any) -> tuple[UUID, WorkflowHandle[Any, Any]]:
        """Ask for a run over HTTP and start its procedure as the relay would."""
        asked = await self.service.post("/v1/bankOrderRuns", {"kind": kind, **more})
        assert asked.status_code == 202, asked.text
        run_id = UUID(asked.json()["runId"])
        handle = await start_workflow(
            self.temporal,
            workflow="BankFileRun",
            workflow_id=f"{self.queue}:{run_id}",
            task_queue=self.queue,
            argument=BankRunInput(run_id=run_id),
            shift=timedelta(seconds=round((business_moment(TODAY) - datetime.now(UTC)).total_seconds())),
        )
        return run_id, handle

    async def decide(
        self, handle: WorkflowHandle[Any, Any], *decisions: str, people: tuple[str, ...] = ("finance", "teamLead")
    ) -> None:
        """Let one person after the other decide what waits for them."""
        for person, decision in zip(people, decisions, strict=False):
            waiting = await self._waiting()
            answer = await self.service.http.post(
                f"/v1/approvals/{waiting}/decide",
                json={"decision": decision, "reason": "compared with the ledger"},
                headers=self.service.acting_as(person, subject=f"{person}-person"),
            )
            assert answer.status_code < 300, answer.text
            told = ApprovalDecided(approval_id=waiting, decision=decision)
            await handle.signal("approval_decided", told)

    async def report(self, handle: WorkflowHandle[Any, Any], run_id: UUID, **outcome: str) -> int:
        """Tell what the bank did with every order of a run."""
        shown = (await self.service.get(f"/v1/bankOrderRuns/{run_id}")).json()
        items = [{"endToEndId": order["endToEndId"], **outcome} for order in shown["orders"]]
        answer = await self.service.http.post(
            "/v1/paymentReports",
            json={"messageId": shown["messageId"], "items": items},
            headers=self.service.acting_as("partner", subject="bank"),
        )
        assert answer.status_code == 200, answer.text
        await handle.signal("bank_reported", BankReported(run_id=run_id))
        return int(answer.json()["changed"])

    async def until(self, run_id: UUID, status: str) -> None:
        """Wait until a run is so far."""
        async with asyncio.timeout(60):
            while True:
                found = await self.service.world.one("select status from bank_order_run where run_id = %s", run_id)
                if found == status:
                    return
                await asyncio.sleep(0.05)

    async def _waiting(self) -> UUID:
        async with asyncio.timeout(60):
            while True:
                rows = await self.service.world.rows("select id from approval where decided_at is null")
                if rows:
                    found: UUID = rows[0]["id"]
                    return found
                await asyncio.sleep(0.05)


@pytest.fixture
async def stage(
    databases: Databases, parameters: Parameters, fund: Fund, temporal_client: Client
) -> AsyncIterator[Stage]:
    """The service on a fresh database, with a bank and a worker of its own."""
    made = databases.of("billing", purpose=f"orders_{uuid.uuid4().hex[:6]}")
    database = await Database.open(made.url, application_name="test-billing", max_size=8)
    service = open_service(World(database=database, parameters=parameters, fund=fund), temporal=temporal_client)
    bank = TakingBank(carriers=service.carriers)
    client = ServiceClient(
        peer="sandbox", base_url="http://bank.test", tokens=None, transport=httpx.MockTransport(bank.answer)
    )
    context = replace(service.context, peers=replace(service.context.peers, sandbox=client))
    await service.http.aclose()
    transport = httpx.ASGITransport(app=finish_api(APP.api(context)))
    service = replace(
        service, context=context, http=httpx.AsyncClient(transport=transport, base_url="http://billing.test")
    )
    service.clock.day = TODAY
    queue = f"billing-{uuid.uuid4().hex[:8]}"
    async with create_worker(temporal_client, task_queue=queue, definition=APP.worker(context)):
        yield Stage(service=service, bank=bank, temporal=temporal_client, queue=queue)
    await service.http.aclose()
    await database.close()
    databases.drop(made.name)


async def _paid_too_much(stage: Stage, cents: int, *, with_account: bool = True) -> UUID:
    world = stage.service.world
    dossier = await world.affiliate(income_2023="15000.00")
    await world.bill("2026Q1")
    line = Line(cents=QUARTER + cents, structured=await world.reference(dossier, "2026Q1"), value_date="100326")
    await world.read_bank_file(coda(StatementText(lines=[line], day="110326")), on=date(2026, 3, 11))
    if with_account:
        stage.service.people.accounts[str(dossier)] = ACCOUNT
    return dossier


async def _ordered(stage: Stage, dossier: UUID, cents: int) -> httpx.Response:
    body = {"dossier": str(dossier), "amountCents": cents, "reason": "paid the quarter twice"}
    return await stage.service.post("/v1/refundOrders", body)


async def _balance(stage: Stage, account: str) -> int:
    return int(
        await stage.service.world.one(
            "select coalesce(sum(cents), 0)::bigint from journal_line where account = %s", account
        )
    )


async def test_a_refund_is_paid_once_after_two_people_looked(stage: Stage) -> None:
    dossier = await _paid_too_much(stage, 100_00)
    assert (await _ordered(stage, dossier, 100_01)).status_code == 400
    assert (await _ordered(stage, dossier, 100_00)).status_code == 201
    run_id, handle = await stage.run("refund")
    await stage.decide(handle, "approved", "approved")
    await stage.until(run_id, "sent")
    summary = read_payment_file(stage.bank.files[0])
    assert (summary.transfers, summary.total_cents, summary.message_id) == (1, 100_00, "REFUND-20260312")
    assert (await stage.service.open_of(dossier))["creditCents"] == 0
    assert await stage.report(handle, run_id, outcome="executed", executedOn="2026-03-16") == 1
    assert await stage.report(handle, run_id, outcome="executed", executedOn="2026-03-16") == 0
    assert (await handle.result())["outcome"] == "completed"
    await record_if_asked(stage.temporal, handle, name="billing/BankFileRun-completed")
    # The file left: 100.00 stands on other bank movements until the statement brings its line.
    assert (await _balance(stage, "refundsUnderway"), await _balance(stage, "otherBankMovements")) == (0, -100_00)
    again = await stage.service.post("/v1/bankOrderRuns", {"kind": "refund"})
    assert (again.status_code, again.json()["status"]) == (200, "completed")
    documents = (await stage.service.get("/v1/documents?kind=bankFile")).json()["items"]
    assert [document["name"] for document in documents] == ["bank/REFUND-20260312.pain.001.xml"]


async def test_a_bank_that_is_being_restarted_takes_the_file_the_same_day(stage: Stage) -> None:
    dossier = await _paid_too_much(stage, 100_00)
    await _ordered(stage, dossier, 100_00)
    run_id, handle = await stage.run("refund")
    with silent_at_first(stage.service.context.peers.sandbox, path="/v1/bank/paymentFiles"):
        await stage.decide(handle, "approved", "approved")
        await stage.until(run_id, "sent")
    assert len(stage.bank.files) == 1


async def test_a_refused_file_gives_the_credit_back(stage: Stage) -> None:
    dossier = await _paid_too_much(stage, 100_00)
    await _ordered(stage, dossier, 60_00)
    _, handle = await stage.run("refund")
    await stage.decide(handle, "approved", "refused")
    assert (await handle.result())["outcome"] == "refused"
    await record_if_asked(stage.temporal, handle, name="billing/BankFileRun-refused")
    assert (await stage.service.open_of(dossier))["creditCents"] == 100_00
    assert stage.bank.files == []
    assert await _balance(stage, "refundsUnderway") == 0


async def test_a_file_the_bank_refuses_is_withdrawn_by_two_people(stage: Stage) -> None:
    dossier = await _paid_too_much(stage, 100_00)
    await _ordered(stage, dossier, 100_00)
    run_id, handle = await stage.run("refund")
    path, asked = f"/v1/bankOrderRuns/{run_id}/withdrawal", {"reason": "the bank does not know the account"}
    assert (await stage.service.post(path, asked)).status_code == 409
    stage.bank.refusing = True
    await stage.decide(handle, "approved", "approved")
    await _until_refused(stage, run_id)
    assert (await stage.service.open_of(dossier))["creditCents"] == 0
    wish = await stage.service.post(path, asked)
    assert wish.status_code == 202
    same = await stage.service.http.post(
        f"/v1/approvals/{wish.json()['approvalId']}/decide",
        json={"decision": "approved", "reason": "the bank refuses it for good"},
        headers=stage.service.acting_as("teamLead", subject="tester"),
    )
    assert same.status_code == 403, "whoever asks does not decide"
    await stage.decide(handle, "approved", people=("teamLead",))
    assert (await handle.result())["outcome"] == "withdrawn"
    await record_if_asked(stage.temporal, handle, name="billing/BankFileRun-withdrawn")
    assert (await stage.service.open_of(dossier))["creditCents"] == 100_00
    assert (await _balance(stage, "refundsUnderway"), stage.bank.files) == (0, [])
    assert await stage.service.world.one("select resolution from task where kind = 'bankFileRefused'") == "withdrawn"
    stage.bank.refusing = False
    stage.service.clock.day = date(2026, 3, 13)
    _, handle = await stage.run("refund")
    await stage.decide(handle, "approved", "refused")
    assert await stage.service.world.one("select max(end_to_end_id) like '%%02' from bank_order")


async def _until_refused(stage: Stage, run_id: UUID) -> None:
    async with asyncio.timeout(60):
        while True:
            found = await stage.service.world.rows(
                "select from bank_order_run r join task t on t.reference = r.run_id::text "
                "where r.run_id = %s and r.refused_on is not null and t.kind = 'bankFileRefused'",
                run_id,
            )
            if found:
                return
            await asyncio.sleep(0.05)


async def _left(stage: Stage, dossier: UUID) -> None:
    """Let an activity have ended in the quarter before, told after the quarter was billed and paid."""
    async with stage.service.world.database.transaction() as connection:
        await connection.execute(
            "update activity_period set ceased_on = '2025-12-20', cessation_reason = 'ended' where dossier = %s",
            (dossier,),
        )


async def test_a_person_asks_for_an_account_only_where_the_refund_is_owed(stage: Stage) -> None:
    world = stage.service.world
    little, owed, asked = [await world.affiliate(income_2023="15000.00") for _ in range(3)]
    await world.bill("2026Q1")
    lines = [
        Line(cents=QUARTER + cents, structured=await world.reference(dossier, "2026Q1"), value_date="100326")
        for dossier, cents in ((little, 24_99), (owed, 25_00), (asked, 24_99))
    ]
    await world.read_bank_file(coda(StatementText(lines=lines, day="110326")), on=date(2026, 3, 11))
    await _left(stage, little)
    await _left(stage, owed)
    await _ordered(stage, asked, 24_99)
    _, handle = await stage.run("refund")
    assert (await handle.result())["outcome"] == "nothingDue"
    await record_if_asked(stage.temporal, handle, name="billing/BankFileRun-nothing-due")
    tasks = await world.rows("select dossier, details ->> 'amountCents' as cents from task order by 2")
    assert [(task["dossier"], task["cents"]) for task in tasks] == [(asked, "2499"), (owed, "2500")]


async def test_what_the_bank_returns_is_a_credit_again(stage: Stage) -> None:
    dossier = await _paid_too_much(stage, 25_00)
    await _ordered(stage, dossier, 25_00)
    run_id, handle = await stage.run("refund")
    await stage.decide(handle, "approved", "approved")
    await stage.until(run_id, "sent")
    assert await stage.report(handle, run_id, outcome="returned", reasonCode="AC04") == 1
    assert (await handle.result())["outcome"] == "completed"
    assert (await stage.service.open_of(dossier))["creditCents"] == 25_00
    order = await stage.service.world.one("select order_id from bank_order")
    released = await stage.service.post(f"/v1/bankOrders/{order}/releases", {"reason": "another account was given"})
    assert released.status_code == 204
    stage.service.clock.day = date(2026, 3, 13)
    _, handle = await stage.run("refund")
    await stage.decide(handle, "approved", "refused")
    assert (await handle.result())["outcome"] == "refused"
    assert await stage.service.world.one("select count(*) from bank_order") == 2


async def _mandate(stage: Stage, dossier: UUID, *, reference: str = "M0000001-01") -> httpx.Response:
    body = {"dossier": str(dossier), "reference": reference, "iban": ACCOUNT, "signedOn": "2026-01-15"}
    return await stage.service.post("/v1/mandates", body)


async def test_a_quarter_is_collected_under_a_mandate_and_can_come_back(stage: Stage) -> None:
    world = stage.service.world
    dossier = await world.affiliate(income_2023="15000.00")
    await world.bill("2026Q1")
    assert (await _mandate(stage, dossier)).json() == (await _mandate(stage, dossier)).json()
    assert (await _mandate(stage, dossier, reference="M0000001-02")).status_code == 409
    early = await stage.service.post("/v1/bankOrderRuns", {"kind": "directDebit", "collectionOn": "2026-03-25"})
    assert early.status_code == 400
    run_id, handle = await stage.run("directDebit", collectionOn="2026-03-31")
    await stage.decide(handle, "approved", "approved")
    await stage.until(run_id, "sent")
    summary = read_collection_file(stage.bank.files[0])
    assert (summary.total_cents, summary.collection_on) == (QUARTER, date(2026, 3, 31))
    assert stage.bank.files[0].count(b"<SeqTp>FRST</SeqTp>") == 1
    announced = (await stage.service.get("/v1/documents?kind=directDebitAnnouncement")).json()["items"]
    assert [document["name"] for document in announced] == ["collections/COLLECTION-20260312/0000001-fr.pdf"]
    # The announcement left with a proof, before anybody approved the file.
    assert [name for name, _ in stage.service.carriers.carried] == ["letters"]
    (proof,) = (await stage.service.post("/v1/letterDeliveries/query", {"dossier": str(dossier)})).json()["items"]
    assert (proof["kind"], proof["channel"], proof["outcome"], proof["receipt"], proof["handedOn"]) == (
        "directDebitAnnouncement",
        "post",
        "accepted",
        "letters-1",
        "2026-03-12",
    )
    stage.service.clock.day = date(2026, 3, 31)
    assert await stage.report(handle, run_id, outcome="executed", executedOn="2026-03-31") == 1
    assert (await handle.result())["outcome"] == "completed"
    assert (await stage.service.open_of(dossier))["totalOpenCents"] == 0
    # Within eight weeks the debtor has the money taken back: the quarter is owed again.
    stage.service.clock.day = date(2026, 4, 20)
    shown = (await stage.service.get(f"/v1/bankOrderRuns/{run_id}")).json()
    item = {"endToEndId": shown["orders"][0]["endToEndId"], "outcome": "returned", "reasonCode": "MD06"}
    for changed in (1, 0):
        answer = await stage.service.http.post(
            "/v1/paymentReports",
            json={"messageId": shown["messageId"], "items": [item]},
            headers=stage.service.acting_as("partner", subject="bank"),
        )
        assert answer.json() == {"changed": changed}
    assert (await stage.service.open_of(dossier))["totalOpenCents"] == QUARTER
    assert await _balance(stage, "otherBankMovements") == 0
    assert await world.one("select count(*) from task where kind = 'bankOrderReturned'") == 1
    asked = {"dossier": str(dossier)}
    made = (await stage.service.post("/v1/accountStatements", asked, role="collectionsAgent")).json()
    content = await world.one("select content from document where id = %s", UUID(made["documentId"]))
    text = " ".join(page.extract_text() for page in PdfReader(io.BytesIO(bytes(content))).pages)
    plain = " ".join(text.replace("\u202f", " ").replace("\xa0", " ").split())
    assert "du 31 mars 2026 est revenu impayé le 20 avril 2026" in plain
    assert await world.one("select sum(cents)::bigint from journal_line") == 0


async def test_a_revoked_mandate_collects_nothing(stage: Stage) -> None:
    dossier = await stage.service.world.affiliate(income_2023="15000.00")
    await stage.service.world.bill("2026Q1")
    mandate = (await _mandate(stage, dossier)).json()["mandateId"]
    for _ in range(2):
        assert (await stage.service.post(f"/v1/mandates/{mandate}/revocation", {})).status_code == 204
    _, handle = await stage.run("directDebit", collectionOn="2026-03-31")
    assert (await handle.result())["outcome"] == "nothingDue"
    (shown,) = (await stage.service.post("/v1/mandates/query", {"dossier": str(dossier)})).json()["items"]
    assert (shown["accountEnding"], shown["revokedOn"]) == ("6769", "2026-03-12")
