"""The sandbox: twins of the outside world and the local issuer of tokens, in one process.

Twins answer requests at once and do what follows from them in ticks. In a played instance the conductor tells them
when the services have done their work of a day; from then on, and in an instance on the real calendar always, they
keep doing what is due until the day changes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import date
from typing import Final, cast

from fastapi import Depends, FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send

from deploy.sandbox import bailiff, bank, deliveries, mutuality, post, store
from deploy.sandbox.context import Twin, TwinContext
from deploy.sandbox.issuer import Issuer, issuer_application
from shared.platform.calls.auth import Principal
from shared.platform.http import ApiRouter, Conflict, create_api, finish_api, require
from shared.platform.http.calendar import BusinessDate, CalendarState
from shared.platform.observation.logging import get_logger
from shared.platform.temporal.clock import CalendarNotSet, read_calendar, write_calendar

TWINS: Final = cast("Sequence[Twin]", (post, deliveries, bailiff, mutuality, bank))
_TICK_SECONDS: Final = 0.2
_TAGS: Final = (
    {"name": "Post", "description": "Registered letters."},
    {"name": "Deliveries", "description": "Ordinary letters, e-mails and eBox messages."},
    {"name": "Bailiff", "description": "Mandates to serve warrants."},
    {"name": "Mutualities", "description": "Messages to the mutualities."},
    {"name": "Bank", "description": "Payment files."},
)

_log = get_logger(__name__)


class Sandbox:
    """The twins and their day."""

    def __init__(self, context: TwinContext, twins: Sequence[Twin] = TWINS) -> None:
        self.context = context
        self._twins = twins
        self._ticking = asyncio.Lock()

    async def today(self) -> date | None:
        """Return the day it is for the twins; None in a played instance without a date."""
        try:
            return await self.context.clock.today()
        except CalendarNotSet:
            return None

    async def state(self) -> CalendarState:
        """Return where the twins are; before they are told to act on a day, what is due does not count as unsettled."""
        today = await self.today()
        if today is None:
            return CalendarState(settled=True)
        async with self.context.database.transaction() as connection:
            ticked_on = await store.read_ticked_on(connection)
            next_date = await store.next_due(connection, after=today)
        reasons = []
        if ticked_on == today or not self.context.platform.played:
            for twin in self._twins:
                due = await twin.due_count(self.context, today)
                if due:
                    reasons.append(f"{twin.NAME}: {due} due")
        return CalendarState(business_date=today, next_date=next_date, settled=not reasons, reasons=tuple(reasons))

    async def set_date(self, day: date) -> CalendarState:
        """Set the played date; it never goes back.

        Raises:
            Conflict: the instance is not played, or the date is before the present one.
        """
        if not self.context.platform.played:
            raise Conflict(detail="This instance is not played: its calendar is the real one.")
        async with self.context.database.transaction() as connection:
            present = await read_calendar(connection)
            if present is not None and day < present:
                raise Conflict(detail=f"The played date is {present}; it never goes back.")
            await write_calendar(connection, business_date=day)
        return await self.state()

    async def tick(self) -> CalendarState:
        """Let every twin do what is due today, and keep doing so until the day changes."""
        today = await self.today()
        if today is None:
            raise Conflict(detail=str(CalendarNotSet()))
        async with self.context.database.transaction() as connection:
            await store.write_ticked_on(connection, today=today)
        await self._act(today)
        return await self.state()

    async def keep_acting(self, stop: asyncio.Event) -> None:
        """Do what is due again and again: what came after the tick, and what failed before."""
        while not stop.is_set():
            try:
                today = await self.today()
                if today is not None and await self._may_act(today):
                    await self._act(today)
                self.context.roles.set("twins", running=True)
            except Exception as error:  # noqa: BLE001 - a twin that fails acts again a moment later
                self.context.roles.set("twins", running=False)
                _log.error("twins.failed", exc_info=error)
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), timeout=_TICK_SECONDS)

    async def _may_act(self, today: date) -> bool:
        if not self.context.platform.played:
            return True
        async with self.context.database.transaction() as connection:
            return await store.read_ticked_on(connection) == today

    async def _act(self, today: date) -> None:
        async with self._ticking:
            for twin in self._twins:
                if await twin.due_count(self.context, today):
                    await twin.tick(self.context, today)


def create_sandbox(sandbox: Sandbox, twins: Sequence[Twin] = TWINS) -> FastAPI:
    """Return the API of the twins."""
    context = sandbox.context
    api = create_api(
        context,
        title="Sandbox",
        version="1.0.0",
        description="Twins of the outside world, for demonstrations and tests.",
        tags=_TAGS,
        standard_routes=False,
    )
    for twin in twins:
        api.include_router(twin.router(context))
    api.include_router(_calendar_router(sandbox))
    return finish_api(api)


def _calendar_router(sandbox: Sandbox) -> ApiRouter:
    router = ApiRouter(prefix="/v1/calendar", tags=["Operations"])

    @router.get("", summary="Where the twins are in the played calendar")
    async def get_calendar(_: Principal = Depends(require("operator", "service"))) -> CalendarState:
        """Give the date, the next day on which a twin acts, and whether all of today is done."""
        return await sandbox.state()

    @router.put("", summary="Set the played date")
    async def put_calendar(body: BusinessDate, _: Principal = Depends(require("operator"))) -> CalendarState:
        """Set the date; it never goes back."""
        return await sandbox.set_date(body.business_date)

    @router.post("/tick", summary="Let the twins do what is due")
    async def tick_calendar(_: Principal = Depends(require("operator"))) -> CalendarState:
        """Deliver letters, serve warrants, send receipts, execute payments: whatever is due today."""
        return await sandbox.tick()

    return router


class SandboxApplication:
    """Gives requests for tokens to the issuer and all others to the twins."""

    def __init__(self, *, api: ASGIApp, issuer: Issuer) -> None:
        self._api = api
        self._issuer = issuer_application(issuer)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        of_issuer = scope["type"] == "http" and scope["path"].startswith(("/.well-known/", "/oauth/"))
        await (self._issuer if of_issuer else self._api)(scope, receive, send)
