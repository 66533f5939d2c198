"""Invented debtors of the recovery tests, and the facts that make them known."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any

from shared.contracts.affiliation_v1 import AffiliationOpened, CompanyAffiliated
from shared.contracts.billing_v1 import DebtOverdue, DebtSettled, OpenAmount, SettledBy
from shared.contracts.vocabulary import AmountKind, Category, Language
from tests.recovery.harness import Owed, Stage

QUARTER = "2026Q1"
NATIONAL_NUMBER = "85073003328"


def item(kind: str, cents: int, *, quarter: str = QUARTER, disputed: bool = False) -> dict[str, Any]:
    """Return an open item as billing tells it."""
    number = int(quarter[-1])
    last_day = {1: "03-31", 2: "06-30", 3: "09-30", 4: "12-31"}[number]
    return {
        "quarter": quarter,
        "kind": kind,
        "openCents": cents,
        "dueOn": f"{quarter[:4]}-{last_day}",
        "disputed": disputed,
    }


def identity(*, file_number: int, language: str, company: bool = False) -> dict[str, Any]:
    """Return an identity as affiliation tells it."""
    where = {
        "street": "Rue Inventée",
        "houseNumber": "7",
        "postalCode": "4000",
        "city": "Liège",
        "country": "BE",
    }
    who: dict[str, Any] = {"fileNumber": file_number, "language": language}
    if company:
        return {**where, **who, "companyName": "Exemple SRL", "enterpriseNumber": "0999900051"}
    return {**where, **who, "firstName": "Camille", "lastName": "Exemplemont", "nationalNumber": NATIONAL_NUMBER}


async def debtor(
    stage: Stage,
    *,
    language: str = "fr",
    company: bool = False,
    items: list[dict[str, Any]] | None = None,
) -> uuid.UUID:
    """Make a debtor known to recovery, billing and affiliation; returns the dossier."""
    dossier = uuid.uuid4()
    file_number = stage.next_file_number()
    stage.owed[dossier] = Owed(
        items=[item("principal", 89_042), item("fee", 3_784), item("surcharge", 2_671)] if items is None else items,
        identity=identity(file_number=file_number, language=language, company=company),
    )
    if company:
        await stage.tell(
            CompanyAffiliated(
                dossier=dossier,
                occurred_on=date(2026, 1, 2),
                file_number=file_number,
                founded_on=date(2020, 5, 4),
                language=Language(language),
            )
        )
        return dossier
    await stage.tell(
        AffiliationOpened(
            dossier=dossier,
            occurred_on=date(2026, 1, 2),
            file_number=file_number,
            category=Category.MAIN,
            starts_on=date(2020, 1, 1),
            first_activity=True,
            insurer="300",
            language=Language(language),
        )
    )
    return dossier


def overdue(dossier: uuid.UUID, *, quarter: str = QUARTER, on: date = date(2026, 4, 1)) -> DebtOverdue:
    """Return the fact that a quarter is overdue."""
    return DebtOverdue(
        dossier=dossier,
        occurred_on=on,
        quarter=quarter,
        due_on=date(2026, 3, 31),
        amounts=(OpenAmount(quarter=quarter, kind=AmountKind.PRINCIPAL, open_cents=89_042),),
        total_cents=89_042,
    )


def settled(dossier: uuid.UUID, *, on: date, by: SettledBy = SettledBy.PAYMENT) -> DebtSettled:
    """Return the fact that nothing is open any more."""
    return DebtSettled(dossier=dossier, occurred_on=on, quarter=QUARTER, settled_by=by, remaining_open_cents=0)
