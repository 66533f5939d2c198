"""What each process of an instance is told: environment variables, alike for servers of our own and of others."""

from __future__ import annotations

import os

from pydantic import BaseModel, ConfigDict

from deploy.local.configuration import Configuration
from deploy.local.kafka import BROKER_PORT
from deploy.local.keys import OPERATOR, SERVICES, Keys
from deploy.local.layout import Layout
from deploy.local.postgres import socket_url, with_database
from deploy.local.state import write_whole
from deploy.local.temporal import FIRST_PORT as TEMPORAL_PORT
from deploy.local.temporal import NAMESPACE

FIRST_SERVICE_PORT = 12
# Set beside the addresses of an instance's own servers.
OWN_INSTANCE = "AUXILIA_ENVIRONMENT_OF"


class OutsideServers(BaseModel):
    """The servers that others run, as the user's environment named them when the instance was started."""

    model_config = ConfigDict(frozen=True)

    database_url: str | None = None
    kafka_bootstrap: str | None = None
    temporal_address: str | None = None

    @classmethod
    def named(cls) -> OutsideServers:
        """Read the three variables; an empty one means none.

        Variables that `./auxilia env` printed, or that `./auxilia test` set, name the servers of an instance of our
        own: another instance started from that shell must not use them.
        """
        if os.environ.get(OWN_INSTANCE):
            return cls()
        return cls(
            database_url=os.environ.get("AUXILIA_DATABASE_URL") or None,
            kafka_bootstrap=os.environ.get("AUXILIA_KAFKA_BOOTSTRAP") or None,
            temporal_address=os.environ.get("AUXILIA_TEMPORAL_ADDRESS") or None,
        )

    @classmethod
    def of(cls, keys: Keys) -> OutsideServers:
        """Read what was kept for an instance."""
        try:
            return cls.model_validate_json(keys.outside_file.read_bytes())
        except FileNotFoundError:
            return cls()

    def keep(self, keys: Keys) -> None:
        """Keep them with the instance's secrets, for the address of a database holds its password."""
        write_whole(keys.outside_file, self.model_dump_json() + "\n", mode=0o600)


def service_port(configuration: Configuration, service: str) -> int:
    """Give the port a service listens on."""
    return configuration.port(FIRST_SERVICE_PORT + SERVICES.index(service))


def service_url(configuration: Configuration, service: str) -> str:
    """Give the address of a service."""
    return f"http://127.0.0.1:{service_port(configuration, service)}"


def server_environment(
    layout: Layout, configuration: Configuration, keys: Keys, outside: OutsideServers
) -> dict[str, str]:
    """Give the addresses of the three servers."""
    embedded = socket_url(
        layout.postgres_socket,
        user="postgres",
        password=keys.database_password("postgres"),
        database="postgres",
    )
    return {
        "AUXILIA_DATABASE_URL": outside.database_url or embedded,
        "AUXILIA_KAFKA_BOOTSTRAP": outside.kafka_bootstrap or f"127.0.0.1:{configuration.port(BROKER_PORT)}",
        "AUXILIA_TEMPORAL_ADDRESS": outside.temporal_address or f"127.0.0.1:{configuration.port(TEMPORAL_PORT)}",
        "AUXILIA_TEMPORAL_NAMESPACE": NAMESPACE,
    }


def instance_environment(
    layout: Layout, configuration: Configuration, keys: Keys, outside: OutsideServers
) -> dict[str, str]:
    """Give everything the services and the commands of one instance are told."""
    servers = server_environment(layout, configuration, keys, outside)
    shared = {
        "AUXILIA_INSTANCE": layout.instance,
        OWN_INSTANCE: str(layout.folder),
        "AUXILIA_PAYLOAD_KEYS": keys.payload_keys(),
        "AUXILIA_ISSUER_URL": service_url(configuration, "sandbox"),
        "AUXILIA_PLAYED": "true" if configuration.played else "false",
        "AUXILIA_FUND_FILE": str(configuration.fund_file),
        "AUXILIA_SCENARIO_FILE": str(configuration.scenario_file or ""),
        "AUXILIA_TELEMETRY_DIR": str(layout.telemetry),
        "AUXILIA_ANCHOR_DIR": str(layout.anchors),
        "AUXILIA_OTLP_ENDPOINT": os.environ.get("AUXILIA_OTLP_ENDPOINT", ""),
        "AUXILIA_OPERATOR_KEY_FILE": str(keys.client_key_file(OPERATOR)),
        "SANDBOX_ISSUER_KEY_FILE": str(keys.issuer_key_file),
        "SANDBOX_PARTNER_KEYS_FOLDER": str(keys.partners_folder),
        "SANDBOX_CLIENTS_FOLDER": str(keys.clients_folder),
    }
    for service in SERVICES:
        prefix, database = service.upper(), f"auxilia_{service}"
        administrator = servers["AUXILIA_DATABASE_URL"]
        shared[f"AUXILIA_{prefix}_URL"] = service_url(configuration, service)
        shared[f"{prefix}_HTTP_HOST"] = "127.0.0.1"
        shared[f"{prefix}_HTTP_PORT"] = str(service_port(configuration, service))
        shared[f"{prefix}_CLIENT_KEY_FILE"] = str(keys.client_key_file(service))
        for role, name in (("owner", f"{prefix}_OWNER_DATABASE_URL"), ("runtime", f"{prefix}_DATABASE_URL")):
            password = keys.database_password(f"{service}.{role}")
            shared[name] = with_database(administrator, database=database, user=f"{service}_{role}", password=password)
    return servers | shared


def service_environment(environment: dict[str, str], service: str) -> dict[str, str]:
    """Give what one service may know: its own secrets, and nobody else's, nor the administrator's address."""
    others = tuple(f"{other.upper()}_" for other in SERVICES if other != service)
    hidden = ("AUXILIA_DATABASE_URL", "AUXILIA_OPERATOR_KEY_FILE", f"{service.upper()}_OWNER_DATABASE_URL")
    return {name: value for name, value in environment.items() if not name.startswith(others) and name not in hidden}
