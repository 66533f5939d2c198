"""What the console is told from outside."""

from __future__ import annotations

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from shared.platform.settings import ServiceSettings


class ConsoleSettings(ServiceSettings):
    """Settings of the console (prefix ``CONSOLE_``)."""

    model_config = SettingsConfigDict(env_prefix="CONSOLE_", frozen=True, extra="ignore")

    secure_cookies: bool = Field(
        default=True,
        description="Whether sessions need HTTPS; on the machine's own loopback address they never do.",
    )
