"""The journey of a starter over four years, on real servers: each step of starter_four_years.yaml, over HTTP.

The table is for lawyers: it holds the arithmetic. What is asked here is only that the service does what it says, that
every amount is explained to the cent by `/v1/explanations`, and that what was charged in the end is what the law asks.
"""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import yaml
from temporalio.client import Client

from services.billing.app import APP
from services.billing.reductions.procedure import ContributionRequestInput
from services.billing.regularisation.procedure import RegularisationInput
from shared.law.fund import Fund
from shared.law.parameters import Parameters
from shared.law.quarter import Quarter, quarters_of_year
from shared.platform.database.connections import Database
from shared.platform.temporal.clock import business_moment
from shared.platform.temporal.connecting import create_worker, start_workflow
from tests.billing.coda_writer import Line, StatementText, coda
from tests.billing.harness import Service, open_service
from tests.billing.world import World
from tests.support.servers import Databases

TABLE = yaml.load(Path(__file__).with_name("starter_four_years.yaml").read_text(encoding="utf-8"), yaml.BaseLoader)  # noqa: S506


def cents(euros: str) -> int:
    """Read an amount of the table."""
    return int(Decimal(euros) * 100)


@dataclass
class Journey:
    """One person, followed step by step."""

    service: Service
    client: Client
    queue: str
    dossier: UUID
    file_number: int
    bank_cents: int = 0
    statements_read: int = 0
    answer: dict[str, Any] = field(default_factory=dict)

    async def play(self, do: dict[str, Any]) -> None:
        """Do one step of the table."""
        if "on" in do:
            self.service.clock.day = date.fromisoformat(do["on"])
        verb = next(name for name in do if name != "on")
        await getattr(self, verb)(do)

    async def bill(self, do: dict[str, Any]) -> None:
        """Bill a quarter, or the four quarters of a year, each paid in time."""
        if "Q" in do["bill"]:
            await self.service.world.bill(do["bill"])
            return
        for quarter in quarters_of_year(int(do["bill"])):
            await self.service.world.bill(str(quarter))
            self.service.clock.day = quarter.starts_on + timedelta(days=20)
            await self.pay({"pay": "everything"})

    async def pay(self, _do: dict[str, Any]) -> None:
        """Pay what is open with a bank statement that bears the reference of the newest notice."""
        to_pay = (await self.service.open_of(self.dossier))["totalOpenCents"]
        rows = await self.service.world.rows(
            "select reference from notice where dossier = %s order by number desc limit 1", self.dossier
        )
        self.statements_read += 1
        day = self.service.clock.day
        written = day.strftime("%d%m%y")
        text = StatementText(
            lines=[Line(cents=to_pay, structured=rows[0]["reference"], value_date=written)],
            old_cents=self.bank_cents,
            sequence=self.statements_read,
            day=written,
            old_day=written,
        )
        self.bank_cents += to_pay
        read = await self.service.upload("/v1/bankFiles", coda(text), media_type="text/plain")
        assert read.status_code == 201, read.text

    async def income(self, do: dict[str, Any]) -> None:
        """Tell an income and let the procedure that comes of it run to its end."""
        item = {
            "fileNumber": self.file_number,
            "year": int(do["income"]),
            "incomeCents": cents(do["euros"]),
            "knownOn": do["on"],
        }
        told = await self.service.post("/v1/incomes", {"items": [item]})
        assert (told.status_code, told.json()["accepted"]) == (201, 1), told.text
        run = (await self.service.get("/v1/regularisationRuns?pageSize=1")).json()["items"][0]
        argument = RegularisationInput(run_id=run["runId"])
        progress = await (await self._start("IncomeRegularisation", argument)).result()
        assert (progress["stage"], progress["issued"], progress["letters"]) == ("done", 1, 1)

    async def reduce(self, do: dict[str, Any]) -> None:
        """Ask for a reduction, have a person grant it, and let its procedure run to its end."""
        body = {
            "dossier": str(self.dossier),
            "year": int(do["reduce"]),
            "kind": "reduction",
            "estimateCents": cents(do["estimate"]),
            "evidence": ["interimAccounts"],
        }
        asked = await self.service.post("/v1/contributionRequests", body)
        assert asked.status_code == 201, asked.text
        assert (await self.service.post("/v1/contributionRequests", body)).status_code == 200
        request_id = asked.json()["requestId"]
        decision = {"outcome": "granted", "reason": "objectiveEvidence"}
        path = f"/v1/contributionRequests/{request_id}/decision"
        assert (await self.service.post(path, decision, role="affiliationAgent")).status_code == 202
        handle = await self._start("ContributionReduction", ContributionRequestInput(request_id=request_id))
        assert (await handle.result())["outcome"] == "granted"
        letters = (await self.service.get("/v1/documents?kind=contributionRequestDecision")).json()["items"]
        assert [letter["businessDate"] for letter in letters] == [do["on"]]

    async def advise(self, do: dict[str, Any]) -> None:
        """Ask what a reduction saves and risks."""
        body = {
            "dossier": str(self.dossier),
            "year": int(do["advise"]),
            "estimateCents": cents(do["estimate"]),
            "incomesCents": [cents(do["if"])],
        }
        self.answer = (await self.service.post("/v1/reductionAdvice/query", body)).json()

    async def forecast(self, do: dict[str, Any]) -> None:
        """Ask for a forecast on expected incomes."""
        expected = [{"year": int(year), "incomeCents": cents(euros)} for year, euros in do["forecast"].items()]
        body = {"dossier": str(self.dossier), "expectedIncomes": expected}
        self.answer = (await self.service.post("/v1/forecasts/query", body)).json()

    async def _start(self, workflow: str, argument: Any) -> Any:
        moment = business_moment(self.service.clock.day)
        return await start_workflow(
            self.client,
            workflow=workflow,
            workflow_id=f"{self.queue}:{workflow}:{uuid.uuid4().hex[:8]}",
            task_queue=self.queue,
            argument=argument,
            shift=timedelta(seconds=round((moment - datetime.now(UTC)).total_seconds())),
        )

    # ------------------------------------------------------------------------------------------------ what is so then
    async def check(self, then: dict[str, Any]) -> None:
        """Hold the books against what the table says."""
        charged = await self.charged()
        for quarter, euros in then.get("charged", {}).items():
            assert charged[quarter] == cents(euros), quarter
        stand = await self.service.open_of(self.dossier)
        for name, key in (("open", "totalOpenCents"), ("credit", "creditCents")):
            if name in then:
                assert stand[key] == cents(then[name]), name
        if "statement" in then:
            await self._check_statement(then["statement"])
        if "saved" in then:
            self._check_advice(then)
        for found, said in zip(self.answer.get("lines", []), then.get("lines", []), strict="lines" in then):
            told = [found["dueOn"], found["kind"], found["about"], found["amountCents"], found["basis"]]
            assert told == [*said[:3], cents(said[3]), said[4]]

    async def _check_statement(self, said: dict[str, str]) -> None:
        items = (await self.service.get(f"/v1/regularisations/{self.dossier}?language=fr")).json()["items"]
        (found,) = [one for one in items if (str(one["year"]), str(one["number"])) == (said["year"], said["number"])]
        names = {
            "previous": "previousCents",
            "definitive": "definitiveCents",
            "difference": "differenceCents",
            "spared": "sparedCents",
            "surcharges": "surchargeCents",
            "refund": "refundCents",
        }
        for name, key in names.items():
            assert found[key] == cents(said.get(name, "0.00")), name
        assert found["dueOn"] == said["due"]

    def _check_advice(self, then: dict[str, str]) -> None:
        (scenario,) = self.answer["scenarios"]
        assert self.answer["savedCents"] == cents(then["saved"])
        assert scenario["supplementCents"] == cents(then["supplement"])
        assert scenario["supplementWithoutCents"] == cents(then["without"])
        assert scenario["sparedCents"] == cents(then["spared"])
        assert scenario["surchargeCents"] == cents(then["surcharges"])

    async def charged(self) -> dict[str, int]:
        """What stands charged per quarter: contribution and fee."""
        rows = await self.service.world.rows(
            "select quarter, sum(charged_cents)::bigint as cents from open_item where dossier = %s "
            "and kind in ('principal', 'fee') group by quarter",
            self.dossier,
        )
        return {row["quarter"]: row["cents"] for row in rows}


