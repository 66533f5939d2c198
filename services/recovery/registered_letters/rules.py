"""The registered last reminder of RGS art. 46: what it must say, on pain of nullity."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from services.recovery.debts.rules import OpenItem


class Mention(StrEnum):
    """Something a last reminder must state."""

    SUMS = "sums"
    CONTEST_BY_REGISTERED_LETTER = "contestByRegisteredLetter"
    PLAN_BY_REGISTERED_LETTER = "planByRegisteredLetter"
    WITHIN_ONE_MONTH = "withinOneMonth"
    WARRANT_FOLLOWS = "warrantFollows"
    SIGNATORY = "signatory"


#: Mentions without which the last reminder is void (RGS art. 46 par. 3).
ON_PAIN_OF_NULLITY = frozenset(
    {
        Mention.CONTEST_BY_REGISTERED_LETTER,
        Mention.PLAN_BY_REGISTERED_LETTER,
        Mention.WITHIN_ONE_MONTH,
        Mention.WARRANT_FOLLOWS,
    }
)
#: Also wanted: the sums to recover (art. 46 par. 1), and a signatory one can identify, without whom a registered
#: letter does not interrupt prescription (case law).
REQUIRED = ON_PAIN_OF_NULLITY | {Mention.SUMS, Mention.SIGNATORY}


class LastReminderVoidError(ValueError):
    """A last reminder lacks something it must state; it must not be sent."""

    def __init__(self, missing: Sequence[Mention]) -> None:
        super().__init__(f"the last reminder lacks: {', '.join(missing)}")
        self.missing = tuple(missing)


@dataclass(frozen=True)
class LastReminderContent:
    """What a last reminder states, before it is put on paper.

    Attributes:
        sums: what will be recovered, per quarter and kind.
        wording: the sentence of the debtor's language for each mandatory mention.
        signatory: name and function of who signs.
    """

    sums: tuple[OpenItem, ...]
    wording: Mapping[Mention, str]
    signatory: str

    def mentions(self) -> frozenset[Mention]:
        """Return what the content really states."""
        found = {mention for mention, sentence in self.wording.items() if sentence.strip()}
        if self.sums and all(item.open_cents > 0 for item in self.sums):
            found.add(Mention.SUMS)
        if self.signatory.strip():
            found.add(Mention.SIGNATORY)
        return frozenset(found)


def check_last_reminder(content: LastReminderContent) -> None:
    """Refuse a last reminder that would be void or would not interrupt prescription.

    Raises:
        LastReminderVoidError: names each mention that is missing.
    """
    missing = REQUIRED - content.mentions()
    if missing:
        raise LastReminderVoidError(sorted(missing))


def is_void(mentions: Collection[Mention]) -> bool:
    """Return whether a last reminder with these mentions is void (RGS art. 46 par. 3)."""
    return not ON_PAIN_OF_NULLITY.issubset(mentions)
