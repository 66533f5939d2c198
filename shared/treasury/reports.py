"""What the bank reports of the payments or collections of a file, and how a service takes it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Final, Literal

from pydantic import Field

from shared.platform.calls.auth import Principal
from shared.platform.calls.models import ApiModel
from shared.platform.database.connections import Connection
from shared.platform.http.problems import InvalidInput, Issue, MissingPermission
from shared.treasury.files import FileTables, RunT

#: The client under which the bank calls.
BANK: Final = "bank"


class PaymentReport(ApiModel):
    """What became of one payment."""

    end_to_end_id: str = Field(min_length=1, max_length=35)
    outcome: Literal["executed", "returned"]
    executed_on: date | None = None
    reason_code: str | None = Field(default=None, pattern=r"^[A-Z]{2}[0-9]{2}$", description="ISO 20022 reason.")


class PaymentReports(ApiModel):
    """What the bank tells of a file."""

    message_id: str = Field(min_length=1, max_length=35)
    items: tuple[PaymentReport, ...] = Field(min_length=1, max_length=10_000)


class ReportsTaken(ApiModel):
    """How many payments changed; telling the same again changes none."""

    changed: int


def only_the_bank(principal: Principal) -> None:
    """Refuse reports that come from another partner; raises ``MissingPermission``."""
    if principal.subject != BANK:
        raise MissingPermission(detail="Payment reports come from the bank.")


async def take_reports(
    connection: Connection,
    *,
    tables: FileTables[RunT],
    reports: PaymentReports,
    note: Callable[[PaymentReport], Awaitable[bool]],
) -> tuple[RunT, int]:
    """Note each report of a file; return its run and how many payments changed.

    Args:
        connection: a transaction.
        tables: where the run is kept.
        reports: what the bank tells.
        note: notes one report; False when it changes nothing.

    Raises:
        InvalidInput: the file or a payment is not ours, or a report lacks its day or reason; nothing was noted.
    """
    run = await tables.by_message(connection, message_id=reports.message_id)
    known = set() if run is None else await tables.end_to_end_ids(connection, run_id=run.run_id)
    issues = _issues(reports, known)
    if run is None or issues:
        unknown = Issue(name="messageId", detail="Is no file of ours.", rule="referencedResourceNotFound")
        raise InvalidInput(detail="The report does not fit our files.", issues=issues or [unknown])
    return run, sum([await note(report) for report in reports.items])


def _issues(reports: PaymentReports, known: set[str]) -> list[Issue]:
    issues = []
    for position, report in enumerate(reports.items):
        item = f"items.{position}"
        if known and report.end_to_end_id not in known:
            detail = "Is no payment of this file."
            issues.append(Issue(name=f"{item}.endToEndId", detail=detail, rule="referencedResourceNotFound"))
        if report.outcome == "executed" and report.executed_on is None:
            detail = "An executed payment has a date."
            issues.append(Issue(name=f"{item}.executedOn", detail=detail, rule="requiredInput"))
        if report.outcome == "returned" and report.reason_code is None:
            detail = "A returned payment has a reason."
            issues.append(Issue(name=f"{item}.reasonCode", detail=detail, rule="requiredInput"))
    return issues
