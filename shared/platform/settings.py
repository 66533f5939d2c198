"""What a process is told from outside: frozen settings read from the environment, checked once at start."""

from __future__ import annotations

import base64
import binascii
from pathlib import Path

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class PlatformSettings(BaseSettings):
    """What all processes of one instance share (prefix ``AUXILIA_``)."""

    model_config = SettingsConfigDict(env_prefix="AUXILIA_", frozen=True, extra="ignore")

    kafka_bootstrap: str = "127.0.0.1:9092"
    kafka_prefix: str = Field(
        default="",
        pattern=r"^([a-z0-9][a-z0-9.-]*[.-])?$",
        description="Put before topics and consumer groups, so that instances can share one Kafka; ends with . or -",
    )
    temporal_address: str = "127.0.0.1:7233"
    temporal_namespace: str = "auxilia"
    payload_keys: SecretStr = Field(
        default=SecretStr(""),
        description="Keys of the Temporal payload codec, 'id:base64,id:base64'; the first one encrypts, all decrypt.",
    )
    build_id: str | None = Field(default=None, description="Worker deployment version; absent means unversioned.")
    issuer_url: str = "http://127.0.0.1:8100"
    instance: str = Field(default="main", description="Name of the instance on its machine, for hints to people.")
    played: bool = Field(default=False, description="True on an instance whose calendar is moved by a conductor.")
    fund_file: Path | None = None
    scenario_file: Path | None = None
    telemetry_dir: Path | None = None
    anchor_dir: Path | None = Field(
        default=None, description="Folder outside the database in which services write the heads of audit chains down."
    )
    otlp_endpoint: str | None = None
    log_level: str = "INFO"
    affiliation_url: str = "http://127.0.0.1:8101"
    billing_url: str = "http://127.0.0.1:8102"
    recovery_url: str = "http://127.0.0.1:8103"
    benefits_url: str = "http://127.0.0.1:8104"
    console_url: str = "http://127.0.0.1:8105"
    sandbox_url: str = "http://127.0.0.1:8100"

    @field_validator("build_id", "otlp_endpoint", "telemetry_dir", "anchor_dir", "scenario_file", mode="before")
    @classmethod
    def _empty_is_absent(cls, value: object) -> object:
        """A variable that is set but empty means the same as one that is not set."""
        return None if value == "" else value

    @field_validator("payload_keys")
    @classmethod
    def _keys_are_well_formed(cls, value: SecretStr) -> SecretStr:
        parse_payload_keys(value.get_secret_value())
        return value

    def payload_key_ring(self) -> dict[str, bytes]:
        """Return the payload keys by id, the active one first; empty when none is configured."""
        return parse_payload_keys(self.payload_keys.get_secret_value())


class ServiceSettings(BaseSettings):
    """What one service needs; each service subclasses it with its own prefix."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore")

    database_url: SecretStr = Field(description="PostgreSQL address with the rights of the run-time role only.")
    database_max_connections: int = Field(default=10, ge=2, le=100)
    http_host: str = "127.0.0.1"
    http_port: int = Field(default=0, ge=0, le=65_535)
    http_body_limit_bytes: int = Field(default=32 * 1024 * 1024, ge=1024)
    client_key_file: Path | None = Field(
        default=None, description="Private key (JWK) with which the service asks the issuer for tokens."
    )

    @field_validator("client_key_file", mode="before")
    @classmethod
    def _empty_is_absent(cls, value: object) -> object:
        """A variable that is set but empty means the same as one that is not set."""
        return None if value == "" else value

    @classmethod
    def prefix(cls) -> str:
        """Return what the names of these variables begin with."""
        return str(cls.model_config.get("env_prefix", ""))


def parse_payload_keys(text: str) -> dict[str, bytes]:
    """Read ``id:base64,id:base64`` into keys of 32 bytes, in the order they were written.

    Raises:
        ValueError: an entry has no id, is not base64, or is not 32 bytes long. The key itself is never in the text.
    """
    keys: dict[str, bytes] = {}
    for position, entry in enumerate((part for part in text.split(",") if part.strip()), start=1):
        key_id, separator, encoded = entry.strip().partition(":")
        if not separator or not key_id:
            raise ValueError(f"payload_keys: entry {position} must be written as id:base64")
        try:
            key = base64.b64decode(encoded, validate=True)
        except binascii.Error as error:
            raise ValueError(f"payload_keys: entry {position} is not base64") from error
        if len(key) != 32:
            raise ValueError(f"payload_keys: entry {position} must be 32 bytes, has {len(key)}")
        if key_id in keys:
            raise ValueError(f"payload_keys: the id of entry {position} is used twice")
        keys[key_id] = key
    return keys
