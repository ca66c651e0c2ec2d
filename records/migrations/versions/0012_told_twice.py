"""Keep which cases told the same facts otherwise, until the watchdog has compared them with their history.

Revision ID: 0012
Revises: 0011
"""

import sqlalchemy as sa
from alembic import op

from records.columns import UtcDateTime

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema here."""
    op.create_table(
        "told_twice",
        sa.Column("case_id", sa.String(), primary_key=True),
        sa.Column("at", UtcDateTime(), nullable=False),
    )


def downgrade() -> None:
    """Take the schema back."""
    op.drop_table("told_twice")
