"""A relay in a process of its own that kills itself at a chosen place; run by the tests of the relay.

python -m tests.shared.platform.killed_relay PREFIX PAGES_BEFORE_DEATH
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys

from shared.platform.messages_out import relay
from tests.shared.platform.carrying import StillClock


async def main(prefix: str, pages: int) -> None:
    """Carry pages until it is time to die between the confirmation of a page and its mark."""
    confirmed = 0

    async def die_in_time() -> None:
        nonlocal confirmed
        confirmed += 1
        if confirmed > pages:
            os.kill(os.getpid(), signal.SIGKILL)

    relay.FACTS_PER_PAGE = 7  # type: ignore[misc]  # small pages, so that there is something to interrupt
    await relay.Relay(
        service="affiliation",
        database_url=os.environ["AFFILIATION_DATABASE_URL"],
        kafka_bootstrap=os.environ["AUXILIA_KAFKA_BOOTSTRAP"],
        kafka_prefix=prefix,
        temporal=None,
        clock=StillClock(),
        after_send=die_in_time,
    ).run(asyncio.Event())


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
