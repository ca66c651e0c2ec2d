"""Keep which orders ended under way, until whoever was to do them is told.

Revision ID: 0011
Revises: 0010
"""

import sqlalchemy as sa
from alembic import op

from records.columns import UtcDateTime

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema here."""
    op.create_table(
        "order_withdrawal",
        *(sa.Column(name, sa.String(), nullable=False) for name in ("case_id", "order_id", "requester")),
        sa.Column("told_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("case_id", "order_id", "requester"),
    )
    op.create_index("ix_order_withdrawal_told", "order_withdrawal", ["told_at"])


def downgrade() -> None:
    """Take the schema back."""
    op.drop_index("ix_order_withdrawal_told", "order_withdrawal")
    op.drop_table("order_withdrawal")
