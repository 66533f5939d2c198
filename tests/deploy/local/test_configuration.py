"""An instance keeps its addresses and never changes the nature of its calendar."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from deploy.local.configuration import (
    DEFAULT_FUND,
    FIRST_PORT,
    LAST_PORT,
    PORTS_PER_INSTANCE,
    free_block,
    port_is_free,
    settle_configuration,
)
from deploy.local.environment import OWN_INSTANCE, OutsideServers, instance_environment, service_environment
from deploy.local.keys import SERVICES, Keys
from deploy.local.layout import Layout
from deploy.local.problems import LocalError


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    """The layout of an instance that was never started."""
    return Layout("main", tmp_path)


def settle(layout: Layout, *, played: bool | None = None) -> int:
    """Settle the choices and give the first port."""
    return settle_configuration(layout, played=played, fund_file=None, scenario_file=None).first_port


def test_ports_are_kept_and_differ_between_instances(tmp_path: Path) -> None:
    """The same instance has the same addresses tomorrow; a neighbour has others."""
    one, two = Layout("one", tmp_path / "one"), Layout("two", tmp_path / "two")
    assert settle(one) == settle(one)
    assert settle(one) != settle(two)
    assert FIRST_PORT <= settle(one) <= LAST_PORT - PORTS_PER_INSTANCE


def test_a_block_with_a_taken_port_is_left_to_its_owner(layout: Layout) -> None:
    """Somebody else's server is stepped over, also when it took a port we had before."""
    first = settle(layout)
    with socket.socket() as other:
        other.bind(("127.0.0.1", first + 3))
        other.listen()
        assert not port_is_free(first + 3)
        moved = settle(layout)
        assert moved != first
    taken = (first - FIRST_PORT) // PORTS_PER_INSTANCE
    assert free_block(taken) == first


def test_a_played_instance_never_becomes_a_real_one(layout: Layout) -> None:
    """Nor the other way round: its dates would lie."""
    settle(layout, played=True)
    settle(layout)
    settle(layout, played=True)
    with pytest.raises(LocalError, match="was made with a played calendar"):
        settle(layout, played=False)


@pytest.mark.parametrize(
    ("played", "for_tests", "skips_time"), [(True, False, True), (None, False, False), (None, True, True)]
)
def test_time_can_be_moved_where_the_calendar_is_played_and_in_tests(
    layout: Layout, played: bool | None, for_tests: bool, skips_time: bool
) -> None:
    """A second start, which says neither, keeps what was chosen."""
    settle_configuration(layout, played=played, fund_file=None, scenario_file=None, for_tests=for_tests)
    chosen = settle_configuration(layout, played=None, fund_file=None, scenario_file=None)
    assert chosen.skips_time is skips_time


def environment(layout: Layout, outside: OutsideServers) -> dict[str, str]:
    """Give what an instance is told."""
    keys = Keys(layout.secrets)
    keys.ensure()
    chosen = settle_configuration(layout, played=True, fund_file=None, scenario_file=None)
    return instance_environment(layout, chosen, keys, outside)


def test_each_service_is_told_its_own_secrets_only(layout: Layout) -> None:
    """A service that is broken into gives away one database, with the rights of its processes."""
    everything = environment(layout, OutsideServers())
    for service in SERVICES:
        told = service_environment(everything, service)
        assert f"{service.upper()}_DATABASE_URL" in told
        assert f"{service.upper()}_OWNER_DATABASE_URL" not in told
        assert "AUXILIA_DATABASE_URL" not in told
        assert "AUXILIA_OPERATOR_KEY_FILE" not in told
        for other in set(SERVICES) - {service}:
            assert not [name for name in told if name.startswith(f"{other.upper()}_")]
            assert f"AUXILIA_{other.upper()}_URL" in told


def test_servers_of_others_are_used_as_named(layout: Layout) -> None:
    """Every database address points at the named server, with our own users and databases."""
    named = OutsideServers(
        database_url="postgresql://admin:s%40cret@db.example.org:5433/postgres?sslmode=require",
        kafka_bootstrap="kafka.example.org:9092",
        temporal_address="temporal.example.org:7233",
    )
    told = environment(layout, named)
    assert told["AUXILIA_DATABASE_URL"] == named.database_url
    assert told["AUXILIA_KAFKA_BOOTSTRAP"] == "kafka.example.org:9092"
    assert told["AUXILIA_TEMPORAL_ADDRESS"] == "temporal.example.org:7233"
    assert told["BILLING_DATABASE_URL"].startswith("postgresql://billing_runtime:")
    assert told["BILLING_DATABASE_URL"].endswith("@db.example.org:5433/auxilia_billing?sslmode=require")
    assert told["BILLING_OWNER_DATABASE_URL"].startswith("postgresql://billing_owner:")
    assert "s%40cret" not in told["BILLING_OWNER_DATABASE_URL"]


def test_named_servers_are_kept_with_the_secrets(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    """A later command finds them without being told again."""
    monkeypatch.delenv(OWN_INSTANCE, raising=False)
    monkeypatch.setenv("AUXILIA_DATABASE_URL", "postgresql://admin:secret@db.example.org/postgres")
    monkeypatch.setenv("AUXILIA_KAFKA_BOOTSTRAP", "")
    monkeypatch.delenv("AUXILIA_TEMPORAL_ADDRESS", raising=False)
    keys = Keys(layout.secrets)
    OutsideServers.named().keep(keys)
    kept = OutsideServers.of(keys)
    assert kept.database_url == "postgresql://admin:secret@db.example.org/postgres"
    assert kept.kafka_bootstrap is None
    assert kept.temporal_address is None
    assert keys.outside_file.stat().st_mode & 0o077 == 0


def test_the_servers_of_another_instance_are_not_taken_for_those_of_others(
    layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who typed eval "$(./auxilia env)" and then starts a second instance gets a second set of servers."""
    for name, value in environment(layout, OutsideServers()).items():
        monkeypatch.setenv(name, value)
    assert OutsideServers.named() == OutsideServers()


def test_a_wrong_file_is_named_before_anything_starts_and_is_not_kept(layout: Layout, tmp_path: Path) -> None:
    for content, reason in (("a: [", "flow"), ("a: 1", "fund")):
        wrong = tmp_path / "wrong.yaml"
        wrong.write_text(content, encoding="utf-8")
        with pytest.raises(LocalError, match=r"wrong\.yaml") as refused:
            settle_configuration(layout, played=True, fund_file=wrong, scenario_file=None)
        assert reason in refused.value.message
        assert "\n" not in refused.value.message
        with pytest.raises(LocalError, match=r"scenario.*wrong\.yaml"):
            settle_configuration(layout, played=True, fund_file=None, scenario_file=wrong)
    assert settle_configuration(layout, played=True, fund_file=None, scenario_file=None).fund_file == DEFAULT_FUND
