"""A quarter that an end of activity left unowed is owed again from the quarter of a new beginning (AR38 art. 15)."""

from __future__ import annotations

from datetime import UTC, date, datetime
from uuid import UUID, uuid4

import pytest

from services.billing.changes_of_subjection.handlers import subjection_handlers
from services.billing.changes_of_subjection.service import changes
from shared.contracts.affiliation_v1 import AffiliationCeased, AffiliationOpened, CessationReason
from shared.contracts.billing_v1 import DebtOverdue
from shared.contracts.envelope import Envelope
from shared.contracts.vocabulary import Category, Language
from tests.billing.harness import SetClock
from tests.billing.lateness.test_closings import _pay
from tests.billing.regularisation.test_regularisations import regularise_all
from tests.billing.world import SEVEN_PERCENT, World

PRINCIPAL, FEE = 1648_76, 70_07  # 30,000.00 of 2023, see test_billing_runs
THREE = 49_46


async def _cease(world: World, dossier: UUID, ceased_on: date, told_on: date) -> None:
    fact = AffiliationCeased(
        dossier=dossier, occurred_on=told_on, ceased_on=ceased_on, reason=CessationReason.CESSATION
    )
    for _ in range(2):
        async with world.database.transaction() as connection:
            await changes.apply_cessation(connection, fact=fact, booked_on=told_on, interest_rate=SEVEN_PERCENT)


async def _start(
    world: World, dossier: UUID, starts_on: date, told_on: date, category: Category = Category.MAIN
) -> None:
    number = await world.one("select file_number from subject where dossier = %s", dossier)
    fact = AffiliationOpened(
        dossier=dossier,
        occurred_on=told_on,
        file_number=number,
        category=category,
        starts_on=starts_on,
        first_activity=False,
        insurer="319",
        language=Language.FRENCH,
    )
    handlers = subjection_handlers(clock=SetClock(told_on), parameters=world.parameters)
    envelope = Envelope(
        event_id=fact.event_id(),
        type=fact.type,
        source="urn:auxilia:affiliation",
        occurred_at=datetime(2026, 6, 1, 8, tzinfo=UTC),
        key=str(dossier),
        sequence=1,
        correlation_id=uuid4(),
    )
    for _ in range(2):
        async with world.database.transaction() as connection:
            await handlers[AffiliationOpened](connection, fact, envelope)


@pytest.fixture(scope="module")
async def people(world: World) -> dict[str, UUID]:
    """People billed for the second quarter of 2026 who had stopped on 20 March, as was told on 10 May."""
    names = ("never", "again", "paid", "late", "corrected", "twice", "other")
    found = {name: await world.affiliate(income_2023="30000.00", starts_on=date(2015, 1, 1)) for name in names}
    await world.bill("2026Q2")
    await _pay(world, found["paid"], PRINCIPAL + FEE, date(2026, 4, 20), date(2026, 4, 21), "2026Q2")
    for dossier in found.values():
        await _cease(world, dossier, date(2026, 3, 20), date(2026, 5, 10))
    assert {cents for one in found.values() for cents in (await world.open_items(one)).values()} == {0}
    for name in ("again", "paid", "twice"):
        await _start(world, found[name], date(2026, 6, 1), date(2026, 5, 28))
    await _start(world, found["other"], date(2026, 6, 1), date(2026, 5, 28), Category.COMPLEMENTARY)
    await _cease(world, found["corrected"], date(2026, 4, 2), date(2026, 6, 2))
    await _cease(world, found["twice"], date(2026, 6, 1), date(2026, 6, 4))
    return found


async def _owed(world: World, dossier: UUID) -> dict[tuple[str, str], int]:
    return {item: cents for item, cents in (await world.open_items(dossier)).items() if cents}


