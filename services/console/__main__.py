"""Run the console: ``python -m services.console``."""

from services.console import app
from shared.platform.runtime import run

if __name__ == "__main__":
    run("console", app)
