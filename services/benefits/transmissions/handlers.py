"""Facts of affiliation and billing that mutualites must know, written down with the duty to tell them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from services.benefits.transmissions import service, store
from services.benefits.transmissions.rules import Duty
from shared.contracts.affiliation_v1 import AffiliationCategoryChanged, AffiliationCeased, AffiliationOpened
from shared.contracts.billing_v1 import DebtSettled, PaymentAllocated, ReliefApplied, SettledBy
from shared.contracts.envelope import Envelope
from shared.contracts.topics import FactClass
from shared.contracts.vocabulary import AmountKind
from shared.law.parameters import Parameters
from shared.law.quarter import Quarter
from shared.platform.database.connections import Connection
from shared.platform.messages_in.inbox import Handler


class Handlers:
    """What each fact changes; deadlines come from the law's parameters."""

    def __init__(self, *, parameters: Parameters) -> None:
        self._parameters = parameters

    def all(self) -> Mapping[FactClass, Handler]:
        """Return which fact is handled by what."""
        return {
            AffiliationOpened: self.on_affiliation_opened,
            AffiliationCategoryChanged: self.on_category_changed,
            AffiliationCeased: self.on_affiliation_ceased,
            PaymentAllocated: self.on_payment_allocated,
            DebtSettled: self.on_debt_settled,
            ReliefApplied: self.on_relief_applied,
        }

    async def on_affiliation_opened(self, connection: Connection, fact: AffiliationOpened, _envelope: Envelope) -> None:
        """Remember the insurer, and tell it within the month when somebody became subject (art. 276 par. 3).

        The paragraph is about those who become titulary for the first time: whoever is taken over did so elsewhere.
        """
        await store.upsert_insured(
            connection,
            dossier=fact.dossier,
            file_number=fact.file_number,
            insurer=fact.insurer,
            category=fact.category.value,
            language=fact.language.value,
            starts_on=fact.starts_on,
            taken_over=fact.taken_over,
        )
        if not fact.taken_over:
            await service.open_duty(
                connection,
                parameters=self._parameters,
                duty=Duty.AFFILIATION,
                dossier=fact.dossier,
                event=fact.starts_on.isoformat(),
                happened_on=fact.occurred_on,
            )
        await service.open_first_contribution(connection, dossier=fact.dossier, parameters=self._parameters)

    async def on_category_changed(
        self, connection: Connection, fact: AffiliationCategoryChanged, _envelope: Envelope
    ) -> None:
        """Remember the category that later messages mention."""
        await store.change_category(
            connection, dossier=fact.dossier, category=fact.category.value, applies_from=fact.applies_from
        )

    async def on_affiliation_ceased(self, connection: Connection, fact: AffiliationCeased, _envelope: Envelope) -> None:
        """Tell the insurer in the month after the last quarter of subjection."""
        await store.record_cessation(connection, dossier=fact.dossier, ceased_on=fact.ceased_on)
        await service.open_duty(
            connection,
            parameters=self._parameters,
            duty=Duty.CESSATION,
            dossier=fact.dossier,
            event=fact.ceased_on.isoformat(),
            happened_on=fact.ceased_on,
            quarter=Quarter.of(fact.ceased_on),
        )

    async def on_payment_allocated(self, connection: Connection, fact: PaymentAllocated, _envelope: Envelope) -> None:
        """Take a payment that leaves nothing open as the first contribution; a part payment covers no quarter yet."""
        quarters = sorted(one.quarter for one in fact.allocations if one.kind is AmountKind.PRINCIPAL)
        if quarters and fact.remaining_open_cents <= 0:
            await self._first_contribution(
                connection, dossier=fact.dossier, covered_on=fact.value_date, quarter=quarters[0], relieved=False
            )

    async def on_debt_settled(self, connection: Connection, fact: DebtSettled, _envelope: Envelope) -> None:
        """Take a quarter of which nothing is open any more as the first contribution."""
        await self._first_contribution(
            connection,
            dossier=fact.dossier,
            covered_on=fact.settled_on or fact.occurred_on,
            quarter=fact.quarter,
            relieved=fact.settled_by is SettledBy.WAIVER,
        )

    async def on_relief_applied(self, connection: Connection, fact: ReliefApplied, _envelope: Envelope) -> None:
        """Tell the insurer of the first contribution also when it was waived (exemption is mentioned)."""
        if fact.quarters:
            await self._first_contribution(
                connection,
                dossier=fact.dossier,
                covered_on=fact.occurred_on,
                quarter=min(fact.quarters),
                relieved=True,
            )

    async def _first_contribution(
        self, connection: Connection, *, dossier: UUID, covered_on: date, quarter: str, relieved: bool
    ) -> None:
        # The month in which to tell it runs from the payment, not from the day on which the fund booked it.
        await store.remember_first_contribution(
            connection, dossier=dossier, covered_on=covered_on, quarter=quarter, relieved=relieved
        )
        await service.open_first_contribution(connection, dossier=dossier, parameters=self._parameters)
