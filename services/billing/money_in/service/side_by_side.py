"""Computing while the database works: a server has more than one processor, and one transaction only one connection."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")


async def computed_beside(compute: Callable[[], T], work: Awaitable[None]) -> T:
    """Compute something in a thread while the database does other work; return what was computed when both are done.

    Args:
        compute: work for the processor alone: it touches neither the connection nor what ``work`` uses.
        work: what the database does meanwhile. When it fails, its error is raised, after the thread has ended.
    """
    computing = asyncio.create_task(asyncio.to_thread(compute))
    try:
        await work
    except BaseException:
        # Nobody may go back to the file or the accounts while a thread still reads them.
        await asyncio.gather(computing, return_exceptions=True)
        raise
    return await computing
