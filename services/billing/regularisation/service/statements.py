"""One statement of regularisation: its entries, notice, refund order and facts, in the transaction of its page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final
from uuid import UUID, uuid5

from services.billing.charge_changes.rules.entries import ChangeCause, ChargeChange, change_charges
from services.billing.charge_changes.service import write_changes
from services.billing.dossier_facts.rules.year_assessment import AssessmentLaw
from services.billing.ledger import service as ledger
from services.billing.ledger.rules.debtor_account import DebtorAccount
from services.billing.ledger.rules.entries import ENTRY_NAMESPACE, EntryKind, JournalEntry
from services.billing.notices.rules import notice_reference
from services.billing.regularisation.rules import REGULARISATION_ARTICLE, DefinitiveQuarter, Regularised
from services.billing.regularisation.service.statement_rows import reduction_surcharges_of
from services.billing.settlement.service import settled_facts, use_credits
from shared.contracts.billing_v1 import RefundOrdered, RegularisationIssued, RegularisedQuarter, SettledBy
from shared.contracts.envelope import Fact
from shared.contracts.vocabulary import AmountKind, Category
from shared.law.quarter import Quarter
from shared.platform.database import Connection
from shared.platform.outbox import publish_many

NOTICE_KIND: Final = "regularisation"


async def write_statement(
    connection: Connection, *, run_id: UUID, statement: Regularised, account: DebtorAccount, law: AssessmentLaw
) -> UUID:
    """Book a statement and tell it; call it with a locked subject and its account, which is changed.

    Returns:
        The id of the regularisation, the same for the same number of the same year.
    """
    facts, today = statement.facts, statement.issued_on
    regularisation_id = uuid5(ENTRY_NAMESPACE, f"{facts.dossier}|{statement.year}|{statement.number}")
    open_before = account.open_quarters()
    credit_before = account.credit_cents
    entries = {one.quarter: _quarter_entry(account, statement, one) for one in statement.quarters}
    charged_before = await reduction_surcharges_of(connection, dossier=facts.dossier)
    surcharge_entry = _surcharge_entry(account, statement, charged_before)
    freed = max(0, account.credit_cents - credit_before)
    settled = sorted(quarter for quarter in open_before if account.open_of(quarter) <= 0)
    remaining_open = account.open_cents
    booked = [entry for entry in (*entries.values(), surcharge_entry) if entry is not None]
    if booked:
        await ledger.book(connection, entries=booked, booking_date=today)
    await _publish(connection, statement, regularisation_id, settled, remaining_open)
    used = await use_credits(
        connection,
        accounts=[account],
        occasion=f"regularisation|{regularisation_id}",
        booked_on=today,
        interest_rate=law.parameters.decimal("surcharges.socialInterestRate", on=today),
    )
    of_year = {one.quarter for one in statement.quarters}
    credit_used = sum(part.cents for outcome in used for part in outcome.parts if part.quarter in of_year)
    reference = await _write_notice(connection, statement, run_id, credit_used)
    refund = min(freed, account.credit_cents)
    await _write_rows(
        connection, statement, regularisation_id, run_id, reference, refund, entries, surcharge_entry, law
    )
    if refund:
        await _order_refund(connection, facts.dossier, regularisation_id, refund, today)
    return regularisation_id


def _quarter_entry(account: DebtorAccount, statement: Regularised, one: DefinitiveQuarter) -> JournalEntry | None:
    return change_charges(
        account,
        kind=EntryKind.REGULARISATION,
        key=f"{account.dossier}|{one.quarter}|{statement.number}",
        value_date=statement.issued_on,
        quarter=one.quarter,
        differences={
            AmountKind.PRINCIPAL: one.contribution_difference_cents,
            AmountKind.FEE: one.fee_difference_cents,
        },
    )


def _surcharge_entry(
    account: DebtorAccount, statement: Regularised, charged_before: Mapping[Quarter, int]
) -> JournalEntry | None:
    """Charge the difference where earlier statements charged theirs, though that quarter be owed no more."""
    of_year = [quarter for quarter in charged_before if quarter.year == statement.year]
    difference = statement.surcharge_cents - statement.previous_surcharge_cents
    return change_charges(
        account,
        kind=EntryKind.REDUCTION_SURCHARGE,
        key=f"{account.dossier}|{statement.year}|{statement.number}",
        value_date=statement.issued_on,
        quarter=of_year[-1] if of_year else statement.quarters[-1].quarter,
        differences={AmountKind.SURCHARGE: difference},
    )


async def _publish(
    connection: Connection,
    statement: Regularised,
    regularisation_id: UUID,
    settled: Sequence[Quarter],
    remaining_open_cents: int,
) -> None:
    dossier = statement.facts.dossier
    facts: list[Fact] = [
        RegularisationIssued(
            dossier=dossier,
            occurred_on=statement.issued_on,
            regularisation_id=regularisation_id,
            year=statement.year,
            number=statement.number,
            quarters=tuple(
                RegularisedQuarter(
                    quarter=str(one.quarter),
                    category=Category(one.category),
                    total_cents=one.contribution_cents + one.fee_cents,
                    difference_cents=one.contribution_difference_cents + one.fee_difference_cents,
                )
                for one in statement.quarters
            ),
            surcharge_difference_cents=statement.surcharge_cents - statement.previous_surcharge_cents,
            difference_cents=statement.difference_cents,
            due_on=statement.due_on,
        ),
        *settled_facts(
            dossier=dossier,
            quarters=settled,
            settled_by=SettledBy.WAIVER,
            occurred_on=statement.issued_on,
            remaining_open_cents=remaining_open_cents,
        ),
    ]
    await publish_many(connection, facts)


async def _write_notice(
    connection: Connection, statement: Regularised, run_id: UUID, credit_used_cents: int
) -> str | None:
    """Write the notice of a supplement, with a reference of its own; None when nothing is claimed."""
    if statement.difference_cents <= 0:
        return None
    dossier = statement.facts.dossier
    cursor = await connection.execute(
        "select coalesce(max(number), 0) + 1 as number from notice where dossier = %s", (dossier,)
    )
    row = await cursor.fetchone()
    number = 1 if row is None else int(row["number"])
    reference = notice_reference(file_number=statement.facts.file_number, notice_number=number)
    await connection.execute(
        "insert into notice (reference, dossier, quarter, kind, number, charged_cents, credit_used_cents, issued_on, "
        "due_on, run_id) values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        (
            reference,
            dossier,
            str(statement.quarters[-1].quarter),
            NOTICE_KIND,
            number,
            statement.difference_cents,
            min(credit_used_cents, statement.difference_cents),
            statement.issued_on,
            statement.due_on,
            run_id,
        ),
    )
    return reference


async def _write_rows(
    connection: Connection,
    statement: Regularised,
    regularisation_id: UUID,
    run_id: UUID,
    reference: str | None,
    refund_cents: int,
    entries: dict[Quarter, JournalEntry | None],
    surcharge_entry: JournalEntry | None,
    law: AssessmentLaw,
) -> None:
    await connection.execute(
        "insert into regularisation (regularisation_id, run_id, dossier, year, number, income_cents, income_known_on, "
        "quarters_subject, issued_on, due_on, previous_cents, definitive_cents, spared_cents, surcharge_cents, "
        "previous_surcharge_cents, refund_cents, reference, surcharge_entry_id) "
        "values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        (
            regularisation_id,
            run_id,
            statement.facts.dossier,
            statement.year,
            statement.number,
            statement.income_cents,
            statement.income_known_on,
            statement.quarters_subject,
            statement.issued_on,
            statement.due_on,
            statement.previous_cents,
            statement.definitive_cents,
            statement.spared_cents,
            statement.surcharge_cents,
            statement.previous_surcharge_cents,
            refund_cents,
            reference,
            None if surcharge_entry is None else surcharge_entry.entry_id,
        ),
    )
    await write_changes(
        connection,
        [_change(statement, regularisation_id, one, entries[one.quarter]) for one in statement.quarters],
        law,
    )
    async with connection.cursor() as cursor:
        await cursor.executemany(
            "insert into reduction_surcharge (regularisation_id, position, closing, kind, charged_on, base_cents, "
            "rate, surcharge_cents, article) values (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
            [
                (
                    regularisation_id,
                    position,
                    str(one.closing),
                    str(one.kind),
                    one.charged_on,
                    one.base_cents,
                    one.rate,
                    one.cents,
                    one.article,
                )
                for position, one in enumerate(statement.surcharges, start=1)
            ],
        )


def _change(
    statement: Regularised, regularisation_id: UUID, one: DefinitiveQuarter, entry: JournalEntry | None
) -> ChargeChange:
    return ChargeChange(
        dossier=statement.facts.dossier,
        previous=one.previous,
        cause=ChangeCause.REGULARISATION,
        cause_id=regularisation_id,
        contribution_cents=one.contribution_cents,
        fee_cents=one.fee_cents,
        category=one.category,
        changed_on=statement.issued_on,
        due_on=statement.due_on,
        row=one.row,
        entry=entry,
    )


async def _order_refund(
    connection: Connection, dossier: UUID, regularisation_id: UUID, amount_cents: int, ordered_on: date
) -> None:
    refund_id = uuid5(ENTRY_NAMESPACE, f"refund|regularisation|{regularisation_id}")
    cursor = await connection.execute(
        "insert into refund_order (refund_id, dossier, cause, cause_id, amount_cents, ordered_on, article) "
        "values (%s, %s, 'regularisation', %s, %s, %s, %s) on conflict (cause, cause_id) do nothing",
        (refund_id, dossier, regularisation_id, amount_cents, ordered_on, REGULARISATION_ARTICLE),
    )
    if cursor.rowcount:
        await publish_many(
            connection,
            [
                RefundOrdered(
                    dossier=dossier,
                    occurred_on=ordered_on,
                    refund_id=refund_id,
                    cause="regularisation",
                    cause_id=regularisation_id,
                    amount_cents=amount_cents,
                )
            ],
        )
