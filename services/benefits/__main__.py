"""Runs the benefits service: ``python -m services.benefits [--role api|consumers|worker|relay]``."""

from services.benefits.app import APP
from shared.platform.runtime import run

if __name__ == "__main__":
    run("benefits", APP)
