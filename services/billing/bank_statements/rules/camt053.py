"""Reader of bank statements in ISO 20022: camt.053.001.02 and camt.053.001.08.

The same promises as for coded statements (``coda.py``): read whole or refused whole with line, element and rule;
integer cents; entries given on one by one so that a large file takes little memory.

The file comes from outside. Document types are refused before anything of them is used, so no entity is ever expanded
or fetched, and what can be held in memory at once is bounded.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any, BinaryIO, Final, cast

from lxml import etree

from services.billing.bank_statements.rules.camt053_entry import movements_of
from services.billing.bank_statements.rules.camt053_fields import (
    cents_of,
    civil_date,
    currency_of,
    is_booked,
    line_of,
    number_of,
    refuse,
    required,
    signed_cents,
    text_at,
)
from services.billing.bank_statements.rules.statement import BankFileRefused, Continuity, Movement, Statement, collected

VERSIONS: Final = ("camt.053.001.02", "camt.053.001.08")
_NAMESPACES: Final = {f"urn:iso:std:iso:20022:tech:xsd:{version}": version for version in VERSIONS}
#: Elements that may stand open at once: an entry of a hundred thousand details fits, a flood does not.
_ELEMENTS_MAX: Final = 4_000_000
_OPENING: Final = ("OPBD", "PRCD")
_CLOSING: Final = ("CLBD",)
_DUPLICATES: Final = frozenset({"DUPL", "CODU"})


def read_camt053(content: bytes) -> tuple[Statement, ...]:
    """Read every statement of a camt.053 file with its movements, or refuse the file; see ``stream_camt053``."""
    return collected(stream_camt053(io.BytesIO(content)))


def stream_camt053(source: BinaryIO) -> Iterator[Movement | Statement]:
    """Give the booked entries of a file one by one, and after those of each statement the statement itself.

    An entry of several transactions gives the entry and then its details. Entries that are announced and not booked
    are counted and give nothing.

    Args:
        source: the bytes of the file, from their beginning.

    Raises:
        BankFileRefused: naming the line and one of the rules xmlSyntax, documentType, version, elementLimit,
            emptyFile, missingElement, account, currency, amountField, thirdDecimal, signField, dateField,
            statusField, numericField, openingBalance, closingBalance, balance, entryCount, entrySum,
            statementSequence, balanceContinuity.
    """
    try:
        yield from _parts(source)
    except etree.XMLSyntaxError as error:
        # The parser's own words may quote the file.
        raise BankFileRefused(
            line=error.lineno or 0, rule="xmlSyntax", detail="the file is not well-formed XML from here on"
        ) from None


def _parts(source: BinaryIO) -> Iterator[Movement | Statement]:
    continuity = Continuity()
    reader: _Reader | None = None
    statements = elements = 0
    events = etree.iterparse(
        source,
        events=("start", "end"),
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    for event, element in events:
        if event == "start":
            reader = reader or _Reader(element)
            elements += 1
            if elements > _ELEMENTS_MAX:
                refuse(element, "elementLimit", "more stands in one statement or entry than any bank writes")
            continue
        if reader is None:
            continue
        if element.tag == reader.entry_tag:
            try:
                yield from reader.entry(element)
            except BankFileRefused as error:
                # Many banks write a whole file on one line: its number alone would lead nobody to the entry.
                raise BankFileRefused(
                    line=error.line, rule=error.rule, detail=f"entry {reader.entries}: {error.detail}"
                ) from None
            elements = _forget(element)
        elif element.tag == reader.statement_tag:
            statement = reader.statement(element)
            continuity.check(statement)
            yield statement
            statements += 1
            elements = _forget(element)
    if not statements:
        raise BankFileRefused(line=0, rule="emptyFile", detail="the file holds no statement (Stmt)")


def _forget(element: etree._Element) -> int:
    """Let an element go that was read; what it was inside of stays open. Return how many elements are held."""
    parent = element.getparent()
    element.clear()
    if parent is not None:
        parent.remove(element)
    return 0


class _Reader:
    """What was read so far of one statement, from its first entry on."""

    def __init__(self, root: etree._Element) -> None:
        if cast("Any", root.getroottree().docinfo).doctype:
            refuse(root, "documentType", "a file with a document type is not read: it could name other files")
        name = etree.QName(root)
        if name.localname != "Document" or name.namespace not in _NAMESPACES:
            refuse(root, "version", f"only {' and '.join(VERSIONS)} are read")
        self.entry_tag: str = f"{{{name.namespace}}}Ntry"
        self.statement_tag: str = f"{{{name.namespace}}}Stmt"
        self._start()

    def _start(self) -> None:
        self.entries = self._pending = 0
        self._booked = 0
        self._credit_cents = self._debit_cents = 0
        self._other_credit_cents = self._other_debit_cents = 0

    def entry(self, element: etree._Element) -> Iterator[Movement]:
        """Give the movements of an entry, if it is booked."""
        parent = element.getparent()
        if parent is None or parent.tag != self.statement_tag:
            return
        self.entries += 1
        cents = signed_cents(element)
        booked = is_booked(element)
        if booked:
            self._booked += 1
            self._credit_cents += max(cents, 0)
            self._debit_cents -= min(cents, 0)
            account = _account(parent)
            yield from movements_of(element, sequence=self._booked, cents=cents, own_account=account)
        else:
            self._pending += 1
            self._other_credit_cents += max(cents, 0)
            self._other_debit_cents -= min(cents, 0)

    def statement(self, element: etree._Element) -> Statement:
        """Check a statement as a whole, at its end, and give it."""
        account = _account(element)
        currency = text_at(element, "Acct/Ccy") or "EUR"
        if currency != "EUR":
            refuse(element, "currency", "only accounts in euro are read")
        opening = _balance(element, _OPENING, "openingBalance")
        closing = _balance(element, _CLOSING, "closingBalance")
        statement = Statement(
            line=line_of(element),
            account=account,
            currency=currency,
            sequence=number_of(element, "ElctrncSeqNb", "LglSeqNb"),
            created_on=civil_date(required(element, "CreDtTm")),
            duplicate=text_at(element, "CpyDplctInd") in _DUPLICATES,
            separate_application=False,
            old_balance_cents=signed_cents(opening),
            old_balance_date=civil_date(required(opening, "Dt")),
            new_balance_cents=signed_cents(closing),
            new_balance_date=civil_date(required(closing, "Dt")),
            movements=(),
            opening_line=line_of(opening),
            pending=self._pending,
        )
        moved = self._credit_cents - self._debit_cents
        difference = statement.old_balance_cents + moved - statement.closing_balance_cents
        if difference:
            refuse(
                closing,
                "balance",
                f"opening balance plus entries differs from the closing balance by {difference} cents",
            )
        self._check_summary(element)
        self._start()
        return statement

    def _check_summary(self, element: etree._Element) -> None:
        """Hold the totals of the bank against the entries; banks count announced entries or leave them out."""
        count = number_of(element, "TxsSummry/TtlNtries/NbOfNtries")
        if count is not None and count not in {self._booked, self.entries}:
            refuse(element, "entryCount", f"the summary counts {count} entries and {self.entries} were read")
        totals = (
            ("TtlCdtNtries", self._credit_cents, self._other_credit_cents),
            ("TtlDbtNtries", self._debit_cents, self._other_debit_cents),
        )
        for name, booked, announced in totals:
            sum_text = text_at(element, f"TxsSummry/{name}/Sum")
            if sum_text and cents_of(element, sum_text) not in {booked, booked + announced}:
                refuse(element, "entrySum", f"the sum in {name} is not the sum of the entries")


def _account(statement: etree._Element) -> str:
    account = text_at(statement, "Acct/Id/IBAN") or text_at(statement, "Acct/Id/Othr/Id")
    if not account:
        refuse(statement, "account", "a statement names its account (Acct/Id)")
    return account


def _balance(statement: etree._Element, codes: tuple[str, ...], rule: str) -> etree._Element:
    found = [
        balance
        for code in codes
        for balance in statement.findall("{*}Bal")
        if text_at(balance, "Tp/CdOrPrtry/Cd") == code
    ]
    if not found:
        refuse(statement, rule, f"a statement has a balance of type {' or '.join(codes)}")
    if currency_of(found[0]) != "EUR":
        refuse(found[0], "currency", "only balances in euro are read")
    return found[0]
