"""The box that says how to pay, with the code of a banking application."""

from __future__ import annotations

from datetime import date

from shared.correspondence.frame import Block
from shared.correspondence.wording import Wording
from shared.law.fund import FundSettings
from shared.law.identifiers import Iban
from shared.platform.people.documents import sepa_qr_svg


def payment_block(
    *, words: Wording, fund: FundSettings, amount_cents: int, communication: str, due_on: date | None = None
) -> Block:
    """Return the box to pay one amount by.

    Args:
        words: of the reader's language, with the labels under ``payment``.
        fund: the fund on the day of the letter.
        amount_cents: what is to be paid.
        communication: what the payer mentions, as it is printed.
        due_on: the last day to pay; None when the box names none.

    Raises:
        ValueError: the amount can't be written in the code.
    """
    account = fund.contributions_account
    rows = [
        labelled(words, "amount", words.euro(amount_cents)),
        *account_rows(words, fund),
        labelled(words, "communication", communication),
    ]
    if due_on is not None:
        rows.append(labelled(words, "dueOn", words.day(due_on)))
    return {
        "kind": "payment",
        "heading": words.say("payment", "heading"),
        "rows": rows,
        "scan": words.say("payment", "scan"),
        "qr": sepa_qr_svg(
            name=fund.short_name[words.language.value],
            iban=account.iban,
            bic=account.bic,
            amount_cents=amount_cents,
            communication=communication,
        ),
    }


def account_rows(words: Wording, fund: FundSettings) -> list[dict[str, str]]:
    """Return the account to pay to, its bank and its holder."""
    account = fund.contributions_account
    return [
        labelled(words, "account", Iban(account.iban).formatted()),
        labelled(words, "bic", account.bic),
        labelled(words, "beneficiary", fund.short_name[words.language.value]),
    ]


def labelled(words: Wording, name: str, value: str) -> dict[str, str]:
    """Return a line of the box: what ``payment`` calls it, and its value."""
    return {"label": words.say("payment", name), "value": value}
