"""Drop what nobody reads: the time of reading of a notice, and what a case waits for next.

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op

from records.columns import UtcDateTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema here."""
    op.drop_column("notification", "read_at")
    for column in ("waiting_for", "waiting_role", "waiting_since", "waiting_until"):
        op.drop_column("pathway_case", column)


def downgrade() -> None:
    """Take the schema back."""
    for column in ("waiting_for", "waiting_role"):
        op.add_column("pathway_case", sa.Column(column, sa.String(), nullable=False, server_default=""))
    for column in ("waiting_since", "waiting_until"):
        op.add_column("pathway_case", sa.Column(column, UtcDateTime(), nullable=True))
    op.add_column("notification", sa.Column("read_at", UtcDateTime(), nullable=True))
