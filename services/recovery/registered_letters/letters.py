"""What the registered last reminder says (RGS art. 46), checked before it is put on paper."""

from __future__ import annotations

from typing import Final

from services.recovery.registered_letters.rules import LastReminderContent, Mention
from services.recovery.reminders.letters.content import (
    AmicableDates,
    Frame,
    debts_table,
    known_day,
    letter_of,
    offers_blocks,
    payment_block,
    signature_of,
    surcharges_block,
)
from shared.correspondence.frame import heading, text
from shared.correspondence.wording import Wording
from shared.platform.database.rows import JsonObject

#: The mentions of RGS art. 46, in the order in which a reader needs them.
MENTIONS: Final = (
    Mention.WITHIN_ONE_MONTH,
    Mention.CONTEST_BY_REGISTERED_LETTER,
    Mention.PLAN_BY_REGISTERED_LETTER,
    Mention.WARRANT_FOLLOWS,
)


def last_reminder_content(frame: Frame, *, contest_months: int) -> LastReminderContent:
    """Return what the last reminder states, so that it can be checked before it is put on paper."""
    words = frame.words
    return LastReminderContent(
        sums=frame.items,
        wording={
            mention: words.say("last_reminder", "mentions", mention.value, months=words.say("months", contest_months))
            for mention in MENTIONS
        },
        signatory=signature_of(words, frame.fund.signatory_of("lastReminder")),
    )


def last_reminder(frame: Frame, content: LastReminderContent, dates: AmicableDates) -> JsonObject:
    """Return the content of the registered last reminder (RGS art. 46)."""
    words = frame.words
    say = words.say
    blocks = [
        text(_last_reminder_opening(words, dates)),
        debts_table(frame),
        payment_block(frame),
        heading(say("last_reminder", "rights_title")),
        {"kind": "box", "paragraphs": [content.wording[mention] for mention in MENTIONS]},
        *offers_blocks(frame),
        surcharges_block(frame),
        text(say("last_reminder", "costs")),
    ]
    letter = letter_of(
        frame,
        subject=say("last_reminder", "subject"),
        blocks=blocks,
        signatory=frame.fund.signatory_of("lastReminder"),
    )
    return {**letter, "registered": say("last_reminder", "registered")}


def _last_reminder_opening(words: Wording, dates: AmicableDates) -> str:
    """Return the first sentence; it speaks of a conversation, or of attempts, only when there were any."""
    contact = dates.contact
    if contact.reached_on is not None:
        tried, day = "contacted", contact.reached_on
    elif contact.sought_on is not None:
        tried, day = "sought", contact.sought_on
    else:
        tried, day = "plain", None
    return words.say(
        "last_reminder",
        "opening",
        tried,
        reminder_on=words.day(known_day(dates.reminder_on)),
        statement_on=words.day(known_day(dates.statement_on)),
        contact_on="" if day is None else words.day(day),
    )
