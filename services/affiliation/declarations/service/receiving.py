"""Receives the declaration of one person: read, checked, and kept whether it is taken on or refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from services.affiliation.breaches.rules import Breach, Remedy
from services.affiliation.categories.service import known_affiliations
from services.affiliation.declarations import store
from services.affiliation.declarations.rules.checks import ALREADY_AFFILIATED, check_person
from services.affiliation.declarations.rules.declaration import Origin
from services.affiliation.declarations.rules.reading import read_person
from services.affiliation.declarations.service.applications import receive
from services.affiliation.declarations.store import Application, Received
from services.affiliation.people.service import lock_registrations, register_people
from shared.law.parameters import Parameters
from shared.platform.database.connections import Connection
from shared.platform.people.audit import record


@dataclass(frozen=True, kw_only=True)
class Declared:
    """The declaration that is handled now, or why there is none."""

    application: Application | None
    breaches: tuple[Breach, ...]


async def declare(
    connection: Connection,
    *,
    values: Mapping[str, str],
    origin: Origin,
    received_on: date,
    received_by: str,
    parameters: Parameters,
) -> Declared:
    """Receive a declaration; the same one again returns what it became.

    What only lacks something that can still be supplied is taken on; its procedure asks for it until the activity
    starts. Anything else that is wrong refuses the declaration, which is kept with the reasons.

    Args:
        connection: the transaction.
        values: text by field name.
        origin: how it came.
        received_on: civil date of the receipt.
        received_by: who sent it.
        parameters: the dated law.
    """
    declaration, found = read_person(values)
    if declaration is not None:
        number = declaration.national_number
        known = await known_affiliations(connection, national_numbers=[number])
        found = check_person(
            declaration,
            received_on=received_on,
            origin=origin,
            parameters=parameters,
            known=known.get(number, ()),
        )
    if declaration is None or any(breach.remedy is Remedy.NONE for breach in found):
        return await _refuse(connection, values=values, received_on=received_on, received_by=received_by, found=found)
    await lock_registrations(connection)
    same = await store.find_open_application(connection, national_number=declaration.national_number)
    if same is not None:
        if (same.reference, same.starts_on) == (declaration.reference, declaration.starts_on):
            return Declared(application=same, breaches=())
        return await _refuse(
            connection,
            values=values,
            received_on=received_on,
            received_by=received_by,
            found=(ALREADY_AFFILIATED,),
        )
    dossier_of = await register_people(connection, people=[declaration], opened_on=received_on)
    dossier = dossier_of[declaration.national_number]
    received = Received(dossier=dossier, declaration=declaration, origin=origin, received_on=received_on)
    [application_id] = await receive(connection, received=[received])
    await record(
        connection,
        actor=received_by,
        action="application.received",
        dossier=dossier,
        purpose="affiliation",
        details={"applicationId": str(application_id)},
    )
    application = await store.find_application(connection, application_id=application_id)
    return Declared(application=application, breaches=())


async def _refuse(
    connection: Connection,
    *,
    values: Mapping[str, str],
    received_on: date,
    received_by: str,
    found: tuple[Breach, ...],
) -> Declared:
    await store.insert_refusal(
        connection, received_on=received_on, received_by=received_by, content=values, breaches=found
    )
    return Declared(application=None, breaches=found)
