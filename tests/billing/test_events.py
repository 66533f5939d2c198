"""Facts of other services as Kafka delivers them: each has its effect once, however often it comes."""

from __future__ import annotations

from datetime import date
from uuid import uuid4

import pytest

from services.billing.app import APP
from services.billing.ledger.rules.entries import Account
from services.billing.settlement.rules import Money
from services.billing.settlement.service import book_money
from shared.contracts.affiliation_v1 import (
    AffiliationCategoryChanged,
    AffiliationCeased,
    AffiliationOpened,
    CessationReason,
    CompanyAffiliated,
)
from shared.contracts.benefits_v1 import ContributionReliefGranted
from shared.contracts.billing_v1 import DebtSettled, ReliefApplied
from shared.contracts.envelope import Fact
from shared.contracts.recovery_v1 import CostsCharged, ExemptionGranted, WarrantServed
from shared.contracts.vocabulary import Category, Language
from shared.law.quarter import Quarter
from tests.billing.delivery import Kafka
from tests.billing.harness import open_service
from tests.billing.lateness.test_closings import _line as line_of
from tests.billing.world import SEVEN_PERCENT, World


def _opened(world: World, starts_on: date = date(2026, 1, 15)) -> AffiliationOpened:
    world.next_file += 1
    return AffiliationOpened(
        dossier=uuid4(),
        occurred_on=date(2026, 1, 2),
        file_number=world.next_file,
        category=Category.MAIN,
        starts_on=starts_on,
        first_activity=True,
        insurer="319",
        language=Language.GERMAN,
    )


async def test_an_affiliation_told_again_is_noted_once(world: World, kafka: Kafka) -> None:
    opened = _opened(world)
    record = kafka.record(opened)
    await kafka.deliver(record, record)
    await kafka.deliver(record)
    rows = await world.rows("select language from subject where dossier = %s", opened.dossier)
    assert [row["language"] for row in rows] == ["de"]
    assert await world.one("select count(*) from activity_period where dossier = %s", opened.dossier) == 1


async def test_changes_of_category_and_the_end_of_the_activity(world: World, kafka: Kafka) -> None:
    opened = _opened(world)
    changed = AffiliationCategoryChanged(
        dossier=opened.dossier,
        occurred_on=date(2026, 3, 1),
        category=Category.COMPLEMENTARY,
        applies_from=date(2026, 4, 1),
    )
    ceased = AffiliationCeased(
        dossier=opened.dossier,
        occurred_on=date(2026, 5, 1),
        ceased_on=date(2026, 5, 31),
        reason=CessationReason.CESSATION,
    )
    await kafka.deliver(*(kafka.record(fact) for fact in (opened, changed, ceased)))
    await world.bill("2026Q1")
    await world.bill("2026Q2", on=date(2026, 4, 5))
    await world.bill("2026Q3", on=date(2026, 7, 5))
    rows = await world.rows(
        "select quarter, category from contribution where dossier = %s order by quarter", opened.dossier
    )
    assert [(row["quarter"], row["category"]) for row in rows] == [("2026Q1", "main"), ("2026Q2", "complementary")]


@pytest.mark.parametrize(
    ("reason", "ceased_on", "left"),
    [
        (CessationReason.CESSATION, date(2026, 1, 31), {"2026Q1"}),
        (CessationReason.CESSATION, date(2026, 4, 1), {"2026Q1", "2026Q2"}),
        (CessationReason.DEATH, date(2026, 5, 10), {"2026Q1"}),
        (CessationReason.DEATH, date(2026, 3, 31), set()),
    ],
)
async def test_an_end_told_after_billing_waives_what_is_not_owed(
    world: World, kafka: Kafka, reason: CessationReason, ceased_on: date, left: set[str]
) -> None:
    opened = _opened(world)
    dossier = opened.dossier
    await kafka.deliver(kafka.record(opened))
    await world.bill("2026Q1", on=date(2026, 2, 5))
    await world.bill("2026Q2", on=date(2026, 5, 5))
    ceased = AffiliationCeased(dossier=dossier, occurred_on=date(2026, 6, 1), ceased_on=ceased_on, reason=reason)
    record = kafka.record(ceased)
    await kafka.deliver(record)
    await kafka.deliver(record)
    assert {quarter for (quarter, _), cents in (await world.open_items(dossier)).items() if cents} == left
    waived = sorted({"2026Q1", "2026Q2"} - left)
    # 890.42 and the fee of 37.84 each, see test_billing_runs
    cents = await world.one(
        "select coalesce(sum(cents), 0)::bigint from journal_line where dossier = %s and account = 'waived'", dossier
    )
    assert cents == 928_26 * len(waived)
    told = await world.rows("select type, body from outbox where dossier = %s order by sequence", dossier)
    assert [row["type"] for row in told] == ([ReliefApplied.type] if waived else []) + [DebtSettled.type] * len(waived)
    for row in told[:1]:
        relief = ReliefApplied.model_validate_json(bytes(row["body"]))
        assert (relief.article, sorted(relief.quarters)) == ("AR38 art. 15 par. 2", waived)


