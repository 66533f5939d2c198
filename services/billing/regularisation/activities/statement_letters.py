"""Letters of statements of regularisation: made once, kept as they were sent, and handed to who carries them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from services.billing.clients import Affiliation
from services.billing.correspondence.rules.addressee import Addressee
from services.billing.correspondence.service import LetterHandOver
from services.billing.dossier_facts.rules.year_assessment import AssessmentLaw
from services.billing.regularisation.letters import TEMPLATE, document_name, statement_data
from services.billing.regularisation.service import statement_rows
from shared.law.calendar import add_working_days
from shared.law.fund import Fund
from shared.platform.auth import Role
from shared.platform.database import Connection, Database
from shared.platform.documents import render, store_document
from shared.platform.logging import get_logger
from shared.platform.tasks import open_task

UNADDRESSED_TASK = "statementWithoutAddress"
UNMADE_TASK = "statementNotMade"
_TASK_DAYS = 5
_log = get_logger(__name__)


@dataclass
class StatementLetters:
    """Makes the letters of a run in batches and hands them over."""

    database: Database
    fund: Fund
    law: AssessmentLaw
    affiliation: Affiliation
    hand_over: LetterHandOver
    at_once: int

    async def write_batch(
        self, *, run_id: UUID, after: UUID | None, today: date | None = None
    ) -> tuple[int, UUID | None]:
        """Make the letters of a batch of statements that have none yet, and hand over those no carrier has.

        Args:
            run_id: whose statements.
            after: the last statement of the batch before.
            today: day of handing over; the day of the statements when it is not told.

        Returns:
            How many were made, and after which statement to go on; None when nothing is left.

        Raises:
            CallFailed: the post does not answer; done again, what was made is not made twice.
        """
        async with self.database.transaction() as connection:
            rows = await statement_rows.unsent_letters(connection, run_id=run_id, after=after, limit=self.at_once)
        if not rows:
            return 0, None
        addressees = await self.affiliation.addressees(
            [row["dossier"] for row in rows], purpose="statement of regularisation"
        )
        missing = [row for row in rows if not row["made"]]
        made, problems = await asyncio.to_thread(self._letters, missing, addressees)
        async with self.database.transaction() as connection:
            for row in missing:
                letter = made.get(row["regularisation_id"])
                if letter is None:
                    await _ask(connection, row, problems.get(row["regularisation_id"]))
                    continue
                language, content = letter
                await store_document(
                    connection,
                    kind=statement_rows.STATEMENT_DOCUMENT,
                    reference=str(row["regularisation_id"]),
                    dossier=row["dossier"],
                    language=language,
                    media_type="application/pdf",
                    name=document_name(row, language),
                    content=content,
                    business_date=row["issued_on"],
                    readers=(Role.AFFILIATION_AGENT, Role.COLLECTIONS_AGENT, Role.FINANCE),
                )
        await self.hand_over.of_kind(
            statement_rows.STATEMENT_DOCUMENT,
            [str(row["regularisation_id"]) for row in rows],
            addressees,
            today=today or rows[0]["issued_on"],
        )
        return len(made), rows[-1]["regularisation_id"]

    def _letters(
        self, rows: list[dict[str, Any]], addressees: dict[UUID, Addressee]
    ) -> tuple[dict[UUID, tuple[str, bytes]], dict[UUID, str]]:
        made: dict[UUID, tuple[str, bytes]] = {}
        problems: dict[UUID, str] = {}
        for row in rows:
            addressee = addressees.get(row["dossier"])
            if addressee is None:
                continue
            try:
                data = statement_data(row=row, addressee=addressee, fund=self.fund.on(row["issued_on"]), law=self.law)
                made[row["regularisation_id"]] = (str(addressee.language), render(TEMPLATE, data))
            except Exception as error:  # noqa: BLE001 - the letters of the others go on
                # The message can hold what the letter says, so only the kind of error is kept.
                _log.exception("letter.notMade", dossier=str(row["dossier"]))
                problems[row["regularisation_id"]] = type(error).__name__
        return made, problems


async def _ask(connection: Connection, row: dict[str, Any], problem: str | None) -> None:
    details = {"fileNumber": row["file_number"], "year": row["year"]}
    await open_task(
        connection,
        kind=UNADDRESSED_TASK if problem is None else UNMADE_TASK,
        reference=str(row["regularisation_id"]),
        dossier=row["dossier"],
        due_on=add_working_days(row["issued_on"], _TASK_DAYS),
        role="affiliationAgent" if problem is None else "operator",
        details=details if problem is None else {**details, "problem": problem},
    )
