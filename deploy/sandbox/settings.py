"""What the sandbox is told from outside."""

from __future__ import annotations

from pathlib import Path

from pydantic_settings import SettingsConfigDict

from shared.platform.settings import ServiceSettings


class SandboxSettings(ServiceSettings):
    """Settings of the twins of the outside world and of the local issuer (prefix ``SANDBOX_``)."""

    model_config = SettingsConfigDict(env_prefix="SANDBOX_", frozen=True, extra="ignore")

    issuer_key_file: Path
    clients_folder: Path
    partner_keys_folder: Path
    token_lifetime_seconds: int = 300
    person_token_lifetime_seconds: int = 8 * 60 * 60
