"""The account of a dossier against a model of it: purses and piles of cents, moved by hand, act after act.

The model knows no entries: it keeps what was charged, paid and waived per quarter and kind, and what is in each purse.
Whatever is charged, paid, relieved, refunded or undone, in whatever order, the books say the same.
"""

from __future__ import annotations

import copy
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta
from uuid import UUID, uuid5

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from services.billing.ledger.rules.debtor_account import DebtorAccount
from services.billing.ledger.rules.entries import (
    Account,
    EntryKind,
    JournalEntry,
    JournalLine,
    bank_movement,
    charge,
    entry_id,
)
from services.billing.settlement.rules import Money, grant_relief, receive
from services.billing.undoing.rules import BookedPayment, CreditSpent, reverse
from shared.contracts.vocabulary import AmountKind
from shared.law.quarter import Quarter

DOSSIER = UUID("01890a5d-ac96-774b-bcce-b302099a8057")
QUARTERS = (Quarter(2026, 1), Quarter(2026, 2), Quarter(2026, 3))
#: Within a quarter: interest and costs before surcharges, those before the contribution, the fee last.
KINDS_BY_HAND = ("fine", "interest", "cost", "surcharge", "principal", "fee")
STAY_WHEN_RELIEVED = ("fine", "cost")

Place = tuple[Quarter, str]


@dataclass
class Pile:
    """What was charged of one kind of one quarter, what of it was paid and waived, and when it was first charged."""

    charged: int = 0
    paid: int = 0
    waived: int = 0
    since: date = date.max

    @property
    def open(self) -> int:
        return self.charged - self.paid - self.waived


@dataclass
class Paid:
    """A payment or a use of the credit, and where it went."""

    cents: int
    value_date: date
    took: dict[Place, int]


@dataclass
class Model:
    """A dossier as a clerk with purses would keep it."""

    piles: dict[Place, Pile] = field(default_factory=lambda: defaultdict(Pile))
    bank: int = 0
    suspense: int = 0
    other: int = 0
    credit: int = 0
    refunds: int = 0

    def spread(self, cents: int, chosen: Quarter | None, day: date) -> dict[Place, int]:
        """Take the best debt again and again until the money or the debts are used up."""
        took: dict[Place, int] = {}
        for known_only in (True, False):
            while cents:
                debts = [
                    (kind != "fine", quarter != chosen, quarter, KINDS_BY_HAND.index(kind))
                    for (quarter, kind), pile in self.piles.items()
                    if pile.open > 0 and not (known_only and kind == "fine" and pile.since > day)
                ]
                if not debts:
                    break
                _, _, quarter, place = min(debts)
                where = (quarter, KINDS_BY_HAND[place])
                part = min(cents, self.piles[where].open)
                self.piles[where].paid += part
                took[where] = took.get(where, 0) + part
                cents -= part
        return took

    def relieve(self, quarter: Quarter) -> None:
        """Forget what was charged for a quarter; what was paid of it is a credit."""
        for (owed, kind), pile in self.piles.items():
            if owed == quarter and kind not in STAY_WHEN_RELIEVED:
                self.credit += pile.paid
                pile.paid, pile.waived = 0, pile.charged

    def standing(self, paid: Paid) -> dict[Place, int]:
        """Give what is still paid of what a payment paid."""
        return {where: min(part, self.piles[where].paid) for where, part in paid.took.items()}

    def give_back(self, paid: Paid) -> int:
        """Open the debts of a payment again; gives how much that brings."""
        standing = self.standing(paid)
        for where, part in standing.items():
            self.piles[where].paid -= part
        return sum(standing.values())


