"""The tables every service has, then this service's own (``migrations/sql/0001_initial*.sql``)."""

from __future__ import annotations

from shared.platform.database.migration import initial, refuse_downgrade

revision = "0001"
down_revision = None


def upgrade() -> None:
    initial(__file__)


def downgrade() -> None:
    refuse_downgrade()
