"""Registers people and companies: dossier, file number and identity, each person and company once."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from uuid import UUID

from uuid6 import uuid7

from services.affiliation.people.rules.declaration import CompanyDeclaration, PersonDeclaration
from shared.platform.database import Connection


async def lock_registrations(connection: Connection) -> None:
    """Make every other registration wait until this transaction ends, so that nobody is registered twice."""
    await connection.execute("select last from file_number_counter for update")


async def people_in_hand(connection: Connection, *, national_numbers: Collection[str]) -> set[str]:
    """Return those of the national numbers that have a running affiliation or a declaration being handled."""
    cursor = await connection.execute(
        "select p.national_number from person p where p.national_number = any(%s) and ("
        "exists (select from affiliation a where a.dossier = p.dossier and a.ceased_on is null) or "
        "exists (select from application a where a.dossier = p.dossier and a.status in ('received', 'waiting')))",
        (list(national_numbers),),
    )
    return {row["national_number"] for row in await cursor.fetchall()}


async def companies_in_hand(connection: Connection, *, enterprise_numbers: Collection[str]) -> set[str]:
    """Return those of the enterprise numbers that are registered."""
    cursor = await connection.execute(
        "select enterprise_number from company where enterprise_number = any(%s)", (list(enterprise_numbers),)
    )
    return {row["enterprise_number"] for row in await cursor.fetchall()}


async def register_people(
    connection: Connection, *, declarations: Sequence[PersonDeclaration], opened_on: date
) -> dict[str, UUID]:
    """Give each person a dossier, the one they have when they were here before, and keep who they are now.

    Args:
        connection: holds the lock of ``lock_registrations``.
        declarations: one per person, in the order in which file numbers are given.
        opened_on: civil date of the registration.

    Returns:
        The dossier by national number.
    """
    numbers = [declaration.national_number for declaration in declarations]
    cursor = await connection.execute(
        "select national_number, dossier from person where national_number = any(%s)", (numbers,)
    )
    dossiers = {row["national_number"]: UUID(str(row["dossier"])) for row in await cursor.fetchall()}
    newcomers = [number for number in numbers if number not in dossiers]
    dossiers.update(await _open_dossiers(connection, keys=newcomers, kind="person", opened_on=opened_on))
    async with connection.cursor() as writer:
        await writer.executemany(
            "insert into person (dossier, national_number, last_name, first_name, birth_date, language, nationality, "
            "professional_card, street, house_number, postal_code, city, country, email, account_number, updated_on) "
            "values (%(dossier)s, %(national_number)s, %(last_name)s, %(first_name)s, %(birth_date)s, %(language)s, "
            "%(nationality)s, %(professional_card)s, %(street)s, %(house_number)s, %(postal_code)s, %(city)s, "
            "%(country)s, %(email)s, %(account_number)s, %(updated_on)s) "
            "on conflict (dossier) do update set last_name = excluded.last_name, first_name = excluded.first_name, "
            "birth_date = excluded.birth_date, language = excluded.language, nationality = excluded.nationality, "
            "professional_card = excluded.professional_card, street = excluded.street, "
            "house_number = excluded.house_number, postal_code = excluded.postal_code, city = excluded.city, "
            "country = excluded.country, email = excluded.email, account_number = excluded.account_number, "
            "updated_on = excluded.updated_on",
            [
                {**_person_values(declaration, dossiers[declaration.national_number]), "updated_on": opened_on}
                for declaration in declarations
            ],
        )
    return dossiers


async def register_companies(
    connection: Connection, *, declarations: Sequence[tuple[CompanyDeclaration, bool]], received_on: date
) -> dict[str, UUID]:
    """Give each company a dossier.

    Args:
        connection: holds the lock of ``lock_registrations``.
        declarations: each with whether it comes too late, in the order in which file numbers are given.
        received_on: civil date on which the fund received them.

    Returns:
        The dossier by enterprise number.
    """
    numbers = [declaration.enterprise_number for declaration, _ in declarations]
    dossiers = await _open_dossiers(connection, keys=numbers, kind="company", opened_on=received_on)
    async with connection.cursor() as writer:
        await writer.executemany(
            "insert into company (dossier, enterprise_number, name, language, founded_on, street, house_number, "
            "postal_code, city, country, manager_national_number, received_on, joined_late) "
            "values (%(dossier)s, %(enterprise_number)s, %(name)s, %(language)s, %(founded_on)s, %(street)s, "
            "%(house_number)s, %(postal_code)s, %(city)s, %(country)s, %(manager_national_number)s, %(received_on)s, "
            "%(joined_late)s)",
            [
                {
                    "dossier": dossiers[declaration.enterprise_number],
                    "enterprise_number": declaration.enterprise_number,
                    "name": declaration.name,
                    "language": declaration.language,
                    "founded_on": declaration.founded_on,
                    **_address_values(declaration),
                    "manager_national_number": declaration.manager_national_number,
                    "received_on": received_on,
                    "joined_late": joined_late,
                }
                for declaration, joined_late in declarations
            ],
        )
    return dossiers


async def _open_dossiers(connection: Connection, *, keys: Sequence[str], kind: str, opened_on: date) -> dict[str, UUID]:
    """Open one dossier per key; file numbers follow each other in the order of the keys."""
    if not keys:
        return {}
    cursor = await connection.execute(
        "update file_number_counter set last = last + %(count)s returning last - %(count)s as before",
        {"count": len(keys)},
    )
    row = await cursor.fetchone()
    if row is None:
        raise LookupError("file_number_counter: its row is missing; the first migration writes it")
    dossiers = {key: UUID(int=uuid7().int) for key in keys}
    async with connection.cursor() as writer:
        await writer.executemany(
            "insert into dossier (dossier, file_number, kind, opened_on) values (%s, %s, %s, %s)",
            [
                (dossiers[key], file_number, kind, opened_on)
                for file_number, key in enumerate(keys, start=row["before"] + 1)
            ],
        )
    return dossiers


def _person_values(declaration: PersonDeclaration, dossier: UUID) -> dict[str, object]:
    return {
        "dossier": dossier,
        "national_number": declaration.national_number,
        "last_name": declaration.last_name,
        "first_name": declaration.first_name,
        "birth_date": declaration.birth_date,
        "language": declaration.language,
        "nationality": declaration.nationality,
        "professional_card": declaration.professional_card,
        **_address_values(declaration),
        "email": declaration.email,
        "account_number": declaration.account_number,
    }


def _address_values(declaration: PersonDeclaration | CompanyDeclaration) -> dict[str, object]:
    address = declaration.address
    return {
        "street": address.street,
        "house_number": address.house_number,
        "postal_code": address.postal_code,
        "city": address.city,
        "country": address.country,
    }
