"""SQL of people: dossiers, file numbers, who somebody is, and how they chose to be reached."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import Final, Literal
from uuid import UUID

from services.affiliation.people.rules import Identity, LetterChannel, Person
from shared.platform.database.connections import Connection
from shared.platform.database.rows import fetch_all, fetch_value

DossierKind = Literal["person", "company"]

#: The choice of channel that holds for a dossier ``d``.
_CHANNEL: Final = (
    "left join lateral (select channel, chosen_on from channel_choice h where h.dossier = d.dossier "
    "order by h.number desc limit 1) h on true "
)
_IDENTITIES: Final = (
    "select d.dossier, d.file_number, d.kind, p.language, p.street, p.house_number, p.postal_code, p.city, p.country, "
    "p.first_name, p.last_name, null as company_name, p.national_number, null as enterprise_number, "
    "p.account_number, p.email, h.channel, h.chosen_on as channel_chosen_on "
    f"from dossier d join person p on p.dossier = d.dossier {_CHANNEL} where d.dossier = any(%(dossiers)s) "
    "union all "
    "select d.dossier, d.file_number, d.kind, c.language, c.street, c.house_number, c.postal_code, c.city, c.country, "
    "null, null, c.name, null, c.enterprise_number, null, null, h.channel, h.chosen_on "
    f"from dossier d join company c on c.dossier = d.dossier {_CHANNEL} where d.dossier = any(%(dossiers)s) "
    "order by file_number"
)


async def lock_registrations(connection: Connection) -> None:
    """Make every other registration wait until this transaction ends, so that nobody is registered twice."""
    await connection.execute("select last from file_number_counter for update")


async def take_file_numbers(connection: Connection, *, count: int) -> int | None:
    """Take the next file numbers, one after the other; returns the first, None when the counter's row is missing."""
    first: int | None = await fetch_value(
        connection,
        "update file_number_counter set last = last + %(count)s returning last - %(count)s + 1",
        {"count": count},
    )
    return first


async def insert_dossiers(
    connection: Connection, *, dossiers: Sequence[UUID], first_file_number: int, kind: DossierKind, opened_on: date
) -> None:
    """Write dossiers with file numbers that follow each other."""
    async with connection.cursor() as writer:
        await writer.executemany(
            "insert into dossier (dossier, file_number, kind, opened_on) values (%s, %s, %s, %s)",
            [
                (dossier, file_number, kind, opened_on)
                for file_number, dossier in enumerate(dossiers, start=first_file_number)
            ],
        )


async def write_people(connection: Connection, *, people: Sequence[tuple[UUID, Person]], updated_on: date) -> None:
    """Write who people are now, over what was known of them."""
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
                {**vars(person), **vars(person.address), "dossier": dossier, "updated_on": updated_on}
                for dossier, person in people
            ],
        )


async def set_professional_card(
    connection: Connection, *, dossier: UUID, professional_card: str, updated_on: date
) -> None:
    """Keep the professional card of a person, or that they are exempt from it."""
    await connection.execute(
        "update person set professional_card = %s, updated_on = %s where dossier = %s",
        (professional_card, updated_on, dossier),
    )


async def dossiers_of(connection: Connection, *, national_numbers: Collection[str]) -> dict[str, UUID]:
    """Return the dossiers of people by national number; who is unknown is left out."""
    found: list[tuple[str, UUID]] = await fetch_all(
        connection,
        _number_and_dossier,
        "select national_number, dossier from person where national_number = any(%s)",
        (list(national_numbers),),
    )
    return dict(found)


async def is_person(connection: Connection, *, dossier: UUID) -> bool:
    """Tell whether a dossier is that of a person the fund knows."""
    found: bool = await fetch_value(connection, "select exists (select from person where dossier = %s)", (dossier,))
    return found


async def find_identities(connection: Connection, *, dossiers: Sequence[UUID]) -> list[Identity]:
    """Return who dossiers are about, in order of file number; unknown dossiers are left out."""
    return await fetch_all(connection, Identity, _IDENTITIES, {"dossiers": list(dossiers)})


async def add_channel_choice(
    connection: Connection, *, dossier: UUID, channel: LetterChannel, chosen_on: date, recorded_by: str
) -> bool:
    """Write a choice of channel unless it is the one that holds; False when there is no such dossier."""
    # Two choices at the same moment get two numbers.
    await connection.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", (f"channel_choice|{dossier}",))
    known: bool = await fetch_value(connection, "select exists (select from dossier where dossier = %s)", (dossier,))
    if known:
        await connection.execute(
            "insert into channel_choice (dossier, number, channel, chosen_on, recorded_by) "
            "select %(dossier)s, coalesce(max(number), 0) + 1, %(channel)s, %(chosen_on)s, %(recorded_by)s "
            "from channel_choice where dossier = %(dossier)s "
            "having coalesce((array_agg(channel order by number desc))[1], 'post') <> %(channel)s",
            {"dossier": dossier, "channel": channel, "chosen_on": chosen_on, "recorded_by": recorded_by},
        )
    return known


def _number_and_dossier(*, national_number: str, dossier: UUID) -> tuple[str, UUID]:
    return national_number, dossier
