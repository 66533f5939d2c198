"""What a decision must tell about remedies (Charter of the socially insured, law of 11-04-1995, art. 14).

A decision in which one of these mentions lacks does not start the time to appeal, so it is not sent at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Mention(StrEnum):
    """The six mentions of art. 14, in the order of the law."""

    APPEAL_POSSIBLE = "appealPossible"
    COURT_ADDRESS = "courtAddress"
    TIME_AND_FORM = "timeAndForm"
    JUDICIAL_CODE = "judicialCode"
    FILE_REFERENCE = "fileReference"
    EXPLANATIONS = "explanations"


class MentionsMissing(ValueError):
    """A decision lacks mentions without which the time to appeal does not run; ``mentions`` names them."""

    def __init__(self, mentions: tuple[Mention, ...]) -> None:
        super().__init__(f"the decision lacks {', '.join(mention.value for mention in mentions)} (Charter art. 14)")
        self.mentions = mentions


def require_mentions(mentions: Mapping[Mention, str]) -> None:
    """Refuse a decision whose remedies are not complete; raises ``MentionsMissing`` naming what lacks."""
    missing = tuple(mention for mention in Mention if not mentions.get(mention, "").strip())
    if missing:
        raise MentionsMissing(missing)
