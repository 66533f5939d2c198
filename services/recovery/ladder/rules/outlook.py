"""The outlook of a case: from an overdue debt to the bailiff, which step comes next, when, and why not.

Sources: RGS art. 46 and 47bis for the last reminder and the warrant; the service commitment of a fund (reminders,
statements, a personal contact before the first judicial recovery) for the amicable phase, whose waits are the
fund's own policy. Nothing here knows a clock: the date comes in.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

from services.recovery.clocks.rules.holds import Hold, count_forward, elapsed_days, free_from, hold_in_force
from services.recovery.ladder.rules.picture import (
    LadderLaw,
    LetterOutcome,
    OppositionJudgment,
    Outlook,
    OutlookKind,
    Picture,
    RollStatus,
    Step,
)
from shared.law.calendar import deadline_months, next_working_day
from shared.law.fund import FundPolicy

#: On so many working days a partner may be away before a person is asked; trying goes on meanwhile.
TRIES_BEFORE_TASK: Final = 3


@dataclass(frozen=True)
class _Question:
    picture: Picture
    policy: FundPolicy
    law: LadderLaw
    today: date


def contest_deadline(*, notified_on: date, law: LadderLaw) -> date:
    """Return the last day on which the debtor can contest the last reminder or obtain a plan (RGS art. 46)."""
    return deadline_months(notified_on, law.contest_months)


def opposition_deadline(*, served_on: date, law: LadderLaw) -> date:
    """Return the last day for opposition against a served warrant (RGS art. 47bis par. 5)."""
    return deadline_months(served_on, law.opposition_months)


def outlook(*, picture: Picture, policy: FundPolicy, law: LadderLaw, today: date) -> Outlook:
    """Tell what a case with open debts does next.

    Every stage answers only when the stages before it are behind the case; the last one always answers, so that no
    open case is ever without a next date. Waits of the amicable phase count from the end of the quarter at whose
    closing the case was opened; that of the roll from the last day on which the debtor can contest or obtain a plan,
    for an answer sent that day must have the time to arrive.
    """
    question = _Question(picture=picture, policy=policy, law=law, today=today)
    for stage in _STAGES:
        answer = stage(question)
        if answer is not None:
            return answer
    return _enforcement(question)


def _amicable(question: _Question) -> Outlook | None:
    picture, policy = question.picture, question.policy
    rungs: tuple[tuple[Step, int, date | None], ...] = (
        (Step.REMINDER, policy.reminder_after_days, picture.reminder_on),
        (Step.STATEMENT, policy.statement_after_days, picture.statement_on),
        (Step.CONTACT, policy.contact_after_days, picture.contact_asked_on),
    )
    # What comes is above the last rung that was taken: one that came into the ladder later sends no case back.
    late_days, coming = 0, rungs
    for place, (_, days, done_on) in enumerate(rungs, start=1):
        if done_on is not None:
            late_days, coming = _late_days(question, days=days, done_on=done_on), rungs[place:]
    if picture.letter is not None or not coming:
        return None
    step, days, _ = coming[0]
    return _after(question, step=step, days=days + late_days)


def _last_reminder(question: _Question) -> Outlook | None:
    letter, asked_on, policy = question.picture.letter, question.picture.contact_asked_on, question.policy
    article = "RGS art. 46"
    if letter is None and asked_on is not None:
        late_days = _late_days(question, days=policy.contact_after_days, done_on=asked_on)
        days = policy.last_reminder_after_days + late_days
        return _after(question, step=Step.LAST_REMINDER, days=days, article=article)
    if letter is not None and letter.resumed and letter.notified_on is None:
        attempt = letter.attempt + 1
        return _at(question, step=Step.LAST_REMINDER, attempt=attempt, day=question.today, article=article)
    return None


def _delivery(question: _Question) -> Outlook | None:
    letter = question.picture.letter
    if letter is None or letter.notified_on is not None:
        return None
    if letter.deposited_on is None:
        day = letter.try_again_on or letter.made_on
        answer = _at(question, step=Step.DEPOSIT, attempt=letter.attempt, day=day, article="RGS art. 46")
        return _asking_a_person(answer, task="postUnreachable", failures=letter.failures)
    if letter.outcome in {LetterOutcome.LOST, LetterOutcome.RETURNED}:
        reason = "registeredLetterLost" if letter.outcome is LetterOutcome.LOST else "registeredLetterReturned"
        return _blocked(question, step=Step.DEPOSIT, attempt=letter.attempt, article="RGS art. 46", reason=reason)
    return _awaiting(
        question,
        step=Step.DEPOSIT,
        attempt=letter.attempt,
        since=letter.deposited_on,
        silent_days=question.policy.post_silent_after_days,
        article="RGS art. 46",
        reason="awaitingDelivery",
        task="registeredLetterSilent",
    )


def _roll(question: _Question) -> Outlook | None:
    letter, roll = question.picture.letter, question.picture.roll
    if letter is None or letter.notified_on is None:
        return None
    if roll is not None and not roll.resumed and roll.status is not RollStatus.SUPERSEDED:
        return None
    attempt = 1 if roll is None else roll.attempt + 1
    last_day = contest_deadline(notified_on=letter.notified_on, law=question.law)
    day = last_day + timedelta(days=1 + question.policy.roll_after_days)
    if question.today >= day and question.picture.obstacles:
        obstacle = question.picture.obstacles[0]
        return _blocked(question, step=Step.ROLL, attempt=attempt, article=obstacle.article, reason=obstacle.reason)
    return _at(question, step=Step.ROLL, attempt=attempt, day=day, article="RGS art. 46 and 47bis")


def _approval(question: _Question) -> Outlook | None:
    roll = question.picture.roll
    if roll is None or question.picture.warrant_on is not None or roll.status is RollStatus.APPROVED:
        return None
    if roll.status is RollStatus.REQUESTED:
        return _awaiting(
            question,
            step=Step.WARRANT,
            attempt=roll.attempt,
            since=roll.requested_on,
            silent_days=question.policy.review_after_days,
            article="RGS art. 47bis par. 2 and 3",
            reason="awaitingApproval",
            task="warrantApprovalWaiting",
        )
    reason = "warrantRefused" if roll.status is RollStatus.REFUSED else "noSumForWarrant"
    return _blocked(question, step=Step.ROLL, attempt=roll.attempt, article="RGS art. 47bis par. 1", reason=reason)


def _warrant(question: _Question) -> Outlook | None:
    picture = question.picture
    if picture.roll is None or picture.warrant_on is not None:
        return None
    attempt = picture.roll.attempt
    if picture.obstacles:
        obstacle = picture.obstacles[0]
        return _blocked(question, step=Step.WARRANT, attempt=attempt, article=obstacle.article, reason=obstacle.reason)
    return _at(question, step=Step.WARRANT, attempt=attempt, day=question.today, article="RGS art. 47bis par. 3")


def _mandate(question: _Question) -> Outlook | None:
    picture, mandate = question.picture, question.picture.mandate
    if picture.warrant_on is None or (mandate is not None and mandate.sent_on is not None and not mandate.resumed):
        return None
    resumed = mandate is not None and mandate.resumed
    attempt = 1 if mandate is None else mandate.attempt + (1 if resumed else 0)
    if picture.obstacles:
        obstacle = picture.obstacles[0]
        return _blocked(question, step=Step.MANDATE, attempt=attempt, article=obstacle.article, reason=obstacle.reason)
    day = (picture.payable_until or picture.warrant_on) + timedelta(days=1)
    if mandate is not None and mandate.try_again_on is not None and not resumed:
        day = mandate.try_again_on
    answer = _at(question, step=Step.MANDATE, attempt=attempt, day=day, article="RGS art. 47bis par. 4")
    failures = 0 if mandate is None or resumed else mandate.failures
    return _asking_a_person(answer, task="bailiffUnreachable", failures=failures)


def _service(question: _Question) -> Outlook | None:
    mandate = question.picture.mandate
    if mandate is None or mandate.sent_on is None or mandate.served_on is not None:
        return None
    if mandate.failed_on is not None:
        article = "RGS art. 47bis par. 4"
        return _blocked(question, step=Step.MANDATE, attempt=mandate.attempt, article=article, reason="notServed")
    return _awaiting(
        question,
        step=Step.MANDATE,
        attempt=mandate.attempt,
        since=mandate.sent_on,
        silent_days=question.policy.bailiff_silent_after_days,
        article="RGS art. 47bis par. 4",
        reason="awaitingService",
        task="bailiffSilent",
    )


def _lodged(question: _Question) -> Outlook | None:
    """Answer with the opposition: it suspends execution until it is judged, also when it was heard of late.

    Whether it came in time is for the tribunal to say (Judicial Code art. 50 and 55 can make the month longer).
    """
    opposition = question.picture.opposition
    if opposition is None or opposition.judgment is OppositionJudgment.REJECTED:
        return None
    article = "RGS art. 47bis par. 5"
    if opposition.judgment is None:
        return _blocked(question, step=Step.OPPOSITION_END, attempt=1, article=article, reason="opposed")
    return _blocked(question, step=Step.OPPOSITION_END, attempt=1, article=article, reason="oppositionUpheld")


def _opposition(question: _Question) -> Outlook | None:
    picture = question.picture
    if picture.opposition is not None:
        return None
    if picture.mandate is None or picture.mandate.served_on is None or picture.opposition_ended_on is not None:
        return None
    day = opposition_deadline(served_on=picture.mandate.served_on, law=question.law) + timedelta(days=1)
    # The month of opposition is a right of the debtor: a hold of the fund doesn't make it longer.
    return _outlook_of_step(question, step=Step.OPPOSITION_END, attempt=1, day=day, article="RGS art. 47bis par. 5")


def _enforcement(question: _Question) -> Outlook:
    return Outlook(
        kind=OutlookKind.AWAITING,
        step=Step.OPPOSITION_END,
        attempt=1,
        on=question.today + timedelta(days=question.policy.review_after_days),
        article="RGS art. 47bis par. 6",
        reason="atBailiff",
    )


_STAGES: tuple[Callable[[_Question], Outlook | None], ...] = (
    _amicable,
    _last_reminder,
    _delivery,
    _roll,
    _approval,
    _warrant,
    _mandate,
    _service,
    _lodged,
    _opposition,
)


def _quarter_end(question: _Question) -> date:
    return question.picture.opened_on - timedelta(days=1)


def _late_days(question: _Question, *, days: int, done_on: date) -> int:
    """Return how late a step was: a late step makes the next ones later, so that nobody's time to react shrinks."""
    holds = question.picture.holds
    planned_on = _leaving(day=count_forward(since=_quarter_end(question), days=days, holds=holds), holds=holds)
    return max(0, (done_on - planned_on).days)


