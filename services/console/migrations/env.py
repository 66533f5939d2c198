"""Where alembic enters; everything is in shared.platform.migration."""

from shared.platform.migration import run_environment

run_environment()
