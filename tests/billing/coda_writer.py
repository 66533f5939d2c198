"""Writes coded statements for tests, field by field as the standard prints them; it shares no code with the reader."""

from __future__ import annotations

from dataclasses import dataclass, field

ACCOUNT = "BE16999000010174"


def _put(*parts: tuple[int, str]) -> str:
    """Lay texts at positions counted from 1 over a blank record."""
    record = [" "] * 128
    for position, text in parts:
        record[position - 1 : position - 1 + len(text)] = text
    assert len(record) == 128
    return "".join(record)


def _amount(cents: int) -> str:
    return f"{'0' if cents >= 0 else '1'}{abs(cents) * 10:015d}"


@dataclass
class Line:
    """One movement; ``details`` are the amounts it is made of."""

    cents: int
    communication: str = ""
    structured: str | None = None
    value_date: str = "150326"
    code: str = "00150000"
    counterparty: str = ""
    information: str = ""
    return_reason: str = ""
    customer_reference: str = ""
    #: The structured zone of a European direct debit (type 127): its mandate, then what the bank says of it.
    mandate: str = ""
    r_transaction: str = ""
    details: list[Line] = field(default_factory=list)


@dataclass
class StatementText:
    """One statement; every default makes it right, so that a test says only what is wrong."""

    lines: list[Line]
    old_cents: int = 0
    sequence: int = 1
    account: str = ACCOUNT
    currency: str = "EUR"
    day: str = "160326"
    old_day: str = "150326"
    more_follow: bool = False
    application: str = "00000"

    def records(self) -> list[str]:
        """Return the records of the statement."""
        moved = sum(line.cents for line in self.lines)
        zone = f"{self.account:<34}{self.currency}"
        header = _put((1, f"00000{self.day}00005"), (84, self.application), (128, "2"))
        old = _put(
            (1, "12001"),
            (6, zone),
            (43, _amount(self.old_cents)),
            (59, self.old_day),
            (65, "AUXILIA"),
            (126, f"{self.sequence:03d}"),
        )
        body: list[str] = []
        for number, line in enumerate(self.lines, start=1):
            body += self._movement(line, number, 0, bool(line.details))
            for detail, part in enumerate(line.details, start=1):
                body += self._movement(part, number, detail, detail == len(line.details))
        new = _put((1, "8001"), (5, zone), (42, _amount(self.old_cents + moved)), (58, self.day), (128, "0"))
        debit = -sum(min(0, line.cents) for line in self.lines)
        credit = sum(max(0, line.cents) for line in self.lines)
        trailer = _put(
            (1, "9"),
            (17, f"{2 + len(body):06d}{debit * 10:015d}{credit * 10:015d}"),
            (128, "1" if self.more_follow else "2"),
        )
        return [header, old, *body, new, trailer]

    def _movement(self, line: Line, number: int, detail: int, globalised: bool) -> list[str]:
        numbers = f"{number % 10000:04d}{detail:04d}"
        text = f"1101{line.structured}" if line.structured else f"0{line.communication}"
        zone = ""
        if line.mandate:
            zone = f"127{line.value_date}1{'1'}{'2'}{'BE00ZZZ0':<35}{line.mandate:<35}{'':62}{line.r_transaction:1}"
            text = "1" + zone[:53]
        with_second = bool(line.return_reason or line.customer_reference or zone)
        with_third = bool(line.counterparty or zone)
        link = "1" if line.information else "0"
        records = [
            _put(
                (1, f"21{numbers}"),
                (11, f"REF{number:018d}"),
                (32, _amount(line.cents)),
                (48, line.value_date),
                (54, line.code),
                (62, text[:54]),
                (116, self.day),
                (125, "1" if globalised else "0"),
                (126, "1" if with_second or with_third else "0"),
                (128, link),
            )
        ]
        if with_second:
            follows = "1" if with_third else "0"
            records.append(
                _put(
                    (1, f"22{numbers}"),
                    (11, zone[53:106]),
                    (64, line.customer_reference),
                    (114, line.return_reason),
                    (126, follows),
                    (128, link),
                )
            )
        if with_third:
            records.append(
                _put(
                    (1, f"23{numbers}"),
                    (11, f"{line.counterparty:<34}EUR"),
                    (48, "PAYER"),
                    (83, zone[106:149]),
                    (126, "0"),
                    (128, link),
                )
            )
        if line.information:
            inner = f"{number % 10000:04d}{detail + 1:04d}"
            records.append(_put((1, f"31{inner}"), (32, line.code), (41, line.information), (126, "0"), (128, "0")))
        return records


def coda(*statements: StatementText, line_end: str = "\n") -> bytes:
    """Return the bytes of a file with one or more statements."""
    records = [record for statement in statements for record in statement.records()]
    return (line_end.join(records) + line_end).encode("iso-8859-1")


def changed(content: bytes, line: int, position: int, text: str) -> bytes:
    """Return the file with other characters at a position of a line, both counted from 1."""
    lines = content.split(b"\n")
    record = bytearray(lines[line - 1])
    record[position - 1 : position - 1 + len(text)] = text.encode("iso-8859-1")
    lines[line - 1] = bytes(record)
    return b"\n".join(lines)
