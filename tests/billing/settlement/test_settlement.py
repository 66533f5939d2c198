"""What payments, credits and reliefs do to an account: nothing is lost in any order, and time is what the bank says."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID, uuid5

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.billing.fines_and_waivers.rules import waive_surcharges
from services.billing.ledger.rules.debtor_account import BookedSurcharge, DebtorAccount, ServedQuarter
from services.billing.ledger.rules.entries import (
    Account,
    EntryKind,
    JournalEntry,
    JournalLine,
    UnbalancedEntryError,
    charge,
)
from services.billing.settlement.rules import Money, Received, grant_relief, receive
from shared.contracts.vocabulary import AmountKind
from shared.law.quarter import Quarter

DOSSIER = UUID("01890a5d-ac96-774b-bcce-b302099a8057")
Q1, Q2, Q3 = Quarter(2026, 1), Quarter(2026, 2), Quarter(2026, 3)
SEVEN = Decimal("0.07")
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


def _money(cents: int, day: date, quarter: Quarter | None = None, source: Account = Account.BANK) -> Money:
    return Money(
        payment_id=uuid5(DOSSIER, f"{cents}|{day}|{quarter}|{source}"),
        dossier=DOSSIER,
        source=source,
        amount_cents=cents,
        value_date=day,
        chosen_quarter=quarter,
        matched_by="structured",
    )


def _parts(received: Received) -> list[tuple[str, str, int]]:
    return [(str(part.quarter), str(part.kind), part.cents) for part in received.parts]


def _surcharged(account: DebtorAccount, quarter: Quarter, closing: Quarter, base: int) -> None:
    cents = (base * 3 + 50) // 100
    surcharge = BookedSurcharge(
        quarter=quarter,
        closing=closing,
        kind="quarterly",
        charged_on=closing.last_day,
        rate=Decimal("0.03"),
        base_cents=base,
        surcharge_cents=cents,
    )
    account.surcharges.append(surcharge)
    account.apply(
        charge(
            kind=EntryKind.SURCHARGE,
            key=f"{quarter}{closing}",
            value_date=closing.last_day,
            dossier=DOSSIER,
            quarter=quarter,
            amounts={AmountKind.SURCHARGE: cents},
        )
    )


def test_the_quarter_of_the_reference_comes_first_then_the_oldest() -> None:
    account = _account({q: {AmountKind.PRINCIPAL: 100, AmountKind.FEE: 4} for q in (Q1, Q2, Q3)})
    received = receive(account, _money(250, date(2026, 8, 1), Q2), interest_rate=None)
    assert _parts(received) == [
        ("2026Q2", "principal", 100),
        ("2026Q2", "fee", 4),
        ("2026Q1", "principal", 100),
        ("2026Q1", "fee", 4),
        ("2026Q3", "principal", 42),
    ]
    assert received.settled == (Q1, Q2)
    assert received.remaining_open_cents == 62


def test_within_a_quarter_interest_and_costs_come_before_surcharges_and_those_before_the_contribution() -> None:
    every: dict[AmountKind, int] = {kind: 10 for kind in AmountKind if kind is not AmountKind.FINE}
    received = receive(_account({Q1: every}), _money(45, date(2026, 5, 1), Q1), interest_rate=None)
    assert [(kind, cents) for _, kind, cents in _parts(received)] == [
        ("interest", 10),
        ("cost", 10),
        ("surcharge", 10),
        ("principal", 10),
        ("fee", 5),
    ]


def test_a_claimed_fine_comes_before_the_quarter_the_payer_named() -> None:
    account = _account({Q1: {AmountKind.FINE: 500_00}, Q2: {AmountKind.PRINCIPAL: 100_00}})
    received = receive(account, _money(520_00, date(2026, 5, 1), Q2), interest_rate=None)
    assert _parts(received) == [("2026Q1", "fine", 500_00), ("2026Q2", "principal", 20_00)]


def test_what_is_paid_too_much_stays_a_credit() -> None:
    account = _account({Q1: {AmountKind.PRINCIPAL: 100}})
    received = receive(account, _money(130, date(2026, 2, 1), Q1), interest_rate=None)
    assert received.credit_cents == 30
    assert (account.credit_cents, account.open_cents) == (30, 0)


def test_a_payment_in_time_that_is_told_later_takes_the_surcharge_back() -> None:
    account = _account({Q1: {AmountKind.PRINCIPAL: 1000_00, AmountKind.FEE: 40_00}})
    _surcharged(account, Q1, Q1, 1000_00)
    received = receive(account, _money(1040_00, date(2026, 3, 31), Q1), interest_rate=None)
    assert [correction.surcharge_cents for correction in received.corrections] == [30_00]
    assert _parts(received) == [("2026Q1", "principal", 1000_00), ("2026Q1", "fee", 40_00)]
    assert account.open_cents == 0
    assert account.credit_cents == 0
    assert received.settled == (Q1,)


def test_a_part_paid_in_time_takes_its_part_of_the_surcharge_back() -> None:
    account = _account({Q1: {AmountKind.PRINCIPAL: 1000_00}})
    _surcharged(account, Q1, Q1, 1000_00)
    receive(account, _money(400_00, date(2026, 3, 30), Q1), interest_rate=None)
    assert account.items[Q1, AmountKind.SURCHARGE].charged_cents == 18_00
    assert account.open_cents == 618_00


def test_a_payment_after_the_quarter_pays_the_surcharge_first() -> None:
    account = _account({Q1: {AmountKind.PRINCIPAL: 1000_00}})
    _surcharged(account, Q1, Q1, 1000_00)
    received = receive(account, _money(100_00, date(2026, 4, 1), Q1), interest_rate=None)
    assert not received.corrections
    assert _parts(received) == [("2026Q1", "surcharge", 30_00), ("2026Q1", "principal", 70_00)]


def test_a_surcharge_that_was_paid_and_taken_back_becomes_a_credit() -> None:
    account = _account({Q1: {AmountKind.PRINCIPAL: 1000_00}})
    _surcharged(account, Q1, Q1, 1000_00)
    receive(account, _money(30_00, date(2026, 4, 2), Q1), interest_rate=None)
    received = receive(account, _money(1000_00, date(2026, 3, 31), Q1), interest_rate=None)
    assert received.settled == (Q1,)
    assert account.items[Q1, AmountKind.SURCHARGE].charged_cents == 0
    assert account.credit_cents == 30_00


def test_interest_runs_from_the_service_to_the_payment_and_is_paid_first() -> None:
    account = _account({Q1: {AmountKind.PRINCIPAL: 1000_00}})
    account.served = [ServedQuarter(quarter=Q1, served_on=date(2026, 8, 3), interest_from=date(2026, 8, 3))]
    received = receive(account, _money(100_00, date(2026, 10, 15), Q1), interest_rate=SEVEN)
    # 73 days at 7 % of 1000.00: 1000.00 x 0.07 x 73 / 365 = 14.00
    assert _parts(received) == [("2026Q1", "interest", 14_00), ("2026Q1", "principal", 86_00)]
    assert account.served[0].interest_from == date(2026, 10, 15)
    later = receive(account, _money(914_00, date(2026, 10, 15), Q1), interest_rate=SEVEN)
    assert not later.interest
    assert later.settled == (Q1,)


@pytest.mark.parametrize(
    ("changes", "paid_cents", "base_cents"),
    [
        # 840.97 claimed by the warrant of 1 February 2024; 696.53 more by the statement of 23 June 2025.
        ([(date(2025, 6, 23), 696_53)], 0, 840_97),
        # A payment goes to the oldest claim: 100.00 of what the warrant claimed are paid.
        ([(date(2025, 6, 23), 696_53)], 100_00, 740_97),
        ([(date(2025, 6, 23), 696_53)], 840_97, 0),
        # Claimed up to the day of the service: all of it bears interest.
        ([(date(2024, 2, 1), 696_53)], 0, 1537_50),
        ([(date(2024, 2, 2), 696_53)], 0, 840_97),
        # A decrease takes off the newest claim: first the supplement, then what the warrant claimed.
        ([(date(2025, 6, 23), 696_53), (date(2025, 7, 1), -700_00)], 0, 837_50),
    ],
)
def test_only_what_the_warrant_claimed_bears_interest(
    changes: list[tuple[date, int]], paid_cents: int, base_cents: int
) -> None:
    account = _account({Q1: {AmountKind.PRINCIPAL: 840_97 + sum(cents for _, cents in changes)}})
    if paid_cents:
        receive(account, _money(paid_cents, date(2024, 1, 31), Q1), interest_rate=None)
    served_on = date(2024, 2, 1)
    account.served = [ServedQuarter(quarter=Q1, served_on=served_on, interest_from=served_on, changes=tuple(changes))]
    received = receive(account, _money(1_00, date(2025, 9, 1), Q1), interest_rate=SEVEN)
    assert [charged.base_cents for charged in received.interest] == ([base_cents] if base_cents else [])
    if base_cents == 840_97:
        # From 1 February 2024 to 1 September 2025 are 578 days: 840.97 x 7 % x 578 / 365 = 93.22 (RGS art. 47bis).
        assert [charged.interest_cents for charged in received.interest] == [93_22]


def test_relief_waives_the_quarter_and_frees_what_was_paid() -> None:
    account = _account({q: {AmountKind.PRINCIPAL: 100_00, AmountKind.FEE: 4_00} for q in (Q1, Q2)})
    _surcharged(account, Q1, Q1, 100_00)
    receive(account, _money(50_00, date(2026, 4, 2), Q1), interest_rate=None)
    relieved = grant_relief(account, key="claim", value_date=date(2026, 6, 1), quarters=[Q1])
    assert relieved.waived_cents == 107_00
    assert relieved.settled == (Q1,)
    assert account.open_of(Q1) == 0
    assert account.credit_cents == 50_00
    assert relieved.remaining_open_cents == 104_00
    assert not account.surcharges


@pytest.mark.parametrize(
    ("paid_cents", "open_cents", "credit_cents"),
    [
        (0, 40_00, 0),
        (39_00, 1_00, 0),  # 3.00 of its own surcharge and 36.00 of the year's: all of it stays paid on the year's
        (43_00, 0, 3_00),
        (143_00, 0, 103_00),  # its own surcharge and its contribution come back
    ],
)
def test_surcharges_of_a_wrong_reduction_of_the_year_survive_the_relief_of_their_quarter(
    paid_cents: int, open_cents: int, credit_cents: int
) -> None:
    account = _account({Q1: {AmountKind.PRINCIPAL: 100_00, AmountKind.SURCHARGE: 40_00}})
    _surcharged(account, Q1, Q1, 100_00)
    if paid_cents:
        receive(account, _money(paid_cents, date(2026, 4, 2), Q1), interest_rate=None)
    grant_relief(account, key="claim", value_date=date(2026, 6, 1), quarters=[Q1], reduction_surcharges={Q1: 40_00})
    assert account.items[Q1, AmountKind.SURCHARGE].waived_cents == 3_00
    assert (account.open_of(Q1), account.credit_cents) == (open_cents, credit_cents)


def test_waived_surcharges_of_a_wrong_reduction_are_not_kept_by_a_relief() -> None:
    account = _account({Q1: {AmountKind.PRINCIPAL: 100_00, AmountKind.SURCHARGE: 40_00}})
    waive_surcharges(account, cause="d", value_date=date(2026, 5, 1), granted={Q1: 30_00})
    grant_relief(account, key="claim", value_date=date(2026, 6, 1), quarters=[Q1], reduction_surcharges={Q1: 40_00})
    assert (account.open_of(Q1), account.credit_cents) == (10_00, 0)


def test_costs_of_a_bailiff_survive_a_relief() -> None:
    account = _account({Q1: {AmountKind.PRINCIPAL: 100_00, AmountKind.COST: 55_00}})
    relieved = grant_relief(account, key="claim", value_date=date(2026, 6, 1), quarters=[Q1])
    assert relieved.settled == ()
    assert account.open_of(Q1) == 55_00


def test_relief_of_quarters_that_were_not_charged_books_nothing() -> None:
    relieved = grant_relief(_account({}), key="claim", value_date=date(2026, 6, 1), quarters=[Q1])
    assert relieved.entry is None
    assert relieved.waived_cents == 0


def test_an_entry_out_of_balance_cannot_be_built() -> None:
    with pytest.raises(UnbalancedEntryError):
        JournalEntry(
            entry_id=DOSSIER,
            kind=EntryKind.PAYMENT,
            value_date=date(2026, 1, 1),
            reference="",
            lines=(JournalLine(account=Account.BANK, cents=1),),
        )


_kinds = st.sampled_from([AmountKind.PRINCIPAL, AmountKind.FEE, AmountKind.COST, AmountKind.INTEREST])
_charges = st.dictionaries(
    st.sampled_from([Q1, Q2, Q3]), st.dictionaries(_kinds, st.integers(1, 200_000), min_size=1), min_size=1
)
_days = st.integers(0, 300).map(lambda days: date(2026, 1, 1) + timedelta(days=days))
_payments = st.lists(
    st.tuples(st.integers(1, 150_000), _days, st.sampled_from([None, Q1, Q2, Q3])), max_size=8, unique=True
)
_relieved = st.lists(st.sampled_from([Q1, Q2, Q3]), max_size=2, unique=True)


@given(_charges, _payments, _relieved, st.integers(0, 8), st.booleans())
def test_open_plus_paid_plus_waived_is_charged_whatever_comes_in_whatever_order(
    charges: Charges,
    payments: Sequence[tuple[int, date, Quarter | None]],
    relieved: list[Quarter],
    relief_after: int,
    served: bool,
) -> None:
    account = _account(charges)
    for quarter, amounts in charges.items():
        if amounts.get(AmountKind.PRINCIPAL, 0) >= 17:  # three hundredths of less round to nothing
            _surcharged(account, quarter, quarter, amounts[AmountKind.PRINCIPAL])
    if served:
        account.served = [ServedQuarter(quarter=Q1, served_on=date(2026, 5, 1), interest_from=date(2026, 5, 1))]
    money_in = 0
    for position, (cents, day, chosen) in enumerate(payments):
        if position == relief_after and relieved:
            grant_relief(account, key="claim", value_date=day, quarters=relieved)
        received = receive(account, _money(cents, day, chosen), interest_rate=SEVEN)
        assert sum(part.cents for part in received.parts) + received.credit_cents == cents
        money_in += cents
        usable = min(account.credit_cents, account.open_cents)
        if usable:
            receive(account, _money(usable, day, None, Account.DOSSIER_CREDIT), interest_rate=SEVEN)
    for item in account.items.values():
        assert item.open_cents + item.paid_cents + item.waived_cents == item.charged_cents
        assert item.open_cents >= 0
        assert item.paid_cents >= 0
        assert item.waived_cents >= 0
    assert account.credit_cents >= 0
    assert sum(item.paid_cents for item in account.items.values()) + account.credit_cents == money_in
