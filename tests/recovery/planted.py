"""Cases put straight into the rows, for tests that need a case at some step without playing up to it."""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass
from datetime import date

from services.recovery.bailiff.store import prepare_mandate, save_mandate_sent
from services.recovery.debts.rules import OpenItem
from services.recovery.ladder.store.cases import save_case, save_debt
from services.recovery.registered_letters.store import save_deposit, save_registered_letter
from services.recovery.roll_and_warrant.store import save_roll, save_warrant
from shared.contracts.vocabulary import AmountKind
from shared.law.quarter import Quarter
from shared.platform.calls.auth import Role
from shared.platform.database.connections import Connection
from shared.platform.people.documents import store_document
from tests.recovery.harness import Stage
from tests.recovery.people import QUARTER, debtor

LETTER = b"%PDF- a last reminder"
SUM = OpenItem(quarter=Quarter.parse(QUARTER), kind=AmountKind.PRINCIPAL, open_cents=95_497, due_on=date(2026, 3, 31))
SHA256 = hashlib.sha256(LETTER).hexdigest()


@dataclass(frozen=True)
class Planted:
    """A case whose last reminder was handed over on 29 June, maybe with a mandate of 21 August."""

    dossier: uuid.UUID
    case_id: uuid.UUID
    letter_id: uuid.UUID
    mandate_id: uuid.UUID


async def planted_case(stage: Stage, *, deposited: bool = True, mandated: bool = False) -> Planted:
    """Put a case in the rows."""
    dossier = await debtor(stage)
    planted = Planted(dossier, uuid.uuid4(), uuid.uuid4(), uuid.uuid4())
    async with stage.database.transaction() as connection:
        case_id = uuid.uuid4()
        await save_case(
            connection, case_id=case_id, dossier=dossier, opened_on=date(2026, 4, 1), owner="collectionsAgent"
        )
        await save_debt(
            connection,
            case_id=case_id,
            quarter=QUARTER,
            due_on=date(2026, 3, 31),
            overdue_on=date(2026, 4, 1),
            event_id=uuid.uuid4(),
        )
        document_id = await store_document(
            connection,
            kind="lastReminder",
            reference=str(case_id),
            dossier=dossier,
            language="fr",
            media_type="application/pdf",
            name=f"recovery/{case_id}.pdf",
            content=LETTER,
            business_date=date(2026, 6, 29),
            readers=(Role.COLLECTIONS_AGENT,),
        )
        await save_registered_letter(
            connection,
            letter_id=planted.letter_id,
            case_id=case_id,
            attempt=1,
            document_id=document_id,
            document_sha256=SHA256,
            sums=[SUM],
            made_on=date(2026, 6, 29),
        )
        if deposited:
            await save_deposit(
                connection, letter_id=planted.letter_id, deposited_on=date(2026, 6, 29), receipt="P1", given_to="post"
            )
        if mandated:
            await _mandate(connection, planted, case_id, document_id)
    stage.clock.day = date(2026, 9, 10) if mandated else date(2026, 7, 3)
    return Planted(dossier, case_id, planted.letter_id, planted.mandate_id)


async def _mandate(connection: Connection, planted: Planted, case_id: uuid.UUID, document_id: uuid.UUID) -> None:
    roll_id, warrant_id = uuid.uuid4(), uuid.uuid4()
    await save_roll(
        connection,
        roll_id=roll_id,
        case_id=case_id,
        attempt=1,
        requested_on=date(2026, 8, 7),
        payload={"totalCents": 95_497},
        approval_id=uuid.uuid4(),
    )
    await save_warrant(
        connection,
        warrant_id=warrant_id,
        case_id=case_id,
        roll_id=roll_id,
        issued_on=date(2026, 8, 10),
        pay_until=date(2026, 8, 20),
        total_cents=95_497,
        quarters=[QUARTER],
        visa_by="Bertrand Modèle",
        issued_by="Cornelia Voorbeeld",
        document_id=document_id,
        document_sha256=SHA256,
    )
    await prepare_mandate(connection, mandate_id=planted.mandate_id, case_id=case_id, attempt=1)
    await save_mandate_sent(
        connection, mandate_id=planted.mandate_id, sent_on=date(2026, 8, 21), receipt="B1", given_to="bailiff"
    )
