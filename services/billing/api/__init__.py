"""HTTP in: translate, one call, translate back."""

from __future__ import annotations

from fastapi import FastAPI

from services.billing.account_statements import api as account_statements
from services.billing.accounts import api as accounts
from services.billing.certificates import api as certificates
from services.billing.companies import api as companies
from services.billing.company_contributions import api as company_runs
from services.billing.correspondence import api as deliveries
from services.billing.forecast import api as forecasts
from services.billing.incomes import api as incomes
from services.billing.institute_files import api as reports
from services.billing.lateness import api as closings
from services.billing.matching.api import bank_lines, payer_exclusions
from services.billing.money_in import api as bank
from services.billing.money_out.api import bank_orders
from services.billing.money_out.api import withdrawals as bank_withdrawals
from services.billing.open_work.store import KINDS
from services.billing.quarterly import api as runs
from services.billing.received_files.api import files as received_files
from services.billing.reductions import api as contribution_requests
from services.billing.regularisation import api as regularisations
from services.billing.small_amounts import api as small_claims
from services.billing.trials import api as trials
from shared.platform.context import AnyContext
from shared.platform.http import create_api
from shared.platform.http.exceptions import exceptions_router

_TAGS = (
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
)


def billing_api(context: AnyContext) -> FastAPI:
    """Return the API of the billing service."""
    api = create_api(
        context,
        title="Auxilia billing",
        version="1.0.0",
        tags=_TAGS,
        description="Incomes, contributions, notices, payments and the ledger of a social insurance fund.",
        large_bodies={"/v1/bankFiles": bank.LARGEST_FILE_BYTES},
    )
    # Before the routes of the modules: some of them take an id in the same place.
    for kind, page_of in KINDS.items():
        path = f"/v1/{kind}/exceptions"
        api.include_router(exceptions_router(context, what=kind, path=path, tag="Runs", page_of=page_of))
    for module in (
        runs,
        trials,
        closings,
        incomes,
        regularisations,
        contribution_requests,
        forecasts,
        companies,
        company_runs,
        bank,
        bank_lines,
        payer_exclusions,
        received_files,
        bank_orders,
        bank_withdrawals,
        accounts,
        account_statements,
        certificates,
        deliveries,
        small_claims,
        reports,
    ):
        api.include_router(module.router(context))
    return api
