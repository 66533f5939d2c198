"""Files for the national institute (INASTI): the transfer of a day, and the statistics of a quarter.

The institute publishes no format, so this one is the fund's own (docs/inasti-files.md): UTF-8, semicolons, one header
line, and a last line ``TOTAL`` with the number of lines and the sums, by which the reader sees that nothing is missing.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

TRANSFER_HEADER: Final = ("booking_date", "destination", "quarter", "kind", "movements", "cents")
STATISTICS_HEADER: Final = ("quarter", "category", "contributions", "charged_cents", "paid_cents", "open_cents")


class Destination(StrEnum):
    """To whom money that was received belongs."""

    INSTITUTE = "institute"
    FUND = "fund"
    STATE = "state"


#: Contributions, surcharges and interest go to the institute, fines to the state; fees and costs stay with the fund.
DESTINATIONS: Final = {
    "principal": Destination.INSTITUTE,
    "surcharge": Destination.INSTITUTE,
    "interest": Destination.INSTITUTE,
    "fine": Destination.STATE,
    "fee": Destination.FUND,
    "cost": Destination.FUND,
}


class InstituteFileInvalid(ValueError):
    """The last line of a file does not fit the lines before it; ``rule`` names what differs."""

    def __init__(self, rule: str, detail: str) -> None:
        super().__init__(f"{rule}: {detail}")
        self.rule = rule


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferLine:
    """What was received, less what was taken back, of one kind of one quarter on a booking day."""

    quarter: str
    kind: str
    movements: int
    cents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StatisticsLine:
    """One category of a quarter; companies are a category of their own."""

    category: str
    contributions: int
    charged_cents: int
    paid_cents: int
    open_cents: int


def transfer_file(*, booked_on: date, lines: Sequence[TransferLine]) -> bytes:
    """Write the transfer of a booking day; a day without movement has a file with its totals alone."""
    rows = [
        (booked_on.isoformat(), DESTINATIONS[line.kind], line.quarter, line.kind, line.movements, line.cents)
        for line in sorted(lines, key=lambda line: (DESTINATIONS[line.kind], line.quarter, line.kind))
    ]
    due = sum(line.cents for line in lines if DESTINATIONS[line.kind] is Destination.INSTITUTE)
    total = ("TOTAL", due, "", "", len(rows), sum(line.cents for line in lines))
    return _csv(TRANSFER_HEADER, rows, total)


def statistics_file(*, quarter: str, lines: Sequence[StatisticsLine]) -> bytes:
    """Write the statistics of a quarter, one line a category."""
    rows = [
        (quarter, line.category, line.contributions, line.charged_cents, line.paid_cents, line.open_cents)
        for line in sorted(lines, key=lambda line: line.category)
    ]
    total = (
        "TOTAL",
        len(rows),
        sum(line.contributions for line in lines),
        sum(line.charged_cents for line in lines),
        sum(line.paid_cents for line in lines),
        sum(line.open_cents for line in lines),
    )
    return _csv(STATISTICS_HEADER, rows, total)


def check_transfer_file(content: bytes) -> int:
    """Read a transfer back and give what is due to the institute, in cents.

    Raises:
        InstituteFileInvalid: ``header``, ``lines`` or ``sum``.
    """
    header, *rows = list(csv.reader(io.StringIO(content.decode()), delimiter=";"))
    if tuple(header) != TRANSFER_HEADER or not rows or rows[-1][0] != "TOTAL":
        raise InstituteFileInvalid("header", "no transfer with a last line TOTAL")
    *lines, total = rows
    if int(total[4]) != len(lines):
        raise InstituteFileInvalid("lines", f"the file holds {len(lines)} lines")
    if int(total[5]) != sum(int(line[5]) for line in lines):
        raise InstituteFileInvalid("sum", "the lines add up to something else")
    due = sum(int(line[5]) for line in lines if line[1] == Destination.INSTITUTE)
    if int(total[1]) != due:
        raise InstituteFileInvalid("sum", "what is due to the institute is something else")
    return due


def _csv(header: Sequence[str], rows: Iterable[Sequence[object]], total: Sequence[object]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    writer.writerow(total)
    return text.getvalue().encode()
