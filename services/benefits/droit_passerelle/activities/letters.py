"""Activities that write letters about claims: identity from affiliation, words composed, kept as a document once."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from temporalio import activity

from services.benefits.claims.procedure import Nothing, OnDay
from services.benefits.claims.rules import charter
from services.benefits.claims.rules.entitlement import (
    EntitledMonth,
    grant_ends_before,
    law_on,
    month_amount_cents,
    month_start,
    monthly_amount_name,
)
from services.benefits.claims.rules.facts import Outcome, RuleResult
from services.benefits.claims.service import claims as store
from services.benefits.claims.service.seen_facts import facts_from_json, results_from_json
from services.benefits.clients import Clients, Identity
from services.benefits.decisions import service as decision_letters
from services.benefits.droit_passerelle.letters import compose
from services.benefits.droit_passerelle.procedure import LateLetterInput, LetterInput
from shared.law.fund import Fund
from shared.law.parameters import ParameterMissing, Parameters
from shared.law.quarter import Quarter
from shared.platform.calls.auth import Role
from shared.platform.database.connections import Database
from shared.platform.database.rows import JsonObject
from shared.platform.people.documents import DocumentDiffers, render, store_document

TEMPLATE = Path(__file__).resolve().parents[1] / "letters" / "claim.typ"


@dataclass(frozen=True, kw_only=True)
class LetterActivities:
    """What letters need."""

    database: Database
    clients: Clients
    parameters: Parameters
    fund: Fund

    def all(self) -> list[Callable[..., Any]]:
        """List the activities for a worker."""
        return [
            self.acknowledge_claim,
            self.write_information_letter,
            self.write_late_letter,
            self.notify_decision,
        ]

    @activity.defn(name="acknowledge_claim")
    async def acknowledge_claim(self, request: OnDay) -> Nothing:
        """Write the acknowledgement of receipt (Charter art. 9)."""
        claim, letter_claim, identity = await self._whom(request)
        delays = charter.charter_on(parameters=self.parameters, day=claim.received_on)
        letter = compose.acknowledgement(
            recipient=_recipient(identity),
            claim=letter_claim,
            fund=self.fund.on(request.today),
            today=request.today,
            decide_before=charter.decide_before(received_on=claim.received_on, suspended_days=0, law=delays),
        )
        await self._keep("claimAcknowledgement", "acknowledgement", claim, identity, letter, request.today)
        return Nothing()

    @activity.defn(name="write_information_letter")
    async def write_information_letter(self, request: LetterInput) -> Nothing:
        """Write what is missing, or remind of it; only what the applicant can bring is asked."""
        day = OnDay(reference=request.claim_id, today=request.today)
        claim, letter_claim, identity = await self._whom(day)
        async with self.database.transaction() as connection:
            kept = await store.read_assessment(connection, assessment_id=request.assessment_id)
        missing = _reasons(_asked_of_applicant(results_from_json(kept.results)))
        fund = self.fund.on(request.today)
        if request.silence_on is None:
            letter = compose.information(
                recipient=_recipient(identity),
                claim=letter_claim,
                fund=fund,
                today=request.today,
                missing=missing,
                due_on=request.due_on,
            )
        else:
            letter = compose.reminder(
                recipient=_recipient(identity),
                claim=letter_claim,
                fund=fund,
                today=request.today,
                missing=missing,
                asked_on=request.asked_on,
                silence_on=request.silence_on,
            )
        kind = "information" if request.silence_on is None else "reminder"
        await self._keep(
            "claimInformationRequest" if request.silence_on is None else "claimReminder",
            f"{kind}-{request.number}",
            claim,
            identity,
            letter,
            request.today,
        )
        return Nothing()

    @activity.defn(name="write_late_letter")
    async def write_late_letter(self, request: LateLetterInput) -> Nothing:
        """Tell the applicant that and why no decision was taken in time (Charter art. 10)."""
        day = OnDay(reference=request.claim_id, today=request.today)
        claim, letter_claim, identity = await self._whom(day)
        async with self.database.transaction() as connection:
            kept = await store.read_assessment(connection, assessment_id=request.assessment_id)
        letter = compose.late(
            recipient=_recipient(identity),
            claim=letter_claim,
            fund=self.fund.on(request.today),
            today=request.today,
            missing=_reasons(one for one in results_from_json(kept.results) if one.outcome is Outcome.MAYBE),
            decide_before=request.decide_before,
        )
        await self._keep("claimLate", "late", claim, identity, letter, request.today)
        return Nothing()

    @activity.defn(name="notify_decision")
    async def notify_decision(self, request: OnDay) -> Nothing:
        """Write the decision with its reasons, its computation and its remedies (Charter art. 13 and 14).

        It becomes a registered letter for the post. One that a person sends again is written anew, with the address of
        that day; while a letter is under way nothing is written.
        """
        async with self.database.transaction() as connection:
            latest = await decision_letters.latest_letter(connection, claim_id=request.reference)
        if latest is not None and latest.settled_as != "sentAgain":
            return Nothing()
        attempt = 1 if latest is None else latest.attempt + 1
        claim, letter_claim, identity = await self._whom(request)
        async with self.database.transaction() as connection:
            decision = await store.read_decision(connection, claim_id=claim.claim_id)
            if decision is None:
                raise LookupError("there is no decision to notify")
            months = await store.months_of(connection, claim_id=claim.claim_id)
            kept = await store.read_assessment(connection, assessment_id=decision.assessment_id)
        fund = self.fund.on(request.today)
        if decision.outcome == "granted":
            letter = compose.granted(
                recipient=_recipient(identity),
                claim=letter_claim,
                fund=fund,
                today=request.today,
                grant=self._grant(claim, kept, decision, months),
            )
        else:
            results = results_from_json(kept.results)
            # What the fund could not find out is no reason against anybody: only what the applicant never brought.
            against = [one for one in results if one.outcome is Outcome.NO] or _asked_of_applicant(results)
            letter = compose.refused(
                recipient=_recipient(identity),
                claim=letter_claim,
                fund=fund,
                today=request.today,
                reasons=_reasons(against),
            )
        label = f"decision-{decision.outcome}" + (f"-{attempt}" if attempt > 1 else "")
        await self._keep("claimDecision", label, claim, identity, letter, request.today, registered_as=attempt)
        return Nothing()

    def _grant(
        self,
        claim: store.Claim,
        kept: store.StoredAssessment,
        decision: store.Decision,
        months: Sequence[EntitledMonth],
    ) -> compose.Grant:
        facts = facts_from_json(kept.inputs)
        law = law_on(parameters=self.parameters, fact_on=claim.fact_on)
        replacement = facts.replacement_income_cents or 0
        name = monthly_amount_name(dependant=claim.dependant, attested=claim.dependant_attested)
        end = grant_ends_before(
            fact_on=claim.fact_on,
            interruption_ends_before=facts.interruption_ends_before,
            months=decision.months,
        )
        delays = charter.charter_on(parameters=self.parameters, day=decision.decided_on)

        def amount(one: EntitledMonth) -> int | None:
            try:
                monthly = self.parameters.cents(name, on=_amount_day(claim, one.month))
            except ParameterMissing:
                return None
            return month_amount_cents(
                parts=one.parts, monthly_cents=monthly, replacement_income_cents=replacement, law=law
            )

        return compose.Grant(
            monthly_cents=self.parameters.cents(name, on=claim.fact_on),
            months=decision.months,
            last_day=end - timedelta(days=1),
            printed_months=[
                compose.PrintedMonth(
                    month_on=month_start(one.month),
                    parts=one.parts,
                    full=one.full,
                    amount_cents=amount(one),
                )
                for one in months
            ],
            replacement_income_cents=replacement,
            dependant_missing=claim.dependant and not claim.dependant_attested,
            relief_quarters=[Quarter.parse(quarter) for quarter in decision.relief_quarters],
            waives_contributions=decision.relief_waives_contributions,
            pay_before=charter.pay_before(notified_on=decision.decided_on, law=delays),
        )

    async def _whom(self, request: OnDay) -> tuple[store.Claim, compose.ClaimOfLetter, Identity]:
        async with self.database.transaction() as connection:
            claim = await store.read_claim(connection, claim_id=request.reference)
        identity = await self.clients.identity(dossier=claim.dossier, purpose="droitPasserelleLetter")
        letter_claim = compose.ClaimOfLetter(
            file_number=identity.file_number,
            ground=claim.ground.value,
            fact_on=claim.fact_on,
            received_on=claim.received_on,
        )
        return claim, letter_claim, identity

    async def _keep(
        self,
        kind: str,
        label: str,
        claim: store.Claim,
        identity: Identity,
        letter: JsonObject,
        today: date,
        *,
        registered_as: int | None = None,
    ) -> None:
        content = await asyncio.to_thread(render, TEMPLATE, letter)
        language = identity.language.value
        # Written again after a cut, perhaps with an address that changed meanwhile: what was kept first is the letter.
        with suppress(DocumentDiffers):
            async with self.database.transaction() as connection:
                again = await store.claim_ordinal(connection, claim_id=claim.claim_id)
                about = f"{claim.fact_on}" if again == 1 else f"{claim.fact_on}-{again}"
                document_id = await store_document(
                    connection,
                    kind=kind,
                    reference=f"{claim.claim_id}|{label}",
                    dossier=claim.dossier,
                    language=language,
                    media_type="application/pdf",
                    name=f"claims/{identity.file_number:07d}-{about}-{label}-{language}.pdf",
                    content=content,
                    business_date=today,
                    readers=(Role.BENEFITS_AGENT,),
                )
                if registered_as is not None:
                    await decision_letters.save_letter(
                        connection,
                        claim_id=claim.claim_id,
                        attempt=registered_as,
                        document_id=document_id,
                        document_sha256=hashlib.sha256(content).hexdigest(),
                        made_on=today,
                    )


def _asked_of_applicant(results: Sequence[RuleResult]) -> list[RuleResult]:
    return [one for one in results if one.waits_for_applicant()]


def _reasons(results: Iterable[RuleResult]) -> list[compose.Reason]:
    return [compose.Reason(rule=one.rule, facts=one.facts) for one in results]


def _amount_day(claim: store.Claim, month: str) -> date:
    """Give the day whose amount is paid for a month: its first, or the fact when the month began before it."""
    return max(month_start(month), claim.fact_on)


def _recipient(identity: Identity) -> compose.Recipient:
    return compose.Recipient(
        name=identity.full_name,
        street=identity.street,
        house_number=identity.house_number,
        postal_code=identity.postal_code,
        city=identity.city,
        country=identity.country,
        language=identity.language,
    )
