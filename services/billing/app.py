"""Puts the billing service together of its subjects, highest first: a subject may use those after it."""

from __future__ import annotations

from typing import Final

from services.billing.account_statements import subject as account_statements
from services.billing.accounts import subject as accounts
from services.billing.assessment import subject as assessment
from services.billing.certificates import subject as certificates
from services.billing.changes_of_subjection import subject as changes_of_subjection
from services.billing.companies import subject as companies
from services.billing.company_contributions import subject as company_contributions
from services.billing.correspondence import subject as correspondence
from services.billing.explanations import subject as explanations
from services.billing.fines_and_waivers import subject as fines_and_waivers
from services.billing.forecast import subject as forecast
from services.billing.incomes import subject as incomes
from services.billing.institute_files import subject as institute_files
from services.billing.lateness import subject as lateness
from services.billing.ledger import subject as ledger
from services.billing.matching import subject as matching
from services.billing.money_in import subject as money_in
from services.billing.money_out import subject as money_out
from services.billing.notices import subject as notices
from services.billing.quarterly import subject as quarterly
from services.billing.received_files import subject as received_files
from services.billing.reductions import subject as reductions
from services.billing.regularisation import subject as regularisation
from services.billing.reliefs import subject as reliefs
from services.billing.settings import BillingSettings
from services.billing.small_amounts import subject as small_amounts
from services.billing.titles import subject as titles
from services.billing.trials import subject as trials
from shared.platform.composition import Composition

SUBJECTS: Final = (
    account_statements.SUBJECT,
    certificates.SUBJECT,
    changes_of_subjection.SUBJECT,
    reliefs.SUBJECT,
    titles.SUBJECT,
    fines_and_waivers.SUBJECT,
    forecast.SUBJECT,
    explanations.SUBJECT,
    company_contributions.SUBJECT,
    companies.SUBJECT,
    money_in.SUBJECT,
    money_out.SUBJECT,
    matching.SUBJECT,
    incomes.SUBJECT,
    reductions.SUBJECT,
    regularisation.SUBJECT,
    trials.SUBJECT,
    quarterly.SUBJECT,
    notices.SUBJECT,
    correspondence.SUBJECT,
    institute_files.SUBJECT,
    small_amounts.SUBJECT,
    accounts.SUBJECT,
    lateness.SUBJECT,
    ledger.SUBJECT,
    received_files.SUBJECT,
    assessment.SUBJECT,
)

APP: Final = Composition(
    service="billing",
    title="Auxilia billing",
    description="Incomes, contributions, notices, payments and the ledger of a social insurance fund.",
    settings_class=BillingSettings,
    subjects=SUBJECTS,
    tags=(
        {"name": "Runs", "description": "Billing runs and closings of quarters."},
        {"name": "Incomes", "description": "Incomes as they become known."},
        {"name": "Regularisations", "description": "What years are definitively owed, once their income is known."},
        {"name": "Companies", "description": "Balance sheets, exemptions and the yearly contribution of companies."},
        {"name": "Requests", "description": "Requests to contribute more or less, and the advice before them."},
        {"name": "Forecasts", "description": "What will be due when, and every amount with its reasons."},
        {"name": "Bank", "description": "Bank files and payments to identify."},
        {"name": "Bank orders", "description": "Refunds, mandates and direct debits, in files two people approve."},
        {"name": "Accounts", "description": "What dossiers owe, paid and why."},
        {"name": "Reports", "description": "Sums and the trial balance."},
    ),
)
