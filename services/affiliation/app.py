"""The affiliation service, put together of its subjects; nothing else builds anything."""

from __future__ import annotations

from typing import Final

from services.affiliation.companies import subject as companies
from services.affiliation.declarations import subject as declarations
from services.affiliation.dossiers import subject as dossiers
from services.affiliation.imports import subject as imports
from services.affiliation.people import subject as people
from services.affiliation.settings import AffiliationSettings
from shared.platform.composition import Composition, Subject

SUBJECTS: Final[tuple[Subject, ...]] = (
    imports.SUBJECT,
    companies.SUBJECT,
    declarations.SUBJECT,
    dossiers.SUBJECT,
    people.SUBJECT,
)

APP: Final = Composition(
    service="affiliation",
    title="Affiliation",
    description="Affiliates people and companies to the social insurance fund, and knows who they are.",
    settings_class=AffiliationSettings,
    subjects=SUBJECTS,
)
