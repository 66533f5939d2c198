"""Every letter that is handed over says in three languages what it is, before it is opened."""

from __future__ import annotations

from services.billing.certificates.service import PAYMENT_CERTIFICATE, TAX_CERTIFICATE
from services.billing.company_contributions.store.runs import COMPANY_NOTICE
from services.billing.correspondence.clients import LETTER_SUBJECTS
from services.billing.money_out.service.mandates import ANNOUNCEMENT_DOCUMENT
from services.billing.reductions.service import REQUEST_DOCUMENT
from services.billing.regularisation.rules import STATEMENT_DOCUMENT


def test_every_kind_of_letter_has_a_subject_in_each_language() -> None:
    assert set(LETTER_SUBJECTS) == {
        COMPANY_NOTICE,
        ANNOUNCEMENT_DOCUMENT,
        TAX_CERTIFICATE,
        PAYMENT_CERTIFICATE,
        STATEMENT_DOCUMENT,
        REQUEST_DOCUMENT,
    }
    for subjects in LETTER_SUBJECTS.values():
        assert set(subjects) == {"fr", "nl", "de"}
        assert len(set(subjects.values())) == len(subjects)
