"""Fields of an ISO 20022 bank statement: found by path, whatever the version, and refused with line and element."""

from __future__ import annotations

import re
from datetime import date, datetime
from functools import cache
from typing import Final, NoReturn, cast
from zoneinfo import ZoneInfo

from lxml import etree

from services.billing.bank_statements.rules.statement import BankFileRefused

_AMOUNT: Final = re.compile(r"([0-9]{1,15})(?:\.([0-9]{0,5}))?")
_BOOKED: Final = "BOOK"
_NOT_BOOKED: Final = frozenset({"PDNG", "INFO", "FUTR"})
_BRUSSELS: Final = ZoneInfo("Europe/Brussels")


def line_of(element: etree._Element) -> int:
    """Return the line of the file an element begins on, 0 when the parser does not know it."""
    return int(cast("int | None", element.sourceline) or 0)


def refuse(element: etree._Element, rule: str, detail: str) -> NoReturn:
    """Refuse the whole file for what this element says."""
    name = etree.QName(element).localname
    raise BankFileRefused(line=line_of(element), rule=rule, detail=f"{name}: {detail}")


def at(element: etree._Element, path: str) -> etree._Element | None:
    """Return the first element at a path of names, in whatever namespace; None when there is none."""
    found: etree._Element = element
    for step in _steps(path):
        following = next(found.iterchildren(step), None)
        if following is None:
            return None
        found = following
    return found


@cache
def _steps(path: str) -> tuple[str, ...]:
    """Cut a path into the names of the parser; there are as many paths as this reader knows."""
    return tuple(f"{{*}}{name}" for name in path.split("/"))


def text_at(element: etree._Element, path: str) -> str:
    """Return the text at a path, without blanks around it; empty when there is none."""
    found = at(element, path)
    return "" if found is None or found.text is None else found.text.strip()


def required(element: etree._Element, path: str) -> etree._Element:
    """Return the element at a path; a file without it is refused (``missingElement``)."""
    found = at(element, path)
    if found is None:
        refuse(element, "missingElement", f"{path} is missing")
    return found


def cents_of(element: etree._Element, text: str) -> int:
    """Return an amount in cents.

    A third decimal other than zero refuses the file (``thirdDecimal``), anything but digits and a point as well
    (``amountField``).
    """
    match = _AMOUNT.fullmatch(text)
    if match is None:
        refuse(element, "amountField", "an amount is written as digits with at most five decimals")
    decimals = (match[2] or "").ljust(2, "0")
    if decimals[2:].strip("0"):
        refuse(element, "thirdDecimal", "the euro has two decimals")
    return int(match[1]) * 100 + int(decimals[:2])


def currency_of(element: etree._Element) -> str:
    """Return the currency of the amount of an entry or a balance."""
    return required(element, "Amt").get("Ccy", "")


def signed_cents(element: etree._Element) -> int:
    """Return the amount of an entry or a balance in cents: CRDT is positive, DBIT negative; only euro is read."""
    amount = required(element, "Amt")
    if amount.get("Ccy") != "EUR":
        refuse(amount, "currency", "only amounts in euro are read")
    return _sign(element) * cents_of(amount, (amount.text or "").strip())


def _sign(element: etree._Element) -> int:
    indicator = text_at(element, "CdtDbtInd")
    if indicator not in {"CRDT", "DBIT"}:
        refuse(element, "signField", "CdtDbtInd must be CRDT or DBIT")
    return 1 if indicator == "CRDT" else -1


def is_booked(entry: etree._Element) -> bool:
    """Return whether an entry is booked; version 8 puts the status in an element of its own."""
    status = text_at(entry, "Sts/Cd") or text_at(entry, "Sts")
    if status not in _NOT_BOOKED and status != _BOOKED:
        refuse(entry, "statusField", "Sts must be BOOK, PDNG, INFO or FUTR")
    return status == _BOOKED


def civil_date(element: etree._Element) -> date:
    """Return the civil date in Brussels of a date or a moment (``Dt``, ``DtTm``, or the text itself)."""
    text = text_at(element, "Dt") or text_at(element, "DtTm") or (element.text or "").strip()
    try:
        moment = datetime.fromisoformat(text)
        return moment.date() if moment.tzinfo is None else moment.astimezone(_BRUSSELS).date()
    except ValueError:
        refuse(element, "dateField", "a date is written as YYYY-MM-DD, a moment as YYYY-MM-DDThh:mm:ss")
    except OverflowError:  # written rightly, on the first or last day of the calendar of elsewhere
        refuse(element, "dateField", "the moment lies outside the calendar in Brussels")


def number_of(element: etree._Element, *paths: str) -> int | None:
    """Return the whole number at the first path that has one, None when none has."""
    for path in paths:
        text = text_at(element, path)
        if text:
            if not (text.isascii() and text.isdigit()) or len(text) > _DIGITS_MAX:
                refuse(element, "numericField", f"{path} must hold at most {_DIGITS_MAX} digits")
            return int(text)
    return None


_DIGITS_MAX: Final = 18
