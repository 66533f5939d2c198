"""Puts recovery's letters together: what each one says, as blocks that one template sets on paper."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from services.recovery.clients import DebtorIdentity
from services.recovery.domain.debts import OpenItem, total_cents
from services.recovery.domain.humane import Offer
from services.recovery.domain.last_reminder import LastReminderContent, Mention
from services.recovery.domain.motivation import ContactHistory, motivation_of
from services.recovery.domain.roll import CreditorFund, Debtor, Remedy, Roll, RollDraft
from services.recovery.letters.wording import Words
from shared.law.fund import FundSettings, Signatory
from shared.law.identifiers import Iban, format_structured_communication
from shared.law.quarter import Quarter
from shared.platform.documents import sepa_qr_svg

TEMPLATE: Final = Path(__file__).with_name("letter.typ")
#: The mentions of RGS art. 46, in the order in which a reader needs them.
MENTIONS: Final = (
    Mention.WITHIN_ONE_MONTH,
    Mention.CONTEST_BY_REGISTERED_LETTER,
    Mention.PLAN_BY_REGISTERED_LETTER,
    Mention.WARRANT_FOLLOWS,
)


_NO_CONTACT: Final = ContactHistory()


@dataclass(frozen=True)
class Frame:
    """What every letter needs: language, fund, addressee, reference, day, the debts and the ways out.

    Attributes:
        reference: our reference of the case on the letter, without personal data.
        quarterly_rate, yearly_rate: the surcharges of RGS art. 44 and 44bis on the day of the letter.
    """

    words: Words
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


def reminder(frame: Frame) -> dict[str, Any]:
    """Return the content of the first reminder."""
    say = frame.words.say
    blocks = [
        _text(say("reminder", "opening")),
        _table(frame),
        _payment(frame),
        *_offers(frame),
        _surcharges(frame),
    ]
    signatory = frame.fund.signatory_of("letter")
    return _letter(frame, subject=say("reminder", "subject"), blocks=blocks, signatory=signatory)


def statement(frame: Frame, dates: AmicableDates) -> dict[str, Any]:
    """Return the content of the statement of account; it says what comes next, and when at the earliest."""
    words = frame.words
    say = words.say
    blocks = [
        _text(
            say(
                "statement",
                "opening",
                today=words.date(frame.today),
                reminder_on=words.date(_known(dates.reminder_on)),
            )
        ),
        _table(frame),
        _payment(frame),
        *_offers(frame),
        _heading(say("statement", "next_title")),
        _text(
            say(
                "statement",
                "next",
                contact_on=words.date(_known(dates.contact_on)),
                last_reminder_on=words.date(_known(dates.last_reminder_on)),
            )
        ),
        _surcharges(frame),
    ]
    signatory = frame.fund.signatory_of("letter")
    return _letter(frame, subject=say("statement", "subject"), blocks=blocks, signatory=signatory)


def last_reminder_content(frame: Frame, *, contest_months: int) -> LastReminderContent:
    """Return what the last reminder states, so that it can be checked before it is put on paper."""
    words = frame.words
    return LastReminderContent(
        sums=frame.items,
        wording={
            mention: words.say("last_reminder", "mentions", mention.value, months=words.months(contest_months))
            for mention in MENTIONS
        },
        signatory=_signature(words, frame.fund.signatory_of("lastReminder")),
    )


def last_reminder(frame: Frame, content: LastReminderContent, dates: AmicableDates) -> dict[str, Any]:
    """Return the content of the registered last reminder (RGS art. 46)."""
    words = frame.words
    say = words.say
    blocks = [
        _text(_last_reminder_opening(words, dates)),
        _table(frame),
        _payment(frame),
        _heading(say("last_reminder", "rights_title")),
        {"kind": "box", "paragraphs": [content.wording[mention] for mention in MENTIONS]},
        *_offers(frame),
        _surcharges(frame),
        _text(say("last_reminder", "costs")),
    ]
    letter = _letter(
        frame,
        subject=say("last_reminder", "subject"),
        blocks=blocks,
        signatory=frame.fund.signatory_of("lastReminder"),
    )
    return {**letter, "registered": say("last_reminder", "registered")}


def _last_reminder_opening(words: Words, dates: AmicableDates) -> str:
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
        reminder_on=words.date(_known(dates.reminder_on)),
        statement_on=words.date(_known(dates.statement_on)),
        contact_on="" if day is None else words.date(day),
    )


def roll_draft(
    frame: Frame, draft: RollDraft, *, fund: CreditorFund, debtor: Debtor, signatory: Signatory, opposition_months: int
) -> dict[str, Any]:
    """Return what a designated person reads before deciding: all of the warrant but the visa and its dates.

    It is never sent and says so itself.
    """
    say = frame.words.say
    blocks = [
        {"kind": "box", "paragraphs": [say("warrant", "draft_opening")]},
        *_roll_extract(frame, draft, fund, debtor),
        _heading(f"5-7. {say('warrant', 'dates_title')}"),
        _text(say("warrant", "draft_dates")),
        *_remedies(frame, draft, opposition_months),
        *_offers(frame),
    ]
    return _letter(frame, subject=say("warrant", "draft_subject"), blocks=blocks, signatory=signatory)


def warrant(
    frame: Frame, roll: Roll, *, signatory: Signatory, pay_hours: int, opposition_months: int
) -> dict[str, Any]:
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
    pay_until = words.date(roll.pay_until)
    last_chance = say("warrant", "last_chance", pay_until=pay_until, hours=words.hours(pay_hours))
    blocks = [
        _text(say("warrant", "opening")),
        *_roll_extract(frame, roll.draft, roll.fund, roll.debtor),
        _heading(f"5-7. {say('warrant', 'dates_title')}"),
        _text(
            say(
                "warrant",
                "dates",
                visa_on=words.date(roll.visa_on),
                sent_on=words.date(roll.sent_on),
                pay_until=pay_until,
            )
        ),
        {"kind": "box", "paragraphs": [last_chance]},
        _payment(frame),
        *_remedies(frame, roll.draft, opposition_months),
        *_offers(frame),
        _text(f"{say('warrant', 'visa')} {roll.visa_by}"),
        _text(f"{say('warrant', 'issued')} {roll.issued_by}"),
    ]
    return _letter(frame, subject=say("warrant", "subject"), blocks=blocks, signatory=signatory)


def _roll_extract(frame: Frame, draft: RollDraft, fund: CreditorFund, debtor: Debtor) -> list[dict[str, Any]]:
    """Return fields 1 to 4 of the roll."""
    words = frame.words
    say = words.say
    return [
        _heading(f"1. {say('warrant', 'fund_title')}"),
        _text(say("warrant", "fund_line", name=fund.name, number=fund.number, address=fund.address)),
        _heading(f"2. {say('warrant', 'debtor_title')}"),
        _text(_debtor_line(words, debtor)),
        _heading(f"3. {say('warrant', 'breakdown_title')}"),
        _table(frame),
        _heading(f"4. {say('warrant', 'motivation_title')}"),
        *(_text(sentence) for sentence in _motivation(words, draft)),
    ]


def _remedies(frame: Frame, draft: RollDraft, opposition_months: int) -> list[dict[str, Any]]:
    """Return field 8 of the roll."""
    words = frame.words
    sentences = (_remedy(words, remedy, opposition_months) for remedy in draft.remedies)
    return [_heading(f"8. {words.say('warrant', 'remedies_title')}"), *map(_text, sentences)]


def signature_of(words: Words, signatory: Signatory) -> str:
    """Return who signs, with the function in the reader's language."""
    return _signature(words, signatory)


