"""Processes that tests start: none of them outlives its test."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Mapping
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]


async def exit_code_of(module: str, *arguments: str, variables: Mapping[str, str]) -> int:
    """Run one of our modules as a process and give its exit code; kill it when it takes more than a minute."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", module, *arguments, env={**os.environ, **variables}, cwd=PROJECT
    )
    try:
        async with asyncio.timeout(60):
            return await process.wait()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
