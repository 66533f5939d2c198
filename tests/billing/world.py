"""A small fund for tests: people are affiliated, billed, paid for and closed through the store, on a real database."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

from uuid6 import uuid7

from services.billing.accounts import service as accounts
from services.billing.bank_statements.service import Receipt
from services.billing.incomes import service as incomes
from services.billing.lateness import store as closing_store
from services.billing.lateness.service import closings
from services.billing.money_in.service import files as bank
from services.billing.money_in.service.files import FileRead
from services.billing.quarterly.service import contributions, runs
from services.billing.quarterly.service.contributions import LawOfQuarter
from services.billing.quarterly.store import runs as run_store
from services.billing.subjects import service as subjects
from shared.contracts.affiliation_v1 import AffiliationOpened
from shared.contracts.vocabulary import Category, Language
from shared.law.fund import Fund
from shared.law.parameters import Parameters
from shared.law.quarter import Quarter
from shared.platform.calls.auth import Role
from shared.platform.database.connections import Database
from shared.platform.people import tasks
from shared.platform.people.documents import store_document

ROOT = Path(__file__).resolve().parents[2]
SEVEN_PERCENT = Decimal("0.07")


@dataclass
class World:
    """A fund with an empty set of books."""

    database: Database
    parameters: Parameters
    fund: Fund
    next_file: int = 1

    async def affiliate(
        self,
        *,
        category: Category = Category.MAIN,
        starts_on: date = date(2020, 1, 1),
        told_on: date = date(2026, 1, 2),
        first_activity: bool = False,
        ex_officio: bool = False,
        taken_over: bool = False,
        language: Language = Language.FRENCH,
        income_2023: str | None = None,
    ) -> UUID:
        """Affiliate somebody, with an income of 2023 known before 2026 when one is given; return the dossier."""
        dossier = UUID(int=uuid7().int)
        number = self.next_file
        self.next_file += 1
        fact = AffiliationOpened(
            dossier=dossier,
            occurred_on=told_on,
            file_number=number,
            category=category,
            starts_on=starts_on,
            first_activity=first_activity,
            insurer="319",
            language=language,
            ex_officio=ex_officio,
            taken_over=taken_over,
        )
        async with self.database.transaction() as connection:
            await subjects.open_subject(connection, fact=fact)
        if income_2023 is not None:
            await self.incomes(f"{number};2023;{income_2023};2025-09-01")
        return dossier

    async def incomes(self, *lines: str) -> Any:
        """Import lines of an income file, on the latest day one of them became known."""
        known = [date.fromisoformat(line.rpartition(";")[2]) for line in lines]
        content = "\n".join(["file_number;year;income;known_on", *lines]).encode()
        async with self.database.transaction() as connection:
            return await incomes.import_incomes(
                connection, content=content, received_on=max(date(2026, 1, 2), *known), received_by="test"
            )

    async def bill(self, quarter: str, *, on: date | None = None, page_size: int = 3) -> UUID:
        """Bill a quarter without a workflow: plan, every page, done."""
        wanted = Quarter.parse(quarter)
        async with self.database.transaction() as connection:
            run = await runs.request_run(
                connection,
                quarter=wanted,
                requested_by="test",
                business_date=on or wanted.starts_on.replace(day=5),
            )
        async with self.database.transaction() as connection:
            pages = await run_store.plan_pages(connection, run_id=run.run_id, page_size=page_size)
        for ordinal in range(pages):
            await self.bill_page(run.run_id, ordinal, wanted)
        async with self.database.transaction() as connection:
            await run_store.set_status(connection, run_id=run.run_id, status="done")
        return run.run_id

    async def plan(self, run_id: UUID | str, *, page_size: int) -> int:
        """Cut a run that was asked for into pages."""
        async with self.database.transaction() as connection:
            return await run_store.plan_pages(connection, run_id=UUID(str(run_id)), page_size=page_size)

    async def store_letter(self, *, reference: str, dossier: UUID, content: bytes, on: date) -> None:
        """Keep a letter of a notice, as if it had been made."""
        async with self.database.transaction() as connection:
            await store_document(
                connection,
                kind="contributionNotice",
                reference=reference,
                dossier=dossier,
                language="fr",
                media_type="application/pdf",
                name=f"notices/{reference}.pdf",
                content=content,
                business_date=on,
                readers=(Role.FINANCE,),
            )

    async def end_task(self, kind: str, reference: str) -> None:
        """End a task as a person does who clicks "done"."""
        async with self.database.transaction() as connection:
            assert await tasks.resolve_task(
                connection, kind=kind, reference=reference, resolved_by="somebody", resolution="done"
            )

    async def bill_page(self, run_id: UUID, ordinal: int, quarter: Quarter) -> contributions.PageBilled:
        """Bill one page."""
        law = LawOfQuarter(
            quarter=quarter,
            parameters=self.parameters,
            fee_rate=self.fund.on(quarter.starts_on).management_fee_rate,
            interest_rate=SEVEN_PERCENT,
        )
        async with self.database.transaction() as connection:
            return await contributions.bill_page(connection, run_id=run_id, ordinal=ordinal, law=law)

    async def close(self, quarter: str, *, on: date | None = None, page_size: int = 2) -> UUID:
        """Close a quarter without a workflow."""
        wanted = Quarter.parse(quarter)
        async with self.database.transaction() as connection:
            closing_id, _ = await closings.request_closing(
                connection, quarter=wanted, requested_by="test", business_date=on or wanted.ends_before
            )
        async with self.database.transaction() as connection:
            pages = await closing_store.plan_pages(connection, closing_id=closing_id, page_size=page_size)
        for ordinal in range(pages):
            async with self.database.transaction() as connection:
                await closings.close_page(
                    connection, closing_id=closing_id, ordinal=ordinal, parameters=self.parameters
                )
        async with self.database.transaction() as connection:
            await closing_store.set_status(connection, closing_id=closing_id, status="done")
        return closing_id

    async def read_bank_file(self, content: bytes, *, on: date) -> FileRead:
        """Read a bank file."""
        receipt = Receipt(received_on=on, received_by="test", interest_rate=SEVEN_PERCENT, tasks_due_on=on)
        return await bank.read_file(
            self.database,
            source=io.BytesIO(content),
            accounts=[self.fund.on(on).contributions_account.iban],
            receipt=receipt,
        )

    async def reference(self, dossier: UUID, quarter: str) -> str:
        """Return the structured reference of a notice."""
        rows = await self.rows("select reference from notice where dossier = %s and quarter = %s", dossier, quarter)
        return str(rows[0]["reference"])

    async def open_items(self, dossier: UUID) -> dict[tuple[str, str], int]:
        """Return what is open per quarter and kind."""
        async with self.database.transaction() as connection:
            items = await accounts.open_items(connection, dossier=dossier)
        return {(str(item.quarter), str(item.kind)): item.open_cents for item in items}

    async def facts(self, dossier: UUID) -> list[str]:
        """Return the types of the facts told about one dossier, in order."""
        rows = await self.rows("select type from outbox where dossier = %s order by sequence", dossier)
        return [row["type"] for row in rows]

    async def rows(self, statement: str, *values: Any) -> list[dict[str, Any]]:
        """Return the rows of a query."""
        async with self.database.transaction() as connection:
            cursor = await connection.execute(statement, values)
            return await cursor.fetchall()

    async def one(self, statement: str, *values: Any) -> Any:
        """Return the only value of a query."""
        (row,) = await self.rows(statement, *values)
        (value,) = row.values()
        return value
