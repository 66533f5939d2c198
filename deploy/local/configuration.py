"""What is chosen once per instance: its ports, and whether its calendar is played."""

from __future__ import annotations

import socket
from hashlib import sha256
from pathlib import Path

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel
from yaml import YAMLError

from deploy.local.layout import PROJECT, Layout
from deploy.local.problems import LocalError
from deploy.local.state import write_model
from shared.law.fund import Fund
from shared.law.parameters import Parameters

# Below the range from which systems take the ports of outgoing connections, so that a server that was killed always
# finds its own port free again.
FIRST_PORT, LAST_PORT, PORTS_PER_INSTANCE = 20_000, 32_000, 25
DEFAULT_FUND = PROJECT / "samples" / "fund.yaml"


class Configuration(BaseModel):
    """The choices of one instance; they are kept, so that every later start finds the same addresses."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)

    first_port: int
    played: bool = False
    for_tests: bool = False
    fund_file: Path = DEFAULT_FUND
    scenario_file: Path | None = None

    @property
    def skips_time(self) -> bool:
        """Tell whether the instance's own Temporal lets procedures be moved in time."""
        return self.played or self.for_tests

    def port(self, offset: int) -> int:
        """Give one of the instance's ports."""
        if not 0 <= offset < PORTS_PER_INSTANCE:
            raise ValueError(f"an instance has {PORTS_PER_INSTANCE} ports, not {offset + 1}")
        return self.first_port + offset


def free_block(preferred: int) -> int:
    """Find the first free block of ports from a preferred one onwards; raises LocalError when all are taken."""
    blocks = (LAST_PORT - FIRST_PORT) // PORTS_PER_INSTANCE
    for step in range(blocks):
        first = FIRST_PORT + ((preferred + step) % blocks) * PORTS_PER_INSTANCE
        if all(port_is_free(first + offset) for offset in range(PORTS_PER_INSTANCE)):
            return first
    raise LocalError(
        f"no {PORTS_PER_INSTANCE} free ports in a row between {FIRST_PORT} and {LAST_PORT} on 127.0.0.1",
        remedy="Stop instances you no longer need: ./auxilia down --instance NAME",
    )


def port_is_free(port: int) -> bool:
    """Tell whether a server could listen on this loopback port now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def read_configuration(layout: Layout) -> Configuration | None:
    """Read the choices of an instance, None when it was never started."""
    try:
        return Configuration.model_validate_json(layout.configuration_file.read_bytes())
    except FileNotFoundError:
        return None


def settle_configuration(
    layout: Layout,
    *,
    played: bool | None,
    fund_file: Path | None,
    scenario_file: Path | None,
    for_tests: bool = False,
) -> Configuration:
    """Make or complete the choices of an instance that is about to start, and keep them.

    None keeps what was chosen before. `for_tests` lets procedures be moved in time although the calendar is not
    played, on servers that are made for tests alone.

    Raises LocalError when a file breaks a rule, and when a production instance would become a played one or the other
    way round: its dates would lie.
    """
    known = read_configuration(layout)
    if known is None:
        blocks = (LAST_PORT - FIRST_PORT) // PORTS_PER_INSTANCE
        preferred = int.from_bytes(sha256(str(layout.folder).encode()).digest()[:4], "big") % blocks
        known = Configuration(first_port=free_block(preferred), played=bool(played), for_tests=for_tests)
    elif played is not None and played != known.played:
        raise LocalError(
            f"instance '{layout.instance}' was made with {'a played' if known.played else 'the real'} calendar",
            remedy=f"Use another --instance, or start anew: ./auxilia down --instance {layout.instance} --delete",
        )
    elif not all(port_is_free(known.port(offset)) for offset in range(PORTS_PER_INSTANCE)):
        known = known.model_copy(update={"first_port": free_block(0)})
    _check_files(fund_file=fund_file, scenario_file=scenario_file)
    changes = {"fund_file": fund_file, "scenario_file": scenario_file}
    known = known.model_copy(update={name: value.resolve() for name, value in changes.items() if value is not None})
    write_model(layout.configuration_file, known)
    return known


def _check_files(*, fund_file: Path | None, scenario_file: Path | None) -> None:
    """Read what services will read, so that a wrong file is named before anything starts and never kept."""
    try:
        if fund_file is not None:
            Fund.load(fund_file)
    except (OSError, LookupError, ValueError, YAMLError) as error:
        raise LocalError(f"the fund's file {fund_file} can't be used: {_in_one_line(error)}") from error
    try:
        if scenario_file is not None:
            Parameters.load(assumed=scenario_file)
    except (OSError, LookupError, ValueError, YAMLError) as error:
        raise LocalError(f"the scenario {scenario_file} can't be used: {_in_one_line(error)}") from error


def _in_one_line(error: Exception) -> str:
    return " ".join(str(error).split())
