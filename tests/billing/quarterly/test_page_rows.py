"""What is written over whole columns is what is written one by one: entries, references and the body of a page."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import polars as pl
import psycopg
import pytest
from uuid6 import uuid7

from services.billing.ledger.rules.entries import EntryKind, charge
from services.billing.notices.rules import notice_reference, notice_references
from services.billing.quarterly.rules import contribution_entry_ids, contribution_line_rules
from services.billing.quarterly.service.page_rows import issued_body
from shared.contracts.billing_v1 import ContributionsIssued, IssuedContribution
from shared.contracts.vocabulary import AmountKind
from shared.law.quarter import Quarter
from tests.billing.world import World

QUARTER = Quarter(2026, 1)


def test_entry_ids_are_lasting_and_never_shared() -> None:
    dossiers = [UUID(int=uuid7().int) for _ in range(200)]
    whole = b"".join(dossier.bytes for dossier in dossiers)
    ids = set()
    for quarter in (QUARTER, Quarter(2026, 2)):
        content = contribution_entry_ids(whole, quarter=quarter)
        assert content == contribution_entry_ids(whole, quarter=quarter)
        ids |= {UUID(bytes=content[at : at + 16]) for at in range(0, len(content), 16)}
    assert len(ids) == 400
    assert {(entry.version, entry.variant) for entry in ids} == {(8, "specified in RFC 4122")}
    assert not ids & set(dossiers)


@pytest.mark.parametrize(("contribution", "fee"), [(89042, 3784), (89042, 0)])
def test_lines_are_those_of_the_posting_rule(contribution: int, fee: int) -> None:
    dossier = UUID(int=uuid7().int)
    entry = charge(
        kind=EntryKind.CONTRIBUTION,
        key="x",
        value_date=QUARTER.starts_on,
        dossier=dossier,
        quarter=QUARTER,
        amounts={AmountKind.PRINCIPAL: contribution, AmountKind.FEE: fee},
    )
    amounts = {"contribution_cents": contribution, "fee_cents": fee}
    rules = contribution_line_rules(QUARTER, charged=frozenset(name for name, cents in amounts.items() if cents))
    told = [
        (rule.line.account, rule.sign * amounts[rule.column], rule.line.quarter, rule.line.kind, rule.line.nature)
        for rule in rules
    ]
    assert told == [(line.account, line.cents, line.quarter, line.kind, line.nature) for line in entry.lines]
    assert all(rule.line.dossier is not None for rule in rules)


def test_references_over_columns_are_the_references_one_by_one() -> None:
    numbers = [(1, 1), (9_999_999, 999), (970, 97), (123, 45), (97, 970), (1, 1000), (0, 1)]
    frame = pl.DataFrame(numbers, schema={"file_number": pl.Int64, "notice_number": pl.Int64}, orient="row")
    references = frame.select(notice_references()).to_series().to_list()
    assert references[:5] == [notice_reference(file_number=file, notice_number=notice) for file, notice in numbers[:5]]
    assert references[5:] == [None, None]


def test_the_body_of_a_page_is_the_canonical_one() -> None:
    items = tuple(
        IssuedContribution(
            dossier=UUID(int=uuid7().int), sequence=number, contribution_cents=100 * number, fee_cents=4, total_cents=5
        )
        for number in range(1, 4)
    )
    page = ContributionsIssued(
        partition=3,
        occurred_on=date(2026, 1, 5),
        run_id="a run",
        page=7,
        quarter="2026Q1",
        due_on=date(2026, 3, 31),
        items=items,
    )
    rows = [item.model_dump(mode="json") for item in items]
    frame = pl.DataFrame(rows).drop("sequence")
    body = issued_body(page.model_copy(update={"items": ()}), frame, [item.sequence for item in items])
    assert body == page.to_json()


async def test_every_line_names_an_entry_and_an_account_that_exist(world: World) -> None:
    lines = (
        "insert into journal_line (entry_id, position, account, cents, value_date, booking_date) values "
        "(%(e)s, 1, %(account)s, 5, '2026-01-05', '2026-01-05'), (%(e)s, 2, 'bank', -5, '2026-01-05', '2026-01-05')"
    )
    for account, entered in (("bank", False), ("nowhere", True)):
        entry = UUID(int=uuid7().int)
        async with world.database.transaction() as connection:
            if entered:
                await connection.execute(
                    "insert into journal_entry (entry_id, kind, value_date, booking_date, reference) "
                    "values (%s, 'payment', '2026-01-05', '2026-01-05', '')",
                    (entry,),
                )
            with pytest.raises(psycopg.errors.ForeignKeyViolation):
                await connection.execute(lines, {"e": entry, "account": account})
            await connection.rollback()


async def test_contributions_and_notices_need_a_subject_that_stays(world: World) -> None:
    stranger = UUID(int=uuid7().int)
    async with world.database.transaction() as connection:
        with pytest.raises(psycopg.errors.ForeignKeyViolation):
            await connection.execute(
                "insert into notice (reference, dossier, quarter, kind, number, charged_cents, credit_used_cents, "
                "issued_on, due_on, run_id) values ('000000000097', %s, '2026Q1', 'provisional', 1, 5, 0, "
                "'2026-01-05', '2026-03-31', %s)",
                (stranger, stranger),
            )
        await connection.rollback()


def test_not_even_the_owner_takes_a_subject_away(service_database: object) -> None:
    database = service_database("billing")  # type: ignore[operator]
    for statement in ("delete from subject", "update subject set dossier = gen_random_uuid()"):
        with psycopg.connect(database.owner_url) as connection, pytest.raises(psycopg.errors.RestrictViolation):
            connection.execute(statement)
