"""What billing's letters share: their words, their frame, and letters of a few paragraphs and a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, Final

from shared.correspondence import frame
from shared.correspondence.addressee import Addressee
from shared.correspondence.frame import Block, contact_values, recipient_block, text
from shared.correspondence.wording import Wording, wording
from shared.law.fund import FundSettings
from shared.platform.database.rows import JsonObject

TEMPLATE: Final = Path(__file__).with_name("letter.typ")
WORDS: Final = Path(__file__).with_name("words")


def words_for(addressee: Addressee, name: str | None = None, *, own: Path | None = None) -> Wording:
    """Return the words of every letter in the addressee's language, with those of one letter over them.

    The letter's own words, ``NAME.LANGUAGE.yaml``, stand in the folder ``own``, or beside those of every letter.
    """
    return wording(WORDS, addressee.language, name, own=own)


def letter(
    *,
    words: Wording,
    addressee: Addressee,
    fund: FundSettings,
    file_number: int,
    day: date,
    subject: str,
    blocks: Sequence[Block],
    signing: str = "letter",
) -> JsonObject:
    """Return the data of a whole letter of billing.

    Args:
        words: of the addressee's language.
        addressee: to whom it goes.
        fund: the fund on the day of the letter.
        file_number: number of the file.
        day: day the letter bears.
        subject: its title.
        blocks: its body.
        signing: which document it is for who may sign: ``letter`` or ``decision``.
    """
    recipient = recipient_block(
        name=addressee.name, street=addressee.street, city=addressee.city, country=addressee.country
    )
    return frame.letter(
        words=words,
        fund=fund,
        recipient=recipient,
        file_number=file_number,
        day=day,
        subject=subject,
        blocks=blocks,
        signatory=fund.signatory_of(signing),
    )


def closing_values(fund: FundSettings, language: str, file_number: int) -> dict[str, str]:
    """Return what the last sentence asks for: how to reach the fund, and the number to mention."""
    return {**contact_values(fund, language), "fileNumber": f"{file_number:07d}"}


def claim_opening(*, to_pay_cents: int, credit_used_cents: int) -> str:
    """Return which sentence opens a claim: nothing is to be paid, a rest after a credit, or all of it."""
    if to_pay_cents == 0:
        return "nothingToPay"
    return "toPayRest" if credit_used_cents else "toPay"


def claim_table(
    words: Wording, charged: Mapping[str, int], *, to_pay_cents: int, credit_used_cents: int
) -> Block:
    """Return the table of a claim: what is charged under each label, the credit that was used, and what is to pay."""
    labels = words["amounts"]
    rows = dict(charged) | ({labels["credit"]: -credit_used_cents} if credit_used_cents else {})
    return {
        "kind": "table",
        "rows": [[label, words.euro(cents)] for label, cents in rows.items()],
        "total": [labels["toPay"], words.euro(to_pay_cents)],
    }


def plain_letter(
    *,
    name: str,
    file_number: int,
    day: date,
    values: Mapping[str, date | int | str],
    paragraphs: Sequence[str],
    table: Mapping[str, Any] | None = None,
    addressee: Addressee,
    fund: FundSettings,
    own_words: Path | None = None,
) -> JsonObject:
    """Return what the template prints, in the addressee's language.

    Args:
        name: whose words it is made of, a file ``NAME.LANGUAGE.yaml``.
        file_number: number of the file.
        day: day the letter bears.
        values: what fills the words: days, cents and texts.
        paragraphs: names of its paragraphs, in order; the table comes after the first.
        table: a block of the layout, or None.
        addressee: to whom it goes.
        fund: the fund on the day of the letter.
        own_words: folder of that file; None when it stands beside the words of every letter.
    """
    words = words_for(addressee, name, own=own_words)
    filled = {key: words.value(value) for key, value in values.items()}
    filled |= closing_values(fund, words.language, file_number)
    blocks = [text(words.say(paragraph, **filled)) for paragraph in (*paragraphs, "contact")]
    if table is not None:
        blocks.insert(1, dict(table))
    return letter(
        words=words,
        addressee=addressee,
        fund=fund,
        file_number=file_number,
        day=day,
        subject=words.say("title", **filled),
        blocks=blocks,
    )
