"""Whole instances for whole lives; each is played once and shared by the tests that look at it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.journeys.playing import Played, play_demo


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test of this folder: they take minutes."""
    for item in items:
        if "tests/journeys" in item.path.as_posix():
            item.add_marker(pytest.mark.journey)
            item.add_marker(pytest.mark.timeout(1800))


@pytest.fixture(scope="package")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    """The demo, played once without any disturbance; its instance runs until the last journey ends."""
    played = play_demo("journey", tmp_path_factory.mktemp("undisturbed"), "--fresh")
    yield played
    played.instance.delete()
