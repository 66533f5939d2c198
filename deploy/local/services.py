"""How the services of an instance are run on this machine."""

from __future__ import annotations

import sys

from deploy.local.answering import health_answers
from deploy.local.configuration import Configuration
from deploy.local.environment import service_environment, service_port, service_url
from deploy.local.keeper import ProcessDefinition
from deploy.local.layout import PROJECT, Layout

# The sandbox goes first: it issues the tokens the others call each other with.
START_ORDER = ("sandbox", "affiliation", "billing", "recovery", "benefits", "console")
MODULES = {service: f"services.{service}" for service in START_ORDER} | {"sandbox": "deploy.sandbox"}


def built_services() -> list[str]:
    """Give the services that can be run, in the order in which they start."""
    return [
        service for service in START_ORDER if (PROJECT.joinpath(*MODULES[service].split(".")) / "__main__.py").exists()
    ]


def service_definition(
    service: str, *, layout: Layout, configuration: Configuration, environment: dict[str, str]
) -> ProcessDefinition:
    """Say how to run one service."""
    port = service_port(configuration, service)
    return ProcessDefinition(
        name=service,
        kind="service",
        command=(sys.executable, "-m", MODULES[service]),
        environment=service_environment(environment, service),
        log=layout.logs / f"{service}.log",
        ready=lambda: health_answers(port),
        url=service_url(configuration, service),
        stop_within_seconds=30,
    )
