"""Waiving surcharges and claiming fines on an account: nothing is lost, in whatever order it happens."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.billing.fines_and_waivers.rules import waive_surcharges
from services.billing.lateness.rules.surcharge_corrections import lower_surcharges
from services.billing.ledger.rules.debtor_account import BookedSurcharge, DebtorAccount
from services.billing.ledger.rules.entries import Account, EntryKind, charge
from services.billing.settlement.rules import Money, receive
from shared.contracts.vocabulary import AmountKind
from shared.law.quarter import Quarter

DOSSIER = UUID(int=7)
Q1 = Quarter(2026, 1)


def _account() -> DebtorAccount:
    """1,000.00 of 2026Q1, unpaid at the ends of Q1 and Q2: 30.00 each."""
    account = DebtorAccount(dossier=DOSSIER)
    _charge(account, EntryKind.CONTRIBUTION, AmountKind.PRINCIPAL, 1000_00, date(2026, 1, 5))
    for closing in (Quarter(2026, 1), Quarter(2026, 2)):
        _charge(account, EntryKind.SURCHARGE, AmountKind.SURCHARGE, 30_00, closing.last_day)
        account.surcharges.append(
            BookedSurcharge(
                quarter=Q1,
                closing=closing,
                kind="quarterly",
                charged_on=closing.last_day,
                rate=Decimal("0.03"),
                base_cents=1000_00,
                surcharge_cents=30_00,
            )
        )
    return account


def _charge(account: DebtorAccount, kind: EntryKind, amount: AmountKind, cents: int, day: date) -> None:
    account.apply(charge(kind=kind, key=f"{day}", value_date=day, dossier=DOSSIER, quarter=Q1, amounts={amount: cents}))


def _pay(account: DebtorAccount, cents: int, day: date) -> None:
    money = Money(
        payment_id=uuid4(),
        dossier=DOSSIER,
        source=Account.BANK,
        amount_cents=cents,
        value_date=day,
        chosen_quarter=None,
        matched_by="structured",
    )
    receive(account, money, interest_rate=None)


def _open(account: DebtorAccount, kind: AmountKind) -> int:
    return account.items[Q1, kind].open_cents


def test_all_surcharges_of_a_quarter() -> None:
    account = _account()
    waived = waive_surcharges(account, cause="d", value_date=date(2026, 7, 20), granted={Q1: None})
    assert (waived.cents, _open(account, AmountKind.SURCHARGE), account.credit_cents) == ({Q1: 60_00}, 0, 0)
    assert _open(account, AmountKind.PRINCIPAL) == 1000_00


def test_a_part_goes_off_the_oldest_first() -> None:
    account = _account()
    waived = waive_surcharges(account, cause="d", value_date=date(2026, 7, 20), granted={Q1: 40_00})
    assert [(str(one.surcharge.closing), one.surcharge_cents) for one in waived.corrections] == [
        ("2026Q1", 30_00), ("2026Q2", 10_00),
    ]  # fmt: skip
    assert _open(account, AmountKind.SURCHARGE) == 20_00


def test_what_was_paid_becomes_a_credit() -> None:
    account = _account()
    _pay(account, 1060_00, date(2026, 7, 10))
    waive_surcharges(account, cause="d", value_date=date(2026, 7, 20), granted={Q1: None})
    assert (account.open_cents, account.credit_cents) == (0, 60_00)


def test_never_more_than_is_in_force() -> None:
    account = _account()
    granted = {Q1: 90_00, Quarter(2026, 2): None}
    waived = waive_surcharges(account, cause="d", value_date=date(2026, 7, 20), granted=granted)
    assert waived.cents == {Q1: 60_00, Quarter(2026, 2): 0}
    again = waive_surcharges(account, cause="e", value_date=date(2026, 7, 21), granted={Q1: None})
    assert (again.entries, again.cents) == ((), {Q1: 0})


def test_a_payment_told_late_takes_back_no_surcharge_that_was_waived() -> None:
    account = _account()
    waive_surcharges(account, cause="d", value_date=date(2026, 7, 20), granted={Q1: 40_00})
    # Paid on 30 March, told in July: both surcharges fall; 40.00 of them were waived, 20.00 are taken back.
    _pay(account, 1000_00, date(2026, 3, 30))
    surcharge = account.items[Q1, AmountKind.SURCHARGE]
    assert (surcharge.charged_cents, surcharge.waived_cents, surcharge.paid_cents) == (40_00, 40_00, 0)
    assert (account.open_cents, account.credit_cents) == (0, 0)


@pytest.mark.parametrize(
    ("less_cents", "taken_back_cents"),
    [
        (400_00, 0),  # due on 600.00: 18.00, more than the 15.00 that were not waived
        (500_00, 0),  # due on 500.00: 15.00, just what stands
        (600_00, 3_00),  # due on 400.00: 12.00
        (1000_00, 15_00),  # due on nothing
    ],
)
def test_what_was_waived_of_a_surcharge_counts_as_the_part_that_falls_away(
    less_cents: int, taken_back_cents: int
) -> None:
    account = _account()
    account.surcharges.pop()  # 30.00 of the first closing only
    account.apply(
        charge(
            kind=EntryKind.SURCHARGE_CORRECTION,
            key="second",
            value_date=date(2026, 6, 30),
            dossier=DOSSIER,
            quarter=Q1,
            amounts={AmountKind.SURCHARGE: -30_00},
        )
    )
    waive_surcharges(account, cause="d", value_date=date(2026, 7, 20), granted={Q1: 15_00})
    (lowered,) = lower_surcharges(account, cause="r", decreases={Q1: less_cents})
    assert lowered.surcharge_cents == taken_back_cents
    assert _open(account, AmountKind.SURCHARGE) == 15_00 - taken_back_cents
    assert account.credit_cents == 0


def test_a_fine_is_paid_first_once_it_is_claimed() -> None:
    account = _account()
    _charge(account, EntryKind.FINE, AmountKind.FINE, 500_00, date(2026, 11, 3))
    # A payment of before the claim that the bank tells later does not go to the fine.
    _pay(account, 100_00, date(2026, 11, 2))
    assert _open(account, AmountKind.FINE) == 500_00
    _pay(account, 600_00, date(2026, 11, 3))
    # 500.00 to the fine; the rest of 700.00: 60.00 to surcharges and 140.00 to the contribution.
    assert (_open(account, AmountKind.FINE), _open(account, AmountKind.SURCHARGE)) == (0, 0)
    assert _open(account, AmountKind.PRINCIPAL) == 860_00


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("pay"), st.integers(1, 80_000), st.dates(date(2026, 1, 6), date(2026, 12, 31))),
            st.tuples(st.just("waive"), st.one_of(st.none(), st.integers(1, 4_000)), st.just(date(2026, 12, 31))),
            st.tuples(st.just("fine"), st.integers(1, 50_000), st.dates(date(2026, 7, 1), date(2026, 12, 31))),
        ),
        max_size=8,
    )
)
def test_open_paid_and_waived_are_what_was_charged(acts: list[tuple[str, int | None, date]]) -> None:
    account = _account()
    paid_in = 0
    for number, (act, cents, day) in enumerate(acts):
        if act == "waive":
            waive_surcharges(account, cause=str(number), value_date=day, granted={Q1: cents})
        elif act == "pay" and cents is not None:
            _pay(account, cents, day)
            paid_in += cents
        elif cents is not None:
            _charge(account, EntryKind.FINE, AmountKind.FINE, cents, day)
    for item in account.items.values():
        assert item.open_cents + item.paid_cents + item.waived_cents == item.charged_cents
        assert min(item.open_cents, item.paid_cents, item.waived_cents) >= 0
    assert sum(item.paid_cents for item in account.items.values()) + account.credit_cents == paid_in
