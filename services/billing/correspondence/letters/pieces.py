"""What billing's letters share: the fund, the reader, how dates and rates are written, and the box to pay by."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from services.billing.correspondence.rules.addressee import Addressee
from shared.law.fund import FundSettings
from shared.law.identifiers import Iban, format_structured_communication
from shared.platform.documents import sepa_qr_svg


def fund_block(fund: FundSettings, language: str) -> dict[str, str]:
    """Give the fund as header and footer of a letter print it."""
    address = fund.address
    return {
        "name": fund.name[language],
        "shortName": fund.short_name[language],
        "street": f"{address.street[language]} {address.house_number}",
        "city": f"{address.postal_code} {address.city[language]}",
        "telephone": fund.contact.telephone,
        "email": fund.contact.email,
        "website": fund.contact.website,
        "enterpriseNumber": fund.enterprise_number,
        "iban": fund.contributions_account.iban,
        "bic": fund.contributions_account.bic,
    }


def recipient_block(addressee: Addressee) -> dict[str, str]:
    """Give the lines in the window of the envelope."""
    return {
        "name": addressee.name,
        "street": addressee.street,
        "city": addressee.city,
        "country": "" if addressee.country == "BE" else addressee.country,
    }


def payment_block(
    *,
    fund: FundSettings,
    language: str,
    labels: dict[str, str],
    reference: str,
    amount_cents: int,
    amount: str,
    due: str,
) -> dict[str, Any]:
    """Give the box to pay by: account, structured reference and the code of a banking application.

    Args:
        fund: the fund on the day of the letter.
        language: the reader's.
        labels: words of the box.
        reference: twelve digits of the structured reference.
        amount_cents: what is to be paid.
        amount: the same, written for the reader.
        due: the last day, written for the reader.
    """
    account = fund.contributions_account
    communication = format_structured_communication(reference)
    beneficiary = fund.short_name[language]
    return {
        "kind": "payment",
        "heading": labels["heading"],
        "rows": [
            {"label": labels["amount"], "value": amount},
            {"label": labels["account"], "value": Iban(account.iban).formatted()},
            {"label": labels["bic"], "value": account.bic},
            {"label": labels["beneficiary"], "value": beneficiary},
            {"label": labels["communication"], "value": communication},
            {"label": labels["dueOn"], "value": due},
        ],
        "scan": labels["scan"],
        "qr": sepa_qr_svg(
            name=beneficiary,
            iban=account.iban,
            bic=account.bic,
            amount_cents=amount_cents,
            communication=communication,
        ),
    }


def day_text(words: dict[str, Any], day: date) -> str:
    """Write a day as the words of a language say it."""
    number = words["firstDay"] if day.day == 1 else str(day.day)
    return str(words["date"].format(day=number, month=words["months"][day.month - 1], year=day.year))


def percent_text(words: dict[str, Any], rate: Decimal) -> str:
    """Write a rate such as 0.03 as a percentage."""
    number = format((rate * 100).normalize(), "f").replace(".", ",")
    return str(words["percent"].format(number=number))
