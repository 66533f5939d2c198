"""What the confirmation of an affiliation says: pure, so that every sentence can be tested."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Final

from services.affiliation.declarations.rules.declaration import ConfirmationFacts
from shared.correspondence.frame import contact_values, letter, recipient_block, text
from shared.correspondence.wording import wording
from shared.law.fund import FundSettings
from shared.platform.database.rows import JsonObject

TEMPLATE: Final = Path(__file__).with_name("confirmation.typ")
_WORDS: Final = Path(__file__).with_name("words")


def confirmation_data(*, facts: ConfirmationFacts, fund: FundSettings, today: date, report_days: int) -> JsonObject:
    """Return the content of the confirmation, in the person's language.

    Args:
        facts: what is confirmed, and to whom.
        fund: the fund on the day of the letter.
        today: business date of the letter.
        report_days: days within which changes are reported (RGS art. 7).
    """
    identity = facts.identity
    words = wording(_WORDS, identity.language)
    paragraphs = list(words["paragraphs"])
    filled = {
        "days": str(report_days),
        "receivedOn": words.day(facts.received_on),
        "startsOn": words.day(facts.starts_on),
        "category": words.say("categories", facts.category.value),
        "insurer": facts.insurer,
        **contact_values(fund, identity.language),
    }
    if facts.reduced_until is not None:
        # Behind the sentence on the contributions, which it explains.
        paragraphs.insert(3, words["reducedMinimum"])
        filled["lastReducedDay"] = words.day(facts.reduced_until - timedelta(days=1))
        filled["reducedUntil"] = words.day(facts.reduced_until)
    return letter(
        words=words,
        fund=fund,
        recipient=recipient_block(
            name=f"{identity.first_name} {identity.last_name}",
            street=f"{identity.street} {identity.house_number}",
            city=f"{identity.postal_code} {identity.city}",
            country=identity.country,
        ),
        file_number=identity.file_number,
        day=today,
        subject=words.say("title"),
        blocks=[text(paragraph.format(**filled)) for paragraph in (*paragraphs, words["contact"])],
        signatory=fund.signatory_of("letter"),
    )
