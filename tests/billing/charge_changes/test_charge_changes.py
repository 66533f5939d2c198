"""A charge that goes down after something was waived: only money that was received is given back (RGS art. 43)."""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from decimal import Decimal
from uuid import UUID, uuid5

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.billing.charge_changes.rules.entries import change_charges
from services.billing.fines_and_waivers.rules import waive_surcharges
from services.billing.ledger.rules.debtor_account import DebtorAccount, ServedQuarter
from services.billing.ledger.rules.entries import Account, EntryKind, JournalEntry, charge
from services.billing.settlement.rules import Money, grant_relief, receive
from services.billing.small_amounts.rules import NotASmallClaim, give_up_small_claim
from shared.contracts.vocabulary import AmountKind
from shared.law.parameters import Parameters
from shared.law.quarter import Quarter

DOSSIER = UUID(int=9)
Q4 = Quarter(2023, 4)
LAW = Parameters.load()


def _owing(amounts: dict[AmountKind, int]) -> DebtorAccount:
    account = DebtorAccount(dossier=DOSSIER)
    account.apply(
        charge(
            kind=EntryKind.CONTRIBUTION,
            key="notice",
            value_date=date(2023, 10, 2),
            dossier=DOSSIER,
            quarter=Q4,
            amounts=amounts,
        )
    )
    return account


def _pay(account: DebtorAccount, cents: int, *, number: int = 0, day: date = date(2024, 3, 1)) -> None:
    money = Money(
        payment_id=uuid5(DOSSIER, str(number)),
        dossier=DOSSIER,
        source=Account.BANK,
        amount_cents=cents,
        value_date=day,
        chosen_quarter=None,
        matched_by="structured",
    )
    receive(account, money, interest_rate=None)


def _give_up(account: DebtorAccount, number: int = 0) -> None:
    give_up_small_claim(
        account,
        decision_id=uuid5(DOSSIER, f"small{number}"),
        decided_on=date(2024, 6, 3),
        still_subject=False,
        pension_affected=False,
        warned_on=None,
        parameters=LAW,
    )


def _change(account: DebtorAccount, differences: dict[AmountKind, int], number: int = 0) -> JournalEntry | None:
    return change_charges(
        account,
        kind=EntryKind.REGULARISATION,
        key=str(number),
        value_date=date(2025, 6, 23),
        quarter=Q4,
        differences=differences,
    )


def _standing(account: DebtorAccount, kind: AmountKind) -> tuple[int, int, int]:
    item = account.items[Q4, kind]
    return item.charged_cents, item.paid_cents, item.waived_cents


def test_a_small_claim_that_was_given_up_is_not_paid_out_when_nothing_was_owed() -> None:
    # Complementary activity, 2023Q4 on the starting amount: 93.04 and a fee of 3.95, together 96.99, given up unpaid
    # (RGS art. 50bis). The definitive income is nil: nothing was owed, and nothing was received.
    account = _owing({AmountKind.PRINCIPAL: 93_04, AmountKind.FEE: 3_95})
    _give_up(account)
    entry = _change(account, {AmountKind.PRINCIPAL: -93_04, AmountKind.FEE: -3_95})
    assert account.credit_cents == 0
    assert _standing(account, AmountKind.PRINCIPAL) == (0, 0, 0)
    assert _standing(account, AmountKind.FEE) == (0, 0, 0)
    assert entry is not None
    assert sum(line.cents for line in entry.lines if line.account is Account.WAIVED) == -96_99


@pytest.mark.parametrize(
    ("definitive_cents", "credit_cents", "waived_cents"),
    [
        (80_00, 0, 30_00),  # 50.00 paid of 80.00: 30.00 remain given up
        (50_00, 0, 0),  # 50.00 paid of 50.00
        (49_99, 1, 0),  # one cent too much
        (0, 50_00, 0),  # everything that was paid, not the 46.99 that were given up
    ],
)
def test_only_what_was_paid_beyond_what_is_owed_comes_back(
    definitive_cents: int, credit_cents: int, waived_cents: int
) -> None:
    account = _owing({AmountKind.PRINCIPAL: 96_99})
    _pay(account, 50_00)
    _give_up(account)
    _change(account, {AmountKind.PRINCIPAL: definitive_cents - 96_99})
    assert account.credit_cents == credit_cents
    assert _standing(account, AmountKind.PRINCIPAL) == (definitive_cents, 50_00 - credit_cents, waived_cents)
    assert account.open_cents == 0


