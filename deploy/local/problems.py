"""What can go wrong on one machine, said with its remedy."""

from __future__ import annotations


class LocalError(Exception):
    """Something on this machine keeps the instance from running; `remedy` says what the reader can do about it."""

    def __init__(self, message: str, *, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy
