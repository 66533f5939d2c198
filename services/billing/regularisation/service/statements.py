"""One statement of regularisation: its entries, notice, refund order and facts, in the transaction of its page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from uuid import UUID, uuid5

from services.billing.charge_changes.rules.entries import ChangeCause, ChargeChange, change_charges
from services.billing.charge_changes.rules.explanation import KeptChange
from services.billing.charge_changes.service import changes_caused_by, write_changes
from services.billing.dossier_facts.rules.year_assessment import AssessmentLaw
from services.billing.ledger import service as ledger
from services.billing.ledger.rules.debtor_account import DebtorAccount
from services.billing.ledger.rules.entries import ENTRY_NAMESPACE, EntryKind, JournalEntry
from services.billing.notices.rules import notice_reference
from services.billing.regularisation.rules import DefinitiveQuarter, KeptStatement, Regularised
from services.billing.regularisation.store import statements as store
from services.billing.regularisation.store.statements import reduction_surcharges_of
from services.billing.settlement.service import settled_facts, use_credits
from shared.contracts.billing_v1 import RefundOrdered, RegularisationIssued, RegularisedQuarter, SettledBy
from shared.contracts.envelope import Fact
from shared.contracts.vocabulary import AmountKind, Category
from shared.law.quarter import Quarter
from shared.platform.database.connections import Connection
from shared.platform.messages_out.outbox import publish_many

__all__ = ["reduction_surcharges_of", "statements_of", "unsent_statements", "write_statement"]


async def statements_of(connection: Connection, *, dossier: UUID) -> list[KeptStatement]:
    """Return every statement of a dossier, the oldest first, each with its quarters and surcharges."""
    return await _with_quarters(connection, await store.statements_of(connection, dossier=dossier))


async def unsent_statements(
    connection: Connection, *, run_id: UUID, after: UUID | None, limit: int
) -> list[KeptStatement]:
    """Return statements of a run whose letter no carrier has, each with its quarters and surcharges."""
    found = await store.unsent_statements(connection, run_id=run_id, after=after, limit=limit)
    return await _with_quarters(connection, found)


async def _with_quarters(connection: Connection, statements: Sequence[KeptStatement]) -> list[KeptStatement]:
    quarters: dict[UUID, list[KeptChange]] = {}
    for change in await changes_caused_by(connection, causes=[one.regularisation_id for one in statements]):
        quarters.setdefault(change.cause_id, []).append(change)
    return [replace(one, quarters=tuple(quarters.get(one.regularisation_id, ()))) for one in statements]


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
    await store.insert_statement(
        connection,
        statement=statement,
        regularisation_id=regularisation_id,
        run_id=run_id,
        reference=reference,
        refund_cents=refund,
        surcharge_entry_id=None if surcharge_entry is None else surcharge_entry.entry_id,
    )
    changes = [_change(statement, regularisation_id, one, entries[one.quarter]) for one in statement.quarters]
    await write_changes(connection, changes, law)
    await store.insert_reduction_surcharges(connection, statement=statement, regularisation_id=regularisation_id)
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
    number = await store.next_notice_number(connection, dossier=dossier)
    reference = notice_reference(file_number=statement.facts.file_number, notice_number=number)
    await store.insert_notice(
        connection,
        statement=statement,
        run_id=run_id,
        reference=reference,
        number=number,
        credit_used_cents=min(credit_used_cents, statement.difference_cents),
    )
    return reference


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
    if await store.insert_refund_order(
        connection,
        refund_id=refund_id,
        dossier=dossier,
        regularisation_id=regularisation_id,
        cents=amount_cents,
        ordered_on=ordered_on,
    ):
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
