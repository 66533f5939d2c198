"""What may be given up and what need not be paid, around 500 and 25 euros (RGS art. 50bis)."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import yaml

from services.billing.ledger.rules.debtor_account import DebtorAccount
from services.billing.ledger.rules.entries import EntryKind, charge
from services.billing.small_amounts.rules import NotASmallClaim, give_up_small_claim, refund_is_owed
from shared.contracts.vocabulary import AmountKind
from shared.law.parameters import Parameters
from shared.law.quarter import Quarter

DOSSIER = UUID("01890a5d-ac96-774b-bcce-b302099a8057")
DAY = date(2026, 6, 1)
Q1 = Quarter(2026, 1)
CASES: dict[str, list[dict[str, Any]]] = yaml.safe_load(
    Path(__file__).with_name("small_amounts.yaml").read_text("utf-8")
)


def _account(open_cents: int) -> DebtorAccount:
    account = DebtorAccount(dossier=DOSSIER)
    if open_cents:
        fee = min(1, open_cents - 1)
        amounts = {AmountKind.PRINCIPAL: open_cents - fee, AmountKind.FEE: fee}
        account.apply(
            charge(
                kind=EntryKind.CONTRIBUTION,
                key="q1",
                value_date=Q1.starts_on,
                dossier=DOSSIER,
                quarter=Q1,
                amounts=amounts,
            )
        )
    return account


@pytest.mark.parametrize("case", CASES["give_up"], ids=str)
def test_what_may_be_given_up(case: dict[str, Any], parameters: Parameters) -> None:
    account = _account(case["open_cents"])
    arguments: dict[str, Any] = {
        "decision_id": DOSSIER,
        "decided_on": DAY,
        "still_subject": case["still_subject"],
        "pension_affected": case["pension"],
        "warned_on": case["warned"],
        "parameters": parameters,
    }
    if case["refused"] is not None:
        with pytest.raises(NotASmallClaim) as refused:
            give_up_small_claim(account, **arguments)
        assert refused.value.rule == case["refused"]
        assert account.open_cents == case["open_cents"]
        return
    given_up = give_up_small_claim(account, **arguments)
    assert (given_up.waived_cents, given_up.settled) == (case["open_cents"], (Q1,))
    assert account.open_cents == 0
    assert sum(item.waived_cents for item in account.items.values()) == case["open_cents"]


@pytest.mark.parametrize("case", CASES["refund"], ids=str)
def test_what_need_not_be_paid(case: dict[str, Any], parameters: Parameters) -> None:
    assert (
        refund_is_owed(
            credit_cents=case["credit_cents"],
            on=DAY,
            still_subject=case["still_subject"],
            asked=case["asked"],
            account_known=case["account_known"],
            parameters=parameters,
        )
        is case["owed"]
    )
