"""The recovery service: a list of subjects, highest first; a new step of the ladder is one folder and one line."""

from __future__ import annotations

from typing import Final

from services.recovery.bailiff.subject import SUBJECT as BAILIFF
from services.recovery.cases.subject import SUBJECT as CASES
from services.recovery.clocks.subject import SUBJECT as CLOCKS
from services.recovery.debts.subject import SUBJECT as DEBTS
from services.recovery.institute_decisions.subject import SUBJECT as INSTITUTE_DECISIONS
from services.recovery.opposition.subject import SUBJECT as OPPOSITION
from services.recovery.registered_letters.subject import SUBJECT as REGISTERED_LETTERS
from services.recovery.reminders.subject import SUBJECT as REMINDERS
from services.recovery.roll_and_warrant.subject import SUBJECT as ROLL_AND_WARRANT
from services.recovery.settings import RecoverySettings
from shared.platform.composition import Composition

SUBJECTS: Final = (
    CASES,
    OPPOSITION,
    BAILIFF,
    ROLL_AND_WARRANT,
    REGISTERED_LETTERS,
    REMINDERS,
    INSTITUTE_DECISIONS,
    CLOCKS,
    DEBTS,
)

APP: Final = Composition(
    service="recovery",
    title="Recovery",
    description="Recovers unpaid contributions, step by step, as the law orders and humanely.",
    settings_class=RecoverySettings,
    subjects=SUBJECTS,
    tags=(
        {"name": "Cases", "description": "Recovery cases, their steps with evidence, and what comes next."},
        {
            "name": "Actions",
            "description": "Contacts, holds, contests, oppositions, and taking a blocked case up again.",
        },
        {
            "name": "Decisions",
            "description": "Fines, exemptions, waivers of surcharges and summonses, decided elsewhere.",
        },
        {"name": "Reports", "description": "What the post and the bailiff report."},
    ),
)
