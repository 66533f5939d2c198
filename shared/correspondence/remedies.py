"""What a decision tells about remedies (Charter of the socially insured, law of 11-04-1995, art. 14)."""

from __future__ import annotations

from shared.correspondence.frame import Block, bullets, contact_values, heading
from shared.correspondence.wording import Wording
from shared.law.fund import FundSettings
from shared.law.labour_courts import competent_court
from shared.law.remedies import Mention, require_mentions


def remedies(
    *, words: Wording, fund: FundSettings, file_number: int, country: str, postal_code: str
) -> list[Block]:
    """Return the six mentions under their title.

    Args:
        words: of the reader's language, with ``remediesHeading`` and a sentence a mention under ``mentions``.
        fund: the fund on the day of the decision.
        file_number: number of the file.
        country: where the addressee lives, with ``postal_code``: that decides the court.
        postal_code: of the home.

    Raises:
        MentionsMissing: a mention lacks; without it the time to appeal would not run.
    """
    language = words.language
    court = competent_court(country=country, postal_code=postal_code, language=language)
    values = {
        "court": court.name(language),
        "courtAddress": court.address(),
        "file": f"{file_number:07d}",
        "fund": fund.name[language],
        **contact_values(fund, language),
    }
    mentions = {mention: words.say("mentions", mention.value, **values) for mention in Mention}
    require_mentions(mentions)
    return [heading(words.say("remediesHeading")), bullets([mentions[mention] for mention in Mention])]
