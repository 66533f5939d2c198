"""A hint inside one process that a relay will find work soon; polling finds it without the hint, a little later."""

from __future__ import annotations

import asyncio
import weakref
from typing import Final

_waiting: Final[weakref.WeakSet[asyncio.Event]] = weakref.WeakSet()


def wake_event() -> asyncio.Event:
    """Return a new event that is set whenever something is published or dispatched in this process."""
    event = asyncio.Event()
    _waiting.add(event)
    return event


def wake_relay() -> None:
    """Set the events of the relays of this process; called inside the transaction, a moment before its commit."""
    for event in list(_waiting):
        event.set()
