"""What billing is told of companies."""

from __future__ import annotations

from services.billing.companies import service as companies
from shared.contracts.affiliation_v1 import CompanyAffiliated
from shared.contracts.envelope import Envelope
from shared.law.parameters import Parameters
from shared.platform.composition import Handlers
from shared.platform.database.connections import Connection


def company_handlers(parameters: Parameters) -> Handlers:
    """Return what handles a new company: it owes the yearly contribution."""

    async def on_company_affiliated(connection: Connection, fact: CompanyAffiliated, _envelope: Envelope) -> None:
        await companies.open_company(connection, fact=fact, parameters=parameters)

    return {CompanyAffiliated: on_company_affiliated}
