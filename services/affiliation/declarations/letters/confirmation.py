"""What the confirmation of an affiliation says: pure, so that every sentence can be tested."""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import yaml

from services.affiliation.declarations.rules.declaration import ConfirmationFacts
from shared.law.fund import FundSettings

TEMPLATE: Final = Path(__file__).with_name("confirmation.typ")
_WORDS: Final = Path(__file__).with_name("words")


def confirmation_data(*, facts: ConfirmationFacts, fund: FundSettings, today: date, report_days: int) -> dict[str, Any]:
    """Return the content of the confirmation, in the person's language.

    Args:
        facts: what is confirmed, and to whom.
        fund: the fund on the day of the letter.
        today: business date of the letter.
        report_days: days within which changes are reported (RGS art. 7).
    """
    identity = facts.identity
    language = identity.language
    words = _words(language)
    paragraphs = list(words["paragraphs"])
    filled = {
        "days": report_days,
        "receivedOn": _day(words, facts.received_on),
        "startsOn": _day(words, facts.starts_on),
        "category": words["categories"][facts.category.value],
        "insurer": facts.insurer,
    }
    if facts.reduced_until is not None:
        # Behind the sentence on the contributions, which it explains.
        paragraphs.insert(3, words["reducedMinimum"])
        filled["lastReducedDay"] = _day(words, facts.reduced_until - timedelta(days=1))
        filled["reducedUntil"] = _day(words, facts.reduced_until)
    contact = words["contact"].format(
        telephone=fund.contact.telephone, hours=fund.contact.opening_hours[language], email=fund.contact.email
    )
    signatory = fund.signatory_of("letter")
    return {
        "businessDate": today,
        "language": language,
        "subject": words["title"],
        "dateLine": f"{fund.address.city[language]}, {_day(words, today)}",
        "fileNumber": words["file"].format(fileNumber=f"{identity.file_number:07d}"),
        "fund": fund_data(fund, language=language),
        "recipient": {
            "name": f"{identity.first_name} {identity.last_name}",
            "street": f"{identity.street} {identity.house_number}",
            "city": f"{identity.postal_code} {identity.city}",
            "country": "" if identity.country == "BE" else identity.country,
        },
        "greeting": words["greeting"],
        "blocks": [
            {"kind": "text", "text": sentence}
            for sentence in (*(paragraph.format(**filled) for paragraph in paragraphs), contact)
        ],
        "closing": words["closing"],
        "signature": {"name": signatory.name, "title": signatory.title[language]},
    }


def fund_data(fund: FundSettings, *, language: str) -> dict[str, str]:
    """Return what letters print of the fund."""
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


@lru_cache(maxsize=8)
def _words(language: str) -> dict[str, Any]:
    words: dict[str, Any] = yaml.safe_load((_WORDS / f"{language}.yaml").read_text(encoding="utf-8"))
    return words


def _day(words: dict[str, Any], day: date) -> str:
    number = words["firstDay"] if day.day == 1 else str(day.day)
    text: str = words["date"].format(day=number, month=words["months"][day.month - 1], year=day.year)
    return text
