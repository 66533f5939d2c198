"""Identities and dossiers on a real database: who may read what, and that every read is on record."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import pytest

from services.affiliation.companies import service as companies
from services.affiliation.declarations.service import applications
from shared.platform import audit
from tests.affiliation.harness import SAMPLES, Service


async def everybody(service: Service) -> list[UUID]:
    """Import the samples, decide everything, and return the dossiers in order of file number."""
    await service.import_file("people", (SAMPLES / "people.csv").read_bytes())
    await service.import_file("companies", (SAMPLES / "companies.csv").read_bytes())
    today = date(2026, 1, 2)
    async with service.database.transaction() as connection:
        cursor = await connection.execute("select application_id from application order by line")
        for row in await cursor.fetchall():
            await applications.assess_application(
                connection,
                application_id=row["application_id"],
                today=today,
                parameters=service.context.parameters,
            )
        cursor = await connection.execute(
            "select dossier from company join dossier using (dossier) order by file_number"
        )
        for row in await cursor.fetchall():
            await companies.affiliate_company(connection, dossier=row["dossier"], today=today)
    rows = await service.rows("select dossier from dossier order by file_number")
    return [row["dossier"] for row in rows]


async def test_dossiers_are_listed_page_by_page_without_identities(service: Service) -> None:
    await everybody(service)
    seen: list[int] = []
    after = 0
    while True:
        body = {"afterFileNumber": after, "pageSize": 100}
        page = (await service.post("/v1/dossiers/query", body, role="auditor")).json()
        seen += [item["fileNumber"] for item in page["items"]]
        if "nextAfterFileNumber" not in page:
            break
        after = page["nextAfterFileNumber"]
    assert seen == list(range(1, 216))
    chosen = await service.post("/v1/dossiers/query", {"fileNumbers": [211, 3]}, role="service")
    person, company = chosen.json()["items"]
    assert (person["fileNumber"], person["kind"], person["status"], person["category"]) == (
        3, "person", "affiliated", "main",
    )  # fmt: skip
    assert (company["kind"], company["status"], company["foundedOn"]) == ("company", "affiliated", "2019-05-13")
    assert "Exemple" not in chosen.text


async def test_identities_are_given_for_a_purpose_and_on_record(service: Service) -> None:
    dossiers = await everybody(service)
    asked = {"dossiers": [str(dossiers[210]), str(dossiers[0])], "purpose": "notice of contribution"}
    answer = await service.post("/v1/identities/query", asked, role="service")
    person, company = answer.json()["items"]
    assert (person["fileNumber"], person["lastName"], person["nationalNumber"]) == (1, "Testaroche", "01110390406")
    assert person["accountNumber"].startswith("BE")
    assert "companyName" not in person
    assert (company["companyName"], company["enterpriseNumber"]) == ("Atelier Exemplaire SRL", "1999000744")
    async with service.database.transaction() as connection:
        [entry] = await audit.list_entries(connection, dossier=dossiers[0])
        verified = await audit.verify(connection)
    assert (entry["actor"], entry["action"], entry["purpose"]) == ("tester", "identity.read", "notice of contribution")
    assert verified.problems == ()


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"dossiers": []}, 400),
        ({"dossiers": [], "purpose": "letter"}, 400),
        ({"dossiers": ["01900000-0000-7000-8000-000000000000"], "purpose": "letter"}, 200),
        ({"dossiers": ["01900000-0000-7000-8000-000000000000"]}, 400),
    ],
)
async def test_nobody_is_identified_without_a_purpose(service: Service, body: dict[str, object], status: int) -> None:
    answer = await service.post("/v1/identities/query", body, role="service")
    assert answer.status_code == status
    if status == 200:
        assert answer.json() == {"items": []}


@pytest.mark.parametrize("role", ["auditor", "operator", "partner"])
async def test_these_roles_never_read_identities(service: Service, role: str) -> None:
    body = {"dossiers": ["01900000-0000-7000-8000-000000000000"], "purpose": "letter"}
    assert (await service.post("/v1/identities/query", body, role=role)).status_code == 403
    assert (await service.http.post("/v1/identities/query", json=body)).status_code == 401


async def test_a_manager_and_the_company_answer_for_each_other(service: Service) -> None:
    dossiers = await everybody(service)
    company = (await service.get(f"/v1/dossiers/{dossiers[210]}")).json()
    [manager] = company["answeredForBy"]
    assert manager["ground"] == "managerOfCompany"
    assert company["answersFor"] == [{**manager, "ground": "companyOfManager"}]
    linked = await service.rows("select count(*) as n from outbox where type = 'affiliation.liability-linked.v1'")
    assert linked[0]["n"] == 10


async def test_the_summary_counts_everybody(service: Service) -> None:
    await everybody(service)
    assert (await service.get("/v1/summary")).json() == {
        "people": 210,
        "companies": 5,
        "affiliations": 210,
        "ceased": 0,
        "waiting": 0,
        "refused": 0,
        "rejected": 10,
        "imports": 2,
        "importsRefused": 0,
    }


async def test_an_unknown_dossier_is_not_found(service: Service) -> None:
    assert (await service.get("/v1/dossiers/01900000-0000-7000-8000-000000000000")).status_code == 404


async def test_the_channel_of_letters_is_what_was_chosen_last_and_every_choice_is_kept(service: Service) -> None:
    dossier = str((await everybody(service))[3])
    path = "/v1/channelChoices"

    async def channel() -> str | None:
        asked = {"dossiers": [dossier], "purpose": "a letter"}
        answer = await service.post("/v1/identities/query", asked, role="service")
        (item,) = answer.json()["items"]
        assert item.get("channelChosenOn") == (item.get("channel") and "2025-12-01")
        chosen: str | None = item.get("channel")
        return chosen

    assert await channel() is None
    for chosen in ("post", "eBox", "eBox", "email"):
        body = {"dossier": dossier, "channel": chosen, "chosenOn": "2025-12-01"}
        answer = await service.post(path, body)
        assert answer.status_code == 200, answer.text
        assert answer.json()["channel"] == chosen
    assert await channel() == "email"
    async with service.database.transaction() as connection:
        cursor = await connection.execute(
            "select number, channel from channel_choice where dossier = %s order by number", (dossier,)
        )
        kept = [(row["number"], row["channel"]) for row in await cursor.fetchall()]
    assert kept == [(1, "eBox"), (2, "email")], "post without a choice, and the same again, are no new choice"

    for wrong in ({"channel": "fax"}, {"chosenOn": "2999-01-01"}):
        body = {"dossier": dossier, "channel": "email", "chosenOn": "2025-12-01", **wrong}
        assert (await service.post(path, body)).status_code == 400
    unknown = {"dossier": "01932b5c-7d7e-7cc1-a9c0-6a1f0a1d2e3f", "channel": "email", "chosenOn": "2025-12-01"}
    assert (await service.post(path, unknown)).status_code == 404
    assert (await service.post(path, unknown, role="auditor")).status_code == 403
