"""What companies bring to the service."""

from __future__ import annotations

from typing import Final

from services.affiliation.companies.activities import CompanyActivities
from services.affiliation.companies.workflow import CompanyAffiliation
from shared.platform.composition import Subject

SUBJECT: Final = Subject(
    name="companies",
    workflows=(CompanyAffiliation,),
    activities=lambda context: CompanyActivities(database=context.database).all(),
)
