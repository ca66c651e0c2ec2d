"""Find the messages that a call is routing without reading all that ever came: each sweep asks for them.

Revision ID: 0013
Revises: 0012
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

ROUTED = sa.text("routing_since IS NOT NULL")


def upgrade() -> None:
    """Bring the schema here."""
    op.create_index(
        "ix_message_log_routing", "message_log", ["routing_since"], sqlite_where=ROUTED, postgresql_where=ROUTED
    )


def downgrade() -> None:
    """Take the schema back."""
    op.drop_index("ix_message_log_routing", "message_log")
