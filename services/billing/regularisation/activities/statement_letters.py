"""Letters of statements of regularisation: made once, kept as they were sent, and handed to who carries them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.billing.clients import Affiliation
from services.billing.correspondence.service import LetterHandOver
from services.billing.dossier_facts.rules.year_assessment import AssessmentLaw
from services.billing.regularisation.letters import TEMPLATE, document_name, statement_data
from services.billing.regularisation.rules import STATEMENT_DOCUMENT, KeptStatement
from services.billing.regularisation.service.statements import unsent_statements
from shared.correspondence.addressee import Addressee
from shared.law.calendar import add_working_days
from shared.law.fund import Fund
from shared.platform.calls.auth import Role
from shared.platform.database.connections import Connection, Database
from shared.platform.observation.logging import get_logger
from shared.platform.people.documents import render, store_document
from shared.platform.people.tasks import open_task

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
            statements = await unsent_statements(connection, run_id=run_id, after=after, limit=self.at_once)
        if not statements:
            return 0, None
        addressees = await self.affiliation.addressees(
            [one.dossier for one in statements], purpose="statement of regularisation"
        )
        missing = [one for one in statements if not one.made]
        made, problems = await asyncio.to_thread(self._letters, missing, addressees)
        async with self.database.transaction() as connection:
            for one in missing:
                letter = made.get(one.regularisation_id)
                if letter is None:
                    await _ask(connection, one, problems.get(one.regularisation_id))
                    continue
                language, content = letter
                await store_document(
                    connection,
                    kind=STATEMENT_DOCUMENT,
                    reference=str(one.regularisation_id),
                    dossier=one.dossier,
                    language=language,
                    media_type="application/pdf",
                    name=document_name(one, language),
                    content=content,
                    business_date=one.issued_on,
                    readers=(Role.AFFILIATION_AGENT, Role.COLLECTIONS_AGENT, Role.FINANCE),
                )
        await self.hand_over.of_kind(
            STATEMENT_DOCUMENT,
            [str(one.regularisation_id) for one in statements],
            addressees,
            today=today or statements[0].issued_on,
        )
        return len(made), statements[-1].regularisation_id

    def _letters(
        self, statements: list[KeptStatement], addressees: dict[UUID, Addressee]
    ) -> tuple[dict[UUID, tuple[str, bytes]], dict[UUID, str]]:
        made: dict[UUID, tuple[str, bytes]] = {}
        problems: dict[UUID, str] = {}
        for one in statements:
            addressee = addressees.get(one.dossier)
            if addressee is None:
                continue
            try:
                data = statement_data(
                    statement=one, addressee=addressee, fund=self.fund.on(one.issued_on), law=self.law
                )
                made[one.regularisation_id] = (str(addressee.language), render(TEMPLATE, data))
            except Exception as error:  # noqa: BLE001 - the letters of the others go on
                # The message can hold what the letter says, so only the kind of error is kept.
                _log.exception("letter.notMade", dossier=str(one.dossier))
                problems[one.regularisation_id] = type(error).__name__
        return made, problems


async def _ask(connection: Connection, one: KeptStatement, problem: str | None) -> None:
    details = {"fileNumber": one.file_number, "year": one.year}
    await open_task(
        connection,
        kind=UNADDRESSED_TASK if problem is None else UNMADE_TASK,
        reference=str(one.regularisation_id),
        dossier=one.dossier,
        due_on=add_working_days(one.issued_on, _TASK_DAYS),
        role="affiliationAgent" if problem is None else "operator",
        details=details if problem is None else {**details, "problem": problem},
    )
