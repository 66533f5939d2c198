"""One statement that counts over the subjects of the service."""

from __future__ import annotations

from shared.platform.database.connections import Connection


async def counts(connection: Connection) -> dict[str, int]:
    """Count what the service has done and what is still open."""
    cursor = await connection.execute(
        """
        select (select count(*) from claim) as claims_received,
               (select count(*) from decision) as claims_decided,
               (select count(*) from decision where outcome = 'granted') as claims_granted,
               (select count(*) from decision where outcome = 'refused') as claims_refused,
               (select coalesce(sum(amount_cents), 0)::bigint from payout where status in ('ordered', 'confirmed'))
                 as payouts_cents,
               (select coalesce(sum(amount_cents), 0)::bigint from payout where status = 'confirmed')
                 as payouts_confirmed_cents,
               (select count(*) from payout where status = 'returned') as payouts_returned,
               (select count(*) from transmission) as transmissions,
               (select count(*) from transmission where status = 'acknowledged') as transmissions_acknowledged,
               (select count(*) from transmission
                 where status <> 'acknowledged' and (status in ('rejected', 'closed') or overdue_on is not null))
                 as transmissions_tasked,
               (select count(*) from transmission where status in ('pending', 'sent') and overdue_on is null)
                 as transmissions_open
        """
    )
    row = await cursor.fetchone()
    return {} if row is None else {name: int(value) for name, value in row.items()}