def _after(question: _Question, *, step: Step, days: int, article: str = "policy") -> Outlook:
    """Answer with a step that comes some days after the end of the quarter, days of holds left out."""
    holds, since = question.picture.holds, _quarter_end(question)
    hold = hold_in_force(day=question.today, holds=holds)
    if hold is None:
        day = _leaving(day=count_forward(since=since, days=days, holds=holds), holds=holds)
        return _outlook_of_step(question, step=step, attempt=1, day=day, article=article)
    left = max(0, days - elapsed_days(since=since, until=question.today, holds=holds))
    return _held(question, step=step, attempt=1, hold=hold, article=article, remaining_days=left)


def _at(question: _Question, *, step: Step, attempt: int, day: date, article: str) -> Outlook:
    """Answer with a step on a fixed date, or on the first day after it that no hold covers."""
    holds = question.picture.holds
    hold = hold_in_force(day=question.today, holds=holds)
    if hold is None:
        day = _leaving(day=day, holds=holds)
        return _outlook_of_step(question, step=step, attempt=attempt, day=day, article=article)
    left = max(0, (day - question.today).days)
    return _held(question, step=step, attempt=attempt, hold=hold, article=article, remaining_days=left)


def _leaving(*, day: date, holds: tuple[Hold, ...]) -> date:
    """Return the first working day, not before ``day``, without a hold: letters leave on working days."""
    while (moved := next_working_day(free_from(day=day, holds=holds))) != day:
        day = moved
    return day


