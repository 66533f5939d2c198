"""Incomplete years on a real database: a billing run reads of many what the rules know of one."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest

from services.billing.changes_of_subjection.service import changes
from services.billing.dossier_facts.rules.year_assessment import AssessmentLaw
from services.billing.dossier_facts.service.facts import load_dossier_facts
from services.billing.quarterly.service import page_subjects
from services.billing.reductions import service as contribution_requests
from services.billing.reductions.rules.reductions import RequestKind
from services.billing.subjects import service as subjects
from shared.contracts.affiliation_v1 import AffiliationCeased, AffiliationOpened, CessationReason
from shared.contracts.billing_v1 import RequestOutcome
from shared.contracts.vocabulary import Category, Language
from shared.law.quarter import Quarter
from tests.billing.world import SEVEN_PERCENT, World

QUARTER = Quarter.parse("2026Q2")


async def _activity(
    world: World, *ended_and_begun: tuple[date, date | None, bool], starts_on: date = date(2015, 1, 1)
) -> UUID:
    """Affiliate somebody with an income of 2023 whose activity ends, and begins again where a day is given."""
    dossier = await world.affiliate(income_2023="10000.00", starts_on=starts_on)
    number = await world.one("select file_number from subject where dossier = %s", dossier)
    for ceased_on, begins_on, first in ended_and_begun:
        await _cease(world, dossier, ceased_on)
        if begins_on is not None:
            opened = AffiliationOpened(
                dossier=dossier,
                occurred_on=begins_on,
                file_number=number,
                category=Category.MAIN,
                starts_on=begins_on,
                first_activity=first,
                insurer="319",
                language=Language.FRENCH,
            )
            async with world.database.transaction() as connection:
                await subjects.open_subject(connection, fact=opened)
    return dossier


@pytest.fixture
def law(world: World) -> AssessmentLaw:
    return AssessmentLaw(parameters=world.parameters, fee_rate_of=lambda _quarter: Decimal("0.0425"))


async def test_a_page_counts_the_quarters_of_the_reference_year_as_the_rules_do(
    world: World, law: AssessmentLaw
) -> None:
    expected = {
        await _activity(world): 4,
        await _activity(world, starts_on=date(2023, 8, 1)): 2,
        await _activity(world, (date(2023, 2, 28), date(2023, 11, 6), True)): 2,
        await _activity(world, (date(2023, 5, 31), date(2023, 10, 2), True)): 3,
        await _activity(world, (date(2023, 6, 30), date(2023, 7, 1), False)): 4,
        await _activity(world, (date(2026, 5, 10), None, False)): 4,
        await _activity(world, (date(2023, 1, 5), date(2023, 10, 2), True), (date(2026, 4, 2), None, False)): 2,
    }
    async with world.database.transaction() as connection:
        read = await page_subjects.known_between(connection, quarter=QUARTER, first=min(expected), last=max(expected))
        facts = await load_dossier_facts(connection, dossiers=list(expected), fee_rate_of=law.fee_rate_of)
    rows = {UUID(row["dossier"]): row for row in read.iter_rows(named=True) if UUID(row["dossier"]) in expected}
    assert {dossier: row["reference_quarters"] for dossier, row in rows.items()} == expected
    for dossier, row in rows.items():
        known = facts[dossier].known_subject(QUARTER, estimated=True)
        assert known is not None
        assert row == asdict(known)


async def test_a_granted_estimate_keeps_the_quarters_it_was_made_for(world: World, law: AssessmentLaw) -> None:
    stops = await _activity(world, (date(2026, 5, 10), None, False))
    goes_on = await _activity(world)
    for dossier in (stops, goes_on):
        async with world.database.transaction() as connection:
            request = await contribution_requests.receive_request(
                connection,
                dossier=dossier,
                year=2026,
                kind=RequestKind.REDUCTION,
                estimate_cents=10_000_00,
                evidence=["vatReturns"],
                received_on=date(2026, 2, 9),
                received_by="test",
                law=law,
            )
            await contribution_requests.decide(
                connection,
                request_id=request.request_id,
                outcome=RequestOutcome.GRANTED,
                reason="objectiveEvidence",
                decided_on=date(2026, 2, 10),
                decided_by="test",
                signal=False,
            )
    await _cease(world, goes_on, date(2026, 6, 1))
    async with world.database.transaction() as connection:
        read = await page_subjects.known_between(
            connection, quarter=QUARTER, first=min(stops, goes_on), last=max(stops, goes_on)
        )
    found = {UUID(row["dossier"]): row["estimate_quarters"] for row in read.iter_rows(named=True)}
    assert (found[stops], found[goes_on]) == (2, 4)
    await world.bill(str(QUARTER))
    billed = {
        row["dossier"]: (row["income_quarters"], row["contribution_cents"])
        for row in await world.rows("select * from contribution where dossier = any(%s)", [stops, goes_on])
    }
    # 10,000.00 x 4 / 2 = 20,000.00: 1,025.00; 10,000.00 of a whole year counts as the minimum 17,374.08: 890.42 (.4216)
    assert billed == {stops: (2, 1025_00), goes_on: (4, 890_42)}


async def _cease(
    world: World, dossier: UUID, ceased_on: date, reason: CessationReason = CessationReason.CESSATION
) -> None:
    async with world.database.transaction() as connection:
        ceased = AffiliationCeased(dossier=dossier, occurred_on=ceased_on, ceased_on=ceased_on, reason=reason)
        await subjects.cease(connection, fact=ceased)


async def test_the_quarter_of_a_pension_or_a_death_is_neither_billed_nor_kept(world: World) -> None:
    reasons = (CessationReason.PENSION, CessationReason.DEATH)
    known = [await _activity(world) for _ in reasons]
    told_late = [await _activity(world) for _ in reasons]
    for dossier, reason in zip(known, reasons, strict=True):
        await _cease(world, dossier, date(2026, 8, 31), reason)
    await world.bill("2026Q3")
    for dossier in known:
        assert await world.rows("select from contribution where dossier = %s and quarter = '2026Q3'", dossier) == []
    for dossier, reason in zip(told_late, reasons, strict=True):
        assert ("2026Q3", "principal") in await world.open_items(dossier)
        ceased = AffiliationCeased(
            dossier=dossier, occurred_on=date(2026, 9, 1), ceased_on=date(2026, 8, 31), reason=reason
        )
        for _ in range(2):
            async with world.database.transaction() as connection:
                await changes.apply_cessation(
                    connection, fact=ceased, booked_on=date(2026, 9, 2), interest_rate=SEVEN_PERCENT
                )
        assert set((await world.open_items(dossier)).values()) == {0}
