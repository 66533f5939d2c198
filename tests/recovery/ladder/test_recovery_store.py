"""Cases and their proof on a real PostgreSQL: nothing happens twice, nothing of the proof is ever rewritten."""

from __future__ import annotations

from datetime import date

import psycopg
import pytest

from services.recovery.ladder.rules.picture import Step
from services.recovery.ladder.service import cases
from services.recovery.ladder.store.cases import record_step
from shared.contracts.recovery_v1 import CaseOutcome
from tests.recovery.harness import Stage
from tests.recovery.people import debtor, overdue
from tests.recovery.planted import planted_case


async def test_the_same_overdue_fact_opens_one_case(desk: Stage) -> None:
    dossier = await debtor(desk)
    for _ in range(3):
        await desk.tell(overdue(dossier))
    assert len(await desk.rows("select 1 from recovery_case where dossier = %s", dossier)) == 1
    assert len(await desk.rows("select 1 from dispatch where workflow is not null and dossier = %s", dossier)) == 1
    assert len(await desk.facts("case-opened", dossier)) == 1


async def test_a_second_quarter_joins_the_case_and_wakes_it(desk: Stage) -> None:
    dossier = await debtor(desk)
    await desk.tell(overdue(dossier), overdue(dossier, quarter="2026Q2", on=date(2026, 7, 1)))
    quarters = await desk.rows(
        "select quarter from case_debt join recovery_case using (case_id) where dossier = %s order by quarter", dossier
    )
    assert [row["quarter"] for row in quarters] == ["2026Q1", "2026Q2"]
    signals = await desk.rows("select signal from dispatch where signal is not null and dossier = %s", dossier)
    assert signals == [{"signal": "debts_changed"}]


async def test_a_case_is_not_closed_on_facts_that_are_older_than_its_debts(desk: Stage) -> None:
    dossier = await debtor(desk)
    await desk.tell(overdue(dossier))
    async with desk.database.transaction() as connection:
        [case_id] = await cases.open_cases_of(connection, dossier=dossier)
        before = await cases.find_case(connection, case_id=case_id)
    assert before is not None
    await desk.tell(overdue(dossier, quarter="2026Q2", on=date(2026, 7, 1)))
    async with desk.database.transaction() as connection:
        assert not await cases.close_case(
            connection, case_id=case_id, version=before.version, outcome=CaseOutcome.PAID, today=date(2026, 7, 1)
        )


async def test_a_step_is_written_once_with_the_days_since_the_one_before(desk: Stage) -> None:
    planted = await planted_case(desk)
    async with desk.database.transaction() as connection:
        for step, day in ((Step.REMINDER, date(2026, 4, 14)), (Step.STATEMENT, date(2026, 5, 15))):
            for expected in (True, False):
                written = await record_step(
                    connection,
                    case_id=planted.case_id,
                    step=step,
                    attempt=1,
                    done_on=day,
                    article="policy",
                    evidence={},
                )
                assert written is expected
    rows = await desk.rows("select elapsed_days from case_step where case_id = %s order by position", planted.case_id)
    assert [row["elapsed_days"] for row in rows] == [13, 31]


@pytest.mark.parametrize("table", ["case_step", "contact", "warrant", "contest", "partner_report", "case_debt"])
@pytest.mark.parametrize("change", ["update {table} set case_id = case_id", "delete from {table}", "truncate {table}"])
async def test_the_proof_is_never_changed(desk: Stage, table: str, change: str) -> None:
    if table == "partner_report":
        change = change.replace("case_id = case_id", "partner = partner")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        async with desk.database.transaction() as connection:
            await connection.execute(change.format(table=table))
