"""Orders that come back: reported by the bank, or found as a line that takes money back in a statement.

Both can come, in either order; the second changes nothing any more. What a collection had paid is owed again.
"""

from __future__ import annotations

from datetime import date
from uuid import UUID

from services.billing.ledger import service as ledger
from services.billing.money_out.rules import BankOrderKind, refund_returned
from services.billing.money_out.service.bank_orders import RETURNED_TASK
from services.billing.money_out.store import ORDER_COLUMNS, RUNS, BankOrder
from services.billing.undoing.rules import BookedLine, CreditSpent
from services.billing.undoing.service.reversals import Act, return_collection
from shared.platform.database.connections import Connection
from shared.platform.database.rows import fetch_one, fetch_values
from shared.platform.people.tasks import open_task
from shared.treasury.files import tell_run


async def note_returned(connection: Connection, *, end_to_end: str, reason: str, act: Act) -> bool:
    """Book an order the bank could not execute, or a collection it took back; telling it again changes nothing.

    A collection whose money was paid out as a credit meanwhile stays as it is: a person must ask for it back first.
    """
    statement = f"select {ORDER_COLUMNS} from bank_order where end_to_end_id = %s for update"
    order = await fetch_one(connection, BankOrder, statement, (end_to_end,))
    if order is None or order.status not in {"ordered", "executed"}:
        return False
    if order.kind is BankOrderKind.DIRECT_DEBIT:
        return await _return(connection, order, reason=reason, returned_on=act.booked_on, line=None, act=act)
    if order.status == "executed":
        return False
    entry = refund_returned(
        order_id=order.order_id, dossier=order.dossier, cents=order.amount_cents, on=act.booked_on
    )
    await ledger.book(connection, entries=[entry], booking_date=act.booked_on)
    await _note(connection, order, reason=reason, returned_on=act.booked_on, line=None)
    await _ask(connection, order, reason=reason, act=act)
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
    order = await _meant(connection, line)
    if order is None:
        return False
    if order.status == "returned":
        await connection.execute(
            "update bank_order set return_line = %s where order_id = %s", (line.line_id, order.order_id)
        )
        return True
    return await _return(
        connection,
        order,
        reason=line.return_reason or None,
        returned_on=line.value_date,
        line=line.line_id,
        act=act,
    )


async def _meant(connection: Connection, line: BookedLine) -> BankOrder | None:
    found = await fetch_values(
        connection,
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
    if len(found) != 1:
        return None
    statement = f"select {ORDER_COLUMNS} from bank_order where order_id = %s for update"
    return await fetch_one(connection, BankOrder, statement, (found[0],))


async def _return(
    connection: Connection, order: BankOrder, *, reason: str | None, returned_on: date, line: UUID | None, act: Act
) -> bool:
    if order.status == "executed":
        try:
            async with connection.transaction():
                await return_collection(
                    connection, payment_id=order.order_id, returned_on=returned_on, act=act, return_line=line
                )
        except CreditSpent:
            await _ask(connection, order, reason=reason, act=act)
            return False
    await _note(connection, order, reason=reason, returned_on=returned_on, line=line)
    await _ask(connection, order, reason=reason, act=act)
    if line is not None:
        await tell_run(connection, run=await RUNS.read(connection, run_id=order.run_id))
    return True


async def _note(
    connection: Connection, order: BankOrder, *, reason: str | None, returned_on: date, line: UUID | None
) -> None:
    # A line takes back what had been collected, even if the bank's report of that did not come.
    await connection.execute(
        "update bank_order b set status = 'returned', return_reason = %(reason)s, returned_on = %(on)s, "
        "return_line = %(line)s, executed_on = case when %(line)s::uuid is null then b.executed_on "
        "else coalesce(b.executed_on, r.execution_on) end "
        "from bank_order_run r where r.run_id = b.run_id and b.order_id = %(order)s",
        {"reason": reason, "on": returned_on, "line": line, "order": order.order_id},
    )


async def _ask(connection: Connection, order: BankOrder, *, reason: str | None, act: Act) -> None:
    await open_task(
        connection,
        kind=RETURNED_TASK,
        reference=str(order.order_id),
        dossier=order.dossier,
        due_on=act.tasks_due_on,
        role="finance",
        details={"orderId": str(order.order_id), "reasonCode": reason or "", "amountCents": order.amount_cents},
    )