def _debtor_line(words: Words, debtor: Debtor) -> str:
    if debtor.enterprise_number:
        number, line = debtor.enterprise_number, "company_line"
    else:
        number, line = debtor.national_number, "person_line"
    return words.say("warrant", line, name=debtor.name, address=debtor.address, number=number)


def _motivation(words: Words, draft: RollDraft) -> list[str]:
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
    facts = {name: words.date(day) for name, day in days.items() if day is not None}
    return [words.say("warrant", "motivation", reason.value, **facts) for reason in motivation_of(grounds)]


def _remedy(words: Words, remedy: Remedy, opposition_months: int) -> str:
    return words.say("warrant", "remedies", remedy.value, months=words.months(opposition_months))


def _letter(frame: Frame, *, subject: str, blocks: Sequence[dict[str, Any]], signatory: Signatory) -> dict[str, Any]:
    words, fund, identity = frame.words, frame.fund, frame.identity
    language = words.language.value
    contact = words.say(
        "contact",
        telephone=fund.contact.telephone,
        hours=fund.contact.opening_hours[language],
        email=fund.contact.email,
    )
    return {
        "businessDate": frame.today,
        "language": language,
        "subject": subject,
        "registered": "",
        "dateLine": f"{fund.address.city[language]}, {words.date(frame.today)}",
        "reference": words.say("our_reference", reference=frame.reference),
        "fileNumber": f"{words.say('file')} {identity.file_number:07d}",
        "fund": _fund(fund, language),
        "recipient": {
            "name": identity.name,
            "street": identity.street,
            "city": f"{identity.postal_code} {identity.city}",
            "country": "" if identity.country == "BE" else identity.country,
        },
        "greeting": words.say("greeting"),
        "blocks": [*blocks, _text(contact)],
        "closing": words.say("closing"),
        "signature": {"name": signatory.name, "title": signatory.title[language]},
    }


