"""Keep the keys that cases have waited for messages by: under one whose case has ended, a message is late.

Those of cases from before are not known: their late messages are shown as unmatched.

Revision ID: 0007
Revises: 0006
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema here."""
    op.create_table(
        "awaited_key",
        sa.Column("correlation_key", sa.String(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("correlation_key", "case_id"),
    )
    op.create_index("ix_awaited_key_case", "awaited_key", ["case_id"])


def downgrade() -> None:
    """Take the schema back."""
    op.drop_index("ix_awaited_key_case", "awaited_key")
    op.drop_table("awaited_key")
