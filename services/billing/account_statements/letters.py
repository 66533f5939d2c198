"""The statement of account: what is open in a dossier on a day, line by line, with what to mention when paying."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from services.billing.correspondence.letters import plain_letter, words_for
from shared.contracts.vocabulary import AmountKind
from shared.correspondence.addressee import Addressee
from shared.correspondence.wording import Wording
from shared.law.fund import FundSettings
from shared.law.identifiers import format_structured_communication
from shared.law.quarter import Quarter
from shared.platform.database.rows import JsonObject

_NAME = "account"
#: What the law asks on a last day (RGS art. 42); all else is owed from the day it is charged.
_WITH_LAST_DAY = frozenset({AmountKind.PRINCIPAL, AmountKind.FEE})


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenLine:
    """What is open of one kind of one quarter; ``reference`` is the structured reference of its notice, or None.

    Attributes:
        due_on: last day on which the contribution and the fee of the quarter could arrive.
        charged_on: the day surcharges, interest, costs or a fine were charged, which have no last day to pay of their
            own; None when they were charged on several days.
    """

    quarter: Quarter
    kind: str
    open_cents: int
    due_on: date
    charged_on: date | None
    reference: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnedCollection:
    """A direct debit that came back: how much, when it was collected and when it came back."""

    amount_cents: int
    collected_on: date
    returned_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountStatement:
    """What a dossier owes on a day, and what it paid too much; interest that is not booked yet stands apart.

    Attributes:
        returned: its newest direct debit when that one came back, so that what it had paid is owed again.
    """

    file_number: int
    day: date
    lines: Sequence[OpenLine]
    accrued_interest_cents: int
    credit_cents: int
    returned: ReturnedCollection | None = None

    @property
    def total_cents(self) -> int:
        """What is open, without the interest that still runs."""
        return sum(line.open_cents for line in self.lines)


def account_statement(*, statement: AccountStatement, addressee: Addressee, fund: FundSettings) -> JsonObject:
    """Return what the template prints, in the addressee's language."""
    words = words_for(addressee, _NAME)
    paragraphs = ["text" if statement.lines else "nothing"]
    returned = statement.returned if statement.lines else None
    paragraphs += ["returned"] if returned is not None else []
    paragraphs += ["interest"] if statement.accrued_interest_cents else []
    paragraphs += ["credit"] if statement.credit_cents else []
    table = {
        "kind": "table",
        "rows": [[_line(words, line), words.euro(line.open_cents)] for line in statement.lines],
        "total": [words["totalOpen"], words.euro(statement.total_cents)],
    }
    return plain_letter(
        name=_NAME,
        file_number=statement.file_number,
        day=statement.day,
        values={
            "day": statement.day,
            "total": statement.total_cents,
            "interest": statement.accrued_interest_cents,
            "credit": statement.credit_cents,
            **({} if returned is None else _returned(returned)),
        },
        paragraphs=paragraphs,
        table=table if statement.lines else None,
        addressee=addressee,
        fund=fund,
    )


def _returned(returned: ReturnedCollection) -> dict[str, date | int]:
    return {
        "returned": returned.amount_cents,
        "collectedOn": returned.collected_on,
        "returnedOn": returned.returned_on,
    }


def _line(words: Wording, line: OpenLine) -> str:
    reference = line.reference
    communication = (
        ""
        if reference is None
        else words.say("communicationOf", reference=format_structured_communication(reference))
    )
    day = line.due_on if line.kind in _WITH_LAST_DAY else line.charged_on
    form = "line" if line.kind in _WITH_LAST_DAY else "lineOfSeveralDays" if day is None else "lineOfDay"
    return words.say(
        form,
        quarter=words.quarter(line.quarter),
        kind=words["kinds"][line.kind],
        day="" if day is None else words.day(day),
        communication=communication,
    )