class LedgerMachine(RuleBasedStateMachine):
    """Does each act to the books and to the model."""

    def __init__(self) -> None:
        super().__init__()
        self.account, self.model = DebtorAccount(dossier=DOSSIER), Model()
        self.entries: list[JournalEntry] = []
        self.payments: list[tuple[BookedPayment, Paid, Account]] = []
        self.uses: list[tuple[BookedPayment, Paid]] = []
        self.number = 0

    def _key(self) -> str:
        self.number += 1
        return f"act {self.number}"

    def _write(self, *entries: JournalEntry | None) -> None:
        self.entries += [entry for entry in entries if entry is not None]

    @rule(
        quarter=st.sampled_from(QUARTERS),
        amounts=st.dictionaries(st.sampled_from(sorted(AmountKind)), st.integers(0, 5_000), min_size=1, max_size=3),
        late=st.integers(0, 200),
    )
    def charges(self, quarter: Quarter, amounts: dict[AmountKind, int], late: int) -> None:
        """Charge amounts for a quarter."""
        day = quarter.starts_on + timedelta(days=late)
        entry_of = {"kind": EntryKind.CONTRIBUTION, "key": self._key(), "value_date": day, "dossier": DOSSIER}
        if not any(amounts.values()):
            with pytest.raises(ValueError, match="out of balance"):
                charge(**entry_of, quarter=quarter, amounts=amounts)  # type: ignore[arg-type]
            return
        entry = charge(**entry_of, quarter=quarter, amounts=amounts)  # type: ignore[arg-type]
        self.account.apply(entry)
        self._write(entry)
        for kind, cents in amounts.items():
            if cents:
                pile = self.model.piles[quarter, kind.value]
                pile.charged += cents
                pile.since = min(pile.since, day)

    @precondition(lambda self: any(pile.open > 0 for pile in self.model.piles.values()))
    @rule(choice=st.integers(0, 99), share=st.integers(1, 100))
    def takes_back_a_charge(self, choice: int, share: int) -> None:
        """Write a credit note for a part of what is open."""
        owed = sorted(where for where, pile in self.model.piles.items() if pile.open > 0)
        quarter, kind = owed[choice % len(owed)]
        pile = self.model.piles[quarter, kind]
        cents = max(1, pile.open * share // 100)
        entry = charge(
            kind=EntryKind.REDUCTION,
            key=self._key(),
            value_date=pile.since,
            dossier=DOSSIER,
            quarter=quarter,
            amounts={AmountKind(kind): -cents},
        )
        self.account.apply(entry)
        self._write(entry)
        pile.charged -= cents

    @rule(
        cents=st.integers(1, 12_000),
        chosen=st.sampled_from([None, *QUARTERS]),
        late=st.integers(0, 300),
        from_suspense=st.booleans(),
    )
    def pays(self, cents: int, chosen: Quarter | None, late: int, *, from_suspense: bool) -> None:
        """Receive money, straight from the bank or after a while in suspense."""
        day = date(2026, 1, 1) + timedelta(days=late)
        self.model.bank += cents
        if from_suspense:
            self._write(bank_movement(key=self._key(), value_date=day, cents=cents, counterpart=Account.SUSPENSE))
        source = Account.SUSPENSE if from_suspense else Account.BANK
        booked = self._receive(cents, chosen, day, source)
        took = self.model.spread(cents, chosen, day)
        self.model.credit += cents - sum(took.values())
        assert {(part.quarter, part.kind.value): part.cents for part in booked.parts} == took
        # The money came into the bank, whichever account the payment was booked from.
        self.payments.append((booked, Paid(cents, day, took), source))

    @precondition(lambda self: self.model.credit > 0)
    @rule(share=st.integers(1, 100), late=st.integers(200, 400))
    def uses_its_credit(self, share: int, late: int) -> None:
        """Pay debts with the credit; what finds no debt stays one."""
        day = date(2026, 1, 1) + timedelta(days=late)
        cents = max(1, self.model.credit * share // 100)
        if not any(pile.open > 0 for pile in self.model.piles.values()):
            return
        booked = self._receive(cents, None, day, Account.DOSSIER_CREDIT)
        took = self.model.spread(cents, None, day)
        self.model.credit -= sum(took.values())
        assert booked.amount_cents == sum(took.values())
        self.uses.append((booked, Paid(booked.amount_cents, day, took)))

    def _receive(self, cents: int, chosen: Quarter | None, day: date, source: Account) -> BookedPayment:
        money = Money(
            payment_id=uuid5(DOSSIER, self._key()),
            dossier=DOSSIER,
            source=source,
            amount_cents=cents,
            value_date=day,
            chosen_quarter=chosen,
            matched_by="structured",
        )
        before = self.account.open_quarters()
        received = receive(self.account, money, interest_rate=None)
        self._write(received.entry)
        assert received.settled == tuple(sorted(before - self.account.open_quarters()))
        return BookedPayment(
            payment_id=money.payment_id,
            amount_cents=received.money.amount_cents,
            value_date=day,
            parts=received.parts,
        )

    @rule(quarter=st.sampled_from(QUARTERS))
    def relieves(self, quarter: Quarter) -> None:
        """Relieve a quarter."""
        before = sum(pile.waived for pile in self.model.piles.values())
        done = grant_relief(self.account, key=self._key(), value_date=quarter.ends_before, quarters=[quarter])
        self._write(done.entry)
        self.model.relieve(quarter)
        assert done.waived_cents == sum(pile.waived for pile in self.model.piles.values()) - before
        assert done.remaining_open_cents == sum(pile.open for pile in self.model.piles.values())

    @precondition(lambda self: self.model.credit > 0)
    @rule(share=st.integers(1, 100))
    def refunds(self, share: int) -> None:
        """Pay a part of the credit out."""
        cents = max(1, self.model.credit * share // 100)
        key = self._key()
        entry = JournalEntry(
            entry_id=entry_id(EntryKind.REFUND, key),
            kind=EntryKind.REFUND,
            value_date=date(2026, 12, 1),
            reference=key,
            lines=(
                JournalLine(account=Account.DOSSIER_CREDIT, cents=cents, dossier=DOSSIER),
                JournalLine(account=Account.REFUNDS_UNDERWAY, cents=-cents),
            ),
        )
        self.account.apply(entry)
        self._write(entry)
        self.model.credit -= cents
        self.model.refunds += cents

    @precondition(lambda self: self.payments)
    @rule(choice=st.integers(0, 99), taken_back=st.booleans())
    def undoes(self, choice: int, *, taken_back: bool) -> None:
        """Undo a payment: matched wrongly, or taken back by the bank."""
        booked, paid, _ = self.payments[choice % len(self.payments)]
        account, model, uses = copy.deepcopy(self.account), copy.deepcopy(self.model), list(self.uses)
        undone = []
        while paid.cents - sum(model.standing(paid).values()) > model.credit and uses:
            use = uses.pop()
            if brought := model.give_back(use[1]):
                model.credit += brought
                undone.append(use[0].payment_id)
        left_over = paid.cents - sum(model.standing(paid).values())
        destination = Account.OTHER_BANK_MOVEMENTS if taken_back else Account.SUSPENSE
        act = {"credit_uses": [use for use, _ in reversed(self.uses)], "destination": destination}
        if left_over > model.credit:
            with pytest.raises(CreditSpent):
                reverse(account, booked, **act, value_date=paid.value_date)  # type: ignore[arg-type]
            return
        model.give_back(paid)
        model.credit -= left_over
        if taken_back:
            model.other += paid.cents
        else:
            model.suspense += paid.cents
        done = reverse(account, booked, **act, value_date=paid.value_date)  # type: ignore[arg-type]
        assert [one.payment.payment_id for one in done] == [*undone, booked.payment_id]
        self._write(*(one.entry for one in done))
        self.account, self.model = account, model
        self.payments = [one for one in self.payments if one[0] is not booked]
        gone = set(undone)
        self.uses = [one for one in self.uses if one[0].payment_id not in gone]

    @invariant()
    def the_account_is_the_model(self) -> None:
        """Every pile and the credit are what the books say."""
        found = {
            (quarter, kind.value): (item.charged_cents, item.paid_cents, item.waived_cents)
            for (quarter, kind), item in self.account.items.items()
        }
        expected = {where: (pile.charged, pile.paid, pile.waived) for where, pile in self.model.piles.items()}
        assert found == {where: amounts for where, amounts in expected.items() if where in found or any(amounts)}
        assert self.account.credit_cents == self.model.credit

    @invariant()
    def nothing_is_less_than_nothing(self) -> None:
        """No debt is overpaid, and no credit is spent twice."""
        assert self.account.credit_cents >= 0
        assert all(min(item.open_cents, item.paid_cents) >= 0 for item in self.account.items.values())

    @invariant()
    def no_cent_is_lost(self) -> None:
        """The books are in balance, and each account holds what its purse does."""
        totals: dict[Account, int] = defaultdict(int)
        for entry in self.entries:
            for line in entry.lines:
                totals[line.account] += line.cents
        assert sum(totals.values()) == 0
        assert totals[Account.BANK] == self.model.bank
        assert totals[Account.RECEIVABLE] == sum(pile.open for pile in self.model.piles.values())
        assert totals[Account.DOSSIER_CREDIT] == -self.model.credit
        assert totals[Account.WAIVED] == sum(pile.waived for pile in self.model.piles.values())
        assert totals[Account.SUSPENSE] == -self.model.suspense
        assert totals[Account.OTHER_BANK_MOVEMENTS] == -self.model.other
        assert totals[Account.REFUNDS_UNDERWAY] == -self.model.refunds

    @invariant()
    def no_event_is_booked_twice(self) -> None:
        """Each act has its own entries."""
        assert len({entry.entry_id for entry in self.entries}) == len(self.entries)


TestLedgerMachine = LedgerMachine.TestCase
TestLedgerMachine.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
