"""A whole letter of a statement or a decision: its head and foot, how to pay, and the remedies of the Charter."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import yaml

from services.billing.correspondence.letters.pieces import (
    day_text,
    fund_block,
    payment_block,
    percent_text,
    recipient_block,
)
from services.billing.correspondence.rules.addressee import Addressee
from shared.law.fund import FundSettings
from shared.law.labour_courts import competent_court
from shared.law.money import format_euro
from shared.law.remedies import Mention, require_mentions

_FOLDER: Final = Path(__file__).parent

Block = dict[str, Any]


@lru_cache(maxsize=32)
def words_of(language: str, folder: str = "words") -> dict[str, Any]:
    """Return the sentences of one language; raises ``FileNotFoundError`` for one the fund does not write."""
    words: dict[str, Any] = yaml.safe_load((_FOLDER / folder / f"{language}.yaml").read_text(encoding="utf-8"))
    return words


def day_of(language: str, day: date) -> str:
    """Write a date: ``1er avril 2026``, ``1 april 2026``, ``1. April 2026``."""
    return day_text(words_of(language), day)


def percent_of(language: str, rate: Decimal) -> str:
    """Write a rate such as 0.03 as a percentage: ``3 %``."""
    return percent_text(words_of(language), rate)


def letter(
    *,
    addressee: Addressee,
    fund: FundSettings,
    file_number: int,
    issued_on: date,
    subject: str,
    blocks: list[Block],
    signing: str = "letter",
) -> dict[str, Any]:
    """Give the data of a whole letter."""
    language = str(addressee.language)
    words = words_of(language)
    signatory = fund.signatory_of(signing)
    return {
        "businessDate": issued_on,
        "language": language,
        "subject": subject,
        "dateLine": f"{fund.address.city[language]}, {day_of(language, issued_on)}",
        "fileNumber": words["file"].format(fileNumber=f"{file_number:07d}"),
        "fund": fund_block(fund, language),
        "recipient": recipient_block(addressee),
        "greeting": words["greeting"],
        "blocks": blocks,
        "closing": words["closing"],
        "signature": {"name": signatory.name, "title": signatory.title[language]},
    }


def payment(*, fund: FundSettings, language: str, amount_cents: int, reference: str, due_on: date) -> Block:
    """Give the box that says how to pay, with the code for a banking application."""
    return payment_block(
        fund=fund,
        language=language,
        labels=words_of(language)["payment"],
        reference=reference,
        amount_cents=amount_cents,
        amount=format_euro(amount_cents, language),
        due=day_of(language, due_on),
    )


def remedies(*, addressee: Addressee, fund: FundSettings, file_number: int, words: Mapping[str, Any]) -> list[Block]:
    """Give the six mentions of article 14 of the Charter; raises ``MentionsMissing`` when one lacks."""
    language = str(addressee.language)
    court = competent_court(country=addressee.country, postal_code=addressee.postal_code, language=addressee.language)
    values = {
        "court": court.name(addressee.language),
        "courtAddress": court.address(),
        "file": f"{file_number:07d}",
        "fund": fund.name[language],
        "telephone": fund.contact.telephone,
        "email": fund.contact.email,
        "hours": fund.contact.opening_hours[language],
    }
    mentions = {mention: str(words["mentions"][mention.value]).format(**values) for mention in Mention}
    require_mentions(mentions)
    return [
        {"kind": "heading", "text": words["remediesHeading"]},
        {"kind": "list", "items": [mentions[mention] for mention in Mention]},
    ]
