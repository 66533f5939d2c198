"""Puts the roll and the warrant on paper, as drafts to decide on and as they are issued (RGS art. 47bis)."""

from __future__ import annotations

from services.recovery.reminders.letters.content import (
    Frame,
    debts_table,
    letter_of,
    offers_blocks,
    payment_block,
)
from services.recovery.roll_and_warrant.rules import CreditorFund, Debtor, Remedy, Roll, RollDraft, motivation_of
from shared.correspondence.frame import heading, text
from shared.correspondence.wording import Wording
from shared.law.fund import Signatory
from shared.platform.database.rows import JsonObject


def roll_draft(
    frame: Frame, draft: RollDraft, *, fund: CreditorFund, debtor: Debtor, signatory: Signatory, opposition_months: int
) -> JsonObject:
    """Return what a designated person reads before deciding: all of the warrant but the visa and its dates.

    It is never sent and says so itself.
    """
    say = frame.words.say
    blocks = [
        {"kind": "box", "paragraphs": [say("warrant", "draft_opening")]},
        *_roll_extract(frame, draft, fund, debtor),
        heading(f"5-7. {say('warrant', 'dates_title')}"),
        text(say("warrant", "draft_dates")),
        *_remedies(frame, draft, opposition_months),
        *offers_blocks(frame),
    ]
    return letter_of(frame, subject=say("warrant", "draft_subject"), blocks=blocks, signatory=signatory)


def warrant(frame: Frame, roll: Roll, *, signatory: Signatory, pay_hours: int, opposition_months: int) -> JsonObject:
    """Return the content of the warrant with the extract of the roll (RGS art. 47bis par. 2 to 5).

    Args:
        frame: language, fund, addressee and debts.
        roll: the complete roll.
        signatory: the designated person who approved it, and so gave the visa and issues the warrant.
        pay_hours: within how many hours the bailiff orders to pay.
        opposition_months: within how many months of service opposition is possible.
    """
    words = frame.words
    say = words.say
    pay_until = words.day(roll.pay_until)
    last_chance = say("warrant", "last_chance", pay_until=pay_until, hours=words.say("hours", pay_hours))
    blocks = [
        text(say("warrant", "opening")),
        *_roll_extract(frame, roll.draft, roll.fund, roll.debtor),
        heading(f"5-7. {say('warrant', 'dates_title')}"),
        text(
            say(
                "warrant",
                "dates",
                visa_on=words.day(roll.visa_on),
                sent_on=words.day(roll.sent_on),
                pay_until=pay_until,
            )
        ),
        {"kind": "box", "paragraphs": [last_chance]},
        payment_block(frame),
        *_remedies(frame, roll.draft, opposition_months),
        *offers_blocks(frame),
        text(f"{say('warrant', 'visa')} {roll.visa_by}"),
        text(f"{say('warrant', 'issued')} {roll.issued_by}"),
    ]
    return letter_of(frame, subject=say("warrant", "subject"), blocks=blocks, signatory=signatory)


def _roll_extract(frame: Frame, draft: RollDraft, fund: CreditorFund, debtor: Debtor) -> list[JsonObject]:
    """Return fields 1 to 4 of the roll."""
    words = frame.words
    say = words.say
    return [
        heading(f"1. {say('warrant', 'fund_title')}"),
        text(say("warrant", "fund_line", name=fund.name, number=fund.number, address=fund.address)),
        heading(f"2. {say('warrant', 'debtor_title')}"),
        text(_debtor_line(words, debtor)),
        heading(f"3. {say('warrant', 'breakdown_title')}"),
        debts_table(frame),
        heading(f"4. {say('warrant', 'motivation_title')}"),
        *(text(sentence) for sentence in _motivation(words, draft)),
    ]


def _remedies(frame: Frame, draft: RollDraft, opposition_months: int) -> list[JsonObject]:
    """Return field 8 of the roll."""
    words = frame.words
    sentences = (_remedy(words, remedy, opposition_months) for remedy in draft.remedies)
    return [heading(f"8. {words.say('warrant', 'remedies_title')}"), *map(text, sentences)]


def _debtor_line(words: Wording, debtor: Debtor) -> str:
    if debtor.enterprise_number:
        number, line = debtor.enterprise_number, "company_line"
    else:
        number, line = debtor.national_number, "person_line"
    return words.say("warrant", line, name=debtor.name, address=debtor.address, number=number)


def _motivation(words: Wording, draft: RollDraft) -> list[str]:
    grounds, plan = draft.grounds, draft.grounds.plan
    days = {
        "reminder_on": draft.reminder_on,
        "statement_on": draft.statement_on,
        "contact_on": grounds.contact_on,
        "last_reminder_on": draft.last_reminder.sent_on,
        "notified_on": draft.last_reminder.notified_on,
        "last_day": draft.last_reminder.last_day_to_contest,
        "contested_on": grounds.contested_late_on,
        "plan_on": None if plan is None else plan.granted_on,
        "plan_ended_on": None if plan is None else plan.ended_on,
    }
    facts = {name: words.day(day) for name, day in days.items() if day is not None}
    return [words.say("warrant", "motivation", reason.value, **facts) for reason in motivation_of(grounds)]


def _remedy(words: Wording, remedy: Remedy, opposition_months: int) -> str:
    return words.say("warrant", "remedies", remedy.value, months=words.say("months", opposition_months))
