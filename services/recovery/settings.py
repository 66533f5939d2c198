"""Settings of the recovery service."""

from __future__ import annotations

from pydantic_settings import SettingsConfigDict

from shared.platform.settings import ServiceSettings


class RecoverySettings(ServiceSettings):
    """What the recovery service needs, from variables that begin with ``RECOVERY_``."""

    model_config = SettingsConfigDict(env_prefix="RECOVERY_", frozen=True, extra="ignore")
