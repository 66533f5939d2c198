"""What a bank statement says, whatever format it came in: movements in cents, and which of them are payments.

Amounts are signed from the account holder's side: money that came in is positive.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from shared.law.identifiers import is_structured_communication

_TYPED_REFERENCE: Final = re.compile(r"[+*]{3}\s*([0-9]{3})\s*/\s*([0-9]{4})\s*/\s*([0-9]{5})\s*[+*]{3}")
_BARE_REFERENCE: Final = re.compile(r"(?<![0-9])[0-9]{12}(?![0-9])")


class BankFileRefused(ValueError):
    """A bank file breaks a rule of its format: nothing of it is booked.

    Attributes:
        line: line of the file the rule was broken on, counted from 1; 0 when the file as a whole is meant.
        rule: short lasting name of the rule, for example ``balance``.
        detail: what was found and expected; never a name, an account or a communication of the file.
    """

    def __init__(self, *, line: int, rule: str, detail: str) -> None:
        super().__init__(f"line {line}: {rule}: {detail}")
        self.line = line
        self.rule = rule
        self.detail = detail


class ReferenceSource(StrEnum):
    """How certain a structured reference is."""

    STRUCTURED = "structured"
    RECONSTITUTED = "reconstituted"
    TYPED = "typed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """One movement, or one detail of a globalised movement.

    Attributes:
        line: line of the file.
        sequence: number of the movement in the statement.
        detail: 0 for the movement itself, else the number of the detail.
        cents: signed amount; incoming money is positive.
        value_date: day the money counts from; None when the bank does not know it.
        transaction_code: type, family, transaction and category, eight digits (CODA annex II), or the domain, family
            and sub-family of ISO 20022.
        structured_type: three digits of annex III, or None for a free communication.
        communication: the text or the structured content as the bank wrote it.
        structured: the structured reference as the bank wrote it, right or wrong: twelve digits, or RF and the rest.
        reference: twelve digits of a valid structured reference, or None.
        payment: money that somebody paid to the holder of the account, so that it may pay a debt.
        customer_reference: the reference of whoever ordered it; for a payment of ours its end-to-end id.
        mandate_reference: the mandate of a direct debit, where the bank names it.
        reversal: the bank gives back or takes back what it booked before.
    """

    line: int
    sequence: int
    detail: int
    cents: int
    value_date: date | None
    entry_date: date
    transaction_code: str
    structured_type: str | None
    communication: str
    reference: str | None
    reference_source: ReferenceSource | None
    bank_reference: str
    structured: str | None = None
    payment: bool = False
    reversal: bool = False
    customer_reference: str = ""
    counterparty_account: str = ""
    counterparty_name: str = ""
    return_reason: str = ""
    mandate_reference: str = ""
    globalisation: int = 0
    information: tuple[str, ...] = ()

    @property
    def kind(self) -> str:
        """Type digit of the transaction code: 0 simple, 1 to 3 totals, 5 to 9 details."""
        return self.transaction_code[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One statement of one account, as written in the file and checked.

    Attributes:
        sequence: number of the statement in its year, or None when the bank does not number.
        opening_line: line of the file the old balance stands on.
        movements: empty while a file is streamed; the movements came before.
        new_balance_cents: None for a statement without movements.
        pending: entries the bank announced without booking them; they are no movements.
        separate_application: the bank delivers these movements apart from the balances.
    """

    line: int
    account: str
    currency: str
    sequence: int | None
    created_on: date
    duplicate: bool
    separate_application: bool
    old_balance_cents: int
    old_balance_date: date
    new_balance_cents: int | None
    new_balance_date: date | None
    movements: tuple[Movement, ...]
    free_communications: tuple[str, ...] = ()
    opening_line: int = 0
    pending: int = 0

    @property
    def closing_balance_cents(self) -> int:
        """Balance after the statement: the new one, or the old one when nothing moved."""
        return self.old_balance_cents if self.new_balance_cents is None else self.new_balance_cents

    @property
    def closing_date(self) -> date:
        """Day of the closing balance."""
        return self.new_balance_date or self.old_balance_date


