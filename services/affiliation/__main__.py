"""Runs the affiliation service: ``python -m services.affiliation [--role api|consumers|worker|relay]``."""

from services.affiliation.app import APP
from shared.platform.runtime import run

if __name__ == "__main__":
    run("affiliation", APP)
