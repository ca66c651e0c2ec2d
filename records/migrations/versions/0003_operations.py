"""Know what operators need: stopped clocks, overdue waits, and what resolved an incident.

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

from records.columns import UtcDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema here."""
    _upgrade_cases()
    _upgrade_batches()


def downgrade() -> None:
    """Take the schema back."""
    _downgrade_batches()
    _downgrade_cases()


def _upgrade_cases() -> None:
    with op.batch_alter_table("armed_timer") as timer:
        timer.add_column(sa.Column("paused_at", UtcDateTime(), nullable=True))
    with op.batch_alter_table("open_activation") as activation:
        activation.add_column(sa.Column("overdue", sa.String(), nullable=False, server_default=""))
    with op.batch_alter_table("incident") as incident:
        incident.add_column(sa.Column("read", sa.JSON(), nullable=False, server_default="{}"))
        incident.add_column(sa.Column("resolution", sa.String(), nullable=False, server_default=""))


def _downgrade_cases() -> None:
    with op.batch_alter_table("incident") as incident:
        incident.drop_column("resolution")
        incident.drop_column("read")
    with op.batch_alter_table("open_activation") as activation:
        activation.drop_column("overdue")
    with op.batch_alter_table("armed_timer") as timer:
        timer.drop_column("paused_at")


def _upgrade_batches() -> None:
    op.create_table(
        "batch",
        sa.Column("batch", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("request", sa.JSON(), nullable=False),
        sa.Column("filter", sa.JSON(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("status_reason", sa.String(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("canary", sa.Integer(), nullable=False),
        sa.Column("pause_after", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=True),
        sa.Column("finished_at", UtcDateTime(), nullable=True),
        sa.Column("lease_holder", sa.String(), nullable=False),
        sa.Column("lease_until", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("batch"),
    )
    op.create_index("ix_batch_status", "batch", ["status"], unique=False)
    op.create_index("ix_batch_created_at", "batch", ["created_at"], unique=False)
    op.create_table(
        "batch_item",
        sa.Column("batch", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("result", sa.JSON(), nullable=False),
        sa.Column("update_id", sa.String(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("batch", "number"),
    )
    op.create_index("ix_batch_item_status", "batch_item", ["batch", "status"], unique=False)
    op.create_index("ix_batch_item_case", "batch_item", ["case_id"], unique=False)


def _downgrade_batches() -> None:
    op.drop_table("batch_item")
    op.drop_table("batch")
