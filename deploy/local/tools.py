"""Check at the start that the machine has what is needed, and name each missing tool with how to get it."""

from __future__ import annotations

from deploy.local import machine
from deploy.local.environment import OutsideServers
from deploy.local.problems import LocalError
from deploy.local.temporal import already_built


def missing_tools(outside: OutsideServers, *, kafka_jars_present: bool) -> list[machine.Missing]:
    """Give the tools that are missing for the servers this machine must run itself."""
    return machine.missing_tools(
        own_kafka=outside.kafka_bootstrap is None,
        own_temporal=outside.temporal_address is None,
        jars_present=kafka_jars_present,
        temporal_present=already_built(),
    )


def check_tools(outside: OutsideServers, *, kafka_jars_present: bool) -> None:
    """Raise LocalError naming every missing tool with how to get it, or how to do without."""
    missing = missing_tools(outside, kafka_jars_present=kafka_jars_present)
    if missing:
        message, remedy = machine.told(missing)
        raise LocalError(message, remedy=remedy)
