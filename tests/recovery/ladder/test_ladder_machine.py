"""The ladder against a model of it: one place on the ladder, moved by each act, and days counted on the fingers.

The code works out from all the facts of a case what comes next. The model doesn't: it only remembers where the case
stands, since when, and steps from there. Whatever the fund, the post, the bailiff and the debtor do, and on whatever
day, both give the same next step and date.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from services.recovery.clocks.rules.holds import Hold
from services.recovery.ladder.rules.outlook import outlook
from services.recovery.ladder.rules.picture import (
    LadderLaw,
    LetterOutcome,
    Mandate,
    Opposition,
    OppositionJudgment,
    Outlook,
    OutlookKind,
    Picture,
    RegisteredLetter,
    RollState,
    RollStatus,
    Step,
)
from services.recovery.ladder.rules.ways_out import Obstacle
from shared.law.calendar import deadline_months, is_working_day
from shared.law.fund import FundPolicy

OPENED = date(2026, 4, 1)
POLICY = FundPolicy(
    reminder_after_days=14,
    statement_after_days=45,
    contact_after_days=60,
    last_reminder_after_days=90,
    roll_after_days=7,
    review_after_days=30,
    post_silent_after_days=25,
    bailiff_silent_after_days=50,
    # The rest of what a fund decides is asked by other rules than those of the ladder.
    contact_deadline_days=14,
    roll_payment_days=14,
    hold_days_max=90,
    hold_pending_right_days_max=365,
    plan_months_max=12,
    plan_extended_months_max=24,
    plan_instalment_cents_min=2500,
    payout_day=10,
    refund_file_day=15,
    collection_file_day=20,
    company_notice_month=5,
    acknowledgement_working_days=10,
    task_due_working_days=10,
)
LAW = LadderLaw(contest_months=1, opposition_months=1)
#: The rungs that are counted from the end of the quarter, and after how many days each comes.
RUNGS = {Step.REMINDER: 14, Step.STATEMENT: 45, Step.CONTACT: 60, Step.LAST_REMINDER: 90}
DAY = timedelta(days=1)
OBSTACLE = Obstacle(reason="rightPending", article="by hand")


@dataclass(frozen=True)
class Place:
    """Where a case stands: the step that comes, or who is waited for, since when and for the how manieth time."""

    name: str
    since: date = OPENED
    attempt: int = 1
    failures: int = 0


class LadderMachine(RuleBasedStateMachine):
    """Does each act to the picture of a case and to its place on the ladder."""

    def __init__(self) -> None:
        super().__init__()
        self.today, self.picture, self.place = OPENED, Picture(opened_on=OPENED), Place(Step.REMINDER)
        #: How late the step before was, for the rungs that are counted from the end of the quarter.
        self.late = 0

    def _at(self, *names: str) -> bool:
        return self.place.name in names

    def _held(self, day: date) -> list[Hold]:
        return [hold for hold in self.picture.holds if hold.starts_on <= day < hold.ends_before]

    def _free(self, day: date) -> date:
        while self._held(day):
            day += DAY
        return day

    def _leaving(self, day: date) -> date:
        while self._held(day) or not is_working_day(day):
            day += DAY
        return day

    def _counted(self, days: int) -> date:
        """Walk from the end of the quarter until so many days without a hold have gone by."""
        day = OPENED - DAY
        while days:
            day += DAY
            days -= not self._held(day)
        return self._leaving(day)

    def _elapsed(self) -> int:
        days = (self.today - OPENED).days + 1
        return sum(not self._held(OPENED + number * DAY) for number in range(days))

    # What the world does.

    @initialize(acts=st.sampled_from(range(29)))
    def somewhere_on_the_ladder(self, acts: int) -> None:
        """Begin anywhere: all went as it mostly does, until now."""
        for _ in range(acts):
            self._goes_on()

    def _goes_on(self) -> None:
        answer = self._look()
        if self._at("delivery"):
            self.the_post_answers(LetterOutcome.DELIVERED)
        elif self._at("approval"):
            self.the_roll_is_judged(RollStatus.APPROVED)
        elif self._at("service"):
            self.the_bailiff_answers(served=True)
        elif answer.kind is not OutlookKind.DUE:
            self.today = answer.on
        elif self._at(Step.DEPOSIT):
            self.the_letter_is_brought_to_the_post(there=True)
        elif self._at(Step.MANDATE):
            self.the_bailiff_gets_the_warrant(there=True)
        else:
            self.the_fund_takes_the_step()

    @rule()
    def the_next_date_comes(self) -> None:
        """Let time pass until the case is looked at again."""
        self.today = max(self.today, self._look().on)

    @rule(days=st.integers(1, 45))
    def days_pass(self, days: int) -> None:
        """Let time pass; the fund may be late."""
        self.today += days * DAY

    @precondition(lambda self: len(self.picture.holds) < 3)
    @rule(days=st.integers(1, 40), reason=st.sampled_from(["plan", "claim"]))
    def a_hold_begins(self, days: int, reason: str) -> None:
        """Let the ladder stand still from today."""
        hold = Hold(starts_on=self.today, ends_before=self.today + days * DAY, reason=reason)
        self.picture = replace(self.picture, holds=(*self.picture.holds, hold))

    @rule(there=st.booleans())
    def a_right_is_pending(self, *, there: bool) -> None:
        """Forbid a warrant, or no longer."""
        self.picture = replace(self.picture, obstacles=(OBSTACLE,) if there else ())

    @precondition(lambda self: self._look().kind is OutlookKind.DUE)
    @rule()
    def the_fund_takes_the_step(self) -> None:
        """Take the step that is due."""
        step, today = self.place.name, self.today
        if step in RUNGS:
            self.late = max(0, (today - self._counted(RUNGS[Step(step)])).days)
        if step == Step.REMINDER:
            self.picture, self.place = replace(self.picture, reminder_on=today), Place(Step.STATEMENT)
        elif step == Step.STATEMENT:
            self.picture, self.place = replace(self.picture, statement_on=today), Place(Step.CONTACT)
        elif step == Step.CONTACT:
            self.picture, self.place = replace(self.picture, contact_asked_on=today), Place(Step.LAST_REMINDER)
        elif step in {Step.LAST_REMINDER, "another letter"}:
            letter = RegisteredLetter(attempt=self.place.attempt, made_on=today)
            self._letter(letter, replace(self.place, name=Step.DEPOSIT, since=today, failures=0))
        elif step == Step.ROLL:
            roll = RollState(attempt=self.place.attempt, requested_on=today, status=RollStatus.REQUESTED)
            self.picture = replace(self.picture, roll=roll)
            self.place = replace(self.place, name="approval", since=today)
        elif step == Step.WARRANT:
            self.picture = replace(self.picture, warrant_on=today, payable_until=today + 10 * DAY)
            self.place = Place(Step.MANDATE, today + 11 * DAY)
        elif step == Step.OPPOSITION_END:
            self.picture = replace(self.picture, opposition_ended_on=today)
            self.place = Place("bailiff at work")

    def _letter(self, letter: RegisteredLetter, place: Place) -> None:
        self.picture, self.place = replace(self.picture, letter=letter), place

    @precondition(lambda self: self._at(Step.DEPOSIT) and self._look().kind is OutlookKind.DUE)
    @rule(there=st.booleans())
    def the_letter_is_brought_to_the_post(self, *, there: bool) -> None:
        """Bring the letter to the post, which may be away today."""
        assert self.picture.letter is not None
        if there:
            letter = replace(self.picture.letter, deposited_on=self.today)
            self._letter(letter, replace(self.place, name="delivery", since=self.today))
        else:
            failures, again = self.place.failures + 1, self.today + DAY
            letter = replace(self.picture.letter, failures=failures, try_again_on=again)
            self._letter(letter, replace(self.place, since=again, failures=failures))

    @precondition(lambda self: self._at("delivery"))
    @rule(outcome=st.sampled_from(LetterOutcome))
    def the_post_answers(self, outcome: LetterOutcome) -> None:
        """Tell what became of the letter; what was not delivered a person looks at."""
        assert self.picture.letter is not None
        delivered = outcome is LetterOutcome.DELIVERED
        letter = replace(self.picture.letter, outcome=outcome, notified_on=self.today if delivered else None)
        if delivered:
            self._letter(letter, Place(Step.ROLL, deadline_months(self.today, 1) + 8 * DAY))
        else:
            self._letter(letter, replace(self.place, name=f"letter {outcome}"))

    @precondition(lambda self: self._at("letter lost", "letter returned"))
    @rule()
    def a_person_sends_another_letter(self) -> None:
        """Go on after a letter that was not delivered."""
        assert self.picture.letter is not None
        another = Place("another letter", attempt=self.place.attempt + 1)
        self._letter(replace(self.picture.letter, resumed=True), another)

    @precondition(lambda self: self._at("approval"))
    @rule(status=st.sampled_from([RollStatus.APPROVED, RollStatus.REFUSED, RollStatus.IMPOSSIBLE]))
    def the_roll_is_judged(self, status: RollStatus) -> None:
        """Approve the roll or not."""
        assert self.picture.roll is not None
        self.picture = replace(self.picture, roll=replace(self.picture.roll, status=status))
        self.place = replace(self.place, name=Step.WARRANT if status is RollStatus.APPROVED else f"roll {status}")

    @precondition(lambda self: self._at(Step.WARRANT))
    @rule()
    def the_debts_change(self) -> None:
        """Make what was approved no longer what is owed: a new roll at once."""
        self._roll_again(status=RollStatus.SUPERSEDED)

    @precondition(lambda self: self._at("roll refused", "roll impossible"))
    @rule()
    def a_person_asks_for_another_roll(self) -> None:
        """Go on after a refusal."""
        self._roll_again(resumed=True)

    def _roll_again(self, *, status: RollStatus | None = None, resumed: bool = False) -> None:
        roll, letter = self.picture.roll, self.picture.letter
        assert roll is not None
        assert letter is not None
        assert letter.notified_on is not None
        self.picture = replace(self.picture, roll=replace(roll, status=status or roll.status, resumed=resumed))
        self.place = Place(Step.ROLL, deadline_months(letter.notified_on, 1) + 8 * DAY, self.place.attempt + 1)

    @precondition(lambda self: self._at(Step.MANDATE) and self._look().kind is OutlookKind.DUE)
    @rule(there=st.booleans())
    def the_bailiff_gets_the_warrant(self, *, there: bool) -> None:
        """Send the warrant to the bailiff, who may be away today."""
        attempt, failures = self.place.attempt, self.place.failures
        mandate = Mandate(attempt=attempt, sent_on=self.today)
        if there:
            self.picture = replace(self.picture, mandate=mandate)
            self.place = Place("service", self.today, attempt)
        else:
            again, failures = self.today + DAY, failures + 1
            mandate = Mandate(attempt=attempt, failures=failures, try_again_on=again)
            self.picture = replace(self.picture, mandate=mandate)
            self.place = Place(Step.MANDATE, again, attempt, failures)

    @precondition(lambda self: self._at("service"))
    @rule(served=st.booleans())
    def the_bailiff_answers(self, *, served: bool) -> None:
        """Tell whether the warrant was served."""
        mandate = self.picture.mandate
        assert mandate is not None
        if served:
            self.picture = replace(self.picture, mandate=replace(mandate, served_on=self.today))
            self.place = Place(Step.OPPOSITION_END, deadline_months(self.today, 1) + DAY)
        else:
            self.picture = replace(self.picture, mandate=replace(mandate, failed_on=self.today))
            self.place = replace(self.place, name="not served")

    @precondition(lambda self: self._at("not served"))
    @rule()
    def a_person_sends_the_bailiff_again(self) -> None:
        """Go on after a warrant that could not be served."""
        mandate, payable_until = self.picture.mandate, self.picture.payable_until
        assert mandate is not None
        assert payable_until is not None
        self.picture = replace(self.picture, mandate=replace(mandate, resumed=True))
        self.place = Place(Step.MANDATE, payable_until + DAY, self.place.attempt + 1)

    @precondition(lambda self: self._at(Step.OPPOSITION_END, "bailiff at work") and self.picture.opposition is None)
    @rule()
    def the_debtor_opposes(self) -> None:
        """Oppose, in time or late."""
        self.picture = replace(self.picture, opposition=Opposition(lodged_on=self.today))
        self.place = Place("opposed")

    @precondition(lambda self: self._at("opposed"))
    @rule(judgment=st.sampled_from(OppositionJudgment))
    def the_tribunal_judges(self, judgment: OppositionJudgment) -> None:
        """Judge the opposition."""
        judged = Opposition(lodged_on=self.today, judged_on=self.today, judgment=judgment)
        self.picture = replace(self.picture, opposition=judged)
        self.place = Place("bailiff at work" if judgment is OppositionJudgment.REJECTED else "upheld")

    # What comes next.

    def _look(self) -> Outlook:
        return outlook(picture=self.picture, policy=POLICY, law=LAW, today=self.today)

    def _expected(self) -> Outlook:
        place = self.place
        review = self.today + 30 * DAY
        step, reason, article = {
            "letter lost": (Step.DEPOSIT, "registeredLetterLost", "RGS art. 46"),
            "letter returned": (Step.DEPOSIT, "registeredLetterReturned", "RGS art. 46"),
            "roll refused": (Step.ROLL, "warrantRefused", "RGS art. 47bis par. 1"),
            "roll impossible": (Step.ROLL, "noSumForWarrant", "RGS art. 47bis par. 1"),
            "not served": (Step.MANDATE, "notServed", "RGS art. 47bis par. 4"),
            "opposed": (Step.OPPOSITION_END, "opposed", "RGS art. 47bis par. 5"),
            "upheld": (Step.OPPOSITION_END, "oppositionUpheld", "RGS art. 47bis par. 5"),
        }.get(place.name, (None, "", ""))
        if step is not None:
            return Outlook(OutlookKind.BLOCKED, step, place.attempt, review, article, reason, reason)
        if self.picture.obstacles and self._needs_every_right_settled():
            step = Step(place.name)
            return Outlook(
                OutlookKind.BLOCKED, step, place.attempt, review, OBSTACLE.article, OBSTACLE.reason, OBSTACLE.reason
            )
        if place.name in {"delivery", "approval", "service"}:
            return self._waited_for(review)
        if place.name == "bailiff at work":
            step, article = Step.OPPOSITION_END, "RGS art. 47bis par. 6"
            return Outlook(OutlookKind.AWAITING, step, 1, review, article, "atBailiff")
        return self._step_to_come()

    def _needs_every_right_settled(self) -> bool:
        return self._at(Step.WARRANT, Step.MANDATE) or (self._at(Step.ROLL) and self.today >= self.place.since)

    def _waited_for(self, review: date) -> Outlook:
        step, days, article, reason, task = {
            "delivery": (Step.DEPOSIT, 25, "RGS art. 46", "awaitingDelivery", "registeredLetterSilent"),
            "approval": (Step.WARRANT, 30, "RGS art. 47bis par. 2 and 3", "awaitingApproval", "warrantApprovalWaiting"),
            "service": (Step.MANDATE, 50, "RGS art. 47bis par. 4", "awaitingService", "bailiffSilent"),
        }[self.place.name]
        silent_on, attempt = self.place.since + days * DAY, self.place.attempt
        if silent_on <= self.today:
            return Outlook(OutlookKind.AWAITING, step, attempt, review, article, reason, task)
        return Outlook(OutlookKind.AWAITING, step, attempt, silent_on, article, reason)

    def _step_to_come(self) -> Outlook:
        place, held = self.place, self._held(self.today)
        if place.name in RUNGS:
            days = RUNGS[Step(place.name)] + self.late
            day, left = self._counted(days), max(0, days - self._elapsed())
        else:
            at = self.today if place.name in {Step.WARRANT, "another letter"} else place.since
            day, left = self._leaving(at), max(0, (at - self.today).days)
        step = Step.LAST_REMINDER if place.name == "another letter" else Step(place.name)
        article = {
            Step.LAST_REMINDER: "RGS art. 46",
            Step.DEPOSIT: "RGS art. 46",
            Step.ROLL: "RGS art. 46 and 47bis",
            Step.WARRANT: "RGS art. 47bis par. 3",
            Step.MANDATE: "RGS art. 47bis par. 4",
            Step.OPPOSITION_END: "RGS art. 47bis par. 5",
        }.get(step, "policy")
        task = {Step.DEPOSIT: "postUnreachable", Step.MANDATE: "bailiffUnreachable"}.get(step)
        task = task if place.failures >= 3 else None
        if step is Step.OPPOSITION_END:
            # The month of opposition is the debtor's: no hold and no Sunday makes it longer.
            day = place.since
        elif held:
            longest = max(held, key=lambda hold: hold.ends_before)
            free = self._free(self.today)
            return Outlook(
                OutlookKind.HELD, step, place.attempt, free, article, longest.reason, task, remaining_days=left
            )
        kind = OutlookKind.DUE if day <= self.today else OutlookKind.SCHEDULED
        return Outlook(kind, step, place.attempt, day, article, kind.value, task)

    @invariant()
    def the_next_step_is_the_one_of_the_place(self) -> None:
        """Both give the same answer, down to its date, its article and whose task it is."""
        assert self._look() == self._expected()

    @invariant()
    def what_is_not_due_has_a_day_to_come(self) -> None:
        """No open case is without a next date."""
        answer = self._look()
        assert answer.on <= self.today if answer.kind is OutlookKind.DUE else answer.on > self.today


TestLadderMachine = LadderMachine.TestCase
TestLadderMachine.settings = settings(max_examples=100, stateful_step_count=25, deadline=None)
