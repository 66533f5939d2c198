"""Registers people, each once, and tells who somebody is: only for a stated purpose, and every read is on record."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from uuid6 import uuid7

from services.affiliation.people import store
from services.affiliation.people.rules import Identity, LetterChannel, Person
from services.affiliation.people.store import dossiers_of, is_person, lock_registrations, set_professional_card
from shared.platform.database.connections import Connection
from shared.platform.people.audit import AuditEntry, record, record_many

#: What others ask of people; some of it as the store gives it.
__all__ = [
    "choose_channel",
    "dossiers_of",
    "is_person",
    "lock_registrations",
    "open_dossiers",
    "read_identities",
    "register_people",
    "set_professional_card",
]


async def register_people(connection: Connection, *, people: Sequence[Person], opened_on: date) -> dict[str, UUID]:
    """Give each person a dossier, the one they have when they were here before, and keep who they are now.

    Args:
        connection: holds the lock of ``lock_registrations``.
        people: each once, in the order in which file numbers are given.
        opened_on: civil date of the registration.

    Returns:
        The dossier by national number.
    """
    numbers = [person.national_number for person in people]
    dossiers = await dossiers_of(connection, national_numbers=numbers)
    newcomers = [number for number in numbers if number not in dossiers]
    dossiers.update(await open_dossiers(connection, keys=newcomers, kind="person", opened_on=opened_on))
    await store.write_people(
        connection, people=[(dossiers[person.national_number], person) for person in people], updated_on=opened_on
    )
    return dossiers


async def open_dossiers(
    connection: Connection, *, keys: Sequence[str], kind: store.DossierKind, opened_on: date
) -> dict[str, UUID]:
    """Open one dossier for each key; file numbers follow each other in the order of the keys.

    Args:
        connection: holds the lock of ``lock_registrations``.
        keys: national or enterprise numbers, each once.
        kind: whether they are people or companies.
        opened_on: civil date of the registration.
    """
    if not keys:
        return {}
    first = await store.take_file_numbers(connection, count=len(keys))
    if first is None:
        raise LookupError("file_number_counter: its row is missing; the first migration writes it")
    dossiers = {key: UUID(int=uuid7().int) for key in keys}
    await store.insert_dossiers(
        connection, dossiers=list(dossiers.values()), first_file_number=first, kind=kind, opened_on=opened_on
    )
    return dossiers


async def read_identities(
    connection: Connection, *, dossiers: Sequence[UUID], actor: str, purpose: str
) -> list[Identity]:
    """Return who the dossiers are about, in order of file number; unknown dossiers are left out.

    Args:
        connection: the transaction; the reads are on record when it commits.
        dossiers: whose identity is needed.
        actor: who asks.
        purpose: what for.
    """
    found = await store.find_identities(connection, dossiers=dossiers)
    if found:
        await record_many(
            connection,
            [
                AuditEntry(actor=actor, action="identity.read", dossier=one.dossier, purpose=purpose, details={})
                for one in found
            ],
        )
    return found


async def choose_channel(
    connection: Connection, *, dossier: UUID, channel: LetterChannel, chosen_on: date, actor: str
) -> bool:
    """Keep how somebody wants to receive ordinary letters; False when there is no such dossier."""
    known = await store.add_channel_choice(
        connection, dossier=dossier, channel=channel, chosen_on=chosen_on, recorded_by=actor
    )
    if known:
        await record(
            connection,
            actor=actor,
            action="channel.chosen",
            dossier=dossier,
            purpose="channel of ordinary letters",
            details={"channel": channel.value},
        )
    return known
