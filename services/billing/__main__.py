"""Runs the billing service: ``python -m services.billing [--role api|consumers|worker|relay]``."""

from services.billing import app
from shared.platform.runtime import run

if __name__ == "__main__":
    run("billing", app)