@pytest.mark.parametrize(
    ("name", "owed"),
    [
        ("never", {}),
        # From the quarter of the start, whole (AR38 art. 15 par. 2).
        ("again", {("2026Q2", "principal"): PRINCIPAL, ("2026Q2", "fee"): FEE}),
        # What had been paid became a credit and pays it again.
        ("paid", {}),
        # The end is told to be 2 April instead: the quarter of the end is owed whole.
        ("corrected", {("2026Q2", "principal"): PRINCIPAL, ("2026Q2", "fee"): FEE}),
        # Ended again in the quarter of the new start.
        ("twice", {("2026Q2", "principal"): PRINCIPAL, ("2026Q2", "fee"): FEE}),
    ],
)
async def test_a_waived_quarter_is_owed_once_an_activity_covers_it(
    world: World, people: dict[str, UUID], name: str, owed: dict[tuple[str, str], int]
) -> None:
    assert await _owed(world, people[name]) == owed
    tasks = await world.rows("select details from task where dossier = %s", people[name])
    assert [task["details"] for task in tasks if task["details"].get("quarters") == ["2026Q2"]] == (
        [] if name == "never" else [{"quarters": ["2026Q2"]}]
    )
    credit = await world.rows("select credit_cents from dossier_credit where dossier = %s", people[name])
    assert sum(row["credit_cents"] for row in credit) == 0


async def test_who_begins_again_in_another_category_is_for_a_person_to_look_at(
    world: World, people: dict[str, UUID]
) -> None:
    asked = {}
    for name in ("again", "other"):
        rows = await world.rows("select kind, details from task where dossier = %s", people[name])
        asked[name] = {row["kind"]: row["details"]["quarters"] for row in rows}
    assert asked == {
        "again": {"quarterOwedAgain": ["2026Q2"]},
        "other": {"quarterOwedAgain": ["2026Q2"], "billedInOtherCategory": ["2026Q2"]},
    }


async def test_a_start_told_after_its_quarter_bears_what_the_closings_gone_by_ask(
    world: World, people: dict[str, UUID]
) -> None:
    await world.close("2026Q2")
    await _start(world, people["late"], date(2026, 6, 1), date(2026, 8, 3))
    told = await world.rows(
        "select body from outbox where dossier = %s and type = %s", people["late"], DebtOverdue.type
    )
    assert [DebtOverdue.model_validate_json(bytes(row["body"])).quarter for row in told] == ["2026Q2"]
    await world.close("2026Q3")
    rows = await world.rows(
        "select dossier, closing, surcharge_cents from surcharge where quarter = '2026Q2' order by dossier, closing"
    )
    found = {
        name: [(r["closing"], r["surcharge_cents"]) for r in rows if r["dossier"] == people[name]] for name in people
    }
    both = [("2026Q2", THREE), ("2026Q3", THREE)]
    # That of "late" was told in the third quarter: 3 % counts from the end of its own (RGS art. 42).
    assert found == {name: [] if name in {"never", "paid"} else both for name in people}


async def test_the_statement_of_the_year_gives_back_nothing_of_what_was_waived(
    world: World, people: dict[str, UUID]
) -> None:
    await world.bill("2026Q2", on=date(2026, 6, 5))
    numbers = {
        name: await world.one("select file_number from subject where dossier = %s", people[name])
        for name in ("never", "again")
    }
    await world.incomes(*(f"{number};2026;30000.00;2027-08-20" for number in numbers.values()))
    await regularise_all(world, on=date(2027, 9, 1))
    rows = await world.rows("select dossier, previous_cents from regularisation where year = 2026")
    assert {row["dossier"]: row["previous_cents"] for row in rows} == {people["again"]: PRINCIPAL + FEE}
    assert await _owed(world, people["never"]) == {}
    assert await world.one("select count(*) from contribution where dossier = %s", people["again"]) == 1


async def test_the_books_add_up(world: World, people: dict[str, UUID]) -> None:
    assert people
    assert await world.rows("select entry_id from journal_line group by entry_id having sum(cents) <> 0") == []
    assert await world.rows("select * from open_item where open_cents < 0 or waived_cents < 0 or paid_cents < 0") == []
