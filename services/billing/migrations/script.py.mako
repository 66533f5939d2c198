"""${message}"""

from __future__ import annotations

from shared.platform.database.migration import execute_statements, refuse_downgrade

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}


def upgrade() -> None:
    execute_statements("")


def downgrade() -> None:
    refuse_downgrade()
