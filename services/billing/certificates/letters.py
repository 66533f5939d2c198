"""The two certificates of a dossier: what was paid in a calendar year, for taxes, and how it stands on a day."""

from __future__ import annotations

from datetime import date
from typing import Final

from services.billing.certificates.rules import CertifiedQuarter, PaidInYear, Standing
from services.billing.correspondence.letters import plain_letter, words_for
from shared.correspondence.addressee import Addressee
from shared.correspondence.wording import Wording
from shared.law.fund import FundSettings
from shared.law.quarter import Quarter
from shared.platform.database.rows import JsonObject

_TAX: Final = "certificate"
_PAYMENT: Final = "payment"


def tax_certificate(
    *, paid: PaidInYear, year: int, day: date, addressee: Addressee, fund: FundSettings
) -> JsonObject:
    """Return what the tax certificate of a dossier prints.

    Args:
        paid: what it paid in the year, with the quarters it went to.
        year: the calendar year.
        day: day the certificate bears.
        addressee: to whom it goes.
        fund: the fund on that day.
    """
    words = words_for(addressee, _TAX)
    kind = "company" if paid.company else "person"
    # see limits: deductible-for-taxes
    paragraphs = [kind, f"{kind}Tax", *_accessories(paid.accessories_cents, paid.fines_cents)]
    return plain_letter(
        name=_TAX,
        file_number=paid.file_number,
        day=day,
        values={"year": str(year), "accessories": paid.accessories_cents, "fines": paid.fines_cents},
        paragraphs=paragraphs,
        table={
            "kind": "table",
            "rows": [
                [_period(words, one.quarter, company=paid.company), words.euro(one.cents)] for one in paid.quarters
            ],
            "total": [words["total"], words.euro(paid.contributions_cents)],
        },
        addressee=addressee,
        fund=fund,
    )


def payment_certificate(*, standing: Standing, addressee: Addressee, fund: FundSettings) -> JsonObject:
    """Return what the certificate of payment of a dossier prints, in the addressee's language."""
    words = words_for(addressee, _PAYMENT)
    paragraphs = ["company" if standing.company else "person"] if standing.quarters else ["nothing"]
    paragraphs += ["inOrder" if standing.in_order else "notInOrder"]
    not_due = min(standing.open_cents, standing.not_due_cents)
    paragraphs += ["notDue"] if not_due else []
    paragraphs += _accessories(standing.accessories_open_cents, standing.fines_open_cents)
    sums = (
        sum(one.due_cents for one in standing.quarters),
        sum(one.paid_cents for one in standing.quarters),
        standing.open_cents,
    )
    table = {
        "kind": "table",
        "columns": words["columns"],
        "rows": [_row(words, one, company=standing.company) for one in standing.quarters],
        "total": [words["total"], *(words.euro(cents) for cents in sums)],
    }
    return plain_letter(
        name=_PAYMENT,
        file_number=standing.file_number,
        day=standing.day,
        values={
            "day": standing.day,
            "overdue": standing.overdue_cents,
            "notDue": not_due,
            "accessories": standing.accessories_open_cents,
            "fines": standing.fines_open_cents,
        },
        paragraphs=paragraphs,
        table=table if standing.quarters else None,
        addressee=addressee,
        fund=fund,
    )


def _accessories(cents: int, fines_cents: int) -> list[str]:
    """Choose how what is no contribution is told apart: a fine is named when there is one."""
    if cents <= 0:
        return []
    return ["accessoriesWithFines" if fines_cents > 0 else "accessories"]


def _row(words: Wording, one: CertifiedQuarter, *, company: bool) -> list[str]:
    period = _period(words, one.quarter, company=company)
    if not one.charged:
        return [words.say("notCharged", period=period), "–", "–", "–"]
    if one.waived_cents:
        period = words.say("waived", period=period, waived=words.euro(one.waived_cents))
    return [period, *(words.euro(cents) for cents in (one.due_cents, one.paid_cents, one.open_cents))]


def _period(words: Wording, quarter: Quarter, *, company: bool) -> str:
    return words.say("yearRow", year=quarter.year) if company else words.quarter(quarter)
