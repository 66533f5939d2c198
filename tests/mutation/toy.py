"""A house of one rule with its tests, small enough to know of each mutant what becomes of it."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

FILES = {
    "pyproject.toml": """
        [tool.pytest.ini_options]
        pythonpath = ["."]
        addopts = "--import-mode=importlib --strict-markers"
        timeout = 300
        asyncio_default_fixture_loop_scope = "function"
        markers = ["servers: needs servers"]
        """,
    "services/__init__.py": "",
    "services/toy/__init__.py": "",
    "services/toy/fares/__init__.py": "",
    "services/toy/fares/rules.py": '''
        """Fares of a toy."""

        from functools import cache

        LEAST = 3


        class Refused(ValueError):
            """Too little."""


        @cache
        def doubled(cents: int) -> int:
            return cents * 2


        def fare(age: int) -> int:
            """Children below twelve pay half."""
            if age < 12:
                return 50
            return 100


        def accept(cents: int) -> bool:
            if cents < LEAST:
                raise Refused(f"at least {LEAST}")
            return True


        def countdown(number: int) -> int:
            while number > 0:
                number -= 1
            return number


        def forgotten(day: int) -> int:
            return day + 1
        ''',
    "tests/toy/fares/test_fares.py": """
        import pytest

        from services.toy.fares.rules import Refused, accept, countdown, doubled, fare


        @pytest.mark.parametrize(("age", "cents"), [(5, 50), (30, 100)])
        def test_fare(age, cents):
            assert fare(age) == cents


        def test_too_little_is_refused():
            assert accept(3)
            with pytest.raises(Refused):
                accept(2)


        def test_a_countdown_ends():
            assert countdown(3) == 0


        def test_doubled():
            assert doubled(3) == 6


        def test_doubled_again():
            assert doubled(3) < 100


        def test_that_is_red_whatever_the_rule_does():
            assert fare(5) == "red"


        @pytest.mark.servers
        def test_with_servers():
            assert fare(12) == 100
        """,
}


def build(folder: Path) -> Path:
    """Write the house into a folder."""
    for name, text in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text).lstrip(), encoding="utf-8")
    return folder
