"""Files for the institute are kept as documents: when somebody asks and on their days, each once."""

from __future__ import annotations

from datetime import date

from temporalio.client import Client

from services.billing.institute_files.rules import check_transfer_file
from shared.platform.temporal.schedules import ScheduledRun
from tests.billing.harness import PRINCIPAL, Service, bill_two_of_whom_one_pays, start_procedure
from tests.histories.decoding import record_if_asked


async def test_the_transfers_of_every_day_are_written_once(service: Service) -> None:
    await bill_two_of_whom_one_pays(service)
    service.clock.day = date(2026, 4, 3)
    early = await service.post("/v1/inastiTransfers", {"until": "2026-04-03"})
    assert early.status_code == 400
    written = (await service.post("/v1/inastiTransfers", {"until": "2026-04-02"})).json()["days"]
    # From the first booking, the run of 5 January, to the last day asked for.
    assert (written[0], written[-1], len(written)) == ("2026-01-05", "2026-04-02", 88)
    assert (await service.post("/v1/inastiTransfers", {"until": "2026-04-02"})).json()["days"] == []
    content = await service.world.one(
        "select content from document where kind = 'inastiTransfer' and reference = '2026-04-01'"
    )
    assert check_transfer_file(bytes(content)) == PRINCIPAL


async def test_the_statistics_of_a_quarter_count_what_was_billed(service: Service) -> None:
    await bill_two_of_whom_one_pays(service)
    service.clock.day = date(2026, 3, 31)
    assert (await service.post("/v1/inastiStatistics", {"quarter": "2026Q1"})).status_code == 400
    service.clock.day = date(2026, 4, 1)
    first = (await service.post("/v1/inastiStatistics", {"quarter": "2026Q1"})).json()
    assert first == (await service.post("/v1/inastiStatistics", {"quarter": "2026Q1"})).json()
    content = await service.world.one("select content from document where kind = 'inastiStatistics'")
    assert bytes(content).decode().splitlines()[1:] == [
        f"2026Q1;main;2;{2 * PRINCIPAL};{PRINCIPAL};{PRINCIPAL}",
        f"TOTAL;1;2;{2 * PRINCIPAL};{PRINCIPAL};{PRINCIPAL}",
    ]


async def test_the_files_for_the_institute_are_written_on_their_days(
    service: Service, temporal_client: Client, queue: str
) -> None:
    await service.world.affiliate(income_2023="15000.00")
    await service.world.bill("2026Q1")
    day = date(2026, 4, 15)
    for expected in (100, 0):
        handle = await start_procedure(temporal_client, queue, "ScheduledInastiTransfers", ScheduledRun(), day)
        # From the run of 5 January to 14 April: 27 + 28 + 31 + 14 days.
        assert (await handle.result())["written"] == expected
        if expected:
            await record_if_asked(temporal_client, handle, name="billing/ScheduledInastiTransfers-done")
    for _ in range(2):
        handle = await start_procedure(temporal_client, queue, "ScheduledInastiStatistics", ScheduledRun(), day)
        assert (await handle.result())["written"] == 1
    await record_if_asked(temporal_client, handle, name="billing/ScheduledInastiStatistics-done")
    rows = await service.world.rows("select reference from document where kind = 'inastiStatistics'")
    assert [row["reference"] for row in rows] == ["2026Q1"]
