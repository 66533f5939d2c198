"""What each letter of benefits says, as data for its template: pure, so that every sentence can be tested.

A letter is a title, a reference, blocks (paragraphs, lists, one table) and, on a decision, the six mentions of article
14 of the Charter; a decision without all of them is refused here, before anything is printed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from services.benefits.droit_passerelle.letters.wording import Wording, wording
from shared.contracts.vocabulary import Language
from shared.law.calendar import add_months
from shared.law.fund import FundSettings
from shared.law.labour_courts import competent_court
from shared.law.money import format_euro
from shared.law.quarter import Quarter
from shared.law.remedies import Mention, require_mentions

Block = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Recipient:
    """Whom a letter goes to; never kept outside the letter."""

    name: str
    street: str
    house_number: str
    postal_code: str
    city: str
    country: str
    language: Language


@dataclass(frozen=True, kw_only=True)
class ClaimOfLetter:
    """The claim a letter speaks of."""

    file_number: int
    ground: str
    fact_on: date
    received_on: date


@dataclass(frozen=True, kw_only=True)
class PrintedMonth:
    """One line of the table of a granted claim; an amount the law does not know yet stays open."""

    month_on: date
    parts: int
    full: bool
    amount_cents: int | None


@dataclass(frozen=True, kw_only=True)
class Grant:
    """What a granted claim gives."""

    monthly_cents: int
    months: int
    last_day: date
    printed_months: Sequence[PrintedMonth]
    replacement_income_cents: int
    dependant_missing: bool
    relief_quarters: Sequence[Quarter]
    waives_contributions: bool
    pay_before: date


@dataclass(frozen=True, kw_only=True)
class Reason:
    """A rule that a letter explains: its name and the facts it looked at."""

    rule: str
    facts: Mapping[str, Any]


def acknowledgement(
    *, recipient: Recipient, claim: ClaimOfLetter, fund: FundSettings, today: date, decide_before: date
) -> dict[str, Any]:
    """Compose the acknowledgement of receipt of article 9 of the Charter."""
    words = wording(recipient.language)
    paragraphs = words.sentences(
        "acknowledgement",
        "paragraphs",
        **_common(words, claim),
        decideBefore=words.day(decide_before),
    )
    return _letter(
        recipient=recipient,
        claim=claim,
        fund=fund,
        today=today,
        title=words.sentence("acknowledgement", "title"),
        blocks=[_paragraph(text) for text in paragraphs],
    )


def information(
    *,
    recipient: Recipient,
    claim: ClaimOfLetter,
    fund: FundSettings,
    today: date,
    missing: Sequence[Reason],
    due_on: date,
) -> dict[str, Any]:
    """Compose the request for what is missing (Charter art. 11; programme law art. 194 par. 3)."""
    words = wording(recipient.language)
    return _asking(words, "information", recipient, claim, fund, today, missing, {"dueOn": words.day(due_on)})


def reminder(
    *,
    recipient: Recipient,
    claim: ClaimOfLetter,
    fund: FundSettings,
    today: date,
    missing: Sequence[Reason],
    asked_on: date,
    silence_on: date,
) -> dict[str, Any]:
    """Compose the reminder after which the fund may decide on what it has (Charter art. 11)."""
    words = wording(recipient.language)
    values = {"askedOn": words.day(asked_on), "silenceOn": words.day(silence_on)}
    return _asking(words, "reminder", recipient, claim, fund, today, missing, values)


def late(
    *,
    recipient: Recipient,
    claim: ClaimOfLetter,
    fund: FundSettings,
    today: date,
    missing: Sequence[Reason],
    decide_before: date,
) -> dict[str, Any]:
    """Compose the news that no decision was taken in time, with the reasons (Charter art. 10 al. 2)."""
    words = wording(recipient.language)
    values = {"decideBefore": words.day(decide_before)}
    letter = _asking(words, "late", recipient, claim, fund, today, missing, values)
    if not missing:
        review = _list([words.sentence("late", "underReview")])
        letter["blocks"] = [review if block["kind"] == "list" else block for block in letter["blocks"]]
    return letter


def granted(
    *, recipient: Recipient, claim: ClaimOfLetter, fund: FundSettings, today: date, grant: Grant
) -> dict[str, Any]:
    """Compose a decision that grants; the computation it shows is its reasons in law (Charter art. 13).

    Raises:
        MentionsMissing: a mention of article 14 of the Charter lacks.
    """
    words = wording(recipient.language)
    language = recipient.language.value
    values = {
        **_common(words, claim),
        "monthly": format_euro(grant.monthly_cents, language),
        "months": words.number_of_months(grant.months),
        "lastDay": words.day(grant.last_day),
        "windowLastDay": words.day(add_months(claim.fact_on.replace(day=1), 2) - timedelta(days=1)),
        "payoutDay": fund.policy.payout_day,
        "payBefore": words.day(grant.pay_before),
    }
    blocks = [_paragraph(text) for text in words.sentences("granted", "paragraphs", **values)]
    blocks.append(_heading(words.sentence("granted", "amountTitle")))
    blocks += [_paragraph(text) for text in words.sentences("granted", "amount", **values)]
    if grant.replacement_income_cents:
        replacement = format_euro(grant.replacement_income_cents, language)
        blocks.append(_paragraph(words.sentence("granted", "replacement", replacement=replacement)))
    if grant.dependant_missing:
        blocks.append(_paragraph(words.sentence("granted", "dependantMissing")))
    blocks.append(_months(words, grant.printed_months, language))
    blocks.append(_paragraph(words.sentence("granted", "payment", **values)))
    blocks += _rights(words, grant)
    blocks.append(_heading(words.sentence("granted", "dutyTitle")))
    blocks.append(_paragraph(words.sentence("granted", "duty")))
    return _decision(
        recipient=recipient,
        claim=claim,
        fund=fund,
        today=today,
        title=words.sentence("granted", "title"),
        blocks=blocks,
    )


def refused(
    *,
    recipient: Recipient,
    claim: ClaimOfLetter,
    fund: FundSettings,
    today: date,
    reasons: Sequence[Reason],
) -> dict[str, Any]:
    """Compose a decision that refuses, with every reason in plain words.

    Raises:
        ValueError: there is no reason.
        MentionsMissing: a mention of article 14 of the Charter lacks.
    """
    if not reasons:
        raise ValueError("reasons: a refusal says why (Charter art. 13)")
    words = wording(recipient.language)
    blocks = [_paragraph(text) for text in words.sentences("refused", "paragraphs", **_common(words, claim))]
    blocks.append(_list(_explain(words, reasons, "refused")))
    blocks += [_paragraph(text) for text in words.sentences("refused", "after")]
    return _decision(
        recipient=recipient,
        claim=claim,
        fund=fund,
        today=today,
        title=words.sentence("refused", "title"),
        blocks=blocks,
    )


def decision_mentions(*, recipient: Recipient, claim: ClaimOfLetter, fund: FundSettings) -> dict[Mention, str]:
    """Write the six mentions of article 14 of the Charter for one decision."""
    words = wording(recipient.language)
    court = competent_court(country=recipient.country, postal_code=recipient.postal_code, language=recipient.language)
    values = {
        "court": court.name(recipient.language),
        "courtAddress": court.address(),
        "file": _file(claim),
        "fund": fund.name[recipient.language.value],
        "telephone": fund.contact.telephone,
        "email": fund.contact.email,
        "openingHours": fund.contact.opening_hours[recipient.language.value],
    }
    return {mention: words.sentence("mentions", mention.value, **values) for mention in Mention}


def _decision(
    *,
    recipient: Recipient,
    claim: ClaimOfLetter,
    fund: FundSettings,
    today: date,
    title: str,
    blocks: list[Block],
) -> dict[str, Any]:
    mentions = decision_mentions(recipient=recipient, claim=claim, fund=fund)
    require_mentions(mentions)
    words = wording(recipient.language)
    blocks = [*blocks, _heading(words.sentence("remediesTitle")), _list([mentions[mention] for mention in Mention])]
    letter = _letter(recipient=recipient, claim=claim, fund=fund, today=today, title=title, blocks=blocks)
    signatory = fund.signatory_of("decision")
    letter["signatory"] = {"name": signatory.name, "title": signatory.title[recipient.language.value]}
    letter["registered"] = True
    return letter


def _asking(
    words: Wording,
    kind: str,
    recipient: Recipient,
    claim: ClaimOfLetter,
    fund: FundSettings,
    today: date,
    missing: Sequence[Reason],
    values: Mapping[str, str],
) -> dict[str, Any]:
    blocks = [_paragraph(text) for text in words.sentences(kind, "paragraphs", **values)]
    blocks.append(_list(_explain(words, missing, "asked")))
    blocks += [_paragraph(text) for text in words.sentences(kind, "after", **values)]
    return _letter(
        recipient=recipient,
        claim=claim,
        fund=fund,
        today=today,
        title=words.sentence(kind, "title"),
        blocks=blocks,
    )


def _letter(
    *,
    recipient: Recipient,
    claim: ClaimOfLetter,
    fund: FundSettings,
    today: date,
    title: str,
    blocks: Sequence[Block],
) -> dict[str, Any]:
    words = wording(recipient.language)
    language = recipient.language.value
    return {
        "language": language,
        "businessDate": today,
        "dateText": words.day(today),
        "title": title,
        "reference": words.sentence("reference", **_common(words, claim)),
        "fileNumber": _file(claim),
        "fund": {
            "name": fund.name[language],
            "number": fund.number,
            "street": fund.address.street[language],
            "houseNumber": fund.address.house_number,
            "postalCode": fund.address.postal_code,
            "city": fund.address.city[language],
            "telephone": fund.contact.telephone,
            "email": fund.contact.email,
            "website": fund.contact.website,
        },
        "recipient": {
            "name": recipient.name,
            "street": recipient.street,
            "houseNumber": recipient.house_number,
            "postalCode": recipient.postal_code,
            "city": recipient.city,
            "country": recipient.country,
        },
        "salutation": words.sentence("salutation"),
        "blocks": list(blocks),
        "closing": words.sentence("closing"),
        "registered": False,
        "signatory": None,
    }


def _common(words: Wording, claim: ClaimOfLetter) -> dict[str, str]:
    return {
        "file": _file(claim),
        "received": words.day(claim.received_on),
        "fact": words.day(claim.fact_on),
        "ground": words.sentence("grounds", claim.ground),
    }


def _file(claim: ClaimOfLetter) -> str:
    return f"{claim.file_number:07d}"


def _explain(words: Wording, reasons: Sequence[Reason], kind: str) -> list[str]:
    return [words.sentence("rules", reason.rule, kind, **words.rule_values(reason.facts)) for reason in reasons]


def _months(words: Wording, months: Sequence[PrintedMonth], language: str) -> Block:
    rows = []
    for one in months:
        basis = words.sentence("granted", "fullMonth" if one.full else "parts", parts=one.parts)
        if one.amount_cents is None:
            amount = words.sentence("granted", "unknownAmount")
        else:
            amount = format_euro(one.amount_cents, language)
        rows.append([words.month(one.month_on), basis, amount])
    return {"kind": "table", "header": words.sentences("granted", "tableHeader"), "rows": rows}


def _rights(words: Wording, grant: Grant) -> list[Block]:
    blocks = [_heading(words.sentence("granted", "rightsTitle"))]
    if not grant.relief_quarters:
        return [*blocks, _paragraph(words.sentence("granted", "noRights"))]
    quarters = words.listed([words.quarter(quarter) for quarter in grant.relief_quarters])
    blocks.append(_paragraph(words.sentence("granted", "rights", quarters=quarters)))
    if grant.waives_contributions:
        blocks.append(_paragraph(words.sentence("granted", "waived")))
    return blocks


def _paragraph(text: str) -> Block:
    return {"kind": "paragraph", "text": text}


def _heading(text: str) -> Block:
    return {"kind": "heading", "text": text}


def _list(items: Sequence[str]) -> Block:
    return {"kind": "list", "items": list(items)}
