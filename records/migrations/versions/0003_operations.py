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


def downgrade() -> None:
    """Take the schema back."""
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
