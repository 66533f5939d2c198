"""Whose money it may be: dossiers suggested for lines that wait, from the payer's account, the text and the amount.

A person accepts a suggestion or does not; nothing is matched by it. A dossier from which this payer's money was taken
back before is never suggested.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from services.billing.matching.rules import Hints, SuggestionReason, hints_of
from shared.platform.database import Connection

SUGGESTIONS_MAX: Final = 5
#: What a reason is worth when suggestions are put in order.
_WORTH: Final[Mapping[str, int]] = {
    SuggestionReason.REFERENCE: 4,
    SuggestionReason.PAYER_ACCOUNT: 3,
    SuggestionReason.FILE_NUMBER: 3,
    SuggestionReason.AMOUNT: 2,
}

_CANDIDATES: Final = """
  with line as (
    select w.line_id, w.cents, w.counterparty_account from waiting_line w where w.line_id = any(%(lines)s)
  ), found as (
    select line.line_id, p.dossier, 'payerPaidBefore' as reason
    from line join bank_line l on l.counterparty_account = line.counterparty_account
      and l.treatment in ('allocated', 'suspense') and l.counterparty_account <> ''
    join standing_payment p on p.line_id = l.line_id
    union
    select h.line_id, n.dossier, 'referenceAlmostRight'
    from unnest(%(base_lines)s::uuid[], %(bases)s::text[]) as h (line_id, base)
    join notice n on n.reference between h.base || '00' and h.base || '99'
    union
    select h.line_id, s.dossier, 'fileNumberInText'
    from unnest(%(file_lines)s::uuid[], %(files)s::integer[]) as h (line_id, file_number)
    join subject s on s.file_number = h.file_number
  ), candidate as (
    select line_id, dossier, array_agg(reason) as reasons from found group by line_id, dossier
  )
  select c.line_id, c.dossier, s.file_number, c.reasons, o.open_cents, line.cents,
         exists (select from open_item i where i.dossier = c.dossier group by i.quarter
                 having sum(i.open_cents) = line.cents) as quarter_amount
  from candidate c join line using (line_id) join subject s on s.dossier = c.dossier
  cross join lateral (select coalesce(sum(i.open_cents), 0)::bigint as open_cents
                      from open_item i where i.dossier = c.dossier) o
  where not exists (select from payer_excluded x
                    where x.counterparty_account = line.counterparty_account and x.dossier = c.dossier)
"""


async def waiting_lines(connection: Connection, *, after: UUID | None, limit: int) -> list[dict[str, Any]]:
    """Return lines whose money waits to be identified, the oldest first, each with its suggestions.

    Args:
        connection: a transaction.
        after: continue after this line of an earlier answer.
        limit: how many lines at most.
    """
    cursor = await connection.execute(
        "select w.line_id, w.cents as amount_cents, coalesce(w.value_date, w.entry_date) as value_date, "
        "w.communication, w.counterparty_account, w.counterparty_name from waiting_line w "
        "join bank_statement s using (statement_id) "
        "where %(after)s::uuid is null or (s.position, w.ordinal) > (select s2.position, l2.ordinal from bank_line l2 "
        "join bank_statement s2 using (statement_id) where l2.line_id = %(after)s) "
        "order by s.position, w.ordinal limit %(limit)s",
        {"after": after, "limit": limit},
    )
    lines = await cursor.fetchall()
    suggested = await suggestions(connection, lines=lines)
    return [{**line, "suggestions": suggested.get(line["line_id"], [])} for line in lines]


async def suggestions(
    connection: Connection, *, lines: Sequence[Mapping[str, Any]]
) -> dict[UUID, list[dict[str, Any]]]:
    """Return the dossiers suggested for lines, the likeliest first, with the reasons and the quarter the text names."""
    hints = {line["line_id"]: hints_of(line["communication"]) for line in lines}
    bases = [(line, base) for line, hint in hints.items() for base in hint.reference_bases]
    files = [(line, number) for line, hint in hints.items() for number in hint.files]
    cursor = await connection.execute(
        _CANDIDATES,
        {
            "lines": list(hints),
            "base_lines": [line for line, _ in bases],
            "bases": [base for _, base in bases],
            "file_lines": [line for line, _ in files],
            "files": [number for _, number in files],
        },
    )
    found: dict[UUID, list[dict[str, Any]]] = {}
    for row in await cursor.fetchall():
        found.setdefault(row["line_id"], []).append(_suggestion(row, hints[row["line_id"]]))
    for rows in found.values():
        rows.sort(key=lambda row: (-sum(_WORTH[reason] for reason in row["reasons"]), row["file_number"]))
        del rows[SUGGESTIONS_MAX:]
    return found


def _suggestion(row: Mapping[str, Any], hint: Hints) -> dict[str, Any]:
    fits = row["quarter_amount"] or row["open_cents"] == row["cents"]
    found = {*row["reasons"], *([str(SuggestionReason.AMOUNT)] if fits else [])}
    reasons = [str(reason) for reason in _WORTH if reason in found]
    return {
        "dossier": row["dossier"],
        "file_number": row["file_number"],
        "quarter": None if hint.quarter is None else str(hint.quarter),
        "open_cents": row["open_cents"],
        "reasons": reasons,
    }
