"""What the benefits service is told from outside."""

from __future__ import annotations

from pydantic_settings import SettingsConfigDict

from shared.platform.settings import ServiceSettings


class BenefitsSettings(ServiceSettings):
    """Settings of one process of the service (prefix ``BENEFITS_``)."""

    model_config = SettingsConfigDict(env_prefix="BENEFITS_", frozen=True, extra="ignore")
