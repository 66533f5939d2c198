"""Reader of coded statements of account (CODA, Febelfin standard version 2.6).

The whole file is read or the whole file is refused, with the line and the rule: half a statement in the books is
worse than none. Amounts become integer cents; details of a globalised movement are never added to their total.

Records are read one by one and movements given on as soon as they are complete, so a statement of a million lines
takes no more memory than one of ten. Whoever books while reading must undo it when a later line refuses the file.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import BinaryIO, Final

from services.billing.bank_statements.rules.coda_fields import Record, read_records
from services.billing.bank_statements.rules.coda_movement import MovementRecords, movement_of
from services.billing.bank_statements.rules.statement import Continuity, Movement, Statement, collected

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
#: The multiple file code of a trailer.
_ANOTHER_FOLLOWS: Final = "1"
_LAST_FILE: Final = "2"


def read_coda(content: bytes) -> tuple[Statement, ...]:
    """Read every statement of a CODA file with its movements, or refuse the file; see ``stream_coda``."""
    return collected(stream_coda(io.BytesIO(content)))


def stream_coda(source: BinaryIO) -> Iterator[Movement | Statement]:
    """Give the movements of a CODA file one by one, and after those of each statement the statement itself.

    Args:
        source: the bytes of the file, from their beginning.

    Raises:
        BankFileRefused: naming the line and one of the rules emptyFile, recordLength, recordType, recordOrder,
            version, numericField, dateField, signField, thirdDecimal, codeField, currency, accountMismatch, sequence,
            detailSequence, nextCode, linkCode, globalisation, balance, trailerCount,
            trailerDebit, trailerCredit, multipleFileCode, statementSequence, balanceContinuity.
    """
    continuity = Continuity()
    book = _Book()
    for record in _ordered(read_records(source)):
        kind = record.kind
        if kind == "0":
            book = _Book()
        finished = book.take(record, kind)
        if finished is not None:
            yield finished
        if kind == "9":
            statement = book.statement(record)
            continuity.check(statement)
            yield statement


def _ordered(records: Iterable[Record]) -> Iterator[Record]:
    """Check that every record is of a known kind and follows one it may follow.

    Whole files that a channel strung together each say in their trailer that they are the last one: that no file
    follows is not held against them, since each statement's own counts, totals and continuity prove it whole. A last
    trailer that announces another file is refused: what it announces is missing.
    """
    previous: Record | None = None
    previous_kind = ""
    for record in records:
        kind = record.kind
        if kind not in _KINDS:
            record.refuse("recordType", "the first characters name no record of the standard")
        if previous is None:
            if kind != "0":
                record.refuse("recordOrder", "a file starts with its header, record 0")
        else:
            if kind not in _FOLLOWERS[previous_kind]:
                record.refuse("recordOrder", f"record {kind} cannot follow record {previous_kind}")
            if previous_kind in _CONTINUATIONS:
                _check_next_code(previous, previous_kind, kind)
        previous, previous_kind = record, kind
        yield record
    if previous is not None and previous_kind != "9":
        previous.refuse("recordOrder", "a file ends with its trailer, record 9: the end is missing")
    if previous is not None and previous.take(128, 128) == _ANOTHER_FOLLOWS:
        previous.refuse("multipleFileCode", "position 128 says that another file follows, and the end is here")


def _check_next_code(record: Record, kind: str, follower: str) -> None:
    announced = record.flag(126, "nextCode", "next code")
    continued = follower in _CONTINUATIONS[kind]
    if announced != continued:
        expected = "is missing" if announced else "was not announced"
        record.refuse("nextCode", f"the next code does not agree with what follows: a continuation {expected}")


@dataclass(slots=True)
class _Book:
    """What was read so far of one statement, from its header on."""

    header: Record | None = None
    old_balance: Record | None = None
    new_balance: Record | None = None
    waiting: MovementRecords | None = None
    free: list[str] = field(default_factory=list)
    movements: int = 0
    counted: int = 0
    debit_cents: int = 0
    credit_cents: int = 0
    sequence: int = 0
    detail: int = 0
    levels: list[tuple[str, Record]] = field(default_factory=list)

    def take(self, record: Record, kind: str) -> Movement | None:
        """Take a record in; give the movement that is complete because this record is not part of it."""
        if kind in _COUNTED:
            self.counted += 1
        finished: Movement | None = None
        if kind in {"22", "23", "31", "32", "33"} and self.waiting is not None:
            self._attach(self.waiting, record, kind)
        elif kind in {"21", "8", "9"}:
            finished = self._finish()
        if kind == "21":
            self._number(record)
            self._globalise(record)
            self.waiting = MovementRecords(head=record)
        elif kind == "0":
            self.header = record
        elif kind == "1":
            self._open(record)
        elif kind == "8":
            self.new_balance = record
        elif kind == "4":
            self.free.append(record.take(33, 112).rstrip())
        return finished

    def _open(self, record: Record) -> None:
        header = self.header
        if header is not None and header.take(128, 128) != "2":
            header.refuse("version", "only version 2 of the standard is read")
        if _account(record, 2, 6)[1] != "EUR":
            record.refuse("currency", "only accounts in euro are read")
        self.old_balance = record

    def _finish(self) -> Movement | None:
        parts, self.waiting = self.waiting, None
        if parts is None:
            return None
        last = parts.third or parts.second or parts.head
        if last.flag(128, "linkCode", "link code") != bool(parts.information):
            last.refuse("linkCode", "the link code does not agree with the information records that follow")
        movement = movement_of(parts)
        self.movements += 1
        if movement.detail == 0:
            if movement.cents > 0:
                self.credit_cents += movement.cents
            else:
                self.debit_cents -= movement.cents
        return movement

    def _attach(self, parts: MovementRecords, record: Record, kind: str) -> None:
        head = parts.information[-1] if kind in {"32", "33"} else parts.head
        if kind == "31":
            if record.take(3, 6) != parts.head.take(3, 6):
                record.refuse("sequence", "an information record carries the number of the movement it belongs to")
            number = record.number(7, 10, "detail number")
            if number <= self.detail:
                record.refuse("detailSequence", "the numbers of details ascend")
            self.detail = number
        elif record.take(3, 10) != head.take(3, 10):
            record.refuse("sequence", "a continuation carries the numbers of the record it continues")
        if kind == "22":
            parts.second = record
        elif kind == "23":
            parts.third = record
        else:
            parts.information.append(record)

    def _number(self, head: Record) -> None:
        sequence = head.number(3, 6, "sequence number")
        number = head.number(7, 10, "detail number")
        if number == 0:
            following = 1 if self.movements == 0 else (self.sequence + 1) % (_LAST_SEQUENCE + 1)
            if sequence != following:
                head.refuse("sequence", f"movement {following:04d} was expected here and {sequence:04d} was read")
            self.sequence, self.detail = sequence, 0
        elif self.movements == 0 or sequence != self.sequence:
            head.refuse("sequence", "a detail carries the number of the movement before it")
        elif number <= self.detail:
            head.refuse("detailSequence", "the numbers of details ascend")
        self.detail = max(self.detail, number)

    def _globalise(self, head: Record) -> None:
        code = head.take(125, 125)
        if not (code.isascii() and code.isdigit()):
            head.refuse("codeField", "the globalisation code at position 125 must be a digit")
        if code == "0":
            return
        if self.levels and self.levels[-1][0] == code:
            self.levels.pop()
        elif any(level == code for level, _ in self.levels):
            head.refuse("globalisation", f"level {code} closes while a deeper level is open")
        else:
            self.levels.append((code, head))

    def statement(self, trailer: Record) -> Statement:
        """Check the statement as a whole, at its trailer, and give it."""
        header, old, new = self.header, self.old_balance, self.new_balance
        if header is None or old is None:
            trailer.refuse("recordOrder", "a statement starts with its header and its old balance")
        if new is None and self.movements:
            trailer.refuse("recordOrder", "a statement with movements has a new balance, record 8")
        if self.levels:
            level, record = self.levels[-1]
            record.refuse("globalisation", f"level {level} opens here and is never closed")
        if new is not None:
            if new.flag(128, "linkCode", "link code") != bool(self.free):
                new.refuse("linkCode", "the link code does not agree with the free communications that follow")
            if new.take(5, 41) != old.take(6, 42):
                new.refuse("accountMismatch", "the account of the new balance is not the account of the old balance")
        account, currency = _account(old, 2, 6)
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
            movements=(),
            free_communications=tuple(self.free),
            opening_line=old.line,
        )
        self._check_totals(statement, trailer)
        return statement

    def _check_totals(self, statement: Statement, trailer: Record) -> None:
        new = statement.new_balance_cents
        if new is not None and not statement.separate_application and self.new_balance is not None:
            difference = statement.old_balance_cents + self.credit_cents - self.debit_cents - new
            if difference:
                self.new_balance.refuse(
                    "balance", f"old balance plus movements differs from the new balance by {difference} cents"
                )
        if trailer.number(17, 22, "number of records") != self.counted:
            trailer.refuse("trailerCount", f"the trailer does not count the {self.counted} records of the statement")
        if trailer.unsigned_cents(23, "debit total") != self.debit_cents:
            trailer.refuse("trailerDebit", "the debit total of the trailer is not the sum of the debits")
        if trailer.unsigned_cents(38, "credit total") != self.credit_cents:
            trailer.refuse("trailerCredit", "the credit total of the trailer is not the sum of the credits")
        if trailer.take(128, 128) not in {_ANOTHER_FOLLOWS, _LAST_FILE}:
            trailer.refuse("multipleFileCode", "position 128 must be 1 when another file follows, else 2")


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
