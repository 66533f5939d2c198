"""The frame of a letter: who writes to whom and on which day, the blocks of its body, and who signs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from shared.correspondence.wording import Wording
from shared.law.fund import FundSettings, Signatory
from shared.platform.database.rows import JsonObject

#: A part of the body, as ``layout.typ`` prints it.
Block = JsonObject


def letter(
    *,
    words: Wording,
    fund: FundSettings,
    recipient: dict[str, str],
    file_number: int,
    day: date,
    subject: str,
    blocks: Sequence[Block],
    signatory: Signatory | None,
) -> JsonObject:
    """Return the data of a whole letter.

    Args:
        words: of the reader's language, with ``file``, ``greeting`` and ``closing``.
        fund: the fund on the day of the letter.
        recipient: to whom it goes, as ``recipient_block`` gives it.
        file_number: number of the file.
        day: business date of the letter.
        subject: its title.
        blocks: its body.
        signatory: who signs it; None for a letter that nobody signs.
    """
    language = words.language.value
    return {
        "businessDate": day,
        "language": language,
        "subject": subject,
        "dateLine": f"{fund.address.city[language]}, {words.day(day)}",
        "fileNumber": words.say("file", fileNumber=f"{file_number:07d}"),
        "fund": fund_block(fund, language),
        "recipient": recipient,
        "greeting": words.say("greeting"),
        "blocks": list(blocks),
        "closing": words.say("closing"),
        "signature": None if signatory is None else {"name": signatory.name, "title": signatory.title[language]},
    }


def fund_block(fund: FundSettings, language: str) -> dict[str, str]:
    """Return the fund as header and footer print it."""
    address = fund.address
    return {
        "name": fund.name[language],
        "shortName": fund.short_name[language],
        "street": f"{address.street[language]} {address.house_number}",
        "city": f"{address.postal_code} {address.city[language]}",
        "telephone": fund.contact.telephone,
        "email": fund.contact.email,
        "website": fund.contact.website,
        "enterpriseNumber": fund.enterprise_number,
        "iban": fund.contributions_account.iban,
        "bic": fund.contributions_account.bic,
    }


def recipient_block(*, name: str, street: str, city: str, country: str) -> dict[str, str]:
    """Return the lines in the window of the envelope; Belgium is not named in Belgium."""
    return {"name": name, "street": street, "city": city, "country": "" if country == "BE" else country}


def contact_values(fund: FundSettings, language: str) -> dict[str, str]:
    """Return what a sentence on how to reach the fund asks for: ``telephone``, ``hours`` and ``email``."""
    contact = fund.contact
    return {"telephone": contact.telephone, "hours": contact.opening_hours[language], "email": contact.email}


def text(sentence: str) -> Block:
    """Return a paragraph."""
    return {"kind": "text", "text": sentence}


def heading(title: str) -> Block:
    """Return a title inside the body."""
    return {"kind": "heading", "text": title}


def bullets(items: Sequence[str]) -> Block:
    """Return a list."""
    return {"kind": "list", "items": list(items)}
