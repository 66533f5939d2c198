"""DroitPasserelleClaim: from the application to a decision in time, delivered and paid to its last month."""

from __future__ import annotations

from datetime import date, timedelta

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from services.benefits.claims.procedure import ClaimInput, Nothing, OnDay
    from services.benefits.decisions.procedure import LetterNews, LetterProgress
    from services.benefits.droit_passerelle.procedure import (
        AssessmentOutcome,
        ClaimEnd,
        ClaimTask,
        ContributionsMoved,
        DecideInput,
        DecisionMade,
        InformationInput,
        InformationReceived,
        InformationRequested,
        LateLetterInput,
        LetterInput,
        PayoutProgress,
        PersonDecided,
    )
    from shared.law.calendar import add_months, add_working_days
    from shared.platform.temporal.persistence import insist
    from shared.platform.temporal.workflow_clock import business_today, wait_until

#: Nobody is refused by a program: a refusal waits for a person, who gets this many working days.
REFUSAL_WORKING_DAYS = 10


@workflow.defn(name="DroitPasserelleClaim")
class DroitPasserelleClaim:
    """Grants by itself what every rule grants; asks, reminds and warns; leaves each refusal to a person."""

    @workflow.init
    def __init__(self, start: ClaimInput) -> None:
        """Begin with nothing said."""
        self._claim_id = start.claim_id
        self._news = 0
        self._read = 0
        self._moved = False
        self._decided: PersonDecided | None = None
        self._warned = False
        self._late = False
        self._letter_news = False
        self._arrived = False
        self._payment_warned = False

    @workflow.run
    async def run(self, start: ClaimInput) -> ClaimEnd:  # noqa: ARG002 - the server gives it to both
        """Play the procedure of one claim (programme law of 26-12-2022, art. 194-197; Charter, art. 9-14)."""
        await insist("acknowledge_claim", self._today(), Nothing)
        decision = await self._decide()
        await self._see_through(decision)
        return await self._end(ClaimEnd(outcome="refused" if decision.outcome == "refused" else "paid"))

    # ------------------------------------------------------------------------------------------------ deciding
    async def _decide(self) -> DecisionMade:
        while True:
            self._read = self._news
            self._moved = False
            assessed = await insist("assess_claim", self._today(), AssessmentOutcome)
            if self._decided is not None:
                return await self._take(self._decided)
            if assessed.verdict == "granted":
                return await self._take(
                    PersonDecided(
                        assessment_id=assessed.assessment_id,
                        outcome="granted",
                        decided_by="benefits",
                        reason="every rule says yes",
                    )
                )
            if assessed.verdict == "refused":
                due_on = add_working_days(business_today(), REFUSAL_WORKING_DAYS)
                await self._task("claimRefusal", min(due_on, max(assessed.decide_before, business_today())))
                await self._wait_for_news(assessed, until=None)
            else:
                await self._ask(assessed)

    async def _ask(self, assessed: AssessmentOutcome) -> None:
        """Ask what is missing, remind once, then let a person decide on what there is (Charter art. 11)."""
        asked = await insist(
            "request_information",
            InformationInput(claim_id=self._claim_id, assessment_id=assessed.assessment_id, today=business_today()),
            InformationRequested,
        )
        if not asked.of_applicant:
            await self._wait_for_news(assessed, until=None)
            return
        if asked.silence_on is None:
            await self._write(assessed, asked, reminding=False)
            if await self._wait_for_news(assessed, until=asked.due_on + timedelta(days=1)):
                return
            # Nobody is reminded of what arrived without a word: a payment, a residence that became known.
            again = await insist("assess_claim", self._today(), AssessmentOutcome)
            if not again.waits_for_applicant or again.verdict != "incomplete":
                return
            asked = await insist("mark_claim_reminded", self._today(), InformationRequested)
            await self._write(again, asked, reminding=True)
        if asked.silence_on is not None and await self._wait_for_news(assessed, until=asked.silence_on):
            return
        await self._task("claimSilence", max(assessed.decide_before, business_today()), asked.number)
        await self._wait_for_news(assessed, until=None)

    async def _write(self, assessed: AssessmentOutcome, asked: InformationRequested, *, reminding: bool) -> None:
        letter = LetterInput(
            claim_id=self._claim_id,
            assessment_id=assessed.assessment_id,
            today=business_today(),
            number=asked.number,
            asked_on=asked.asked_on,
            due_on=asked.due_on,
            silence_on=asked.silence_on if reminding else None,
        )
        await insist("write_information_letter", letter, Nothing)

    async def _wait_for_news(self, assessed: AssessmentOutcome, *, until: date | None) -> bool:
        """Wait until somebody says or decides something; warn a person before the deadline and when it has passed.

        Returns:
            True when there is news, False when the day came first.
        """
        look_again = add_months(business_today(), 1)
        while True:
            days = [until] if until is not None else []
            if not self._warned:
                days.append(assessed.warn_on)
            elif not self._late:
                days.append(assessed.decide_before + timedelta(days=1))
            if until is None:
                # Something may be new without anybody saying so, such as a contribution that was paid: look monthly.
                days.append(look_again)
            if await wait_until(self._has_news, day=min(days)):
                return True
            today = business_today()
            if not self._warned and today >= assessed.warn_on:
                self._warned = True
                await self._task("claimDeadline", assessed.decide_before)
            elif self._warned and not self._late and today > assessed.decide_before:
                self._late = True
                await self._task("claimLate", today)
                await insist(
                    "write_late_letter",
                    LateLetterInput(
                        claim_id=self._claim_id,
                        assessment_id=assessed.assessment_id,
                        today=today,
                        decide_before=assessed.decide_before,
                    ),
                    Nothing,
                )
            if until is not None and today >= until:
                return False
            if until is None and today >= look_again:
                return True

    def _has_news(self) -> bool:
        return self._news > self._read or self._moved or self._decided is not None

    async def _take(self, decided: PersonDecided) -> DecisionMade:
        return await insist(
            "decide_claim",
            DecideInput(
                claim_id=self._claim_id,
                assessment_id=decided.assessment_id,
                today=business_today(),
                outcome=decided.outcome,
                decided_by=decided.decided_by,
                reason=decided.reason,
            ),
            DecisionMade,
        )

    # ---------------------------------------------------------------------------------------------- what follows
    async def _see_through(self, decision: DecisionMade) -> None:
        """Go on until the decision has reached the applicant and, when it grants, every month is paid.

        One loop does both: a procedure has one day on which it wakes up by itself, and operators see it.
        """
        letter_on: date | None = business_today()
        pay_on = business_today() if decision.outcome == "granted" else None
        while True:
            if letter_on is not None and (self._letter_news or business_today() >= letter_on):
                letter_on = await self._bring_letter()
            if pay_on is not None and business_today() >= pay_on:
                pay_on = await self._look_at_payments(decision)
            days = [day for day in (letter_on, pay_on) if day is not None]
            if not days:
                return
            await wait_until(self._has_letter_news, day=min(days))

    async def _bring_letter(self) -> date | None:
        """Do what the registered letter needs now; the day to look again, None when it has reached the applicant."""
        while True:
            self._letter_news = False
            progress = await insist("look_at_decision_letter", self._today(), LetterProgress)
            if progress.next == "write":
                await insist("notify_decision", self._today(), Nothing)
            elif progress.next == "deposit":
                await insist("deposit_decision_letter", self._today(), Nothing)
            else:
                self._arrived = progress.next == "done"
                return progress.on

    def _has_letter_news(self) -> bool:
        return self._letter_news and not self._arrived

    async def _look_at_payments(self, decision: DecisionMade) -> date | None:
        """Say when to look again, None when all is paid; a person is told what is late (Charter art. 12)."""
        progress = await insist("check_claim_payments", self._today(), PayoutProgress)
        if progress.all_confirmed:
            return None
        if progress.first_confirmed or self._payment_warned or decision.pay_before is None:
            return progress.next_check_on
        if business_today() >= decision.pay_before:
            self._payment_warned = True
            await self._task("claimPaymentLate", business_today())
            return progress.next_check_on
        return min(progress.next_check_on, decision.pay_before)

    # --------------------------------------------------------------------------------------------------- helpers
    async def _task(self, kind: str, due_on: date, round_number: int = 0) -> None:
        today = business_today()
        task = ClaimTask(claim_id=self._claim_id, kind=kind, due_on=due_on, round=round_number, today=today)
        await insist("open_claim_task", task, Nothing)

    def _today(self) -> OnDay:
        return OnDay(reference=self._claim_id, today=business_today())

    async def _end(self, end: ClaimEnd) -> ClaimEnd:
        await workflow.wait_condition(workflow.all_handlers_finished)
        return end

    @workflow.signal(name="information_received")
    def information_received(self, information: InformationReceived) -> None:
        """Hear that somebody completed the claim."""
        self._news = max(self._news, information.statement)

    @workflow.signal(name="contributions_moved")
    def contributions_moved(self, moved: ContributionsMoved) -> None:  # noqa: ARG002 - billing says what is paid now
        """Hear that a contribution of the applicant was paid or waived."""
        self._moved = True

    @workflow.signal(name="letter_news")
    def letter_news(self, news: LetterNews) -> None:  # noqa: ARG002 - the rows say what it is
        """Hear that the post reported on the registered letter, or that a person decided about it."""
        self._letter_news = True

    @workflow.signal(name="person_decided")
    def person_decided(self, decided: PersonDecided) -> None:
        """Hear what a member of staff decided."""
        self._decided = decided
