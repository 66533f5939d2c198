"""The wish of a person that a file the bank refuses is withdrawn: what is sent and answered, and how it is taken."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol
from uuid import UUID

from pydantic import Field

from shared.platform import audit
from shared.platform.auth import Principal
from shared.platform.database import Connection
from shared.platform.http.models import ApiModel
from shared.platform.http.problems import Conflict
from shared.treasury.payment_files import NotRefused, ask_withdrawal


class Withdrawal(ApiModel):
    """Why a file that the bank refuses is withdrawn."""

    reason: str = Field(min_length=10, max_length=500)


class WithdrawalAsked(ApiModel):
    """The request a second person decides on."""

    approval_id: UUID


class NoteDelivery(Protocol):
    """Notes whether the bank refused a file, and since when somebody wants to withdraw it."""

    async def __call__(
        self, connection: Connection, *, run_id: UUID, refused_on: date | None, withdrawal_asked_on: date | None
    ) -> None:
        """Write both days of a run."""


@dataclass(frozen=True, kw_only=True)
class WithdrawableFiles:
    """How a service names its files for the bank: the act two people do, the audited action and its purpose."""

    action: str
    audited_as: str
    purpose: str
    note_delivery: NoteDelivery


async def take_withdrawal(
    connection: Connection,
    *,
    files: WithdrawableFiles,
    run_id: UUID,
    run: Mapping[str, Any],
    payload: Mapping[str, Any],
    wanted: Withdrawal,
    principal: Principal,
    on: date,
) -> WithdrawalAsked:
    """Ask a second person to withdraw the file of a run, note the day of the wish, and keep who asked and why.

    Args:
        connection: a transaction that holds the run.
        files: what kind of file it is.
        run_id: whose file.
        run: its row, as ``ask_withdrawal`` reads it.
        payload: which file, as it was approved.
        wanted: what the person said.
        principal: the person.
        on: the business date.

    Raises:
        Conflict: the bank did not refuse the file at its last delivery.
    """
    try:
        approval_id = await ask_withdrawal(
            connection, action=files.action, payload=payload, run=run, asked_by=principal.subject, on=on
        )
    except NotRefused as error:
        raise Conflict(detail="Only a file that the bank refused can be withdrawn.") from error
    await files.note_delivery(
        connection,
        run_id=run_id,
        refused_on=run["refused_on"],
        withdrawal_asked_on=run["withdrawal_asked_on"] or on,
    )
    await audit.record(
        connection,
        actor=principal.subject,
        action=files.audited_as,
        dossier=None,
        purpose=files.purpose,
        details={"runId": str(run_id), "reason": wanted.reason},
    )
    return WithdrawalAsked(approval_id=approval_id)
