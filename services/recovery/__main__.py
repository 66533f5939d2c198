"""Runs the recovery service: ``python -m services.recovery``."""

from __future__ import annotations

from services.recovery.app import APP
from shared.platform.runtime import run

if __name__ == "__main__":
    run("recovery", APP)
