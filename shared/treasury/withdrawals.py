"""The wish of a person that a file the bank refuses is withdrawn: what is sent and answered, and how it is taken."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Generic
from uuid import UUID

from pydantic import Field

from shared.platform import audit
from shared.platform.auth import Principal
from shared.platform.database import Connection
from shared.platform.http.models import ApiModel
from shared.platform.http.problems import Conflict, NotFound
from shared.treasury.files import FileTables, RunT
from shared.treasury.payment_files import NotRefused, ask_withdrawal


class Withdrawal(ApiModel):
    """Why a file that the bank refuses is withdrawn."""

    reason: str = Field(min_length=10, max_length=500)


class WithdrawalAsked(ApiModel):
    """The request a second person decides on."""

    approval_id: UUID


@dataclass(frozen=True, kw_only=True)
class WithdrawableFiles(Generic[RunT]):
    """How a service names its files for the bank: the act two people do, the audited action and its purpose."""

    action: str
    audited_as: str
    purpose: str
    tables: FileTables[RunT]


async def take_withdrawal(
    connection: Connection,
    *,
    files: WithdrawableFiles[RunT],
    run_id: UUID,
    wanted: Withdrawal,
    principal: Principal,
    on: date,
) -> WithdrawalAsked:
    """Ask a second person to withdraw the file of a run, note the day of the wish, and keep who asked and why.

    Args:
        connection: a transaction.
        files: what kind of file it is.
        run_id: whose file.
        wanted: what the person said.
        principal: the person.
        on: the business date.

    Raises:
        NotFound: there is no such run.
        Conflict: the bank did not refuse the file at its last delivery.
    """
    try:
        run = await files.tables.read(connection, run_id=run_id, lock=True)
        approval_id = await ask_withdrawal(
            connection, action=files.action, run=run, asked_by=principal.subject, on=on
        )
    except LookupError as error:
        raise NotFound(detail="There is no such run.") from error
    except NotRefused as error:
        raise Conflict(detail="Only a file that the bank refused can be withdrawn.") from error
    await files.tables.note_delivery(
        connection,
        run_id=run_id,
        refused_on=run.refused_on,
        withdrawal_asked_on=run.withdrawal_asked_on or on,
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
