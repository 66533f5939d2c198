"""The ledger entries of a page of contributions, over whole columns: what ``ledger.charge`` says, many times."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import Final
from uuid import UUID

from services.billing.ledger.rules.entries import EntryKind, JournalLine, charge
from shared.contracts.vocabulary import AmountKind
from shared.law.quarter import Quarter

_UUID_BYTES: Final = 16
#: A version 7 turned by this becomes a version 8, an id made by a rule of our own (RFC 9562).
_SEVEN_TO_EIGHT: Final = 0xF
_COLUMNS: Final = {AmountKind.PRINCIPAL: "contribution_cents", AmountKind.FEE: "fee_cents"}


@dataclass(frozen=True, slots=True)
class LineRule:
    """A line every entry has: its cents are those of a column, times ``sign``."""

    line: JournalLine
    column: str
    sign: int


def contribution_entry_ids(dossiers: bytes, *, quarter: Quarter) -> bytes:
    """Give the ids of the entries that charge dossiers with a quarter's provisional contribution, one after the other.

    A dossier's own id turned by a pattern of the quarter: always the same for the same contribution, never the same for
    two, and neighbours for dossiers that are neighbours, so that a page writes to a few pages of an index only.

    Args:
        dossiers: sixteen bytes of each.
        quarter: the quarter that is charged.
    """
    pattern = bytearray(sha256(f"{EntryKind.CONTRIBUTION}|{quarter}|provisional".encode()).digest()[:_UUID_BYTES])
    pattern[6] = pattern[6] & 0x0F | _SEVEN_TO_EIGHT << 4
    pattern[8] &= 0x3F  # the two bits of the variant stay
    patterns = bytes(pattern) * (len(dossiers) // _UUID_BYTES)
    return (int.from_bytes(dossiers) ^ int.from_bytes(patterns)).to_bytes(len(dossiers))


def contribution_line_rules(quarter: Quarter, *, charged: frozenset[str]) -> tuple[LineRule, ...]:
    """Give the lines of the entry that charges a contribution.

    Args:
        quarter: the quarter that is charged.
        charged: which of ``contribution_cents`` and ``fee_cents`` are not zero.
    """
    # The posting rule is asked with one cent of each, and says which lines it gives.
    rules = []
    for kind, column in _COLUMNS.items():
        if column in charged:
            entry = charge(
                kind=EntryKind.CONTRIBUTION,
                key="",
                value_date=quarter.starts_on,
                dossier=UUID(int=0),
                quarter=quarter,
                amounts={kind: 1},
            )
            rules += [LineRule(line=line, column=column, sign=line.cents) for line in entry.lines]
    return tuple(rules)
