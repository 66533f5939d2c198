"""Puts the benefits service together of its subjects, highest first: a subject may use those after it."""

from __future__ import annotations

from typing import Final

from services.benefits.decisions import subject as decisions
from services.benefits.droit_passerelle import subject as droit_passerelle
from services.benefits.payouts import subject as payouts
from services.benefits.quarters_not_due import subject as quarters_not_due
from services.benefits.settings import BenefitsSettings
from services.benefits.summary import subject as summary
from services.benefits.transmissions import subject as transmissions
from shared.platform.composition import Composition

SUBJECTS: Final = (
    summary.SUBJECT,
    droit_passerelle.SUBJECT,
    payouts.SUBJECT,
    decisions.SUBJECT,
    transmissions.SUBJECT,
    quarters_not_due.SUBJECT,
)

APP: Final = Composition(
    service="benefits",
    title="Benefits",
    description="Decides on the droit passerelle, pays it, and keeps the mutualites informed.",
    settings_class=BenefitsSettings,
    subjects=SUBJECTS,
    tags=(
        {"name": "Claims", "description": "Claims to a benefit, with what the rules said and what was decided."},
        {"name": "Contribution reliefs", "description": "Quarters that are not due by a decision taken elsewhere."},
        {"name": "Letters", "description": "Registered letters of decisions, and what the post reports."},
        {"name": "Payouts", "description": "Runs that pay benefits, and what the bank reports."},
        {"name": "Transmissions", "description": "What mutualites are told, and what they answer."},
        {"name": "Summary", "description": "What the service counts."},
    ),
)
