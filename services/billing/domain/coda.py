"""Reader of coded statements of account (CODA, Febelfin standard version 2.6).

The whole file is read or the whole file is refused, with the line and the rule: half a statement in the books is
worse than none. Amounts become integer cents; details of a globalised movement are never added to their total.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise
from typing import Final

from services.billing.domain.coda_fields import Record, split_records
from services.billing.domain.statement import (
    BankFileRefused,
    Movement,
    ReferenceSource,
    Statement,
    typed_reference,
)
from shared.law.identifiers import is_structured_communication

_KINDS: Final = frozenset({"0", "1", "21", "22", "23", "31", "32", "33", "8", "4", "9"})
_COUNTED: Final = frozenset({"1", "21", "22", "23", "31", "32", "33", "8"})
#: Which records may come after which (chapters 1 and 2 of the standard).
_FOLLOWERS: Final[dict[str, frozenset[str]]] = {
    "0": frozenset({"1"}),
    "1": frozenset({"21", "8", "9"}),
    "21": frozenset({"21", "22", "23", "31", "8"}),
    "22": frozenset({"21", "23", "31", "8"}),
    "23": frozenset({"21", "31", "8"}),
    "31": frozenset({"21", "31", "32", "8"}),
    "32": frozenset({"21", "31", "33", "8"}),
    "33": frozenset({"21", "31", "8"}),
    "8": frozenset({"4", "9"}),
    "4": frozenset({"4", "9"}),
    "9": frozenset({"0"}),
}
#: After which records a next code of 1 announces which continuation.
_CONTINUATIONS: Final[dict[str, frozenset[str]]] = {
    "21": frozenset({"22", "23"}),
    "22": frozenset({"23"}),
    "23": frozenset(),
    "31": frozenset({"32"}),
    "32": frozenset({"33"}),
    "33": frozenset(),
}
_LAST_SEQUENCE: Final = 9999
_STRUCTURED_REFERENCES: Final = {"101": ReferenceSource.STRUCTURED, "102": ReferenceSource.RECONSTITUTED}


@dataclass(slots=True)
class _Parts:
    """Records that together make one movement or one detail."""

    head: Record
    second: Record | None = None
    third: Record | None = None
    information: list[Record] = field(default_factory=list)


@dataclass(slots=True)
class _Logical:
    """Records of one statement, from its header to its trailer."""

    header: Record
    old_balance: Record
    movements: list[_Parts]
    new_balance: Record | None
    free: list[Record]
    trailer: Record
    counted: int


def read_coda(content: bytes) -> tuple[Statement, ...]:
    """Read every statement of a CODA file, or refuse the file.

    Raises:
        BankFileRefused: naming the line and one of the rules emptyFile, recordLength, recordType, recordOrder,
            version, numericField, dateField, signField, thirdDecimal, codeField, currency, accountMismatch, sequence,
            detailSequence, nextCode, linkCode, globalisation, balance, trailerCount,
            trailerDebit, trailerCredit, multipleFileCode, statementSequence, balanceContinuity.
    """
    records = split_records(content)
    _check_order(records)
    statements = tuple(_statement(logical) for logical in _logical_files(records))
    for previous, current in _successive(statements):
        check_continuity(previous=previous, current=current)
    return statements


def _check_order(records: Sequence[Record]) -> None:
    for record in records:
        if record.kind not in _KINDS:
            record.refuse("recordType", "the first characters name no record of the standard")
    if records[0].kind != "0":
        records[0].refuse("recordOrder", "a file starts with its header, record 0")
    for record, follower in pairwise(records):
        if follower.kind not in _FOLLOWERS[record.kind]:
            follower.refuse("recordOrder", f"record {follower.kind} cannot follow record {record.kind}")
    if records[-1].kind != "9":
        records[-1].refuse("recordOrder", "a file ends with its trailer, record 9: the end is missing")


def _logical_files(records: Sequence[Record]) -> list[_Logical]:
    files: list[_Logical] = []
    start = 0
    for position, record in enumerate(records):
        if record.kind == "9":
            files.append(_logical_file(records[start : position + 1]))
            more = position + 1 < len(records)
            # A last file that announces another one is met in practice and loses nothing: a missing statement
            # shows in the numbering. The contrary, a "last" file that is not, contradicts the content.
            if record.take(128, 128) not in {"1", "2"} or (more and record.take(128, 128) == "2"):
                record.refuse("multipleFileCode", "position 128 must be 1 when another file follows, else 2")
            start = position + 1
    return files


def _logical_file(records: Sequence[Record]) -> _Logical:
    movements: list[_Parts] = []
    new_balance: Record | None = None
    free: list[Record] = []
    for position, record in enumerate(records):
        follower = records[position + 1] if position + 1 < len(records) else None
        kind = record.kind
        if kind == "21":
            movements.append(_Parts(head=record))
        elif kind in {"22", "23", "31", "32", "33"}:
            _attach(movements[-1], record)
        elif kind == "8":
            new_balance = record
        elif kind == "4":
            free.append(record)
        _check_next_code(record, follower)
    for parts in movements:
        _check_link_codes(parts)
    if new_balance is None and movements:
        records[-1].refuse("recordOrder", "a statement with movements has a new balance, record 8")
    if new_balance is not None and new_balance.flag(128, "linkCode", "link code") != bool(free):
        new_balance.refuse("linkCode", "the link code does not agree with the free communications that follow")
    return _Logical(
        header=records[0],
        old_balance=records[1],
        movements=movements,
        new_balance=new_balance,
        free=free,
        trailer=records[-1],
        counted=sum(record.kind in _COUNTED for record in records),
    )


def _attach(parts: _Parts, record: Record) -> None:
    head = parts.information[-1] if record.kind in {"32", "33"} else parts.head
    if record.kind == "31":
        if record.take(3, 6) != parts.head.take(3, 6):
            record.refuse("sequence", "an information record carries the number of the movement it belongs to")
    elif record.take(3, 10) != head.take(3, 10):
        record.refuse("sequence", "a continuation carries the numbers of the record it continues")
    if record.kind == "22":
        parts.second = record
    elif record.kind == "23":
        parts.third = record
    else:
        parts.information.append(record)


def _check_next_code(record: Record, follower: Record | None) -> None:
    if record.kind not in _CONTINUATIONS:
        return
    announced = record.flag(126, "nextCode", "next code")
    continued = follower is not None and follower.kind in _CONTINUATIONS[record.kind]
    if announced != continued:
        expected = "is missing" if announced else "was not announced"
        record.refuse("nextCode", f"the next code does not agree with what follows: a continuation {expected}")


def _check_link_codes(parts: _Parts) -> None:
    last = parts.third or parts.second or parts.head
    if last.flag(128, "linkCode", "link code") != bool(parts.information):
        last.refuse("linkCode", "the link code does not agree with the information records that follow")


def _statement(logical: _Logical) -> Statement:
    header, old, new = logical.header, logical.old_balance, logical.new_balance
    if header.take(128, 128) != "2":
        header.refuse("version", "only version 2 of the standard is read")
    account, currency = _account(old, 2, 6)
    if currency != "EUR":
        old.refuse("currency", "only accounts in euro are read")
    if new is not None and new.take(5, 41) != old.take(6, 42):
        new.refuse("accountMismatch", "the account of the new balance is not the account of the old balance")
    _check_numbers(logical.movements)
    _check_globalisation(logical)
    statement = Statement(
        line=header.line,
        account=account,
        currency=currency,
        sequence=_statement_sequence(old),
        created_on=header.day(6, "creation date"),
        duplicate=header.take(17, 17) == "D",
        separate_application=header.take(84, 88).strip("0 ") != "",
        old_balance_cents=old.signed_cents(43, "old balance"),
        old_balance_date=old.day(59, "date of the old balance"),
        new_balance_cents=None if new is None else new.signed_cents(42, "new balance"),
        new_balance_date=None if new is None else new.day(58, "date of the new balance"),
        movements=tuple(_movement(parts) for parts in logical.movements),
        free_communications=tuple(record.take(33, 112).rstrip() for record in logical.free),
    )
    _check_totals(logical, statement)
    return statement


def _account(record: Record, structure_at: int, first: int) -> tuple[str, str]:
    structure = record.take(structure_at, structure_at)
    zone = record.take(first, first + 36)
    if structure == "0":
        return zone[0:12].strip(), zone[13:16]
    if structure == "2":
        return zone[0:31].strip(), zone[34:37]
    if structure not in {"1", "3"}:
        record.refuse("codeField", f"the account structure at position {structure_at} must be 0, 1, 2 or 3")
    return zone[0:34].strip(), zone[34:37]


def _statement_sequence(old: Record) -> int | None:
    if not old.take(126, 128).strip():
        return None
    return old.number(126, 128, "sequence number of the statement") or None


def _check_numbers(movements: Sequence[_Parts]) -> None:
    expected, detail = 0, 0
    for parts in movements:
        sequence = parts.head.number(3, 6, "sequence number")
        number = parts.head.number(7, 10, "detail number")
        if number == 0:
            following = 1 if expected == 0 and parts is movements[0] else (expected + 1) % (_LAST_SEQUENCE + 1)
            if sequence != following:
                parts.head.refuse("sequence", f"movement {following:04d} was expected here and {sequence:04d} was read")
            expected, detail = sequence, 0
        elif parts is movements[0] or sequence != expected:
            parts.head.refuse("sequence", "a detail carries the number of the movement before it")
        elif number <= detail:
            parts.head.refuse("detailSequence", "the numbers of details ascend")
        detail = max(detail, number)
        for record in parts.information:
            if record.kind == "31":
                inner = record.number(7, 10, "detail number")
                if inner <= detail:
                    record.refuse("detailSequence", "the numbers of details ascend")
                detail = inner


def _check_globalisation(logical: _Logical) -> None:
    opened: list[tuple[str, Record]] = []
    for parts in logical.movements:
        code = parts.head.take(125, 125)
        if not (code.isascii() and code.isdigit()):
            parts.head.refuse("codeField", "the globalisation code at position 125 must be a digit")
        if code == "0":
            continue
        if opened and opened[-1][0] == code:
            opened.pop()
        elif any(level == code for level, _ in opened):
            parts.head.refuse("globalisation", f"level {code} closes while a deeper level is open")
        else:
            opened.append((code, parts.head))
    if opened:
        level, record = opened[-1]
        record.refuse("globalisation", f"level {level} opens here and is never closed")


def _check_totals(logical: _Logical, statement: Statement) -> None:
    amounts = [movement.cents for movement in statement.movements if movement.detail == 0]
    debit, credit = -sum(min(cents, 0) for cents in amounts), sum(max(cents, 0) for cents in amounts)
    trailer = logical.trailer
    new = statement.new_balance_cents
    if new is not None and not statement.separate_application and logical.new_balance is not None:
        difference = statement.old_balance_cents + credit - debit - new
        if difference:
            logical.new_balance.refuse(
                "balance", f"old balance plus movements differs from the new balance by {difference} cents"
            )
    if trailer.number(17, 22, "number of records") != logical.counted:
        trailer.refuse("trailerCount", f"the trailer does not count the {logical.counted} records of the statement")
    if trailer.unsigned_cents(23, "debit total") != debit:
        trailer.refuse("trailerDebit", "the debit total of the trailer is not the sum of the debits")
    if trailer.unsigned_cents(38, "credit total") != credit:
        trailer.refuse("trailerCredit", "the credit total of the trailer is not the sum of the credits")


def _movement(parts: _Parts) -> Movement:
    head, second, third = parts.head, parts.second, parts.third
    structured = head.flag(62, "codeField", "communication type")
    text = head.take(63, 115)
    text += second.take(11, 63) if second else ""
    text += third.take(83, 125) if third else ""
    structured_type = text[0:3] if structured else None
    communication = (text[3:] if structured else text).strip()
    reference, source = _reference(structured_type, communication)
    code = head.take(54, 61)
    if not (code.isascii() and code.isdigit()):
        head.refuse("numericField", "the transaction code at positions 54-61 must hold digits only")
    return Movement(
        line=head.line,
        sequence=head.number(3, 6, "sequence number"),
        detail=head.number(7, 10, "detail number"),
        cents=head.signed_cents(32, "amount"),
        value_date=head.optional_day(48, "value date"),
        entry_date=head.day(116, "entry date"),
        transaction_code=code,
        structured_type=structured_type,
        communication=communication,
        reference=reference,
        reference_source=source,
        bank_reference=head.take(11, 31).strip(),
        customer_reference=second.take(64, 98).strip() if second else "",
        counterparty_account=_counterparty(third) if third else "",
        counterparty_name=third.take(48, 82).strip() if third else "",
        return_reason=second.take(114, 117).strip() if second else "",
        globalisation=int(head.take(125, 125)),
        information=tuple(_information(record) for record in parts.information),
    )


def _counterparty(third: Record) -> str:
    # Usually 34 characters of account and 3 of currency; a Belgian account may be followed by its own extension.
    return third.take(11, 44).split(" ")[0].strip()


def _information(record: Record) -> str:
    first, last = {"31": (41, 113), "32": (11, 115), "33": (11, 100)}[record.kind]
    return record.take(first, last).rstrip()


def _reference(structured_type: str | None, communication: str) -> tuple[str | None, ReferenceSource | None]:
    if structured_type is None:
        typed = typed_reference(communication)
        return typed, None if typed is None else ReferenceSource.TYPED
    source = _STRUCTURED_REFERENCES.get(structured_type)
    digits = communication[0:12]
    if source is None or not is_structured_communication(digits):
        return None, None
    return digits, source


def _successive(statements: Sequence[Statement]) -> list[tuple[Statement, Statement]]:
    pairs: list[tuple[Statement, Statement]] = []
    latest: dict[str, Statement] = {}
    for statement in statements:
        if statement.separate_application:
            continue
        previous = latest.get(statement.account)
        if previous is not None:
            pairs.append((previous, statement))
        latest[statement.account] = statement
    return pairs


def check_continuity(*, previous: Statement, current: Statement) -> None:
    """Check that a statement follows the one before it on the same account.

    Numbers go up by one and start again at 1 with a new year; the old balance is the balance the previous statement
    ended with. Statements the bank does not number are only held to the balance.

    Raises:
        BankFileRefused: ``statementSequence`` or ``balanceContinuity``.
    """
    check_follows(
        current=current,
        sequence=previous.sequence,
        closed_on=previous.closing_date,
        balance_cents=previous.closing_balance_cents,
    )


def check_follows(*, current: Statement, sequence: int | None, closed_on: date, balance_cents: int) -> None:
    """Check a statement against what is known of the last one of its account (see ``check_continuity``)."""
    if current.sequence is not None and sequence is not None:
        same_year = current.closing_date.year == closed_on.year
        # The numbering may turn on the day after the year's last statement, whose dates straddle the new year.
        restarted = current.sequence == 1 and current.closing_date - closed_on >= timedelta(0) and not same_year
        if current.sequence != sequence + 1 and not restarted:
            raise BankFileRefused(
                line=current.line + 1,
                rule="statementSequence",
                detail=f"statement {sequence + 1:03d} was expected and {current.sequence:03d} was read",
            )
    if current.old_balance_cents != balance_cents:
        raise BankFileRefused(
            line=current.line + 1,
            rule="balanceContinuity",
            detail="the old balance is not the balance the previous statement ended with",
        )
