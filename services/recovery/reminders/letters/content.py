"""Puts recovery's letters together: what each one says, as blocks that one template sets on paper."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Final

from services.recovery.debts.rules import DebtorIdentity, OpenItem, total_cents
from services.recovery.ladder.rules.contacts import ContactHistory
from services.recovery.ladder.rules.ways_out import Offer
from shared.contracts.vocabulary import Language
from shared.correspondence import frame as shared_frame
from shared.correspondence import payment
from shared.correspondence.frame import Block, bullets, contact_values, heading, recipient_block, text
from shared.correspondence.wording import Spaces, Wording, wording
from shared.law.fund import FundSettings, Signatory
from shared.law.identifiers import format_structured_communication
from shared.law.quarter import Quarter
from shared.platform.database.rows import JsonObject

TEMPLATE: Final = Path(__file__).with_name("letter.typ")
_WORDS: Final = Path(__file__).with_name("words")
_NO_CONTACT: Final = ContactHistory()


@dataclass(frozen=True)
class Frame:
    """What every letter needs: language, fund, addressee, reference, day, the debts and the ways out.

    Attributes:
        reference: our reference of the case on the letter, without personal data.
        quarterly_rate, yearly_rate: the surcharges of RGS art. 44 and 44bis on the day of the letter.
    """

    words: Wording
    fund: FundSettings
    identity: DebtorIdentity
    reference: str
    today: date
    items: tuple[OpenItem, ...]
    offered: tuple[Offer, ...]
    quarterly_rate: Decimal
    yearly_rate: Decimal


@dataclass(frozen=True)
class AmicableDates:
    """Dates of the amicable phase that letters name.

    Attributes:
        contact_on, last_reminder_on: the days planned for the contact and the last reminder.
        contact: what was really done to speak with the debtor.
    """

    reminder_on: date | None = None
    statement_on: date | None = None
    contact_on: date | None = None
    last_reminder_on: date | None = None
    contact: ContactHistory = _NO_CONTACT


def reminder(frame: Frame) -> JsonObject:
    """Return the content of the first reminder."""
    say = frame.words.say
    blocks = [
        text(say("reminder", "opening")),
        debts_table(frame),
        payment_block(frame),
        *offers_blocks(frame),
        surcharges_block(frame),
    ]
    signatory = frame.fund.signatory_of("letter")
    return letter_of(frame, subject=say("reminder", "subject"), blocks=blocks, signatory=signatory)


def statement(frame: Frame, dates: AmicableDates) -> JsonObject:
    """Return the content of the statement of account; it says what comes next, and when at the earliest."""
    words = frame.words
    say = words.say
    blocks = [
        text(
            say(
                "statement",
                "opening",
                today=words.day(frame.today),
                reminder_on=words.day(known_day(dates.reminder_on)),
            )
        ),
        debts_table(frame),
        payment_block(frame),
        *offers_blocks(frame),
        heading(say("statement", "next_title")),
        text(
            say(
                "statement",
                "next",
                contact_on=words.day(known_day(dates.contact_on)),
                last_reminder_on=words.day(known_day(dates.last_reminder_on)),
            )
        ),
        surcharges_block(frame),
    ]
    signatory = frame.fund.signatory_of("letter")
    return letter_of(frame, subject=say("statement", "subject"), blocks=blocks, signatory=signatory)


def words_of(language: Language) -> Wording:
    """Return the words of recovery's letters, whose dates stay on one line."""
    return wording(_WORDS, language, spaces=Spaces.ALL)


def signature_of(words: Wording, signatory: Signatory) -> str:
    """Return who signs, with the function in the reader's language."""
    return f"{signatory.name}, {signatory.title[words.language.value]}"


def letter_of(frame: Frame, *, subject: str, blocks: Sequence[Block], signatory: Signatory) -> JsonObject:
    """Return a letter as its template wants it: who writes to whom, the blocks, and who signs."""
    words, fund, identity = frame.words, frame.fund, frame.identity
    letter = shared_frame.letter(
        words=words,
        fund=fund,
        recipient=recipient_block(
            name=identity.name,
            street=identity.street,
            city=f"{identity.postal_code} {identity.city}",
            country=identity.country,
        ),
        file_number=identity.file_number,
        day=frame.today,
        subject=subject,
        blocks=[*blocks, text(words.say("contact", **contact_values(fund, words.language)))],
        signatory=signatory,
    )
    return {**letter, "registered": "", "reference": words.say("our_reference", reference=frame.reference)}


def offers_blocks(frame: Frame) -> list[JsonObject]:
    """Return the ways out, as a list under its title."""
    words = frame.words
    items = [
        words.say(
            "offers",
            offer.alternative.value,
            last_day="" if offer.last_day is None else words.day(offer.last_day),
        )
        for offer in frame.offered
    ]
    separator = words.say("list_separator")
    sentences = [f"{item}{separator}" for item in items[:-1]] + [f"{item}." for item in items[-1:]]
    return [heading(words.say("offers_title")), text(words.say("offers_intro")), bullets(sentences)]


def debts_table(frame: Frame) -> JsonObject:
    """Return the debts, by quarter and kind, with their sum."""
    words = frame.words
    columns = ["quarter", "kind", "due", "amount"]
    return {
        "kind": "table",
        "columns": [words.say("columns", column) for column in columns],
        "rows": [
            [
                words.quarter(item.quarter),
                words.say("kinds", item.kind.value),
                words.day(item.due_on),
                words.euro(item.open_cents),
            ]
            for item in frame.items
        ],
        "total": [words.say("total"), words.euro(total_cents(frame.items))],
    }


def payment_block(frame: Frame) -> JsonObject:
    """Return how to pay: with a code to scan when one communication pays everything, else one line per quarter."""
    words, fund = frame.words, frame.fund
    by_quarter = {item.quarter: item.communication for item in frame.items}
    if len(by_quarter) > 1 and all(by_quarter.values()):
        return {
            "kind": "payment",
            "heading": words.say("payment", "heading"),
            "rows": [
                *payment.account_rows(words, fund),
                *(_of_quarter(frame, quarter) for quarter in sorted(by_quarter)),
            ],
            "lines": [words.say("payment", "several")],
        }
    [digits] = set(by_quarter.values()) if len(by_quarter) == 1 else {""}
    file = words.say("payment", "file", file=f"{frame.identity.file_number:07d}")
    return payment.payment_block(
        words=words,
        fund=fund,
        amount_cents=total_cents(frame.items),
        communication=format_structured_communication(digits) if digits else file,
    )


def _of_quarter(frame: Frame, quarter: Quarter) -> dict[str, str]:
    items = [item for item in frame.items if item.quarter == quarter]
    amount = frame.words.euro(total_cents(items))
    communication = format_structured_communication(items[0].communication)
    return {"label": frame.words.quarter(quarter), "value": f"{amount}, {communication}"}


def surcharges_block(frame: Frame) -> JsonObject:
    """Return what the law adds as long as nobody pays."""
    words = frame.words
    return text(
        words.say(
            "surcharges",
            quarterly_rate=words.percent(frame.quarterly_rate),
            yearly_rate=words.percent(frame.yearly_rate),
        )
    )


def known_day(day: date | None) -> date:
    """Return the day of a step that a letter names; raises ``ValueError`` when it was not taken."""
    if day is None:
        raise ValueError("a letter names the date of a step that was not taken")
    return day
