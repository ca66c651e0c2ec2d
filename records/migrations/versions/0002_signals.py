"""Know what a case waits for as message or signal; keep the signals that were broadcast.

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

from records.columns import UtcDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema here."""
    op.drop_index("ix_subscription_message", table_name="subscription")
    with op.batch_alter_table("subscription") as subscription:
        subscription.alter_column("message", new_column_name="name")
        subscription.add_column(sa.Column("event", sa.String(), nullable=False, server_default="message"))
    op.create_index("ix_subscription_name", "subscription", ["event", "name", "correlation_key"], unique=False)
    op.create_table(
        "signal_log",
        sa.Column("signal_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("reached", sa.JSON(), nullable=False),
        sa.Column("begun", sa.JSON(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("received_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("signal_id"),
    )
    op.create_index("ix_signal_log_status", "signal_log", ["status", "received_at"], unique=False)


def downgrade() -> None:
    """Take the schema back."""
    op.drop_index("ix_signal_log_status", table_name="signal_log")
    op.drop_table("signal_log")
    op.drop_index("ix_subscription_name", table_name="subscription")
    with op.batch_alter_table("subscription") as subscription:
        subscription.drop_column("event")
        subscription.alter_column("name", new_column_name="message")
    op.create_index("ix_subscription_message", "subscription", ["message", "correlation_key"], unique=False)
