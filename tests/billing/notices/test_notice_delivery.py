"""Notices reach people by the channel they chose, with a proof; by post when that fails; and once."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from temporalio.client import Client
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from services.billing.certificates import service as certificates
from services.billing.certificates.service import TAX_CERTIFICATE
from services.billing.clients import Affiliation
from services.billing.correspondence.clients import carriers
from services.billing.correspondence.service import LetterHandOver
from services.billing.notices.activities import NoticeDeliveryActivities
from services.billing.notices.procedure import HandedOver, HandOverStep
from services.billing.quarterly.procedure import BillingRunInput, RunProgress
from shared.platform.calls.service_client import CallFailed
from tests.billing.harness import Service, start_procedure
from tests.support.blips import BLIP_CALLS, silent_at_first

BILLED_ON = date(2026, 1, 5)
EMAIL = {"channel": "email", "email": "camille@example.org"}
EBOX = {"channel": "eBox"}
#: The last try of a day with a carrier that is closed.
LAST_TRY = 3


async def _bill(service: Service, client: Client, queue: str) -> RunProgress:
    run = (await service.post("/v1/billingRuns", {"quarter": "2026Q1"})).json()
    argument = BillingRunInput(run_id=run["runId"], quarter="2026Q1")
    handle = await start_procedure(client, queue, "QuarterlyBilling", argument, BILLED_ON)
    return RunProgress.model_validate(await handle.result())


async def _deliveries(service: Service, dossier: UUID) -> list[dict[str, Any]]:
    answer = await service.post("/v1/noticeDeliveries/query", {"dossier": str(dossier)})
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def _activities(service: Service) -> NoticeDeliveryActivities:
    peers = service.context.peers
    return NoticeDeliveryActivities(
        database=service.world.database,
        affiliation=Affiliation(peers.affiliation),
        carriers=carriers(peers.sandbox),
        at_once=10,
    )


async def _handed_over(service: Service, step: HandOverStep, *, attempt: int = 1) -> HandedOver:
    return await _attempt(attempt).run(_activities(service).hand_over_notices, step)


def _attempt(number: int) -> ActivityEnvironment:
    """Give an activity that is tried for the so manieth time."""
    environment = ActivityEnvironment()
    environment.info = dataclasses.replace(environment.info, attempt=number)
    return environment


async def test_each_notice_goes_by_the_channel_that_was_chosen(
    service: Service, temporal_client: Client, queue: str
) -> None:
    by_post, by_email, by_ebox = [await service.world.affiliate(income_2023="30000.00") for _ in range(3)]
    service.people.channels = {str(by_email): EMAIL, str(by_ebox): EBOX}
    progress = await _bill(service, temporal_client, queue)
    assert (progress.stage, progress.letters, progress.handed_over) == ("done", 3, 3)
    sent = dict(service.carriers.carried)
    assert sorted(sent) == ["eboxMessages", "emails", "letters"]
    assert (sent["emails"]["address"], sent["eboxMessages"]["recipient"]) == ("camille@example.org", "85073003328")
    assert sent["emails"]["subject"] == "Avis d'échéance de votre caisse d'assurances sociales : 1er trimestre 2026"
    for dossier, channel, carrier in (
        (by_post, "post", "letters"),
        (by_email, "email", "emails"),
        (by_ebox, "eBox", "eboxMessages"),
    ):
        (proof,) = await _deliveries(service, dossier)
        content = base64.b64decode(sent[carrier]["content"])
        assert content.startswith(b"%PDF-")
        assert proof == {
            "quarter": "2026Q1",
            "reference": await service.world.reference(dossier, "2026Q1"),
            "channel": channel,
            "outcome": "accepted",
            "handedOn": "2026-01-05",
            "documentSha256": hashlib.sha256(content).hexdigest(),
            "receipt": f"{carrier}-1",
        }


@pytest.mark.parametrize(
    ("chosen", "carrier", "fault", "channel", "outcome"),
    [
        (EMAIL, "emails", "refusing", "email", "refused"),
        (EMAIL, "emails", "away", "email", "unavailable"),
        (EBOX, "eboxMessages", "refusing", "eBox", "refused"),
        (EBOX, "eboxMessages", "away", "eBox", "unavailable"),
    ],
)
async def test_the_post_takes_the_place_of_a_channel_that_fails(
    service: Service, chosen: dict[str, str], carrier: str, fault: str, channel: str, outcome: str
) -> None:
    dossier = await service.world.affiliate(income_2023="30000.00")
    service.people.channels = {str(dossier): chosen}
    getattr(service.carriers, fault).add(carrier)
    step = await _with_letter(service, dossier)
    assert (await _handed_over(service, step, attempt=LAST_TRY)).taken == 1
    found = {row["channel"]: row["outcome"] for row in await _deliveries(service, dossier)}
    assert found == {channel: outcome, "post": "accepted"}
    # Done again, nothing is handed over a second time.
    assert (await _handed_over(service, step)).taken == 0
    assert [name for name, _ in service.carriers.carried] == ["letters"]


@pytest.mark.parametrize(
    ("chosen", "carrier", "channel"),
    [({}, "letters", "post"), (EMAIL, "emails", "email"), (EBOX, "eboxMessages", "eBox")],
)
async def test_a_carrier_that_is_being_restarted_takes_the_notice_the_same_day(
    service: Service, chosen: dict[str, str], carrier: str, channel: str
) -> None:
    dossier = await service.world.affiliate(income_2023="30000.00")
    service.people.channels = {str(dossier): chosen}
    step = await _with_letter(service, dossier)
    with silent_at_first(service.context.peers.sandbox, path=f"/v1/{carrier}"):
        for attempt in range(1, BLIP_CALLS + 1):
            with pytest.raises(CallFailed):
                await _handed_over(service, step, attempt=attempt)
        assert (await _handed_over(service, step, attempt=BLIP_CALLS + 1)).taken == 1
    assert {row["channel"]: row["outcome"] for row in await _deliveries(service, dossier)} == {channel: "accepted"}


async def test_a_closed_post_is_waited_for_and_one_that_refuses_asks_a_person(service: Service) -> None:
    dossier = await service.world.affiliate(income_2023="30000.00")
    step = await _with_letter(service, dossier)
    service.carriers.away.add("letters")
    with pytest.raises(CallFailed):
        await _handed_over(service, step)
    with pytest.raises(ApplicationError, match="status 503") as caught:
        await _handed_over(service, step, attempt=LAST_TRY)
    assert caught.value.non_retryable, "a working day is waited for, not ten minutes"
    assert await _deliveries(service, dossier) == []
    service.carriers.away.clear()
    service.carriers.refusing.add("letters")
    assert (await _handed_over(service, step)).taken == 0
    (task,) = (await service.get("/v1/tasks", role="affiliationAgent")).json()["items"]
    assert (task["kind"], task["dossier"]) == ("noticeNotDelivered", str(dossier))
    assert (await _handed_over(service, step)).next_after is None


async def test_another_letter_that_nobody_takes_is_a_person_s_task_and_is_not_tried_again(service: Service) -> None:
    dossier = await service.world.affiliate(income_2023="30000.00")
    service.people.channels = {str(dossier): EMAIL}
    async with service.world.database.transaction() as connection:
        document_id = await certificates.keep(
            connection,
            kind=TAX_CERTIFICATE,
            reference=f"{dossier}|2025",
            dossier=dossier,
            language="fr",
            name="certificates/2025/tax-test.pdf",
            content=b"%PDF- a certificate",
            on=BILLED_ON,
        )
    peers = service.context.peers
    letters = LetterHandOver(database=service.world.database, carriers=carriers(peers.sandbox))
    addressees = await Affiliation(peers.affiliation).addressees([dossier], purpose="test")
    service.carriers.away |= {"emails", "letters"}

    async def hand_over() -> int:
        return await letters.of_kind(TAX_CERTIFICATE, [f"{dossier}|2025"], addressees, today=BILLED_ON)

    with pytest.raises(CallFailed):
        await _attempt(1).run(hand_over)
    service.carriers.away.remove("letters")
    service.carriers.refusing.add("letters")
    assert await _attempt(LAST_TRY).run(hand_over) == 0
    (task,) = (await service.get("/v1/tasks", role="affiliationAgent")).json()["items"]
    assert (task["kind"], task["details"]["documentKind"]) == ("letterNotDelivered", TAX_CERTIFICATE)
    answer = await service.post("/v1/letterDeliveries/query", {"dossier": str(dossier)})
    found = {item["channel"]: (item["outcome"], item["documentId"]) for item in answer.json()["items"]}
    assert found == {"email": ("unavailable", str(document_id)), "post": ("refused", str(document_id))}
    service.carriers.refusing.clear()
    assert await _attempt(1).run(hand_over) == 0
    assert service.carriers.carried == []


async def _with_letter(service: Service, dossier: UUID) -> HandOverStep:
    """Bill a dossier and put a letter beside its notice; give the step that hands it over."""
    await service.world.bill("2026Q1", on=BILLED_ON)
    reference = await service.world.reference(dossier, "2026Q1")
    content = b"%PDF- a notice"
    await service.world.store_letter(reference=reference, dossier=dossier, content=content, on=BILLED_ON)
    partition = await service.world.one("select partition from subject where dossier = %s", dossier)
    return HandOverStep(quarter="2026Q1", partition=partition, today=BILLED_ON)
