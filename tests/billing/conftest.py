"""Fixtures of billing's tests."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from shared.law.fund import Fund
from shared.law.parameters import Parameters
from shared.platform.database import Database
from tests.billing.world import ROOT, World


@pytest.fixture(scope="session")
def parameters() -> Parameters:
    """The law, with nothing assumed."""
    return Parameters.load()


@pytest.fixture(scope="session")
def fund() -> Fund:
    """The invented fund of the samples."""
    return Fund.load(ROOT / "samples" / "fund.yaml")


@pytest.fixture(scope="module")
async def world(open_database: Callable[[str], Awaitable[Database]], parameters: Parameters, fund: Fund) -> World:
    """A fund with the books of this module."""
    return World(database=await open_database("billing"), parameters=parameters, fund=fund)
