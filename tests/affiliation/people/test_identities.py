"""Identities and channels on a real database: who may read what, and that every read is on record."""

from __future__ import annotations

import pytest

from shared.platform.people import audit
from tests.affiliation.harness import Service, everybody


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
