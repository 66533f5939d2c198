"""Small debts of people who are no longer subject, given up by a person (RGS art. 50bis par. 1)."""

from __future__ import annotations

from datetime import date
from uuid import UUID, uuid5

from services.billing.ledger import service as ledger
from services.billing.ledger.rules.entries import ENTRY_NAMESPACE
from services.billing.settlement.service import settled_facts
from services.billing.small_amounts import store
from services.billing.small_amounts.rules import GivenUp, give_up_small_claim
from services.billing.subjects.service import lock_subjects, no_longer_subject
from shared.contracts.billing_v1 import SettledBy
from shared.law.parameters import Parameters
from shared.platform.database.connections import Connection
from shared.platform.messages_out.outbox import publish_many


async def give_up(
    connection: Connection,
    *,
    dossier: UUID,
    decided_on: date,
    decided_by: str,
    pension_affected: bool,
    warned_on: date | None,
    parameters: Parameters,
) -> GivenUp | None:
    """Give up what a dossier still owes, once a day at most.

    Returns:
        What was given up; None when this decision was booked before.

    Raises:
        UnknownDossier: billing does not know the dossier.
        NotASmallClaim: the law does not allow it.
    """
    await lock_subjects(connection, dossiers=[dossier])
    decision_id = uuid5(ENTRY_NAMESPACE, f"smallClaim|{dossier}|{decided_on}")
    if await store.is_given_up(connection, decision_id=decision_id):
        return None
    left = await no_longer_subject(connection, dossiers=[dossier], on=decided_on)
    account = (await ledger.load_accounts(connection, dossiers=[dossier]))[dossier]
    given_up = give_up_small_claim(
        account,
        decision_id=decision_id,
        decided_on=decided_on,
        still_subject=dossier not in left,
        pension_affected=pension_affected,
        warned_on=warned_on,
        parameters=parameters,
    )
    await ledger.book(connection, entries=[given_up.entry], booking_date=decided_on)
    await store.insert_given_up(
        connection,
        given_up,
        decision_id=decision_id,
        dossier=dossier,
        decided_on=decided_on,
        decided_by=decided_by,
        pension_affected=pension_affected,
        warned_on=warned_on,
    )
    await publish_many(
        connection,
        settled_facts(
            dossier=dossier,
            quarters=given_up.settled,
            settled_by=SettledBy.WAIVER,
            occurred_on=decided_on,
            remaining_open_cents=account.open_cents,
        ),
    )
    return given_up
