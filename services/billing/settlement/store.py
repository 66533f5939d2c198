"""What money did to accounts, written out for COPY: payments, allocations, surcharges taken back and interest."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Final
from uuid import UUID

from services.billing.lateness.rules.surcharge_corrections import SurchargeCorrection
from services.billing.ledger.rules.entries import Account
from services.billing.settlement.rules import Received
from shared.platform.database.connections import Connection
from shared.platform.database.copying import Block, block, copy_blocks, free_text, row
from shared.platform.database.rows import fetch_values

_SOURCES: Final = {
    Account.BANK: "bank",
    Account.SUSPENSE: "suspense",
    Account.DOSSIER_CREDIT: "credit",
    Account.OTHER_BANK_MOVEMENTS: "directDebit",
}
_PAYMENT: Final = (
    "payment_id, entry_id, dossier, source, line_id, amount_cents, credit_cents, value_date, booked_on, matched_by, "
    "attempt"
)
_CORRECTION: Final = "dossier, quarter, closing, kind, cause_id, base_cents, surcharge_cents, entry_id"
_INTEREST: Final = "dossier, quarter, starts_on, ends_before, base_cents, rate, interest_cents, entry_id"


async def booked(connection: Connection, *, payment_ids: Sequence[UUID]) -> set[UUID]:
    """Return which of some payments stand in the books, undone ones included."""
    return set(
        await fetch_values(
            connection, "select payment_id from payment where payment_id = any(%s)", (list(payment_ids),)
        )
    )


async def write_corrections(
    connection: Connection, *, dossier: UUID, cause_id: UUID, corrections: Sequence[SurchargeCorrection]
) -> None:
    """Keep what went off surcharges and why; their entries were booked before."""
    await copy_blocks(connection, [_correction_block([(dossier, cause_id, corrections)])])


def blocks_of(received: Sequence[Received], *, booked_on: date) -> list[Block]:
    """Write out the rows of what money did, for any thread, in the order in which they refer to each other."""
    return [
        *_payment_blocks(received, booked_on),
        _correction_block(
            (outcome.money.dossier, outcome.money.payment_id, outcome.corrections) for outcome in received
        ),
        _interest_block(received),
    ]


def _payment_blocks(received: Sequence[Received], booked_on: date) -> list[Block]:
    payments = [
        row(
            outcome.money.payment_id,
            outcome.entry.entry_id,
            outcome.money.dossier,
            _SOURCES[outcome.money.source],
            outcome.money.line_id,
            outcome.money.amount_cents,
            outcome.credit_cents,
            outcome.money.value_date,
            booked_on,
            free_text(outcome.money.matched_by),
            outcome.money.attempt,
        )
        for outcome in received
    ]
    allocations = [
        row(outcome.money.payment_id, part.quarter, part.kind, part.cents)
        for outcome in received
        for part in outcome.parts
    ]
    return [
        block("payment", _PAYMENT, payments),
        block("allocation", "payment_id, quarter, kind, cents", allocations),
    ]


def _correction_block(causes: Iterable[tuple[UUID, UUID, Sequence[SurchargeCorrection]]]) -> Block:
    rows = [
        row(
            dossier,
            correction.surcharge.quarter,
            correction.surcharge.closing,
            correction.surcharge.kind,
            cause_id,
            correction.base_cents,
            correction.surcharge_cents,
            None if correction.entry is None else correction.entry.entry_id,
        )
        for dossier, cause_id, corrections in causes
        for correction in corrections
    ]
    return block("surcharge_correction", _CORRECTION, rows)


def _interest_block(received: Sequence[Received]) -> Block:
    rows = [
        row(
            outcome.money.dossier,
            charge.quarter,
            charge.starts_on,
            charge.ends_before,
            charge.base_cents,
            charge.rate,
            charge.interest_cents,
            None if charge.entry is None else charge.entry.entry_id,
        )
        for outcome in received
        for charge in outcome.interest
    ]
    return block("interest_booked", _INTEREST, rows)
