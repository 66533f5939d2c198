"""Say a problem of this machine or of a service in a few plain lines, with its remedy, and end with code 1."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from rich.console import Console

from deploy.local.fund_api import ProblemError
from deploy.local.problems import LocalError


def telling_problems(verb: Callable[[], Any]) -> Any:
    """Run a verb; a problem it raises is told on standard error instead of its trace."""
    try:
        return verb()
    except LocalError as problem:
        return _tell(problem.message, problem.remedy)
    except ProblemError as problem:
        return _tell(str(problem), "")


def _tell(message: str, remedy: str) -> Any:
    console = Console(stderr=True, highlight=False)
    console.print(f"auxilia: {message}", style="bold red", markup=False, soft_wrap=True)
    if remedy:
        console.print(remedy, markup=False, soft_wrap=True)
    return sys.exit(1)
