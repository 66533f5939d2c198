"""What a file for the bank says: the fund's side, and one transfer or one collection."""

from __future__ import annotations

from typing import Final

from services.billing.clients import AccountHolder
from services.billing.money_out.rules import BankOrderKind, end_to_end_id
from services.billing.money_out.service.bank_orders import DueRefund
from services.billing.money_out.service.mandates import DueCollection
from shared.treasury.sepa.credit_transfer import CreditTransfer
from shared.treasury.sepa.direct_debit import Collection, CollectionSequence

_REMITTANCE: Final = {
    BankOrderKind.REFUND: {"fr": "Remboursement cotisations", "nl": "Terugbetaling bijdragen", "de": "Erstattung"},
    BankOrderKind.DIRECT_DEBIT: {"fr": "Cotisations sociales", "nl": "Sociale bijdragen", "de": "Sozialbeitraege"},
}


def transfer(refund: DueRefund, holder: AccountHolder, cents: int) -> CreditTransfer:
    """Return one refund as the file says it, in the words of its receiver."""
    words = _REMITTANCE[BankOrderKind.REFUND][str(holder.addressee.language)]
    return CreditTransfer(
        end_to_end_id=end_to_end_id(BankOrderKind.REFUND, refund.refund_id, refund.attempt),
        amount_cents=cents,
        creditor_name=holder.addressee.name,
        creditor_iban=holder.account_number or "",
        remittance=f"{words} {refund.file_number:07d}",
    )


def collection(due: DueCollection, holder: AccountHolder) -> Collection:
    """Return one collection as the file says it, in the words of its debtor."""
    words = _REMITTANCE[BankOrderKind.DIRECT_DEBIT][str(holder.addressee.language)]
    return Collection(
        end_to_end_id=end_to_end_id(BankOrderKind.DIRECT_DEBIT, due.mandate_id, due.attempt),
        amount_cents=due.amount_cents,
        sequence=CollectionSequence(due.sequence),
        mandate_reference=due.reference,
        mandate_signed_on=due.signed_on,
        debtor_name=holder.addressee.name,
        debtor_iban=due.iban,
        remittance=f"{words} {due.file_number:07d}",
    )
