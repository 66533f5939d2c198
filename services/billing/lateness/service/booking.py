"""What is decided elsewhere is booked here on the day it is told, at the legal interest of that day."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import date
from typing import Any

from shared.contracts.envelope import Envelope
from shared.contracts.topics import FactClass
from shared.law.parameters import Parameters
from shared.platform.composition import Handlers
from shared.platform.database.connections import Connection
from shared.platform.messages_in.inbox import Handler

#: Books a fact, given as ``fact``, ``booked_on`` and ``interest_rate``: it can move money, which may be late.
Books = Callable[..., Awaitable[None]]


def booked_on_the_day(
    books: Mapping[FactClass, Books], *, day: Callable[[], Awaitable[date]], parameters: Parameters
) -> Handlers:
    """Return the handlers that book facts on the day they come, which ``day`` gives for each."""

    def handler(book: Books) -> Handler:
        async def handle(connection: Connection, fact: Any, _envelope: Envelope) -> None:
            booked_on = await day()
            rate = parameters.decimal("surcharges.socialInterestRate", on=booked_on)
            await book(connection, fact=fact, booked_on=booked_on, interest_rate=rate)

        return handle

    return {fact: handler(book) for fact, book in books.items()}