def _fund(fund: FundSettings, language: str) -> dict[str, str]:
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


def _signature(words: Words, signatory: Signatory) -> str:
    return f"{signatory.name}, {signatory.title[words.language.value]}"


def _text(sentence: str) -> dict[str, Any]:
    return {"kind": "text", "text": sentence}


def _heading(title: str) -> dict[str, Any]:
    return {"kind": "heading", "text": title}


def _offers(frame: Frame) -> list[dict[str, Any]]:
    words = frame.words
    items = [
        words.say(
            "offers",
            offer.alternative.value,
            last_day="" if offer.last_day is None else words.date(offer.last_day),
        )
        for offer in frame.offered
    ]
    separator = words.say("list_separator")
    sentences = [f"{item}{separator}" for item in items[:-1]] + [f"{item}." for item in items[-1:]]
    return [
        _heading(words.say("offers_title")),
        _text(words.say("offers_intro")),
        {"kind": "list", "items": sentences},
    ]


def _table(frame: Frame) -> dict[str, Any]:
    words = frame.words
    columns = ["quarter", "kind", "due", "amount"]
    return {
        "kind": "table",
        "columns": [words.say("columns", column) for column in columns],
        "rows": [
            [words.quarter(item.quarter), words.kind(item.kind), words.date(item.due_on), words.euro(item.open_cents)]
            for item in frame.items
        ],
        "total": [words.say("total"), words.euro(total_cents(frame.items))],
    }


def _payment(frame: Frame) -> dict[str, Any]:
    """Return how to pay: with a code to scan when one communication pays everything, else one line per quarter."""
    words, fund = frame.words, frame.fund
    account = fund.contributions_account
    beneficiary = fund.short_name[words.language.value]
    by_quarter = {item.quarter: item.communication for item in frame.items}
    labels = [
        ("account", Iban(account.iban).formatted()),
        ("bic", account.bic),
        ("beneficiary", beneficiary),
    ]
    block: dict[str, Any] = {"kind": "payment", "heading": words.say("payment", "heading")}
    if len(by_quarter) > 1 and all(by_quarter.values()):
        return {
            **block,
            "rows": [*_labelled(words, labels), *(_of_quarter(frame, quarter) for quarter in sorted(by_quarter))],
            "lines": [words.say("payment", "several")],
        }
    amount = total_cents(frame.items)
    [digits] = set(by_quarter.values()) if len(by_quarter) == 1 else {""}
    file = words.say("payment", "file", file=f"{frame.identity.file_number:07d}")
    communication = format_structured_communication(digits) if digits else file
    qr = sepa_qr_svg(
        name=beneficiary, iban=account.iban, bic=account.bic, amount_cents=amount, communication=communication
    )
    rows = _labelled(words, [("amount", words.euro(amount)), *labels, ("communication", communication)])
    return {**block, "rows": rows, "qr": qr, "scan": words.say("payment", "scan")}


def _labelled(words: Words, pairs: Sequence[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"label": words.say("payment", name), "value": value} for name, value in pairs]


def _of_quarter(frame: Frame, quarter: Quarter) -> dict[str, str]:
    items = [item for item in frame.items if item.quarter == quarter]
    amount = frame.words.euro(total_cents(items))
    communication = format_structured_communication(items[0].communication)
    return {"label": frame.words.quarter(quarter), "value": f"{amount}, {communication}"}


def _surcharges(frame: Frame) -> dict[str, Any]:
    words = frame.words
    return _text(
        words.say(
            "surcharges",
            quarterly_rate=words.percent(frame.quarterly_rate),
            yearly_rate=words.percent(frame.yearly_rate),
        )
    )


def _known(day: date | None) -> date:
    if day is None:
        raise ValueError("a letter names the date of a step that was not taken")
    return day
