"""What an account may do beyond others of its network, as options that all its messages have."""

from __future__ import annotations

from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Apply."""
    op.execute("ALTER TABLE allin.accounts ADD COLUMN options jsonb NOT NULL DEFAULT '{}'")