class Continuity:
    """Checks that the statements of a file follow each other, account by account."""

    def __init__(self) -> None:
        self._latest: dict[str, Statement] = {}

    def check(self, statement: Statement) -> None:
        """Check a statement against the one before it on the same account (see ``check_follows``)."""
        if statement.separate_application:
            return
        previous = self._latest.get(statement.account)
        if previous is not None:
            check_follows(
                current=statement,
                sequence=previous.sequence,
                closed_on=previous.closing_date,
                balance_cents=previous.closing_balance_cents,
            )
        self._latest[statement.account] = statement


def check_follows(*, current: Statement, sequence: int | None, closed_on: date, balance_cents: int) -> None:
    """Check that a statement follows the last one of its account.

    Numbers go up by one and, in coded statements, start again at 1 with a new year; the old balance is the balance the
    previous statement ended with. Statements the bank does not number are only held to the balance.

    Raises:
        BankFileRefused: ``statementSequence`` or ``balanceContinuity``.
    """
    if current.sequence is not None and sequence is not None:
        same_year = current.closing_date.year == closed_on.year
        # The numbering may turn on the day after the year's last statement, whose dates straddle the new year.
        restarted = current.sequence == 1 and current.closing_date - closed_on >= timedelta(0) and not same_year
        if current.sequence != sequence + 1 and not restarted:
            raise BankFileRefused(
                line=current.opening_line,
                rule="statementSequence",
                detail=f"statement {sequence + 1:03d} was expected and {current.sequence:03d} was read",
            )
    if current.old_balance_cents != balance_cents:
        raise BankFileRefused(
            line=current.opening_line,
            rule="balanceContinuity",
            detail="the old balance is not the balance the previous statement ended with",
        )


def collected(parts: Iterable[Movement | Statement]) -> tuple[Statement, ...]:
    """Give the statements of a streamed file with their movements."""
    statements: list[Statement] = []
    movements: list[Movement] = []
    for part in parts:
        if isinstance(part, Movement):
            movements.append(part)
        else:
            statements.append(replace(part, movements=tuple(movements)))
            movements = []
    return tuple(statements)


@dataclass(slots=True)
class Group:
    """A movement and the details it is made of, if the bank gave any."""

    total: Movement
    details: list[Movement] = field(default_factory=list)

    def payable(self) -> list[Movement]:
        """Give the movements to book one by one: details replace their total when they add up to it exactly.

        Details are never added to their total. A total whose details do not add up is booked as one movement, so that
        the books always follow the account.
        """
        if not self.details:
            return [self.total]
        leaves = list(_leaves(self.details))
        return leaves if sum(leaf.cents for leaf in leaves) == self.total.cents else [self.total]


def groups_of(movements: Iterable[Movement]) -> Iterator[Group]:
    """Give each movement with the details that follow it."""
    group: Group | None = None
    for movement in movements:
        if movement.detail == 0 or group is None:
            if group is not None:
                yield group
            group = Group(total=movement)
        else:
            group.details.append(movement)
    if group is not None:
        yield group


def payable_movements(movements: Sequence[Movement]) -> list[Movement]:
    """Give the movements to book one by one (see ``Group.payable``)."""
    return [movement for group in groups_of(movements) for movement in group.payable()]


def _leaves(details: Sequence[Movement]) -> Iterator[Movement]:
    # Type 7 is a total by the bank whose own details (type 9) follow it; when they add up they stand for it.
    position = 0
    while position < len(details):
        current = details[position]
        position += 1
        if current.kind != "7":
            yield current
            continue
        inner: list[Movement] = []
        while position < len(details) and details[position].kind == "9":
            inner.append(details[position])
            position += 1
        if inner and sum(movement.cents for movement in inner) == current.cents:
            yield from inner
        else:
            yield current


def typed_reference(text: str) -> str | None:
    """Find the one valid structured reference a payer typed in a free text; None when there is none or more than one.

    Only references whose check digits are right count: a wrong digit is for a person to look at.
    """
    candidates = ["".join(match.groups()) for match in _TYPED_REFERENCE.finditer(text)]
    candidates += [match.group() for match in _BARE_REFERENCE.finditer(text)]
    valid = sorted({candidate for candidate in candidates if is_structured_communication(candidate)})
    return valid[0] if len(valid) == 1 else None


def creditor_reference(text: str) -> str:
    """Give a creditor reference (ISO 11649, ``RF18...``) without its spaces, as the bank wrote it."""
    return "".join(text.split())
