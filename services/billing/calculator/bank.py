"""``bank read``: what a bank statement says, from the reader that books it; no server is needed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

import click
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from services.billing.bank_statements.rules.formats import format_of, stream_statements
from services.billing.bank_statements.rules.statement import BankFileRefused, Group, Movement, Statement, groups_of
from services.billing.calculator.options import AS_JSON
from shared.law.money import format_euro

_REFUSED = 2
_ROWS_SHOWN = 50
#: A file this long takes seconds to read.
_LONG_FILE_BYTES = 8 * 1024 * 1024
_PARTS_BETWEEN = 5_000


@click.group(name="bank", help="Bank statements: what a file says, before anything is booked.")
def bank_command() -> None:
    """Hold the verbs about bank files."""


@bank_command.command(name="read", short_help="What a CODA or camt.053 file says, or why it is refused.")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@AS_JSON
def read_command(file: Path, as_json: bool) -> None:
    """Read a bank file whole, or refuse it whole with the line and the rule (exit code 2).

    \b
    ./auxilia bank read samples/bank/2026-03-31.cod
    ./auxilia bank read statement.xml --json

    Coded statements (CODA 2) and camt.053.001.02 and .08 are read. A movement the bank split into details is shown as
    its details when they add up to it, so that the transactions always add up to the new balance less the old one.
    """
    try:
        with file.open("rb") as source:
            format_name = str(format_of(source))
            statements = list(_with_groups(_watched(stream_statements(source), source, file.stat().st_size)))
    except BankFileRefused as refusal:
        if as_json:
            fault = {"line": refusal.line, "rule": refusal.rule, "detail": refusal.detail}
            click.echo(json.dumps({"refusal": fault}))
        click.echo(f"{file.name} is refused as a whole: {refusal}", err=True)
        raise SystemExit(_REFUSED) from None
    if as_json:
        documents = [_document(statement, groups) for statement, groups in statements]
        click.echo(json.dumps({"format": format_name, "statements": documents}, ensure_ascii=False))
        return
    for statement, groups in statements:
        _print(statement, [movement for group in groups for movement in group.payable()])


def _watched(
    parts: Iterator[Movement | Statement], source: BinaryIO, size_bytes: int
) -> Iterator[Movement | Statement]:
    """Show on standard error how far a long file was read, to whoever watches a terminal."""
    console = Console(stderr=True)
    shown = console.is_terminal and size_bytes >= _LONG_FILE_BYTES
    with Progress(console=console, disable=not shown, transient=True, redirect_stdout=False) as progress:
        reading = progress.add_task("reading", total=size_bytes)
        for number, part in enumerate(parts):
            if shown and number % _PARTS_BETWEEN == 0:
                progress.update(reading, completed=source.tell())
            yield part


def _with_groups(parts: Iterator[Movement | Statement]) -> Iterator[tuple[Statement, list[Group]]]:
    movements: list[Movement] = []
    for part in parts:
        if isinstance(part, Movement):
            movements.append(part)
        else:
            yield part, list(groups_of(movements))
            movements = []


def _document(statement: Statement, groups: Sequence[Group]) -> dict[str, object]:
    return {
        "account": statement.account,
        "currency": statement.currency,
        "sequence": statement.sequence,
        "oldBalanceCents": statement.old_balance_cents,
        "oldBalanceDate": str(statement.old_balance_date),
        "newBalanceCents": statement.closing_balance_cents,
        "newBalanceDate": str(statement.closing_date),
        "newBalanceStated": statement.new_balance_cents is not None,
        "duplicate": statement.duplicate,
        "separateApplication": statement.separate_application,
        "movements": len(groups),
        "pending": statement.pending,
        "transactions": [_transaction(movement, group) for group in groups for movement in group.payable()],
        "freeCommunications": list(statement.free_communications),
    }


def _transaction(movement: Movement, group: Group) -> dict[str, object]:
    return {
        "line": movement.line,
        "sequence": movement.sequence,
        "detail": movement.detail,
        "amountCents": movement.cents,
        "valueDate": None if movement.value_date is None else str(movement.value_date),
        "entryDate": str(movement.entry_date),
        "communication": movement.communication,
        "structured": movement.structured,
        "structuredType": movement.structured_type,
        "reference": movement.reference,
        "referenceSource": None if movement.reference_source is None else str(movement.reference_source),
        "counterpartyAccount": movement.counterparty_account or None,
        "counterpartyName": movement.counterparty_name or None,
        "transactionCode": movement.transaction_code,
        "payment": movement.payment,
        "reversal": movement.reversal,
        "returnReason": movement.return_reason or None,
        "notSplitDetails": len(group.details) if group.details and movement is group.total else 0,
    }


def _print(statement: Statement, movements: Sequence[Movement]) -> None:
    console = Console(highlight=False)
    old = format_euro(statement.old_balance_cents, "en")
    new = format_euro(statement.closing_balance_cents, "en")
    number = "" if statement.sequence is None else f", statement {statement.sequence}"
    console.print(f"{statement.account}{number}: {old} -> {new}", style="bold", markup=False)
    table = Table("value date", "amount", "reference", "communication", "from or to")
    table.columns[1].justify = "right"
    for movement in movements[:_ROWS_SHOWN]:
        structured = movement.structured
        table.add_row(
            str(movement.value_date or movement.entry_date),
            format_euro(movement.cents, "en") + (" (reversal)" if movement.reversal else ""),
            movement.reference or (f"{structured} (not valid)" if structured else ""),
            "" if structured else movement.communication,
            movement.counterparty_account or "",
        )
    console.print(table)
    left_out = len(movements) - _ROWS_SHOWN
    if left_out > 0:
        console.print(f"and {left_out} more: use --json to see all of them")


if __name__ == "__main__":
    bank_command(prog_name="./auxilia bank")
