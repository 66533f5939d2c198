"""Small amounts of people who are no longer subject: what may be given up, what need not be paid (RGS art. 50bis).

Both are possibilities, not duties: a person decides, and what was given up is a waiver in the books like any other.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.billing.ledger.rules.debtor_account import DebtorAccount
from services.billing.ledger.rules.entries import Account, EntryKind, JournalEntry, JournalLine, LineNature, entry_id
from shared.law.parameters import Parameters
from shared.law.quarter import Quarter

WAIVER_ARTICLE = "RGS art. 50bis par. 1"
REFUND_ARTICLE = "RGS art. 50bis par. 2"


class NotASmallClaim(ValueError):
    """A debt may not be given up as a small one; ``rule`` names why: stillSubject, nothingOpen, tooMuch, notWarned."""

    def __init__(self, rule: str, detail: str) -> None:
        super().__init__(detail)
        self.rule = rule


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenUp:
    """A small claim that was given up: its entry, how much, and the quarters that are settled by it."""

    entry: JournalEntry
    waived_cents: int
    settled: tuple[Quarter, ...]


def give_up_small_claim(
    account: DebtorAccount,
    *,
    decision_id: UUID,
    decided_on: date,
    still_subject: bool,
    pension_affected: bool,
    warned_on: date | None,
    parameters: Parameters,
) -> GivenUp:
    """Give up everything somebody still owes who is no longer subject, when it is less than the law's amount.

    Args:
        account: the account; changed.
        decision_id: identity of the decision, so that it is booked once.
        decided_on: day of the decision.
        still_subject: whether an activity goes on.
        pension_affected: whether rights to a pension are lost with the quarters that stay unpaid.
        warned_on: day on which the person was told so; needed when a pension is affected.
        parameters: the law.

    Raises:
        NotASmallClaim: the law does not allow it.
        ParameterMissing: the amount is not known for the day.
    """
    if still_subject:
        raise NotASmallClaim("stillSubject", "only debts of a person who is no longer subject can be given up")
    open_cents = account.open_cents
    if open_cents <= 0:
        raise NotASmallClaim("nothingOpen", "nothing is owed")
    if open_cents >= parameters.cents("recovery.smallClaimMax", on=decided_on):
        raise NotASmallClaim("tooMuch", "the debt is not less than the amount the law lets a fund give up")
    if pension_affected and (warned_on is None or warned_on > decided_on):
        raise NotASmallClaim("notWarned", "whoever loses rights to a pension must be warned before")
    before = account.open_quarters()
    lines = [
        JournalLine(
            account=Account.RECEIVABLE,
            cents=-item.open_cents,
            dossier=account.dossier,
            quarter=item.quarter,
            kind=item.kind,
            nature=LineNature.WAIVER,
        )
        for item in sorted(account.items.values(), key=lambda item: (item.quarter, item.kind))
        if item.open_cents > 0
    ]
    waived = -sum(line.cents for line in lines)
    lines.append(JournalLine(account=Account.WAIVED, cents=waived, dossier=account.dossier))
    entry = JournalEntry(
        entry_id=entry_id(EntryKind.SMALL_CLAIM_GIVEN_UP, str(decision_id)),
        kind=EntryKind.SMALL_CLAIM_GIVEN_UP,
        value_date=decided_on,
        reference=str(decision_id),
        lines=tuple(lines),
    )
    account.apply(entry)
    settled = tuple(sorted(quarter for quarter in before if account.open_of(quarter) <= 0))
    return GivenUp(entry=entry, waived_cents=waived, settled=settled)


def refund_is_owed(
    *, credit_cents: int, on: date, still_subject: bool, asked: bool, account_known: bool, parameters: Parameters
) -> bool:
    """Tell whether a credit must be paid out: the one rule for every refund (RGS art. 50bis par. 2).

    Less than the law's amount need not be paid to whoever is no longer subject and whose account is not known. That is
    a possibility of the fund: it is not used against somebody who asked for the money.

    Args:
        credit_cents: the whole credit of the dossier, not the part one order is about.
        on: day on which it would be paid.
        still_subject: whether an activity goes on.
        asked: whether a person ordered this refund; others follow from a statement or from the end of an activity.
        account_known: whether there is an account to pay to.
        parameters: the law.

    Raises:
        ParameterMissing: the amount is not known for the day.
    """
    if credit_cents <= 0:
        return False
    if still_subject or asked or account_known:
        return True
    return credit_cents >= parameters.cents("recovery.smallRefundMax", on=on)
