"""A consumer in a process of its own that kills itself between commit and acknowledgement; run by tests.

python -m tests.shared.platform.killed_consumer PREFIX BATCHES_BEFORE_DEATH
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys

from shared.contracts.affiliation_v1 import AffiliationCategoryChanged
from shared.contracts.envelope import Envelope
from shared.platform.database.connections import Connection, Database
from shared.platform.messages_in import consumer


async def see(connection: Connection, fact: AffiliationCategoryChanged, envelope: Envelope) -> None:
    """Write down what was told."""
    await connection.execute("insert into seen (dossier, number) values (%s, %s)", (fact.dossier, envelope.sequence))


async def main(prefix: str, batches: int) -> None:
    """Read until it is time to die."""
    committed = 0

    async def die_in_time() -> None:
        nonlocal committed
        committed += 1
        if committed > batches:
            os.kill(os.getpid(), signal.SIGKILL)

    consumer.RECORDS_PER_BATCH = 10  # type: ignore[misc]  # small batches, so that there is something to interrupt
    await consumer.FactConsumer(
        service="recovery",
        database=await Database.open(os.environ["RECOVERY_DATABASE_URL"], application_name="killed"),
        handlers={AffiliationCategoryChanged: see},
        kafka_prefix=prefix,
        after_commit=die_in_time,
    ).run(asyncio.Event())


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
