"""A coded statement of as many payments as a bench asks for, written as a bank writes it (CODA version 2.6)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

#: A trailer counts records in six digits, and each payment here has three: more go to a statement of their own.
_PAYMENTS_A_STATEMENT: Final = 300_000
_DAY: Final = "310326"
_LENGTH: Final = 128


#: Gives twelve digits of a reference and the cents that were paid, for the number of a payment.
Payment = Callable[[int], tuple[str, int]]


def write_statements(
    path: Path, *, account: str, payments: int, payment: Payment, most: int = _PAYMENTS_A_STATEMENT
) -> None:
    """Write a file of statements that follow each other, the first from a balance of nothing.

    Args:
        path: the file.
        account: account of the fund.
        payments: how many payments.
        payment: the payment of a number, from 1.
        most: how many payments go into one statement.
    """
    with path.open("w", encoding="ascii", newline="\r\n") as file:
        balance = 0
        starts = range(1, payments + 1, most)
        for number, start in enumerate(starts, start=1):
            part = range(start, min(start + most, payments + 1))
            total = sum(payment(position)[1] for position in part)
            for record in _statement(account, number, (balance, total), part, payment, number < len(starts)):
                file.write(f"{record}\n")
            balance += total


def _statement(
    account: str, number: int, cents: tuple[int, int], part: range, payment: Payment, more_follow: bool
) -> Iterator[str]:
    zone = f"{account:<34}EUR"
    old_cents, total = cents
    yield f"00000{_DAY}00005{'':<67}00000".ljust(_LENGTH - 1) + "2"
    yield f"12{number:03d}{zone}{_signed(old_cents)}{_DAY}".ljust(_LENGTH - 3) + f"{number:03d}"
    for position in part:
        reference, paid = payment(position)
        place = f"{(position - part.start + 1) % 10_000:04d}0000"
        head = f"21{place}REF{position:018d}{_signed(paid)}{_DAY}001500001101{reference}".ljust(115)
        yield f"{head}{_DAY}00001 0"
        yield f"22{place}{'':<53}NOTPROVIDED".ljust(125) + "1 0"
        yield f"23{place}BE{position % 97:02d}999{position:09d}{'':<18}EURPAYER {position}".ljust(125) + "0 0"
    yield f"8{number:03d}{zone}{_signed(old_cents + total)}{_DAY}".ljust(_LENGTH - 1) + "0"
    counted = 2 + 3 * len(part)
    yield f"9{'':<15}{counted:06d}{0:015d}{total * 10:015d}".ljust(_LENGTH - 1) + ("1" if more_follow else "2")


def _signed(cents: int) -> str:
    return f"0{cents * 10:015d}"
