"""Computing beside the work of the database: both end before anything goes on, whichever of them fails."""

from __future__ import annotations

import asyncio
import threading

import pytest

from services.billing.money_in.service.side_by_side import computed_beside


async def test_both_run_at_the_same_time_and_the_computed_is_returned() -> None:
    begun, told = threading.Event(), threading.Event()

    def compute() -> int:
        begun.set()
        # Ends only because the other side goes on meanwhile.
        return 7 if told.wait(timeout=5) else 0

    async def work() -> None:
        await asyncio.to_thread(begun.wait, 5)
        told.set()

    assert await computed_beside(compute, work()) == 7


async def test_an_error_of_the_work_is_raised_after_the_thread_ended() -> None:
    told, ended = threading.Event(), threading.Event()

    def compute() -> None:
        told.wait(timeout=5)
        ended.set()
        raise LookupError("of the thread")

    async def work() -> None:
        asyncio.get_running_loop().call_later(0.05, told.set)
        raise ValueError("of the work")

    with pytest.raises(ValueError, match="of the work"):
        await computed_beside(compute, work())
    assert ended.is_set()


async def test_an_error_of_the_computing_is_raised_after_the_work_ended() -> None:
    ended: list[bool] = []

    def compute() -> None:
        raise LookupError("of the thread")

    async def work() -> None:
        await asyncio.sleep(0.01)
        ended.append(True)

    with pytest.raises(LookupError, match="of the thread"):
        await computed_beside(compute, work())
    assert ended == [True]
