"""What each letter of benefits says, as data for its template: pure, so that every sentence can be tested.

A letter is a title, a reference, blocks (paragraphs, lists, one table) and, on a decision, the six mentions of article
14 of the Charter; a decision without all of them is refused here, before anything is printed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

from shared.contracts.vocabulary import Language
from shared.correspondence import frame
from shared.correspondence.frame import Block, bullets, heading, text
from shared.correspondence.remedies import remedies
from shared.correspondence.wording import Spaces, Wording, wording
from shared.law.calendar import add_months
from shared.law.fund import FundSettings, Signatory
from shared.law.quarter import Quarter
from shared.platform.database.rows import JsonObject

_WORDS: Final = Path(__file__).with_name("words")
#: What these letters print of the fund: no account, for nobody pays for a benefit.
_OF_THE_FUND: Final = ("name", "street", "city", "telephone", "email", "website")


def words_of(language: Language) -> Wording:
    """Return the words of these letters, whose days stay beside their months."""
    return wording(_WORDS, language, spaces=Spaces.DAY)


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
) -> JsonObject:
    """Compose the acknowledgement of receipt of article 9 of the Charter."""
    words = words_of(recipient.language)
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
        title=words.say("acknowledgement", "title"),
        blocks=[text(sentence) for sentence in paragraphs],
    )


def information(
    *,
    recipient: Recipient,
    claim: ClaimOfLetter,
    fund: FundSettings,
    today: date,
    missing: Sequence[Reason],
    due_on: date,
) -> JsonObject:
    """Compose the request for what is missing (Charter art. 11; programme law art. 194 par. 3)."""
    words = words_of(recipient.language)
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
) -> JsonObject:
    """Compose the reminder after which the fund may decide on what it has (Charter art. 11)."""
    words = words_of(recipient.language)
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
) -> JsonObject:
    """Compose the news that no decision was taken in time, with the reasons (Charter art. 10 al. 2)."""
    words = words_of(recipient.language)
    values = {"decideBefore": words.day(decide_before)}
    letter = _asking(words, "late", recipient, claim, fund, today, missing, values)
    if not missing:
        review = bullets([words.say("late", "underReview")])
        letter["blocks"] = [review if block["kind"] == "list" else block for block in letter["blocks"]]
    return letter


def granted(
    *, recipient: Recipient, claim: ClaimOfLetter, fund: FundSettings, today: date, grant: Grant
) -> JsonObject:
    """Compose a decision that grants; the computation it shows is its reasons in law (Charter art. 13).

    Raises:
        MentionsMissing: a mention of article 14 of the Charter lacks.
    """
    words = words_of(recipient.language)
    values = {
        **_common(words, claim),
        "monthly": words.euro(grant.monthly_cents),
        "months": words.counted(grant.months, "months"),
        "lastDay": words.day(grant.last_day),
        "windowLastDay": words.day(add_months(claim.fact_on.replace(day=1), 2) - timedelta(days=1)),
        "payoutDay": fund.policy.payout_day,
        "payBefore": words.day(grant.pay_before),
    }
    blocks = [text(sentence) for sentence in words.sentences("granted", "paragraphs", **values)]
    blocks.append(heading(words.say("granted", "amountTitle")))
    blocks += [text(sentence) for sentence in words.sentences("granted", "amount", **values)]
    if grant.replacement_income_cents:
        replacement = words.euro(grant.replacement_income_cents)
        blocks.append(text(words.say("granted", "replacement", replacement=replacement)))
    if grant.dependant_missing:
        blocks.append(text(words.say("granted", "dependantMissing")))
    blocks.append(_months(words, grant.printed_months))
    blocks.append(text(words.say("granted", "payment", **values)))
    blocks += _rights(words, grant)
    blocks.append(heading(words.say("granted", "dutyTitle")))
    blocks.append(text(words.say("granted", "duty")))
    return _decision(
        recipient=recipient,
        claim=claim,
        fund=fund,
        today=today,
        title=words.say("granted", "title"),
        blocks=blocks,
    )


def refused(
    *,
    recipient: Recipient,
    claim: ClaimOfLetter,
    fund: FundSettings,
    today: date,
    reasons: Sequence[Reason],
) -> JsonObject:
    """Compose a decision that refuses, with every reason in plain words.

    Raises:
        ValueError: there is no reason.
        MentionsMissing: a mention of article 14 of the Charter lacks.
    """
    if not reasons:
        raise ValueError("reasons: a refusal says why (Charter art. 13)")
    words = words_of(recipient.language)
    blocks = [text(sentence) for sentence in words.sentences("refused", "paragraphs", **_common(words, claim))]
    blocks.append(bullets(_explain(words, reasons, "refused")))
    blocks += [text(sentence) for sentence in words.sentences("refused", "after")]
    return _decision(
        recipient=recipient,
        claim=claim,
        fund=fund,
        today=today,
        title=words.say("refused", "title"),
        blocks=blocks,
    )


def _decision(
    *,
    recipient: Recipient,
    claim: ClaimOfLetter,
    fund: FundSettings,
    today: date,
    title: str,
    blocks: list[Block],
) -> JsonObject:
    told = remedies(
        words=words_of(recipient.language),
        fund=fund,
        file_number=claim.file_number,
        country=recipient.country,
        postal_code=recipient.postal_code,
    )
    letter = _letter(
        recipient=recipient,
        claim=claim,
        fund=fund,
        today=today,
        title=title,
        blocks=[*blocks, *told],
        signatory=fund.signatory_of("decision"),
    )
    return {**letter, "registered": True}


def _asking(
    words: Wording,
    kind: str,
    recipient: Recipient,
    claim: ClaimOfLetter,
    fund: FundSettings,
    today: date,
    missing: Sequence[Reason],
    values: Mapping[str, str],
) -> JsonObject:
    blocks = [text(sentence) for sentence in words.sentences(kind, "paragraphs", **values)]
    blocks.append(bullets(_explain(words, missing, "asked")))
    blocks += [text(sentence) for sentence in words.sentences(kind, "after", **values)]
    return _letter(
        recipient=recipient,
        claim=claim,
        fund=fund,
        today=today,
        title=words.say(kind, "title"),
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
    signatory: Signatory | None = None,
) -> JsonObject:
    words = words_of(recipient.language)
    framed = frame.letter(
        words=words,
        fund=fund,
        recipient=frame.recipient_block(
            name=recipient.name,
            street=f"{recipient.street} {recipient.house_number}",
            city=f"{recipient.postal_code} {recipient.city}",
            country=recipient.country,
        ),
        file_number=claim.file_number,
        day=today,
        subject=title,
        blocks=blocks,
        signatory=signatory,
    )
    return {
        **framed,
        "dateLine": words.day(today),
        "reference": words.say("reference", **_common(words, claim)),
        "fund": {name: framed["fund"][name] for name in _OF_THE_FUND},
    }


def _common(words: Wording, claim: ClaimOfLetter) -> dict[str, str]:
    return {
        "received": words.day(claim.received_on),
        "fact": words.day(claim.fact_on),
        "ground": words.say("grounds", claim.ground),
    }


def _explain(words: Wording, reasons: Sequence[Reason], kind: str) -> list[str]:
    return [words.say("rules", reason.rule, kind, **_values_of(words, reason.facts)) for reason in reasons]


def _months(words: Wording, months: Sequence[PrintedMonth]) -> Block:
    rows = []
    for one in months:
        basis = words.say("granted", "fullMonth" if one.full else "parts", parts=one.parts)
        amount = words.say("granted", "unknownAmount") if one.amount_cents is None else words.euro(one.amount_cents)
        rows.append([words.month(one.month_on), basis, amount])
    return {"kind": "table", "header": words.sentences("granted", "tableHeader"), "rows": rows}


def _rights(words: Wording, grant: Grant) -> list[Block]:
    blocks = [heading(words.say("granted", "rightsTitle"))]
    if not grant.relief_quarters:
        return [*blocks, text(words.say("granted", "noRights"))]
    quarters = words.listed([words.quarter(quarter) for quarter in grant.relief_quarters])
    blocks.append(text(words.say("granted", "rights", quarters=quarters)))
    if grant.waives_contributions:
        blocks.append(text(words.say("granted", "waived")))
    return blocks


def _values_of(words: Wording, facts: Mapping[str, Any]) -> dict[str, str]:
    """Write the facts of a rule as a sentence needs them: dates, quarters and lists in words."""
    values = {name: _written(words, value) for name, value in facts.items()}
    paid = facts.get("paidQuarters")
    values["paidCount"] = str(len(paid)) if isinstance(paid, list) else ""
    return values


def _written(words: Wording, value: Any) -> str:
    if isinstance(value, list):
        return words.listed([_written(words, item) for item in value])
    if isinstance(value, str):
        if len(value) >= 6 and value[4:5] == "Q":
            return words.quarter(Quarter.parse(value[:6]))
        if len(value) == len("2026-01-01") and value[4] == value[7] == "-":
            return words.day(date.fromisoformat(value))
    return "" if value is None else str(value)
