"""Runs of files for the bank as a service keeps them; the names of its tables are data, the statements are the same."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date
from typing import Any, Generic, TypeVar
from uuid import UUID

from shared.platform.database.connections import Connection
from shared.platform.database.rows import JsonObject, fetch_all, fetch_one, fetch_value, fetch_values
from shared.platform.temporal.dispatch import signal_workflow
from shared.treasury.procedure import BankReported, RunTask, Steps


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRun:
    """A run with the hash and totals of its file, which are empty until it is built.

    ``refused_on`` is the day of a last delivery that the bank refused, ``withdrawal_asked_on`` the day since when
    somebody wants to withdraw the file.
    """

    run_id: UUID
    business_date: date
    workflow_id: str
    status: str
    message_id: str
    file_sha256: str | None
    transfers: int | None
    total_cents: int | None
    refused_on: date | None
    withdrawal_asked_on: date | None

    def approved(self) -> JsonObject:
        """Give what identifies the file to those who approve or withdraw it."""
        return {
            "runId": str(self.run_id),
            "messageId": self.message_id,
            "fileSha256": self.file_sha256,
            "transfers": self.transfers,
            "totalCents": self.total_cents,
        }


RunT = TypeVar("RunT", bound=FileRun)


@dataclass(frozen=True, kw_only=True)
class FileTables(Generic[RunT]):
    """Where a service keeps its runs, and the statements on them.

    Attributes:
        row: class of a run.
        select: reads the columns of that class from the runs, named ``r``.
        runs: table of the runs.
        key: its key.
        files: table of the bytes of files.
        lines: table of what each file holds, for ever.
        orders: table of what was ordered from the bank, as it stands.
    """

    row: type[RunT]
    select: str
    runs: str
    key: str
    files: str
    lines: str
    orders: str

    async def read(self, connection: Connection, *, run_id: UUID, lock: bool = False) -> RunT:
        """Read a run; raises ``LookupError`` when there is none."""
        statement = f"{self.select} where r.{self.key} = %s {'for update of r' if lock else ''}"
        found = await fetch_one(connection, self.row, statement, (run_id,))
        if found is None:
            raise LookupError("there is no such run")
        return found

    async def by_message(self, connection: Connection, *, message_id: str) -> RunT | None:
        """Give the run whose file bears a message id, or None."""
        return await fetch_one(connection, self.row, f"{self.select} where r.message_id = %s", (message_id,))

    async def newest(self, connection: Connection, *, limit: int | None = None) -> list[RunT]:
        """List runs, the newest first."""
        statement = f"{self.select} order by r.business_date desc, r.message_id limit %s"
        return await fetch_all(connection, self.row, statement, (limit,))

    async def content(self, connection: Connection, *, run_id: UUID) -> bytes:
        """Give the bytes two people look at; raises ``LookupError`` when the run has no file."""
        found = await fetch_value(connection, f"select content from {self.files} where run_id = %s", (run_id,))
        if found is None:
            raise LookupError("the run has no file")
        return bytes(found)

    async def set_status(self, connection: Connection, *, run_id: UUID, status: str) -> None:
        """Note how far a run is."""
        await self._update(connection, run_id, status=status)

    async def note_delivery(
        self, connection: Connection, *, run_id: UUID, refused_on: date | None, withdrawal_asked_on: date | None
    ) -> None:
        """Note whether the bank refused a file at its last delivery, and since when somebody wants to withdraw it."""
        await self._update(connection, run_id, refused_on=refused_on, withdrawal_asked_on=withdrawal_asked_on)

    async def end_to_end_ids(self, connection: Connection, *, run_id: UUID) -> set[str]:
        """Give the ids the bank can report on for a run."""
        return set(
            await fetch_values(connection, f"select end_to_end_id from {self.lines} where run_id = %s", (run_id,))
        )

    async def settled(self, connection: Connection, *, run_id: UUID) -> bool:
        """Tell whether the bank said something on everything in a file."""
        statement = f"select not exists (select from {self.orders} where run_id = %s and status = 'ordered')"
        return bool(await fetch_value(connection, statement, (run_id,)))

    async def _update(self, connection: Connection, run_id: UUID, **columns: Any) -> None:
        changes = ", ".join(f"{name} = %s" for name in columns)
        await connection.execute(
            f"update {self.runs} set {changes} where {self.key} = %s", (*columns.values(), run_id)
        )


async def tell_run(connection: Connection, *, run: FileRun) -> None:
    """Tell the procedure of a run that the bank reported."""
    await signal_workflow(
        connection, workflow_id=run.workflow_id, signal="bank_reported", argument=BankReported(run_id=run.run_id)
    )


@dataclass(frozen=True, kw_only=True)
class FileKind:
    """The acts of the first and of the second person, and the ISO 20022 message of the file."""

    acts: tuple[str, str]
    message: str


@dataclass(frozen=True, kw_only=True)
class FileWork(Generic[RunT]):
    """What differs between the files of services.

    Attributes:
        service: asks the first person.
        purpose: what a withdrawal is asked for, as the audit keeps it.
        steps: names of activities and tasks.
        tables: where runs are kept.
        kind_of: what kind of file a run makes.
        withdrawal: the act by which two people withdraw a file the bank refused.
        withdrawal_asked: the audited action of who asks for that.
        order: marks what is in an approved file as ordered on a day.
        give_back: frees what is in a refused or withdrawn file on a day: the next file takes it up again.
        open_task: gives a person work about a run.
        end_tasks: ends the work about a run that nobody needs any more, with the status the run gets.
    """

    service: str
    purpose: str
    steps: Steps
    tables: FileTables[RunT]
    kind_of: Callable[[RunT], FileKind]
    withdrawal: str
    withdrawal_asked: str
    order: Callable[[Connection, RunT, date], Awaitable[None]]
    give_back: Callable[[Connection, RunT, date], Awaitable[None]]
    open_task: Callable[[Connection, RunTask], Awaitable[None]]
    end_tasks: Callable[[Connection, UUID, str], Awaitable[None]]
