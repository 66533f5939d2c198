"""The conductor of a played instance: it moves the calendar of all services together, date by date.

It only speaks HTTP to the services and the twins of the outside world, so it plays a local instance and one on
many machines alike. In production there is no conductor: every service refuses the calls made here unless its
instance is marked as played.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from deploy.local.fund_api import FundApi

#: Services are moved in the order in which facts usually flow.
SERVICES = ("affiliation", "billing", "recovery", "benefits")
#: The twins of the outside world move last on a date: they answer what the services sent that day.
TWINS = "sandbox"
#: The people's window has no work of its own, but shows the same today.
WINDOW = "console"
#: How often in a row the whole instance must look settled before the next date.
QUIET_LOOKS = 2
FIRST_PAUSE_SECONDS = 0.1
LONGEST_PAUSE_SECONDS = 1.0
#: A procedure whose activity was running when its time was moved is asked again, this often.
WAKING_ROUNDS = 5

#: Does what happens on a date, and tells whether anything did.
OnDate = Callable[[date], Awaitable[bool]]
OnProgress = Callable[[date, str], None]


class InstanceNotSettledError(RuntimeError):
    """The instance kept working on one date for longer than the patience given."""


class CalendarNotBegunError(RuntimeError):
    """A played instance has no date yet."""


@dataclass(frozen=True)
class Look:
    """What one look at the whole instance showed."""

    next_dates: Mapping[str, date] = field(default_factory=dict)
    reasons: Mapping[str, list[str]] = field(default_factory=dict)

    @property
    def settled(self) -> bool:
        """Return whether no service or twin has work left for today."""
        return not self.reasons

    def due(self, day: date) -> frozenset[str]:
        """Return the services that wait for a day or an earlier one, in procedures that sleep or are scheduled."""
        return frozenset(service for service, next_date in self.next_dates.items() if next_date <= day)


@dataclass
class Conductor:
    """Moves all services and twins of one played instance to the same date, and waits until they are quiet.

    Attributes:
        api: the HTTP window on the instance, with the operator's token.
        patience_seconds: how long one date may take to settle before ``InstanceNotSettledError``.
        on_progress: told the date and what is being done, for progress bars.
    """

    api: FundApi
    patience_seconds: float = 300.0
    on_progress: OnProgress = lambda _day, _what: None

    async def business_date(self) -> date | None:
        """Return the latest date any service is at, so that an interrupted move is completed; None before the first."""
        days = [await self._calendar_of(service) for service in SERVICES]
        return max(
            (date.fromisoformat(str(day["businessDate"])) for day in days if "businessDate" in day), default=None
        )

    async def set_date(self, day: date) -> None:
        """Set the calendar of every service and twin, without running anything."""
        body = {"businessDate": day.isoformat()}
        await asyncio.gather(*(self.api.put(service, "/v1/calendar", body) for service in (*SERVICES, WINDOW, TWINS)))

    async def look(self, among: Collection[str] = (*SERVICES, TWINS)) -> Look:
        """Return what is unsettled and which dates come next, over all services and twins or over some of them."""
        names = [name for name in (*SERVICES, TWINS) if name in among]
        answers = await asyncio.gather(*(self._calendar_of(name) for name in names))
        reasons: dict[str, list[str]] = {}
        next_dates: dict[str, date] = {}
        for service, answer in zip(names, answers, strict=True):
            if not answer["settled"]:
                reasons[service] = [str(reason) for reason in answer.get("reasons", [])] or ["busy"]
            if answer.get("nextDate"):
                next_dates[service] = date.fromisoformat(str(answer["nextDate"]))
        return Look(next_dates=next_dates, reasons=reasons)

    async def settle(self) -> Look:
        """Wait until the whole instance looked settled several times in a row, and return the last look.

        While some are busy only those are asked, because every look costs the instance time it needs for its work.

        Raises:
            InstanceNotSettledError: it did not within ``patience_seconds``; the message names who is busy with what.
        """
        clock = asyncio.get_running_loop().time
        give_up_at = clock() + self.patience_seconds
        quiet = 0
        pause_seconds = FIRST_PAUSE_SECONDS
        look = await self.look()
        while True:
            if look.settled:
                quiet += 1
                if quiet >= QUIET_LOOKS:
                    return look
                look = await self.look()
                continue
            quiet = 0
            if clock() > give_up_at:
                raise InstanceNotSettledError(f"still busy: {dict(look.reasons)}")
            # Long work is looked at less often.
            await asyncio.sleep(pause_seconds)
            pause_seconds = min(LONGEST_PAUSE_SECONDS, pause_seconds * 1.5)
            look = await self.look(look.reasons)
            if look.settled:
                look = await self.look()

    async def wake(self, among: Collection[str] = SERVICES) -> None:
        """Move every open procedure that is due to the present date, and wait for what it does.

        Raises:
            InstanceNotSettledError: a procedure did not arrive however often it was asked.
        """
        asked = [service for service in SERVICES if service in among]
        for _ in range(WAKING_ROUNDS):
            answers = await asyncio.gather(*(self.api.post(name, "/v1/calendar/fastForward", {}) for name in asked))
            failures = [failure["workflowId"] for answer in answers for failure in answer["failures"]]
            if failures or any(answer["moved"] for answer in answers):
                await self.settle()
            if not failures:
                return
        raise InstanceNotSettledError(f"procedures that do not move: {failures[:5]}")

    async def move_to(self, day: date, *, after: date, due: Collection[str] = SERVICES) -> Look:
        """Move the instance to a date, run what is scheduled after ``after`` up to that date, return the last look.

        Every call may be made again: a date that was interrupted half-way is simply moved to once more.

        Args:
            day: the date.
            after: the date before; what is scheduled later than this is started.
            due: services that wait for this date; the others have nothing to wake and nothing scheduled.
        """
        await self.set_date(day)
        self.on_progress(day, "waking the open procedures")
        await self.wake(due)
        window = {"after": after.isoformat(), "until": day.isoformat()}
        # One after the other and in order: a closing must not race with the billing of the same day.
        for service in (name for name in SERVICES if name in due):
            answer = await self.api.post(service, "/v1/calendar/runScheduled", window)
            if answer["started"]:
                self.on_progress(day, "running what is scheduled")
                await self.settle()
        # The twins answer what the services sent today, and services may answer that again.
        await self.api.post(TWINS, "/v1/calendar/tick", {})
        return await self.settle()

    async def play(self, *, until: date, stops: tuple[date, ...] = (), on_date: OnDate | None = None) -> list[date]:
        """Play the instance up to a date, stopping at each date on which something is due, and return those dates.

        Args:
            until: the last date; the instance always ends there.
            stops: dates on which ``on_date`` has something to do, whatever the services wait for.
            on_date: called on each stop once the services have done what was due.

        Raises:
            CalendarNotBegunError: no date was ever set.
        """
        current = await self.business_date()
        if current is None:
            raise CalendarNotBegunError("the calendar of this instance was never set; import something or set a date")
        visited: list[date] = []
        # The date the instance stands at is done once more: what was interrupted there is completed, the rest is a
        # no-op. Scheduled dates are always stopped at, so looking back one day finds what was due on this one.
        look = await self.move_to(current, after=current - timedelta(days=1))
        while True:
            if on_date is not None and await on_date(current):
                look = await self.settle()
            visited.append(current)
            coming = [day for day in (*look.next_dates.values(), *stops, until) if current < day <= until]
            if not coming:
                return visited
            previous, current = current, min(coming)
            self.on_progress(current, "moving the calendar")
            look = await self.move_to(current, after=previous, due=look.due(current))

    async def _calendar_of(self, service: str) -> dict[str, Any]:
        return await self.api.get(service, "/v1/calendar")
