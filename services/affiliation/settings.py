"""What the affiliation service is told from outside."""

from __future__ import annotations

from pydantic_settings import SettingsConfigDict

from shared.platform.settings import ServiceSettings


class AffiliationSettings(ServiceSettings):
    """Settings of one process of the service (prefix ``AFFILIATION_``)."""

    model_config = SettingsConfigDict(env_prefix="AFFILIATION_", frozen=True, extra="ignore")
