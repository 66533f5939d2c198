"""The invented people of samples/: everybody who owes 2026Q1 can be billed, whatever the category."""

from __future__ import annotations

import csv
from datetime import date

from shared.contracts.vocabulary import Category, Language
from shared.law.parameters import Parameters
from shared.law.quarter import Quarter
from tests.billing.world import ROOT, World

SAMPLES = ROOT / "samples"


async def test_everybody_of_the_samples_is_billed(world: World) -> None:
    world.parameters = Parameters.load(assumed=SAMPLES / "scenario.yaml")
    with (SAMPLES / "people.csv").open(encoding="utf-8", newline="") as file:
        people = [row for row in csv.DictReader(file, delimiter=";") if not row["reference"].startswith("R")]
    for row in people:
        await world.affiliate(
            category=Category(row["category"]),
            starts_on=date.fromisoformat(row["starts_on"]),
            first_activity=row["first_activity"] == "yes",
            language=Language(row["language"]),
        )
    lines = (SAMPLES / "incomes.csv").read_text(encoding="utf-8").splitlines()[1:]
    imported = await world.incomes(*lines)
    assert (imported.accepted, imported.rejects) == (len(lines), ())
    await world.bill("2026Q1", page_size=20)
    parked = await world.rows("select reason, detail from parked_subject")
    assert parked == []
    due = [row for row in people if Quarter.of(date.fromisoformat(row["starts_on"])) <= Quarter(2026, 1)]
    assert await world.one("select count(*) from contribution where quarter = '2026Q1'") == len(due)
    assert await world.one("select count(distinct category) from contribution") == len({row["category"] for row in due})
    assert await world.one("select sum(cents)::bigint from journal_line") == 0
    least = await world.one(
        "select min(contribution_cents) from contribution where category = 'main' and quarter = '2026Q1'"
    )
    assert least == 890_42  # 17,374.08 x 20.5 % / 4: nobody in main occupation owes less