def _outlook_of_step(question: _Question, *, step: Step, attempt: int, day: date, article: str) -> Outlook:
    kind = OutlookKind.DUE if day <= question.today else OutlookKind.SCHEDULED
    return Outlook(kind=kind, step=step, attempt=attempt, on=day, article=article, reason=kind.value)


def _asking_a_person(answer: Outlook, *, task: str, failures: int) -> Outlook:
    """Return the answer with a task when a partner was away so often that somebody should look."""
    return replace(answer, task=task) if failures >= TRIES_BEFORE_TASK else answer


def _held(question: _Question, *, step: Step, attempt: int, hold: Hold, article: str, remaining_days: int) -> Outlook:
    return Outlook(
        kind=OutlookKind.HELD,
        step=step,
        attempt=attempt,
        on=free_from(day=question.today, holds=question.picture.holds),
        article=article,
        reason=hold.reason,
        remaining_days=remaining_days,
    )


def _awaiting(
    question: _Question,
    *,
    step: Step,
    attempt: int,
    since: date,
    silent_days: int,
    article: str,
    reason: str,
    task: str,
) -> Outlook:
    """Answer with an answer of somebody else that is awaited; silence becomes a task for a person."""
    silent_on = since + timedelta(days=silent_days)
    silent = silent_on <= question.today
    return Outlook(
        kind=OutlookKind.AWAITING,
        step=step,
        attempt=attempt,
        on=question.today + timedelta(days=question.policy.review_after_days) if silent else silent_on,
        article=article,
        reason=reason,
        task=task if silent else None,
    )


def _blocked(question: _Question, *, step: Step, attempt: int, article: str, reason: str) -> Outlook:
    return Outlook(
        kind=OutlookKind.BLOCKED,
        step=step,
        attempt=attempt,
        on=question.today + timedelta(days=question.policy.review_after_days),
        article=article,
        reason=reason,
        task=reason,
    )
