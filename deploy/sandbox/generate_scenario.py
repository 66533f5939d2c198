"""Writes the parts of samples/ that depend on others: quarters of before, and what the bank says was paid.

    python -m deploy.sandbox.generate_scenario history
    python -m deploy.sandbox.generate_scenario bank --notices notices.csv

The bank statements need the references and amounts of the notices: play the demo once without statements, and take
the notices from billing (columns ``file_number;quarter;reference;charged_cents``).
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from deploy.sandbox.coda_writer import CodedStatement, IncomingTransfer, write_coda

SAMPLES: Final = Path(__file__).parents[2] / "samples"
#: Quarterly minimum contributions without fee, as published for these years (law of the years of before).
MINIMUM_CENTS: Final[Mapping[tuple[str, int], int]] = {
    ("main", 2024): 86_415,
    ("main", 2025): 87_171,
    ("spouseMaxi", 2024): 37_962,
    ("spouseMaxi", 2025): 38_294,
    ("primoStarter", 2025): 45_015,
}
#: Whose quarters of before were never paid.
UNPAID_BEFORE: Final = frozenset({170})

#: Who does not pay the notice of a quarter in time.
NOT_IN_TIME: Final[Mapping[str, frozenset[int]]] = {
    "2026Q1": frozenset({8, 17, 22, 31, 40, 47, 63, 88, 104}),
    "2026Q2": frozenset({8, 17, 63, 88, 104}),
    "2026Q3": frozenset({8, 17, 88, 104, 106, 144}),
}
#: One per mille of the contribution is kept as it is; three hundredths are the surcharge of a quarter (RGS art. 44).
SURCHARGE_PERCENT: Final = 3


@dataclass(frozen=True)
class Notice:
    """A notice somebody can pay."""

    file_number: int
    quarter: str
    reference: str
    charged_cents: int
    contribution_cents: int


def accepted_people() -> list[dict[str, str]]:
    """Return the people of samples/people.csv the fund accepts, in the order of their file numbers."""
    with (SAMPLES / "people.csv").open(encoding="utf-8", newline="") as file:
        return [row for row in csv.DictReader(file, delimiter=";") if not row["reference"].startswith("R")]


def write_history() -> None:
    """Write samples/history.csv: how the quarters of 2024 and 2025 stood in the books of before."""
    with (SAMPLES / "history.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=";", lineterminator="\n")
        writer.writerow(("file_number", "quarter", "category", "due", "paid"))
        for number, person in enumerate(accepted_people(), start=1):
            if person["first_activity"] == "yes":
                continue
            for year in (2024, 2025):
                due_cents = MINIMUM_CENTS.get((person["category"], year))
                if due_cents is None:
                    continue
                for quarter in range(1, 5):
                    if date(year, 3 * quarter, 28) < date.fromisoformat(person["starts_on"]):
                        continue
                    paid_cents = 0 if number in UNPAID_BEFORE else due_cents
                    writer.writerow(
                        (number, f"{year}Q{quarter}", person["category"], _euro(due_cents), _euro(paid_cents))
                    )


def write_statements(notices: Sequence[Notice]) -> None:
    """Write samples/bank/: one coded statement for each date on which the scenario delivers one."""
    people = accepted_people()
    by_quarter = {
        quarter: {notice.file_number: notice for notice in notices if notice.quarter == quarter}
        for quarter in NOT_IN_TIME
    }
    first, second, third = by_quarter["2026Q1"], by_quarter["2026Q2"], by_quarter["2026Q3"]

    def pays(notice: Notice, on: date, *, cents: int | None = None, free_text: bool = False) -> IncomingTransfer:
        person = people[notice.file_number - 1]
        return IncomingTransfer(
            cents=notice.charged_cents if cents is None else cents,
            value_date=on,
            communication=_printed(notice.reference) if free_text else notice.reference,
            structured=not free_text,
            account=person["account_number"],
            name=f"FILE {notice.file_number:07d}",
        )

    def late(notice: Notice, quarters: int) -> int:
        surcharge_cents = (notice.contribution_cents * SURCHARGE_PERCENT + 50) // 100
        return notice.charged_cents + quarters * surcharge_cents

    def in_time(by_file: Mapping[int, Notice], quarter: str, on: date) -> list[IncomingTransfer]:
        return [
            # File 45 pays a hundred euros too much, file 46 types the reference as text.
            pays(
                notice,
                on,
                cents=notice.charged_cents + (10_000 if notice.file_number == 45 and quarter == "2026Q1" else 0),
                free_text=notice.file_number == 46,
            )
            for notice in by_file.values()
            if notice.file_number not in NOT_IN_TIME[quarter] and notice.charged_cents > 0
        ]

    day = date(2026, 3, 31)
    strange = [
        IncomingTransfer(
            12_345, day, "999999900120", structured=True, account="BE02999000006740", name="UNKNOWN PAYER"
        ),
        IncomingTransfer(
            5_000, day, "for my contributions", structured=False, account="BE03999000001484", name="NO NAME"
        ),
    ]
    partly = pays(first[40], day, cents=first[40].charged_cents // 2)
    paid = {
        day: [*in_time(first, "2026Q1", day), partly, *strange],
        (day := date(2026, 4, 24)): [pays(first[n], day, cents=late(first[n], 1)) for n in (22, 31)],
        (day := date(2026, 5, 22)): [pays(first[47], day, cents=late(first[47], 1))],
        (day := date(2026, 6, 30)): in_time(second, "2026Q2", day),
        (day := date(2026, 7, 10)): [
            pays(first[63], day, cents=late(first[63], 2)),
            pays(second[63], day, cents=late(second[63], 1)),
        ],
        (day := date(2026, 9, 30)): in_time(third, "2026Q3", day),
    }
    _write_files(paid)


def _write_files(paid: Mapping[date, Sequence[IncomingTransfer]]) -> None:
    (SAMPLES / "bank").mkdir(exist_ok=True)
    balance_cents, previous_on = 0, date(2026, 1, 2)
    for sequence, (day, transfers) in enumerate(paid.items(), start=1):
        statement = CodedStatement(
            account="BE16999000010174",
            holder="AUXILIA",
            bic="AUXIBEB0",
            company_number="0999900051",
            sequence=sequence,
            created_on=day,
            previous_on=previous_on,
            old_balance_cents=balance_cents,
            transfers=transfers,
        )
        (SAMPLES / "bank" / f"{day}.cod").write_bytes(write_coda(statement))
        balance_cents += sum(transfer.cents for transfer in transfers)
        previous_on = day


def read_notices(lines: Iterable[str]) -> list[Notice]:
    """Read notices as billing's table gives them."""
    return [
        Notice(
            file_number=int(row["file_number"]),
            quarter=row["quarter"],
            reference=row["reference"],
            charged_cents=int(row["charged_cents"]),
            contribution_cents=int(row["contribution_cents"]),
        )
        for row in csv.DictReader(lines, delimiter=";")
    ]


def _euro(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02d}"


def _printed(reference: str) -> str:
    return f"+++{reference[:3]}/{reference[3:7]}/{reference[7:]}+++"


def main() -> None:
    """Write what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("history", "bank"))
    parser.add_argument("--notices", type=Path)
    arguments = parser.parse_args()
    if arguments.what == "history":
        write_history()
    elif arguments.notices is None:
        parser.error("bank: --notices is needed")
    else:
        write_statements(read_notices(arguments.notices.read_text(encoding="utf-8").splitlines()))


if __name__ == "__main__":
    main()