async def test_what_was_paid_for_a_quarter_that_is_not_owed_pays_another(world: World, kafka: Kafka) -> None:
    opened = _opened(world)
    dossier = opened.dossier
    await kafka.deliver(kafka.record(opened))
    await world.bill("2026Q1", on=date(2026, 2, 6))
    await world.bill("2026Q2", on=date(2026, 5, 6))
    line = await line_of(world, 928_26, date(2026, 5, 20))
    money = Money(
        payment_id=line,
        dossier=dossier,
        source=Account.BANK,
        amount_cents=928_26,
        value_date=date(2026, 5, 20),
        chosen_quarter=Quarter.parse("2026Q2"),
        matched_by="structured",
        line_id=line,
    )
    async with world.database.transaction() as connection:
        await book_money(connection, money=[money], booked_on=date(2026, 5, 21), interest_rate=SEVEN_PERCENT)
    ceased = AffiliationCeased(
        dossier=dossier,
        occurred_on=date(2026, 6, 1),
        ceased_on=date(2026, 3, 31),
        reason=CessationReason.CESSATION,
    )
    await kafka.deliver(kafka.record(ceased))
    assert set((await world.open_items(dossier)).values()) == {0}


async def test_a_category_told_after_billing_asks_a_person(world: World, kafka: Kafka) -> None:
    opened = _opened(world)
    await kafka.deliver(kafka.record(opened))
    await world.bill("2026Q1", on=date(2026, 2, 7))
    changed = [
        AffiliationCategoryChanged(
            dossier=opened.dossier, occurred_on=date(2026, 6, 1), category=Category.COMPLEMENTARY, applies_from=day
        )
        for day in (date(2026, 7, 1), date(2026, 1, 15))
    ]
    await kafka.deliver(kafka.record(changed[0]))
    assert await world.rows("select from task where dossier = %s", opened.dossier) == []
    await kafka.deliver(kafka.record(changed[1]))
    (task,) = await world.rows("select kind, details from task where dossier = %s", opened.dossier)
    assert (task["kind"], task["details"]["quarters"]) == ("billedInOtherCategory", ["2026Q1"])


async def test_relief_warrant_and_costs_have_their_effect_once(world: World, kafka: Kafka) -> None:
    opened = _opened(world)
    dossier, warrant, case = opened.dossier, uuid4(), uuid4()
    await kafka.deliver(kafka.record(opened))
    await world.bill("2026Q1")
    facts: list[Fact] = [
        WarrantServed(
            dossier=dossier,
            occurred_on=date(2026, 5, 1),
            case_id=case,
            warrant_id=warrant,
            served_on=date(2026, 5, 1),
            quarters=("2026Q1",),
        ),
        CostsCharged(
            dossier=dossier,
            occurred_on=date(2026, 5, 1),
            case_id=case,
            warrant_id=warrant,
            quarter="2026Q1",
            cost_cents=200_00,
        ),
        ContributionReliefGranted(
            dossier=dossier,
            occurred_on=date(2026, 6, 1),
            claim_id=uuid4(),
            quarters=("2026Q1", "2026Q2"),
            ground="bankruptcy",
            article="RGS art. 50 par. 4",
        ),
    ]
    records = [kafka.record(fact) for fact in facts]
    await kafka.deliver(*records)
    await kafka.deliver(*records)
    assert {kind: cents for (_, kind), cents in (await world.open_items(dossier)).items() if cents} == {"cost": 200_00}
    assert await world.one("select count(*) from warrant_served where dossier = %s", dossier) == 1
    assert await world.one("select count(*) from relief where dossier = %s", dossier) == 2


async def test_an_exemption_of_the_institute_waives_its_quarters_once(world: World, kafka: Kafka) -> None:
    opened = _opened(world)
    await kafka.deliver(kafka.record(opened))
    await world.bill("2026Q1")
    exempted = kafka.record(
        ExemptionGranted(
            dossier=opened.dossier,
            occurred_on=date(2026, 6, 1),
            decision_id=uuid4(),
            quarters=("2026Q1", "2026Q2"),
            article="AR38 art. 17",
        )
    )
    await kafka.deliver(exempted)
    await kafka.deliver(exempted)
    assert set((await world.open_items(opened.dossier)).values()) == {0}
    told = await world.rows("select ground, article from relief where dossier = %s", opened.dossier)
    assert [(row["ground"], row["article"]) for row in told] == [("exemption", "AR38 art. 17")] * 2


async def test_a_company_is_known_by_its_fact(world: World, kafka: Kafka) -> None:
    fact = CompanyAffiliated(
        dossier=uuid4(),
        occurred_on=date(2026, 1, 2),
        file_number=_opened(world).file_number,
        founded_on=date(2025, 11, 24),
        language=Language.DUTCH,
    )
    await kafka.deliver(kafka.record(fact))
    assert await world.one("select first_year from company where dossier = %s", fact.dossier) == 2025


async def test_what_concerns_nobody_billing_knows_is_refused_whole(world: World, kafka: Kafka) -> None:
    costs = CostsCharged(
        dossier=uuid4(),
        occurred_on=date(2026, 5, 1),
        case_id=uuid4(),
        warrant_id=uuid4(),
        quarter="2026Q1",
        cost_cents=1,
    )
    before = await world.one("select count(*) from journal_entry")
    with pytest.raises(LookupError, match="not known to billing"):
        await kafka.deliver(kafka.record(costs))
    assert await world.one("select count(*) from journal_entry") == before
    assert await world.one("select count(*) from inbox where event_id = %s", costs.event_id()) == 0


async def test_the_consumer_listens_to_every_service_billing_depends_on(world: World) -> None:
    consumer = APP.consumers(open_service(world, temporal=None).context)
    assert consumer is not None
    for producer in ("affiliation", "recovery", "benefits"):
        assert any(topic.endswith(f"{producer}.facts.v1") for topic in consumer.topics)
