"""Facts of other services that billing acts on: the inbox row and the effect are one transaction."""

from __future__ import annotations

from services.billing.companies import service as companies
from services.billing.decisions.service import decisions
from services.billing.decisions.service import of_the_institute as institute_decisions
from shared.contracts.affiliation_v1 import (
    AffiliationCategoryChanged,
    AffiliationCeased,
    AffiliationOpened,
    CompanyAffiliated,
)
from shared.contracts.benefits_v1 import ContributionReliefGranted
from shared.contracts.envelope import Envelope
from shared.contracts.recovery_v1 import (
    CostsCharged,
    ExemptionGranted,
    FineImposed,
    SummonsServed,
    SurchargesWaived,
    WarrantServed,
)
from shared.law.parameters import Parameters
from shared.platform.clock import Clock
from shared.platform.consumer import FactConsumer
from shared.platform.database import Connection, Database


def build_consumer(*, database: Database, clock: Clock, parameters: Parameters) -> FactConsumer:
    """Return the consumer of billing: which fact is handled by what."""
    handlers = Handlers(clock=clock, parameters=parameters)
    return FactConsumer(
        service="billing",
        database=database,
        handlers={
            AffiliationOpened: handlers.on_affiliation_opened,
            AffiliationCategoryChanged: handlers.on_category_changed,
            AffiliationCeased: handlers.on_affiliation_ceased,
            CompanyAffiliated: handlers.on_company_affiliated,
            ContributionReliefGranted: handlers.on_relief_granted,
            ExemptionGranted: handlers.on_exemption_granted,
            SurchargesWaived: handlers.on_surcharges_waived,
            FineImposed: handlers.on_fine_imposed,
            WarrantServed: handlers.on_warrant_served,
            SummonsServed: handlers.on_summons_served,
            CostsCharged: handlers.on_costs_charged,
        },
    )


class Handlers:
    """One method per fact; each makes one call."""

    def __init__(self, *, clock: Clock, parameters: Parameters) -> None:
        """Keep what gives the booking day and the legal interest."""
        self._clock = clock
        self._parameters = parameters

    async def on_affiliation_opened(self, connection: Connection, fact: AffiliationOpened, _envelope: Envelope) -> None:
        """Somebody owes contributions from the quarter of the start, also when that is long over or was waived."""
        await decisions.apply_start(
            connection,
            fact=fact,
            booked_on=await self._clock.today(),
            interest_rate_on=lambda day: self._parameters.decimal("surcharges.socialInterestRate", on=day),
        )

    async def on_category_changed(
        self, connection: Connection, fact: AffiliationCategoryChanged, _envelope: Envelope
    ) -> None:
        """Later quarters are assessed in another category."""
        await decisions.apply_category_change(connection, fact=fact, booked_on=await self._clock.today())

    async def on_affiliation_ceased(self, connection: Connection, fact: AffiliationCeased, _envelope: Envelope) -> None:
        """Quarters after the last one are not owed, also when they were billed already."""
        booked_on = await self._clock.today()
        rate = self._parameters.decimal("surcharges.socialInterestRate", on=booked_on)
        await decisions.apply_cessation(connection, fact=fact, booked_on=booked_on, interest_rate=rate)

    async def on_company_affiliated(self, connection: Connection, fact: CompanyAffiliated, _envelope: Envelope) -> None:
        """A company owes the yearly contribution."""
        await companies.open_company(connection, fact=fact, parameters=self._parameters)

    async def on_relief_granted(
        self, connection: Connection, fact: ContributionReliefGranted, _envelope: Envelope
    ) -> None:
        """Quarters are not owed after all."""
        booked_on = await self._clock.today()
        rate = self._parameters.decimal("surcharges.socialInterestRate", on=booked_on)
        await decisions.apply_relief(connection, fact=fact, booked_on=booked_on, interest_rate=rate)

    async def on_exemption_granted(self, connection: Connection, fact: ExemptionGranted, _envelope: Envelope) -> None:
        """The institute exempted somebody from quarters: they are not owed after all (royal decree 38, art. 17)."""
        booked_on = await self._clock.today()
        rate = self._parameters.decimal("surcharges.socialInterestRate", on=booked_on)
        await institute_decisions.apply_exemption(connection, fact=fact, booked_on=booked_on, interest_rate=rate)

    async def on_warrant_served(self, connection: Connection, fact: WarrantServed, _envelope: Envelope) -> None:
        """Quarterly surcharges stop and interest runs."""
        booked_on = await self._clock.today()
        rate = self._parameters.decimal("surcharges.socialInterestRate", on=booked_on)
        await decisions.serve_warrant(connection, fact=fact, booked_on=booked_on, interest_rate=rate)

    async def on_costs_charged(self, connection: Connection, fact: CostsCharged, _envelope: Envelope) -> None:
        """The debtor owes the costs of the bailiff."""
        booked_on = await self._clock.today()
        rate = self._parameters.decimal("surcharges.socialInterestRate", on=booked_on)
        await decisions.charge_costs(connection, fact=fact, booked_on=booked_on, interest_rate=rate)

    async def on_summons_served(self, connection: Connection, fact: SummonsServed, _envelope: Envelope) -> None:
        """Quarterly surcharges stop and interest runs."""
        booked_on = await self._clock.today()
        rate = self._parameters.decimal("surcharges.socialInterestRate", on=booked_on)
        await institute_decisions.serve_summons(connection, fact=fact, booked_on=booked_on, interest_rate=rate)

    async def on_fine_imposed(self, connection: Connection, fact: FineImposed, _envelope: Envelope) -> None:
        """The debtor owes a fine, which payments go to first."""
        booked_on = await self._clock.today()
        rate = self._parameters.decimal("surcharges.socialInterestRate", on=booked_on)
        await institute_decisions.charge_fine(connection, fact=fact, booked_on=booked_on, interest_rate=rate)

    async def on_surcharges_waived(self, connection: Connection, fact: SurchargesWaived, _envelope: Envelope) -> None:
        """Surcharges are not owed after all."""
        booked_on = await self._clock.today()
        rate = self._parameters.decimal("surcharges.socialInterestRate", on=booked_on)
        await institute_decisions.apply_surcharge_waiver(connection, fact=fact, booked_on=booked_on, interest_rate=rate)
