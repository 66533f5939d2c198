"""Runs the recovery service: ``python -m services.recovery``."""

from __future__ import annotations

from services.recovery import app
from shared.platform.runtime import run

if __name__ == "__main__":
    run("recovery", app)
