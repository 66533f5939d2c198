"""Companies: affiliated for the yearly contribution, and who answers for their debts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from services.affiliation.companies import store
from services.affiliation.companies.procedure import COMPANY_AFFILIATION, CompanyInput, company_workflow_id
from services.affiliation.companies.rules import CompanyDeclaration, joined_late
from services.affiliation.companies.store import companies_in_hand
from services.affiliation.people.service import open_dossiers
from shared.contracts.affiliation_v1 import CompanyAffiliated, LiabilityLinked
from shared.law.parameters import Parameters
from shared.platform.database.connections import Connection
from shared.platform.messages_out import outbox
from shared.platform.temporal import dispatch

#: What others ask of companies; some of it as the store gives it.
__all__ = ["CompanyNotFound", "affiliate_company", "companies_in_hand", "receive"]


class CompanyNotFound(LookupError):
    """No such company."""


async def receive(
    connection: Connection, *, declarations: Sequence[CompanyDeclaration], received_on: date, parameters: Parameters
) -> None:
    """Give each company a dossier and start its procedure.

    Args:
        connection: holds the lock of ``lock_registrations``.
        declarations: of companies that are not registered yet, in the order in which file numbers are given.
        received_on: civil date on which the fund received them.
        parameters: the dated law.
    """
    numbers = [declaration.enterprise_number for declaration in declarations]
    dossiers = await open_dossiers(connection, keys=numbers, kind="company", opened_on=received_on)
    companies = [
        (
            dossiers[one.enterprise_number],
            one,
            joined_late(founded_on=one.founded_on, received_on=received_on, parameters=parameters),
        )
        for one in declarations
    ]
    await store.insert_companies(connection, companies=companies, received_on=received_on)
    for dossier in dossiers.values():
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
    company = await store.lock_company(connection, dossier=dossier)
    if company is None:
        raise CompanyNotFound(str(dossier))
    affiliated_on = company.affiliated_on or today
    await store.set_affiliated(connection, dossier=dossier, affiliated_on=affiliated_on)
    await outbox.publish(
        connection,
        CompanyAffiliated(
            dossier=dossier,
            occurred_on=affiliated_on,
            file_number=company.file_number,
            founded_on=company.founded_on,
            language=company.language,
        ),
    )
    if company.manager is None:
        return 0
    manager = company.manager
    await _link(connection, liable=manager, debtor=dossier, applies_from=affiliated_on, ground="managerOfCompany")
    await _link(connection, liable=dossier, debtor=manager, applies_from=affiliated_on, ground="companyOfManager")
    return 2


async def _link(
    connection: Connection, *, liable: UUID, debtor: UUID, applies_from: date, ground: store.Ground
) -> None:
    await store.insert_link(connection, liable=liable, debtor=debtor, applies_from=applies_from, ground=ground)
    # see limits: links-of-liability-are-not-used
    await outbox.publish(
        connection,
        LiabilityLinked(dossier=liable, occurred_on=applies_from, debtor_dossier=debtor, applies_from=applies_from),
    )
