"""SQL of companies, and of who answers for whom."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Literal
from uuid import UUID

from services.affiliation.companies.rules import CompanyDeclaration
from shared.contracts.vocabulary import Language
from shared.platform.database.connections import Connection
from shared.platform.database.rows import fetch_one, fetch_values

#: Why one answers for the other.
Ground = Literal["managerOfCompany", "companyOfManager"]


@dataclass(frozen=True, kw_only=True)
class Company:
    """A registered company; ``manager`` is the dossier of its manager, None when the fund does not know them."""

    file_number: int
    language: Language
    founded_on: date
    affiliated_on: date | None
    manager: UUID | None


async def companies_in_hand(connection: Connection, *, enterprise_numbers: Collection[str]) -> set[str]:
    """Return those of the enterprise numbers that are registered."""
    statement = "select enterprise_number from company where enterprise_number = any(%s)"
    return set(await fetch_values(connection, statement, (list(enterprise_numbers),)))


async def insert_companies(
    connection: Connection, *, companies: Iterable[tuple[UUID, CompanyDeclaration, bool]], received_on: date
) -> None:
    """Write companies: the dossier, what was declared, and whether that came later than the law allows."""
    async with connection.cursor() as writer:
        await writer.executemany(
            "insert into company (dossier, enterprise_number, name, language, founded_on, street, house_number, "
            "postal_code, city, country, manager_national_number, received_on, joined_late) "
            "values (%(dossier)s, %(enterprise_number)s, %(name)s, %(language)s, %(founded_on)s, %(street)s, "
            "%(house_number)s, %(postal_code)s, %(city)s, %(country)s, %(manager_national_number)s, %(received_on)s, "
            "%(joined_late)s)",
            [
                {
                    **vars(declaration),
                    **vars(declaration.address),
                    "dossier": dossier,
                    "received_on": received_on,
                    "joined_late": late,
                }
                for dossier, declaration, late in companies
            ],
        )


async def lock_company(connection: Connection, *, dossier: UUID) -> Company | None:
    """Return a company, locked, None when there is none."""
    return await fetch_one(
        connection,
        Company,
        "select d.file_number, c.language, c.founded_on, c.affiliated_on, p.dossier as manager "
        "from company c join dossier d on d.dossier = c.dossier "
        "left join person p on p.national_number = c.manager_national_number where c.dossier = %s for update of c",
        (dossier,),
    )


async def set_affiliated(connection: Connection, *, dossier: UUID, affiliated_on: date) -> None:
    """Keep the day on which a company was affiliated, the first time."""
    await connection.execute(
        "update company set affiliated_on = %s where dossier = %s and affiliated_on is null", (affiliated_on, dossier)
    )


async def insert_link(
    connection: Connection, *, liable: UUID, debtor: UUID, applies_from: date, ground: Ground
) -> None:
    """Keep that one dossier answers for the debts of another, once."""
    await connection.execute(
        "insert into liability_link (dossier, debtor_dossier, applies_from, ground) values (%s, %s, %s, %s) "
        "on conflict do nothing",
        (liable, debtor, applies_from, ground),
    )
