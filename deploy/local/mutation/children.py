"""Forked children with a time limit: how a mutant is judged without harm to the process that judges it."""

from __future__ import annotations

import os
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Generic, NoReturn, TypeVar

TIMED_OUT = -1
BROKEN = 70
_LOOKS_EVERY_SECONDS = 0.005
Key = TypeVar("Key")


@dataclass
class Child(Generic[Key]):
    """A forked process and the moment from which it has had its time."""

    key: Key
    ends_at: float


def run_forked(tasks: Iterator[tuple[Key, float, Callable[[], int]]], *, workers: int) -> Iterator[tuple[Key, int]]:
    """Run each task in a fork of this process, some at a time; gives key and exit code as they end, in any order.

    A task is its key, the seconds it may take, and a function whose result is the exit code. ``TIMED_OUT`` stands for
    one that was killed at its limit, with what it had started.
    """
    running: dict[int, Child[Key]] = {}
    waiting = True
    try:
        while waiting or running:
            while waiting and len(running) < workers:
                task = next(tasks, None)
                if task is None:
                    waiting = False
                    break
                key, seconds, function = task
                running[_fork(function)] = Child(key, time.monotonic() + seconds)
            for process, child in list(running.items()):
                code = _ended(process, child)
                if code is not None:
                    del running[process]
                    yield child.key, code
            time.sleep(_LOOKS_EVERY_SECONDS)
    finally:
        for process in running:
            _kill(process)


def _fork(function: Callable[[], int]) -> int:
    process = os.fork()
    if not process:
        _be_child(function)
    return process


def _be_child(function: Callable[[], int]) -> NoReturn:
    """Run the function and end without the parent's clean-up, which is not this process's to do."""
    code = BROKEN
    try:
        os.setpgid(0, 0)
        code = function()
    except BaseException:  # noqa: BLE001 - the parent reads the exit code, whatever happened
        traceback.print_exc(file=sys.stderr)
    finally:
        os._exit(code)


def _ended(process: int, child: Child[Key]) -> int | None:
    ended, status = os.waitpid(process, os.WNOHANG)
    if ended:
        return BROKEN if os.WIFSIGNALED(status) else os.waitstatus_to_exitcode(status)
    if time.monotonic() > child.ends_at:
        _kill(process)
        return TIMED_OUT
    return None


def _kill(process: int) -> None:
    for send in (os.killpg, os.kill):
        with suppress(ProcessLookupError, PermissionError):
            send(process, signal.SIGKILL)
    with suppress(ChildProcessError):
        os.waitpid(process, 0)
