"""What the billing service is told from outside."""

from __future__ import annotations

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from shared.platform.settings import ServiceSettings


class BillingSettings(ServiceSettings):
    """What the billing service needs, from variables that begin with ``BILLING_``."""

    model_config = SettingsConfigDict(env_prefix="BILLING_", frozen=True, extra="ignore")

    page_size: int = Field(default=4000, ge=1, le=4000, description="Subjects billed in one transaction.")
    closing_page_size: int = Field(default=1000, ge=1, le=4000, description="Dossiers closed in one transaction.")
    letters_at_once: int = Field(default=25, ge=1, le=500, description="Letters made by one activity.")
    law_days_ahead: int = Field(
        default=60, ge=1, le=400, description="Days before a number of the law runs out on which it is asked for."
    )