def test_waived_surcharges_of_a_reduction_pay_no_contribution_when_the_income_is_corrected_down() -> None:
    # 1,025.00 of royal decree 38, art. 11bis, waived whole by the institute (RGS art. 48), then no longer asked.
    account = _owing({AmountKind.PRINCIPAL: 1025_00, AmountKind.SURCHARGE: 1025_00})
    waive_surcharges(account, cause="d", value_date=date(2025, 8, 1), granted={Q4: None})
    _change(account, {AmountKind.SURCHARGE: -1025_00})
    assert account.credit_cents == 0
    assert _standing(account, AmountKind.SURCHARGE) == (0, 0, 0)
    assert account.open_cents == 1025_00


def test_what_was_paid_to_another_system_is_given_back() -> None:
    # A quarter that was taken over stands in no item: it was paid there, and 30.00 of it were too much.
    account = DebtorAccount(dossier=DOSSIER)
    _change(account, {AmountKind.PRINCIPAL: -30_00})
    assert (account.credit_cents, account.open_cents) == (30_00, 0)


def test_a_supplement_claimed_after_the_warrant_bears_no_interest_when_a_credit_pays_at_once() -> None:
    # The warrant of 1 February 2024 claimed 840.97; the statement of 23 June 2025 claims 696.53 more and uses a credit
    # the same day: 508 days, 840.97 x 7 % x 508 / 365 = 81.93 (RGS art. 47bis par. 4).
    account = _owing({AmountKind.PRINCIPAL: 840_97})
    served_on = date(2024, 2, 1)
    account.served = [ServedQuarter(quarter=Q4, served_on=served_on, interest_from=served_on)]
    account.credit_cents = 50_00
    _change(account, {AmountKind.PRINCIPAL: 696_53})
    used = receive(
        account,
        Money(
            payment_id=DOSSIER,
            dossier=DOSSIER,
            source=Account.DOSSIER_CREDIT,
            amount_cents=50_00,
            value_date=date(2025, 6, 23),
            chosen_quarter=None,
            matched_by="credit",
        ),
        interest_rate=Decimal("0.07"),
    )
    assert [(charged.base_cents, charged.interest_cents) for charged in used.interest] == [(840_97, 81_93)]


_moves = st.lists(
    st.one_of(
        st.tuples(st.just("pay"), st.integers(1, 15_000)),
        st.tuples(st.just("useCredit"), st.just(0)),
        st.tuples(st.just("giveUp"), st.just(0)),
        st.tuples(st.just("waive"), st.integers(0, 5_000)),
        st.tuples(st.just("relieve"), st.just(0)),
        st.tuples(st.just("principal"), st.integers(0, 12_000)),
        st.tuples(st.just("fee"), st.integers(0, 500)),
        st.tuples(st.just("surcharge"), st.integers(0, 5_000)),
    ),
    max_size=10,
)


@settings(max_examples=200, deadline=None)
@given(st.integers(1, 9_000), st.integers(1, 400), st.integers(1, 4_000), _moves)
def test_no_credit_but_what_was_received_whatever_is_waived_and_corrected(
    principal: int, fee: int, surcharge: int, moves: list[tuple[str, int]]
) -> None:
    account = _owing({AmountKind.PRINCIPAL: principal, AmountKind.FEE: fee, AmountKind.SURCHARGE: surcharge})
    received = 0
    for number, (what, value) in enumerate(moves):
        paid_before, credit_before = sum(item.paid_cents for item in account.items.values()), account.credit_cents
        if what == "pay":
            _pay(account, value, number=number)
            received += value
        elif what == "useCredit":
            usable = min(account.credit_cents, account.open_cents)
            if usable:
                _use_credit(account, usable, number)
        elif what == "giveUp":
            with suppress(NotASmallClaim):
                _give_up(account, number)
        elif what == "waive":
            waive_surcharges(account, cause=str(number), value_date=date(2025, 8, 1), granted={Q4: value or None})
        elif what == "relieve":
            grant_relief(account, key=str(number), value_date=date(2025, 8, 1), quarters=[Q4])
        else:  # a correction to what is owed of a kind now
            kind = AmountKind(what)
            _change(account, {kind: value - account.items[Q4, kind].charged_cents}, number)
        if what != "pay":
            assert account.credit_cents - credit_before <= paid_before
        for item in account.items.values():
            assert min(item.open_cents, item.paid_cents, item.waived_cents) >= 0
        assert sum(item.paid_cents for item in account.items.values()) + account.credit_cents == received


def _use_credit(account: DebtorAccount, cents: int, number: int) -> None:
    money = Money(
        payment_id=uuid5(DOSSIER, f"credit{number}"),
        dossier=DOSSIER,
        source=Account.DOSSIER_CREDIT,
        amount_cents=cents,
        value_date=date(2025, 9, 1),
        chosen_quarter=None,
        matched_by="credit",
    )
    receive(account, money, interest_rate=None)
