"""Undoing payments: by hand for the cases people meet, and by any sequence of acts for what must always hold."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID, uuid5

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.billing.ledger.rules.debtor_account import BookedSurcharge, DebtorAccount
from services.billing.ledger.rules.entries import Account, EntryKind, charge
from services.billing.settlement.rules import Money, Received, grant_relief, receive
from services.billing.undoing.rules import BookedPayment, CorrectedSurcharge, CreditSpent, reverse
from shared.contracts.vocabulary import AmountKind
from shared.law.quarter import Quarter

DOSSIER = UUID("01890a5d-ac96-774b-bcce-b302099a8057")
Q1, Q2 = Quarter(2026, 1), Quarter(2026, 2)
Charges = dict[Quarter, dict[AmountKind, int]]


def _account(charges: Charges) -> DebtorAccount:
    account = DebtorAccount(dossier=DOSSIER)
    for quarter, amounts in charges.items():
        entry = charge(
            kind=EntryKind.CONTRIBUTION,
            key=f"{quarter}",
            value_date=quarter.starts_on,
            dossier=DOSSIER,
            quarter=quarter,
            amounts=amounts,
        )
        account.apply(entry)
    return account


def _surcharged(account: DebtorAccount, quarter: Quarter, base: int) -> None:
    cents = (base * 3 + 50) // 100
    account.surcharges.append(
        BookedSurcharge(
            quarter=quarter,
            closing=quarter,
            kind="quarterly",
            charged_on=quarter.last_day,
            rate=Decimal("0.03"),
            base_cents=base,
            surcharge_cents=cents,
        )
    )
    entry = charge(
        kind=EntryKind.SURCHARGE,
        key=f"{quarter}",
        value_date=quarter.last_day,
        dossier=DOSSIER,
        quarter=quarter,
        amounts={AmountKind.SURCHARGE: cents},
    )
    account.apply(entry)


def _pay(
    account: DebtorAccount, number: int, cents: int, day: date, quarter: Quarter | None, source: Account = Account.BANK
) -> BookedPayment:
    money = Money(
        payment_id=uuid5(DOSSIER, str(number)),
        dossier=DOSSIER,
        source=source,
        amount_cents=cents,
        value_date=day,
        chosen_quarter=quarter,
        matched_by="structured",
    )
    return _booked(receive(account, money, interest_rate=None))


def _booked(received: Received) -> BookedPayment:
    return BookedPayment(
        payment_id=received.money.payment_id,
        amount_cents=received.money.amount_cents,
        value_date=received.money.value_date,
        parts=received.parts,
        corrected=tuple(
            CorrectedSurcharge(
                quarter=found.surcharge.quarter,
                closing=found.surcharge.closing,
                kind=found.surcharge.kind,
                base_cents=found.base_cents,
                surcharge_cents=found.surcharge_cents,
            )
            for found in received.corrections
        ),
    )


def _undo(account: DebtorAccount, payment: BookedPayment, uses: Sequence[BookedPayment] = ()) -> list[UUID]:
    undone = reverse(account, payment, credit_uses=uses, destination=Account.SUSPENSE, value_date=payment.value_date)
    return [found.payment.payment_id for found in undone]


def test_what_was_paid_is_owed_again() -> None:
    account = _account({Q1: {AmountKind.PRINCIPAL: 1000_00, AmountKind.FEE: 40_00}})
    payment = _pay(account, 1, 1050_00, date(2026, 2, 1), Q1)
    assert (account.open_cents, account.credit_cents) == (0, 10_00)
    _undo(account, payment)
    assert (account.open_cents, account.credit_cents) == (1040_00, 0)


def test_a_surcharge_the_payment_had_taken_back_is_charged_again() -> None:
    account = _account({Q1: {AmountKind.PRINCIPAL: 1000_00}})
    _surcharged(account, Q1, 1000_00)
    payment = _pay(account, 1, 1000_00, date(2026, 3, 31), Q1)
    assert account.open_cents == 0
    _undo(account, payment)
    assert account.open_cents == 1030_00
    assert (account.surcharges[0].base_cents, account.surcharges[0].surcharge_cents) == (1000_00, 30_00)


def test_uses_of_its_credit_are_undone_first_and_only_as_far_as_needed() -> None:
    account = _account({Q1: {AmountKind.PRINCIPAL: 100_00}, Q2: {AmountKind.PRINCIPAL: 100_00}})
    first = _pay(account, 1, 150_00, date(2026, 2, 1), Q1)  # 100.00 for Q1, 50.00 for Q2
    second = _pay(account, 2, 70_00, date(2026, 2, 2), Q2)  # 50.00 for Q2, 20.00 credit
    account.apply(
        charge(
            kind=EntryKind.COST,
            key="c",
            value_date=date(2026, 3, 1),
            dossier=DOSSIER,
            quarter=Q1,
            amounts={AmountKind.COST: 15_00},
        )
    )
    use = _pay(account, 3, 15_00, date(2026, 3, 1), None, Account.DOSSIER_CREDIT)
    assert account.credit_cents == 5_00
    assert _undo(account, first, [use]) == [first.payment_id]
    assert (account.open_cents, account.credit_cents) == (150_00, 5_00)
    assert _undo(account, second, [use]) == [use.payment_id, second.payment_id]
    assert (account.open_cents, account.credit_cents) == (215_00, 0)


def test_a_payment_for_a_quarter_that_was_relieved_comes_out_of_the_credit() -> None:
    account = _account({Q1: {AmountKind.PRINCIPAL: 100_00}})
    payment = _pay(account, 1, 100_00, date(2026, 2, 1), Q1)
    grant_relief(account, key="claim", value_date=date(2026, 3, 1), quarters=[Q1])
    assert account.credit_cents == 100_00
    _undo(account, payment)
    assert (account.open_cents, account.credit_cents) == (0, 0)


def test_a_credit_that_was_paid_out_cannot_be_taken_back() -> None:
    account = _account({Q1: {AmountKind.PRINCIPAL: 100_00}})
    payment = _pay(account, 1, 150_00, date(2026, 2, 1), Q1)
    account.credit_cents -= 50_00
    with pytest.raises(CreditSpent):
        _undo(account, payment)
    assert (account.open_cents, account.credit_cents) == (0, 0)


_kinds = st.sampled_from([AmountKind.PRINCIPAL, AmountKind.FEE, AmountKind.COST, AmountKind.FINE])
_charges = st.dictionaries(
    st.sampled_from([Q1, Q2]), st.dictionaries(_kinds, st.integers(1, 100_000), min_size=1), min_size=1
)
_days = st.integers(0, 200).map(lambda days: date(2026, 1, 1) + timedelta(days=days))
_acts = st.lists(
    st.one_of(
        st.tuples(st.just("pay"), st.integers(1, 150_000), _days, st.sampled_from([None, Q1, Q2])),
        st.tuples(st.just("undo"), st.integers(0, 9), _days, st.none()),
        st.tuples(st.just("useCredit"), st.just(0), _days, st.none()),
        st.tuples(st.just("relieve"), st.just(0), _days, st.sampled_from([Q1, Q2])),
    ),
    max_size=12,
)


@given(_charges, _acts)
def test_open_plus_paid_plus_waived_is_charged_whatever_is_undone(
    charges: Charges, acts: Sequence[tuple[str, int, date, Quarter | None]]
) -> None:
    account = _account(charges)
    for owed, amounts in charges.items():
        if amounts.get(AmountKind.PRINCIPAL, 0) >= 17:  # three hundredths of less round to nothing
            _surcharged(account, owed, amounts[AmountKind.PRINCIPAL])
    standing: list[BookedPayment] = []
    uses: list[BookedPayment] = []
    money_in = 0
    for number, (what, value, day, quarter) in enumerate(acts):
        if what == "pay":
            standing.append(_pay(account, number, value, day, quarter))
            money_in += value
        elif what == "useCredit" and min(account.credit_cents, account.open_cents) > 0:
            usable = min(account.credit_cents, account.open_cents)
            uses.insert(0, _pay(account, number, usable, day, None, Account.DOSSIER_CREDIT))
        elif what == "relieve" and quarter is not None:
            grant_relief(account, key=f"{number}", value_date=day, quarters=[quarter])
        elif what == "undo" and standing:
            payment = standing.pop(value % len(standing))
            undone = _undo(account, payment, uses)
            assert undone[-1] == payment.payment_id
            uses = [use for use in uses if use.payment_id not in undone]
            money_in -= payment.amount_cents
    for item in account.items.values():
        assert item.open_cents + item.paid_cents + item.waived_cents == item.charged_cents
        assert min(item.open_cents, item.paid_cents, item.waived_cents) >= 0
    assert account.credit_cents >= 0
    assert sum(item.paid_cents for item in account.items.values()) + account.credit_cents == money_in
