"""docker-compose.yml says what the services need, in the right order, and nothing can be reached from outside."""

from __future__ import annotations

import importlib.util
import re
from typing import Any

import pytest
import yaml

from deploy.local.kafka import PROPERTIES
from deploy.local.keys import SERVICES
from deploy.local.layout import PROJECT
from deploy.local.temporal import SETTINGS, VERSION, dynamic_settings

FILE: dict[str, Any] = yaml.safe_load((PROJECT / "docker-compose.yml").read_text(encoding="utf-8"))
CONTAINERS: dict[str, dict[str, Any]] = FILE["services"]
OURS = {name for name, container in CONTAINERS.items() if container["image"] == "auxilia:local"}
ONE_SHOT = {"secrets", "temporal-schema", "migrate", "demo"}
# Its image holds nothing that could ask it.
WITHOUT_HEALTH = {"collector"}


def secrets_of(name: str) -> set[str]:
    """Give the volumes with secrets a container mounts."""
    sources = {str(volume).partition(":")[0] for volume in CONTAINERS[name].get("volumes", ())}
    return {source for source in sources if source.startswith("secrets-")}


def waits_for(name: str) -> set[str]:
    """Give all containers that come before one, also by way of others."""
    direct = set(CONTAINERS[name].get("depends_on", ()))
    return direct.union(*(waits_for(other) for other in direct)) if direct else set()


def test_every_service_is_there() -> None:
    """All services and the sandbox run from the one image."""
    assert set(SERVICES) | {"secrets", "migrate", "demo"} == OURS


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_starts_after_all_it_needs(service: str) -> None:
    """Secrets, servers, tables and topics come first; the sandbox issues tokens, so it comes before the others."""
    assert {"secrets", "postgres", "kafka", "temporal", "migrate"} <= waits_for(service)
    assert ("sandbox" in waits_for(service)) == (service != "sandbox")


@pytest.mark.parametrize("name", sorted(CONTAINERS))
def test_a_container_mounts_its_own_secrets_only(name: str) -> None:
    """Only the container that draws them, and that is not on any network, sees all."""
    if name == "secrets":
        assert secrets_of(name) == {volume for volume in FILE["volumes"] if volume.startswith("secrets-")}
        assert CONTAINERS[name]["network_mode"] == "none"
        return
    owner = {"demo": "people", "temporal-postgres": "temporal", "temporal-schema": "temporal"}.get(name, name)
    expected = set() if name in {"kafka", "collector"} else {f"secrets-{owner}"}
    assert secrets_of(name) == expected


@pytest.mark.parametrize("name", sorted(set(CONTAINERS) - ONE_SHOT - WITHOUT_HEALTH))
def test_what_stays_up_tells_its_health(name: str) -> None:
    """Others wait for health, not for a process."""
    assert CONTAINERS[name]["healthcheck"]["test"][0] == "CMD"


def test_waiting_is_for_health_or_for_an_end() -> None:
    """Nothing waits for a mere start, except for the collector, which nothing needs."""
    for container in CONTAINERS.values():
        for name, how in container.get("depends_on", {}).items():
            ends = "service_completed_successfully" if name in ONE_SHOT else "service_healthy"
            assert how["condition"] == ("service_started" if name in WITHOUT_HEALTH else ends)


def test_nothing_is_reachable_from_outside() -> None:
    """Ports are published on the loopback address only, and servers not at all."""
    for name, container in CONTAINERS.items():
        for port in container.get("ports", ()):
            assert str(port).startswith("127.0.0.1:")
            assert name in SERVICES


@pytest.mark.parametrize("name", sorted(OURS))
def test_ours_run_with_the_least_rights(name: str) -> None:
    """No writable image, no capabilities; root only where volumes are given away."""
    container = CONTAINERS[name]
    assert container["read_only"] is True
    assert container["cap_drop"] == ["ALL"]
    assert ("user" in container) == (name == "secrets")


@pytest.mark.parametrize("name", sorted(OURS))
def test_ours_run_modules_that_exist(name: str) -> None:
    """A command names a module of this tree."""
    container = CONTAINERS[name]
    module = container["entrypoint"][2] if "entrypoint" in container else container["command"][0]
    assert importlib.util.find_spec(module) is not None


def test_every_image_of_others_is_pinned() -> None:
    """No `latest`; and Temporal has the version that is tested here, which can skip time."""
    for name in set(CONTAINERS) - OURS:
        assert re.search(r":\d", CONTAINERS[name]["image"]), name
    assert CONTAINERS["temporal"]["image"].endswith(VERSION.removeprefix("v"))


def test_time_can_be_moved_on_a_played_instance_only() -> None:
    """Both ways of running choose the file by whether the calendar is played; nothing else differs between the two."""
    played = yaml.safe_load(dynamic_settings(skips_time=True).read_text(encoding="utf-8"))
    real = yaml.safe_load(dynamic_settings(skips_time=False).read_text(encoding="utf-8"))
    assert (played.pop("frontend.WorkflowTimeSkippingEnabled"), real.pop("frontend.WorkflowTimeSkippingEnabled")) == (
        [{"value": True}],
        [{"value": False}],
    )
    assert played.pop("frontend.WorkflowTimeSkippingMaxSkipPerSession")
    assert played == real
    temporal = CONTAINERS["temporal"]
    assert temporal["environment"]["DYNAMIC_CONFIG_FILE_PATH"] == "/opt/auxilia/played-${AUXILIA_PLAYED:-false}.yaml"
    assert f"./{SETTINGS.relative_to(PROJECT)}:/opt/auxilia:ro" in temporal["volumes"]


def test_kafka_is_set_as_on_one_machine() -> None:
    """The settings that decide speed and safety are the same in both."""
    local = dict(line.split("=", 1) for line in PROPERTIES.splitlines() if "=" in line and not line.startswith("#"))
    told = CONTAINERS["kafka"]["environment"]
    for setting in (
        "auto.create.topics.enable",
        "group.coordinator.append.linger.ms",
        "offsets.topic.replication.factor",
        "transaction.state.log.min.isr",
    ):
        assert told[f"KAFKA_{setting.upper().replace('.', '_')}"] == local[setting]


def test_the_image_holds_what_it_runs() -> None:
    """What the Dockerfile copies is there, and what the tree runs is copied."""
    text = (PROJECT / "deploy" / "images" / "Dockerfile").read_text(encoding="utf-8")
    copied = set(re.findall(r"^COPY (?!--from)(\S+)", text, re.MULTILINE))
    assert all((PROJECT / path).exists() for path in copied)
    assert {"shared", "services", "deploy", "samples", "requirements/runtime.txt"} == copied
    assert "USER 10001" in text
