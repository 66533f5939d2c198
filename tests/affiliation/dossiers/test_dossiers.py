"""Dossiers on a real database: listed without identities, and counted."""

from __future__ import annotations

from tests.affiliation.harness import Service, everybody


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
