"""The ledger entries of a page of contributions, over whole columns: what ``ledger.charge`` says, many times."""

from __future__ import annotations

from hashlib import sha256
from typing import Final
from uuid import UUID

import polars as pl

from services.billing.domain.ledger import EntryKind, charge
from shared.contracts.vocabulary import AmountKind
from shared.law.quarter import Quarter

_UUID_BYTES: Final = 16
#: The bits of a UUID that tell its version (RFC 9562): version 7 becomes version 8, an id made by a rule of our own.
_SEVEN_TO_EIGHT: Final = 0xF
_AMOUNT_COLUMNS: Final = {AmountKind.PRINCIPAL: "contribution_cents", AmountKind.FEE: "fee_cents"}


def contribution_entry_ids(dossiers: pl.Series, *, quarter: Quarter) -> pl.Series:
    """Give the ids of the entries that charge dossiers with a quarter's provisional contribution.

    A dossier's own id turned by a pattern of the quarter: always the same for the same contribution, never the same for
    two, and neighbours for dossiers that are neighbours, so that a page writes to a few pages of an index only.
    """
    pattern = bytearray(sha256(f"{EntryKind.CONTRIBUTION}|{quarter}|provisional".encode()).digest()[:_UUID_BYTES])
    pattern[6] = pattern[6] & 0x0F | _SEVEN_TO_EIGHT << 4
    pattern[8] &= 0x3F  # the two bits of the variant stay
    ids = bytes.fromhex(dossiers.str.replace_all("-", "", literal=True).str.join("").item() or "")
    turned = int.from_bytes(ids) ^ int.from_bytes(bytes(pattern) * len(dossiers))
    digits = turned.to_bytes(len(ids)).hex()
    width = 2 * _UUID_BYTES
    return pl.Series([digits[at : at + width] for at in range(0, len(digits), width)], dtype=pl.String)


def contribution_lines(charged: pl.DataFrame, *, quarter: Quarter) -> pl.DataFrame:
    """Give the lines that charge contributions: as ``ledger.charge`` gives them, all entries in order.

    Args:
        charged: ``entry_id``, ``dossier``, ``contribution_cents`` and ``fee_cents``.
        quarter: the quarter that is charged.
    """
    # The rule is asked once, with amounts that say which column each line takes.
    probe = charge(
        kind=EntryKind.CONTRIBUTION,
        key="",
        value_date=quarter.starts_on,
        dossier=UUID(int=0),
        quarter=quarter,
        amounts={AmountKind.PRINCIPAL: 1, AmountKind.FEE: 2},
    )
    columns = list(_AMOUNT_COLUMNS.values())
    lines = [
        charged.select(
            "entry_id",
            pl.lit(position, dtype=pl.Int16).alias("position"),
            pl.lit(str(line.account)).alias("account"),
            (pl.col(columns[abs(line.cents) - 1]) * (1 if line.cents > 0 else -1)).alias("cents"),
            (pl.col("dossier") if line.dossier is not None else pl.lit(None, dtype=pl.String)).alias("dossier"),
            pl.lit(None if line.quarter is None else str(line.quarter), dtype=pl.String).alias("quarter"),
            pl.lit(None if line.kind is None else str(line.kind), dtype=pl.String).alias("kind"),
            pl.lit(None if line.nature is None else str(line.nature), dtype=pl.String).alias("nature"),
        )
        for position, line in enumerate(probe.lines, start=1)
    ]
    # Lines of one entry stand together, as they will in the table and its index.
    numbered = [frame.with_row_index("row") for frame in lines]
    return pl.concat(numbered).filter(pl.col("cents") != 0).sort("row", "position").drop("row")
