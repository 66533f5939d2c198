"""The procedures of affiliation on the real Temporal server, with the real database."""

from __future__ import annotations

from datetime import date
from typing import Any

from temporalio.client import Client, WorkflowHandle

from services.affiliation.declarations.procedure import NEWS, ApplicationInput, News
from shared.platform.temporal.clock import business_moment
from shared.platform.temporal.time_skipping import fast_forward
from tests.affiliation.harness import SAMPLES, Service, declare, start
from tests.histories.decoding import decoded_history, payloads_of, record_if_asked


async def begin(
    service: Service, client: Client, queue: str, **changes: Any
) -> tuple[dict[str, Any], WorkflowHandle[Any, Any]]:
    """Declare an activity and start its procedure."""
    body = await declare(service, **changes)
    application = ApplicationInput(application_id=body["applicationId"], dossier=body["dossier"])
    return body, await start(client, queue, workflow="AffiliationApplication", argument=application)


async def waits(handle: WorkflowHandle[Any, Any]) -> None:
    """Wait until a procedure waits for something: a timer was set."""
    while True:
        history = await handle.fetch_history()
        if any(event.HasField("timer_started_event_attributes") for event in history.events):
            return


async def test_a_good_declaration_affiliates_and_is_confirmed(
    service: Service, temporal_client: Client, queue: str
) -> None:
    body, handle = await begin(service, temporal_client, queue)
    assert await handle.result() == {"status": "affiliated"}
    await record_if_asked(temporal_client, handle, name="affiliation/AffiliationApplication-confirmed")
    [document] = (await service.get("/v1/documents?kind=affiliationConfirmation")).json()["items"]
    assert document["name"] == "confirmations/2026-01-02/0000001-fr.pdf"
    assert document["businessDate"] == "2026-01-02"
    view = (await service.get(f"/v1/applications/{body['applicationId']}")).json()
    assert view["status"] == "affiliated"


async def test_what_was_missing_is_supplied_in_time(service: Service, temporal_client: Client, queue: str) -> None:
    body, handle = await begin(service, temporal_client, queue, nationality="BR")
    await waits(handle)
    path = f"/v1/applications/{body['applicationId']}"
    await service.post(f"{path}/information", {"professionalCard": "1700017"})
    await handle.signal(NEWS, News(application_id=body["applicationId"]))
    assert await handle.result() == {"status": "affiliated"}
    await record_if_asked(temporal_client, handle, name="affiliation/AffiliationApplication-completed")
    [task] = (await service.get("/v1/tasks?isOpen=false")).json()["items"]
    assert (task["kind"], task["resolution"]) == ("affiliationInformation", "affiliated")


async def test_what_stays_missing_is_refused_when_the_activity_starts(
    service: Service, temporal_client: Client, queue: str
) -> None:
    body, handle = await begin(service, temporal_client, queue, nationality="BR")
    await waits(handle)
    await fast_forward(temporal_client, task_queue=queue, target=business_moment(date(2026, 1, 31)))
    assert (await service.get(f"/v1/applications/{body['applicationId']}")).json()["status"] == "waiting"
    await fast_forward(temporal_client, task_queue=queue, target=business_moment(date(2026, 2, 1)))
    assert await handle.result() == {"status": "refused"}
    await record_if_asked(temporal_client, handle, name="affiliation/AffiliationApplication-refused")
    [decided] = await service.rows("select decided_on from application")
    assert decided["decided_on"] == date(2026, 2, 1)


async def test_a_withdrawn_declaration_ends(service: Service, temporal_client: Client, queue: str) -> None:
    body, handle = await begin(service, temporal_client, queue, nationality="BR")
    await waits(handle)
    await service.post(f"/v1/applications/{body['applicationId']}/withdrawal", {})
    await handle.signal(NEWS, News(application_id=body["applicationId"]))
    assert await handle.result() == {"status": "withdrawn"}
    await record_if_asked(temporal_client, handle, name="affiliation/AffiliationApplication-withdrawn")


async def test_who_is_taken_over_gets_no_confirmation(service: Service, temporal_client: Client, queue: str) -> None:
    await service.import_file("people", (SAMPLES / "people.csv").read_bytes())
    [row] = await service.rows("select application_id, dossier from application where reference = 'P0003'")
    handle = await start(
        temporal_client, queue, workflow="AffiliationApplication", argument=ApplicationInput.model_validate(row)
    )
    assert await handle.result() == {"status": "affiliated"}
    assert await service.rows("select 1 from document") == []


async def test_nothing_about_the_person_is_in_the_history(
    service: Service, temporal_client: Client, queue: str
) -> None:
    _, handle = await begin(service, temporal_client, queue)
    await handle.result()
    history = (await decoded_history(temporal_client, handle)).events
    told = b" ".join(payload.data for event in history for payload in payloads_of(event))
    assert b"affiliated" in told  # it is in clear here, so what is looked for would be seen
    for secret in (b"85073003328", b"Exemplemont", b"Camille"):
        assert secret not in told
