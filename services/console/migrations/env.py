"""Where alembic enters; everything is in shared.platform.database.migration."""

from shared.platform.database.migration import run_environment

run_environment()
