"""Companies: read, in time or late, affiliated and linked with their manager."""

from __future__ import annotations

from datetime import date

import pytest
from temporalio.client import Client

from services.affiliation.companies.procedure import CompanyInput
from services.affiliation.companies.rules import joined_late, read_company
from shared.law.parameters import Parameters
from tests.affiliation.harness import SAMPLES, Service, everybody, start
from tests.histories.decoding import record_if_asked

PARAMETERS = Parameters.load()


def test_a_company_without_known_manager_is_read() -> None:
    values = {
        "reference": "C1", "enterprise_number": "0403.019.261", "name": "Voorbeeld BV", "language": "nl",
        "founded_on": "2020-01-01", "street": "Proefweg", "house_number": "1", "postal_code": "9000", "city": "Gent",
        "manager_national_number": "",
    }  # fmt: skip
    declaration, found = read_company(values)
    assert found == ()
    assert declaration is not None
    assert declaration.enterprise_number == "0403019261"
    assert declaration.manager_national_number is None


@pytest.mark.parametrize(("received_on", "late"), [(date(2026, 2, 24), False), (date(2026, 2, 25), True)])
def test_a_company_joins_within_three_months(received_on: date, late: bool) -> None:
    assert joined_late(founded_on=date(2025, 11, 24), received_on=received_on, parameters=PARAMETERS) is late


async def test_a_manager_and_the_company_answer_for_each_other(service: Service) -> None:
    dossiers = await everybody(service)
    company = (await service.get(f"/v1/dossiers/{dossiers[210]}")).json()
    [manager] = company["answeredForBy"]
    assert manager["ground"] == "managerOfCompany"
    assert company["answersFor"] == [{**manager, "ground": "companyOfManager"}]
    linked = await service.rows("select count(*) as n from outbox where type = 'affiliation.liability-linked.v1'")
    assert linked[0]["n"] == 10


async def test_a_company_is_affiliated_and_linked_with_its_manager(
    service: Service, temporal_client: Client, queue: str
) -> None:
    await service.import_file("people", (SAMPLES / "people.csv").read_bytes())
    await service.import_file("companies", (SAMPLES / "companies.csv").read_bytes())
    [row] = await service.rows("select dossier from dossier where file_number = 211")
    handle = await start(
        temporal_client, queue, workflow="CompanyAffiliation", argument=CompanyInput.model_validate(row)
    )
    assert await handle.result() == {"links": 2}
    await record_if_asked(temporal_client, handle, name="affiliation/CompanyAffiliation-linked")
