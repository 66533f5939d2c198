"""Orders that come back: reported by the bank, or found as a line that takes money back in a statement.

Both can come, in either order; the second changes nothing any more. What a collection had paid is owed again.
"""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from services.billing.ledger import service as ledger
from services.billing.money_out.rules import BankOrderKind, refund_returned
from services.billing.money_out.service.bank_orders import RETURNED_TASK, tell_run
from services.billing.undoing.rules import BookedLine, CreditSpent
from services.billing.undoing.service.reversals import Act, return_collection
from shared.platform.database import Connection
from shared.platform.tasks import open_task


async def note_returned(connection: Connection, *, end_to_end: str, reason: str, act: Act) -> bool:
    """Book an order the bank could not execute, or a collection it took back; telling it again changes nothing.

    A collection whose money was paid out as a credit meanwhile stays as it is: a person must ask for it back first.
    """
    cursor = await connection.execute("select * from bank_order where end_to_end_id = %s for update", (end_to_end,))
    row = await cursor.fetchone()
    if row is None or row["status"] not in {"ordered", "executed"}:
        return False
    if row["kind"] == BankOrderKind.DIRECT_DEBIT:
        return await _return(connection, row, reason=reason, returned_on=act.booked_on, line=None, act=act)
    if row["status"] == "executed":
        return False
    entry = refund_returned(
        order_id=row["order_id"], dossier=row["dossier"], cents=row["amount_cents"], on=act.booked_on
    )
    await ledger.book(connection, entries=[entry], booking_date=act.booked_on)
    await _note(connection, row, reason=reason, returned_on=act.booked_on, line=None)
    await _ask(connection, row, reason=reason, act=act)
    return True


async def take_collection_back(connection: Connection, *, line: BookedLine, act: Act) -> bool:
    """Tie a line that takes money back to the one collection it can mean, and undo that collection.

    A collection is known by its end-to-end id, else by its mandate and amount, else by the account of the mandate and
    the amount. One of which the bank reported the return before gets the line and nothing else.

    Args:
        connection: inside the transaction that booked the line.
        line: the line.
        act: who books it and when.

    Returns:
        Whether the line is explained; else a person decides which payment it takes back.
    """
    row = await _meant(connection, line)
    if row is None:
        return False
    if row["status"] == "returned":
        await connection.execute(
            "update bank_order set return_line = %s where order_id = %s", (line.line_id, row["order_id"])
        )
        return True
    return await _return(
        connection,
        row,
        reason=line.return_reason or None,
        returned_on=line.value_date,
        line=line.line_id,
        act=act,
    )


async def _meant(connection: Connection, line: BookedLine) -> dict[str, Any] | None:
    cursor = await connection.execute(
        """
        with known as (
          select b.order_id, case when b.end_to_end_id = %(customer)s then 1
                                  when position(b.end_to_end_id in %(text)s) > 0 then 1
                                  when m.reference = %(mandate)s then 2
                                  when position(m.reference in %(text)s) > 0 then 3
                                  when m.iban = %(account)s then 4 end as closeness,
                 b.status <> 'returned' or b.executed_on is not null as settled
          from bank_order b join mandate m using (mandate_id)
          where b.kind = 'directDebit' and b.amount_cents = %(cents)s and b.return_line is null
            and b.status in ('ordered', 'executed', 'returned')
        )
        select order_id from (
          select order_id, rank() over (order by closeness) as place from known
          where closeness = 1 or (closeness is not null and settled)
        ) ranked where place = 1
        """,
        {
            "customer": line.customer_reference,
            "mandate": line.mandate_reference,
            "text": line.communication,
            "account": line.counterparty_account,
            "cents": -line.cents,
        },
    )
    found = await cursor.fetchall()
    if len(found) != 1:
        return None
    cursor = await connection.execute(
        "select * from bank_order where order_id = %s for update", (found[0]["order_id"],)
    )
    return await cursor.fetchone()


async def _return(
    connection: Connection, row: dict[str, Any], *, reason: str | None, returned_on: date, line: UUID | None, act: Act
) -> bool:
    if row["status"] == "executed":
        try:
            async with connection.transaction():
                await return_collection(
                    connection, payment_id=row["order_id"], returned_on=returned_on, act=act, return_line=line
                )
        except CreditSpent:
            await _ask(connection, row, reason=reason, act=act)
            return False
    await _note(connection, row, reason=reason, returned_on=returned_on, line=line)
    await _ask(connection, row, reason=reason, act=act)
    if line is not None:
        cursor = await connection.execute(
            "select run_id, workflow_id from bank_order_run where run_id = %s", (row["run_id"],)
        )
        run = await cursor.fetchone()
        if run is not None:
            await tell_run(connection, run=run)
    return True


async def _note(
    connection: Connection, row: dict[str, Any], *, reason: str | None, returned_on: date, line: UUID | None
) -> None:
    # A line takes back what had been collected, even if the bank's report of that did not come.
    await connection.execute(
        "update bank_order b set status = 'returned', return_reason = %(reason)s, returned_on = %(on)s, "
        "return_line = %(line)s, executed_on = case when %(line)s::uuid is null then b.executed_on "
        "else coalesce(b.executed_on, r.execution_on) end "
        "from bank_order_run r where r.run_id = b.run_id and b.order_id = %(order)s",
        {"reason": reason, "on": returned_on, "line": line, "order": row["order_id"]},
    )


async def _ask(connection: Connection, row: dict[str, Any], *, reason: str | None, act: Act) -> None:
    await open_task(
        connection,
        kind=RETURNED_TASK,
        reference=str(row["order_id"]),
        dossier=row["dossier"],
        due_on=act.tasks_due_on,
        role="finance",
        details={"orderId": str(row["order_id"]), "reasonCode": reason or "", "amountCents": row["amount_cents"]},
    )
