"""The metrics page counts what sleeps in the background, and not more often than it may."""

from __future__ import annotations

import asyncio
import uuid

from prometheus_client import REGISTRY

from shared.platform.temporal.sleeper_watch import SleeperWatch


def gauge(service: str, what: str) -> float | None:
    """What the metrics page says."""
    return REGISTRY.get_sample_value("auxilia_sleeping", {"service": service, "what": what})


async def test_a_look_is_made_at_most_once_a_minute() -> None:
    service, looks = f"test-{uuid.uuid4().hex}", []

    async def count() -> int:
        looks.append(1)
        return 3

    watch = SleeperWatch()
    await watch.refresh(service)
    assert looks == [], "nothing is watched yet"
    watch.watch("claims", count)
    for _ in range(5):
        await watch.refresh(service)
    assert len(looks) == 1
    assert gauge(service, "claims") == 3
    impatient = SleeperWatch(pause_seconds=0)
    impatient.watch("claims", count)
    await impatient.refresh(service)
    await impatient.refresh(service)
    assert len(looks) == 3


async def test_a_page_asked_twice_shares_the_look_that_is_under_way() -> None:
    service, looks, go = f"test-{uuid.uuid4().hex}", [], asyncio.Event()

    async def count() -> int:
        looks.append(1)
        await go.wait()
        return 1

    watch = SleeperWatch(pause_seconds=0)
    watch.watch("cases", count)
    waiting = [asyncio.create_task(watch.refresh(service)) for _ in range(3)]
    await asyncio.sleep(0.05)
    assert (len(looks), gauge(service, "cases")) == (1, None)
    go.set()
    await asyncio.gather(*waiting)
    assert (len(looks), gauge(service, "cases")) == (1, 1)


async def test_a_kind_that_can_not_be_counted_keeps_its_value_and_hides_no_other() -> None:
    service, failing = f"test-{uuid.uuid4().hex}", False

    async def claims() -> int:
        if failing:
            raise ConnectionError
        return 2

    async def transmissions() -> int:
        return 5 if failing else 4

    watch = SleeperWatch(pause_seconds=0)
    watch.watch("claims", claims)
    watch.watch("transmissions", transmissions)
    await watch.refresh(service)
    failing = True
    await watch.refresh(service)
    assert (gauge(service, "claims"), gauge(service, "transmissions")) == (2, 5)
