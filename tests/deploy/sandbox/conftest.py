"""Fixtures of the tests of the twins: each twin plays beside the service it talks with."""

from tests.benefits.conftest import stage
from tests.recovery.conftest import desk

__all__ = ["desk", "stage"]
