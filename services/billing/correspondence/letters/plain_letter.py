"""Letters of a few paragraphs and a table: the announcement of a direct debit, and the certificates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import yaml

from services.billing.correspondence.letters.pieces import day_text, fund_block, recipient_block
from services.billing.correspondence.rules.addressee import Addressee
from shared.law.fund import FundSettings
from shared.law.money import format_euro

TEMPLATE: Final = Path(__file__).with_name("letter.typ")
WORDS: Final = Path(__file__).with_name("words")


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
) -> dict[str, Any]:
    """Return what the template prints, in the addressee's language.

    Args:
        name: whose words it is made of, a file ``NAME.LANGUAGE.yaml`` beside the words of every letter.
        file_number: number of the file.
        day: day the letter bears.
        values: what fills the words: days, cents and texts.
        paragraphs: names of its paragraphs, in order; the table comes after the first.
        table: a block of the layout, or None.
        addressee: to whom it goes.
        fund: the fund on the day of the letter.
    """
    language = str(addressee.language)
    words = letter_words(name, language)
    filled = {key: written(words, language, value) for key, value in values.items()} | {
        "fileNumber": f"{file_number:07d}",
        "telephone": fund.contact.telephone,
        "hours": fund.contact.opening_hours[language],
        "email": fund.contact.email,
    }
    blocks: list[Any] = [{"kind": "text", "text": words[paragraph].format(**filled)} for paragraph in paragraphs]
    if table is not None:
        blocks.insert(1, dict(table))
    blocks.append({"kind": "text", "text": words["contact"].format(**filled)})
    signatory = fund.signatory_of("letter")
    return {
        "businessDate": day,
        "language": language,
        "subject": words["title"].format(**filled),
        "dateLine": f"{fund.address.city[language]}, {day_text(words, day)}",
        "fileNumber": words["file"].format(**filled),
        "fund": fund_block(fund, language),
        "recipient": recipient_block(addressee),
        "greeting": words["greeting"],
        "blocks": blocks,
        "closing": words["closing"],
        "signature": {"name": signatory.name, "title": signatory.title[language]},
    }


def written(words: Mapping[str, Any], language: str, value: date | int | str) -> str:
    """Write a value for the reader: a day in words, an integer as an amount in cents, a text as it is."""
    if isinstance(value, date):
        return day_text(dict(words), value)
    return format_euro(value, language) if isinstance(value, int) else value


@lru_cache(maxsize=32)
def letter_words(name: str, language: str) -> dict[str, Any]:
    """Return the words of every letter, with those of one over them."""
    words: dict[str, Any] = {}
    for file in (language, f"{name}.{language}"):
        words |= yaml.safe_load((WORDS / f"{file}.yaml").read_text(encoding="utf-8"))
    return words
