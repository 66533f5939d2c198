"""Who is where in docker-compose.yml, and what each container is told."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

from deploy.local.keys import SERVICES, Keys
from deploy.local.temporal import NAMESPACE

# Each container finds its own secrets here, and nobody else's: every one mounts a volume of its own.
OWN_SECRETS = Path("/run/auxilia")
ENVIRONMENT_FILE = "environment.json"
PORT = 8080
POSTGRES, KAFKA, TEMPORAL = "postgres:5432", "kafka:9092", "temporal:7233"


def database_address(keys: Keys, service: str, role: str) -> str:
    """Give the address of a service's database for its owner or its processes (`runtime`)."""
    password = quote(keys.database_password(f"{service}.{role}"), safe="")
    return f"postgresql://{service}_{role}:{password}@{POSTGRES}/auxilia_{service}"


def shared_environment(keys: Keys, *, choices: Mapping[str, str]) -> dict[str, str]:
    """Give what all of our containers are told. `choices` are the variables of the user: played, fund, scenario."""
    return {
        "AUXILIA_KAFKA_BOOTSTRAP": KAFKA,
        "AUXILIA_TEMPORAL_ADDRESS": TEMPORAL,
        "AUXILIA_TEMPORAL_NAMESPACE": NAMESPACE,
        "AUXILIA_PAYLOAD_KEYS": keys.payload_keys(),
        "AUXILIA_ISSUER_URL": f"http://sandbox:{PORT}",
        "AUXILIA_OTLP_ENDPOINT": "http://collector:4318",
        "AUXILIA_TELEMETRY_DIR": "/var/lib/auxilia/telemetry",
        "AUXILIA_ANCHOR_DIR": "/var/lib/auxilia/anchors",
        **{f"AUXILIA_{service.upper()}_URL": f"http://{service}:{PORT}" for service in SERVICES},
        **choices,
    }


def service_environment(keys: Keys, service: str, *, choices: Mapping[str, str]) -> dict[str, str]:
    """Give what one service's container is told: its own secrets and everybody's addresses."""
    prefix = service.upper()
    own = {
        f"{prefix}_DATABASE_URL": database_address(keys, service, "runtime"),
        f"{prefix}_HTTP_HOST": "0.0.0.0",  # noqa: S104 - reachable from the other containers, published on loopback only
        f"{prefix}_HTTP_PORT": str(PORT),
        f"{prefix}_CLIENT_KEY_FILE": str(OWN_SECRETS / "client-key.json"),
    }
    if service == "sandbox":
        own["SANDBOX_ISSUER_KEY_FILE"] = str(OWN_SECRETS / "issuer.json")
        own["SANDBOX_CLIENTS_FOLDER"] = str(OWN_SECRETS / "clients-public")
        own["SANDBOX_PARTNER_KEYS_FOLDER"] = str(OWN_SECRETS / "partners")
    return shared_environment(keys, choices=choices) | own


def migration_environment(keys: Keys, *, choices: Mapping[str, str]) -> dict[str, str]:
    """Give what the container that prepares the servers is told: the administrator's and the owners' addresses."""
    password = quote(keys.database_password("postgres"), safe="")
    told = shared_environment(keys, choices=choices)
    told["AUXILIA_DATABASE_URL"] = f"postgresql://postgres:{password}@{POSTGRES}/postgres"
    for service in SERVICES:
        told[f"{service.upper()}_DATABASE_URL"] = database_address(keys, service, "runtime")
        told[f"{service.upper()}_OWNER_DATABASE_URL"] = database_address(keys, service, "owner")
    return told
