"""Runs the billing service: ``python -m services.billing [--role api|consumers|worker|relay]``."""

from services.billing.app import APP
from shared.platform.runtime import run

if __name__ == "__main__":
    run("billing", APP)