@pytest.fixture
async def journey(
    databases: Databases, parameters: Parameters, fund: Fund, temporal_client: Client
) -> AsyncIterator[Journey]:
    """Somebody who started on 1 January 2023, and the whole service around."""
    made = databases.of("billing", purpose=f"billing_{uuid.uuid4().hex[:6]}")
    database = await Database.open(made.url, application_name="test-billing", max_size=8)
    service = open_service(World(database=database, parameters=parameters, fund=fund), temporal=temporal_client)
    queue = f"billing-{uuid.uuid4().hex[:8]}"
    async with create_worker(temporal_client, task_queue=queue, definition=APP.worker(service.context)):
        dossier = await service.world.affiliate(
            starts_on=date(2023, 1, 1), told_on=date(2022, 12, 15), first_activity=True
        )
        number = service.world.next_file - 1
        yield Journey(service=service, client=temporal_client, queue=queue, dossier=dossier, file_number=number)
    await service.http.aclose()
    await database.close()
    databases.drop(made.name)


async def test_a_starter_over_four_years(journey: Journey) -> None:
    for step in TABLE["steps"]:
        await journey.play(step["do"])
        try:
            await journey.check(step["then"])
        except AssertionError as error:
            raise AssertionError(f"{step['do']}: {error}") from error
    charged = await journey.charged()
    by_year: dict[str, int] = {}
    for quarter, amount in charged.items():
        year = str(Quarter.parse(quarter).year)
        by_year[year] = by_year.get(year, 0) + amount
    assert by_year == {year: cents(euros) for year, euros in TABLE["legal"].items()}
    await every_amount_is_explained(journey, charged)
    assert await journey.service.world.one("select sum(cents) from journal_line") == 0


