"""Run the console: ``python -m services.console``."""

from services.console.app import APP
from shared.platform.runtime import run

if __name__ == "__main__":
    run("console", APP)
