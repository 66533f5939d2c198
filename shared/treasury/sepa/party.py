"""The fund's side of a file for the bank: who pays or collects, as the header and a block of payments say it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from lxml import etree

from shared.law.fund import BankAccount, FundSettings
from shared.law.money import Cents, euro_text
from shared.treasury.sepa.pieces import NAME_LENGTH, account, child, identifier, sepa_text


@dataclass(frozen=True, kw_only=True)
class Party:
    """Who pays or collects, with its account and the structured address the SEPA schemes ask for."""

    name: str
    enterprise_number: str
    iban: str
    bic: str
    street: str
    house_number: str
    postal_code: str
    city: str
    country: str


def fund_party(fund: FundSettings, bank_account: BankAccount) -> Party:
    """Give the fund as its bank knows it, in one language, with one of its accounts."""
    return Party(
        name=fund.name["fr"],
        enterprise_number=fund.enterprise_number,
        iban=bank_account.iban,
        bic=bank_account.bic,
        street=fund.address.street["fr"],
        house_number=fund.address.house_number,
        postal_code=fund.address.postal_code,
        city=fund.address.city["fr"],
        country=fund.address.country,
    )


def add_header(
    initiation: etree._Element, *, message_id: str, created_at: datetime, count: int, total_cents: Cents, party: Party
) -> None:
    """Write the header of a file: its id, moment, number, sum and sender."""
    header = child(initiation, "GrpHdr")
    child(header, "MsgId", identifier("messageId", message_id))
    child(header, "CreDtTm", created_at.isoformat(timespec="seconds"))
    child(header, "NbOfTxs", str(count))
    child(header, "CtrlSum", euro_text(total_cents))
    sender = child(header, "InitgPty")
    child(sender, "Nm", sepa_text(party.name, length=NAME_LENGTH))
    other = child(child(child(sender, "Id"), "OrgId"), "Othr")
    child(other, "Id", party.enterprise_number)
    child(other, "Issr", "KBO-BCE")


def add_party(block: etree._Element, side: Literal["Dbtr", "Cdtr"], party: Party) -> None:
    """Write the fund into a block: with its address, its account and its bank."""
    element = child(block, side)
    child(element, "Nm", sepa_text(party.name, length=NAME_LENGTH))
    address = child(element, "PstlAdr")
    child(address, "StrtNm", sepa_text(party.street, length=NAME_LENGTH))
    child(address, "BldgNb", sepa_text(party.house_number, length=16))
    child(address, "PstCd", party.postal_code)
    child(address, "TwnNm", sepa_text(party.city, length=35))
    child(address, "Ctry", party.country)
    child(child(child(block, f"{side}Acct"), "Id"), "IBAN", account(party.iban))
    child(child(child(block, f"{side}Agt"), "FinInstnId"), "BICFI", party.bic)