async def every_amount_is_explained(journey: Journey, charged: dict[str, int]) -> None:
    """The amounts that are explained add up to what stands charged, and each has its reasons."""
    explained = (await journey.service.get(f"/v1/explanations/{journey.dossier}?language=nl")).json()["quarters"]
    surcharges = 0
    for quarter in explained:
        told = sum(amount["amountCents"] for amount in quarter["amounts"])
        assert told == quarter["chargedCents"], quarter["quarter"]
        assert all(amount["steps"] for amount in quarter["amounts"])
        surcharges += quarter["chargedCents"] - charged[quarter["quarter"]]
    assert {quarter["quarter"] for quarter in explained} == set(charged)
    assert surcharges == cents(TABLE["surcharges"])
    alone = (await journey.service.get(f"/v1/explanations/{journey.dossier}?quarter=2026Q1&language=fr")).json()
    kinds = [amount["kind"] for amount in alone["quarters"][0]["amounts"]]
    assert kinds == ["provisional", "reduction", "regularisation"]
    await the_surcharges_are_explained(journey)
    await no_income_is_expected_of_a_told_year(journey)


async def no_income_is_expected_of_a_told_year(journey: Journey) -> None:
    """A forecast goes by the income that was told, and says so to who expects another."""
    expected = [{"year": 2027, "incomeCents": 0}, {"year": 2026, "incomeCents": 12_000_00}]
    body = {"dossier": str(journey.dossier), "expectedIncomes": expected}
    refused = await journey.service.post("/v1/forecasts/query", body)
    (error,) = refused.json()["issues"]
    assert (refused.status_code, error["name"]) == (400, "expectedIncomes[1].year")
    assert error["type"].endswith(":incomeTold")
    assert "told on 2028-06-19" in error["detail"]


async def the_surcharges_are_explained(journey: Journey) -> None:
    """Six quarters x 3 % and once 7 % on what was wrongly spared, each a step of its own (AR38 art. 11bis)."""
    path = f"/v1/explanations/{journey.dossier}?quarter=2026Q4&language=fr"
    amounts = (await journey.service.get(path)).json()["quarters"][0]["amounts"]
    (surcharges,) = [amount for amount in amounts if amount["kind"] == "reductionSurcharge"]
    told = [(step["text"].split(",")[0], step["text"][-11:], step["amountCents"]) for step in surcharges["steps"]]
    days = ("31/12/2026", "31/03/2027", "30/06/2027", "30/09/2027", "31/12/2027", "31/03/2028")
    three = [("Majoration de 3 % sur 1\u00a0226", f"{day}.", 3679) for day in days]
    seven = ("Majoration de 7 % sur 1\u00a0226", "31/12/2026.", 8584)
    assert sorted(told) == sorted([*three, seven])
    assert surcharges["amountCents"] == 306_58
    assert {step["article"] for step in surcharges["steps"]} == {"AR38 art. 11bis"}
