"""Companies: affiliated for the yearly contribution, and who answers for their debts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from services.affiliation.companies.procedure import COMPANY_AFFILIATION, CompanyInput, company_workflow_id
from shared.contracts.affiliation_v1 import CompanyAffiliated, LiabilityLinked
from shared.contracts.vocabulary import Language
from shared.platform import dispatch, outbox
from shared.platform.database import Connection


class CompanyNotFound(LookupError):
    """No such company."""


async def receive(connection: Connection, *, received: Sequence[UUID]) -> None:
    """Start the procedure of each registered company."""
    for dossier in received:
        await dispatch.start_workflow(
            connection,
            workflow=COMPANY_AFFILIATION,
            workflow_id=company_workflow_id(dossier),
            argument=CompanyInput(dossier=dossier),
            dossier=dossier,
        )


async def affiliate_company(connection: Connection, *, dossier: UUID, today: date) -> int:
    """Affiliate a company and link it with its manager, when we know them; doing it again changes nothing.

    The manager answers for the yearly contribution of the company (law of 30-12-1992, art. 98), the company for the
    contributions of the manager (royal decree 38, art. 15 par. 1).

    Returns:
        How many links there are.

    Raises:
        CompanyNotFound: there is no such company.
    """
    cursor = await connection.execute(
        "select c.*, d.file_number, p.dossier as manager from company c join dossier d on d.dossier = c.dossier "
        "left join person p on p.national_number = c.manager_national_number where c.dossier = %s for update of c",
        (dossier,),
    )
    row = await cursor.fetchone()
    if row is None:
        raise CompanyNotFound(str(dossier))
    affiliated_on: date = row["affiliated_on"] or today
    await connection.execute(
        "update company set affiliated_on = %s where dossier = %s and affiliated_on is null", (today, dossier)
    )
    await outbox.publish(
        connection,
        CompanyAffiliated(
            dossier=dossier,
            occurred_on=affiliated_on,
            file_number=row["file_number"],
            founded_on=row["founded_on"],
            language=Language(row["language"]),
        ),
    )
    manager: UUID | None = row["manager"]
    if manager is None:
        return 0
    await _link(connection, liable=manager, debtor=dossier, applies_from=affiliated_on, ground="managerOfCompany")
    await _link(connection, liable=dossier, debtor=manager, applies_from=affiliated_on, ground="companyOfManager")
    return 2


async def _link(connection: Connection, *, liable: UUID, debtor: UUID, applies_from: date, ground: str) -> None:
    await connection.execute(
        "insert into liability_link (dossier, debtor_dossier, applies_from, ground) values (%s, %s, %s, %s) "
        "on conflict do nothing",
        (liable, debtor, applies_from, ground),
    )
    # see limits: links-of-liability-are-not-used
    await outbox.publish(
        connection,
        LiabilityLinked(dossier=liable, occurred_on=applies_from, debtor_dossier=debtor, applies_from=applies_from),
    )
