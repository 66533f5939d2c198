"""Fixtures of the tests of the twins: each twin plays beside the service it talks with."""

from tests.benefits.conftest import stage

__all__ = ["stage"]
