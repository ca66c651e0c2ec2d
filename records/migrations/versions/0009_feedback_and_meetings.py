"""Keep what is said about the steps of pathways, and which cases are listed for which meeting.

Revision ID: 0009
Revises: 0008
"""

import sqlalchemy as sa
from alembic import op

from records.columns import UtcDateTime

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema here."""
    op.create_table(
        "step_feedback",
        sa.Column("feedback_id", sa.String(), nullable=False),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("pathway", "element", "title", "about")),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("given_by", "given_by_name", "organisation")),
        sa.Column("given_at", UtcDateTime(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("answered_by", sa.String(), nullable=False),
        sa.Column("answered_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("feedback_id"),
    )
    op.create_index("ix_step_feedback_pathway", "step_feedback", ["pathway", "status", "given_at"])
    op.create_table(
        "listed_case",
        sa.Column("series", sa.String(), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.Column("seat", sa.Integer(), nullable=False),
        sa.Column("root_case_id", sa.String(), nullable=False),
        sa.Column("listed_by", sa.String(), nullable=False),
        sa.Column("listed_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("series", "held_on", "seat"),
        sa.UniqueConstraint("series", "held_on", "root_case_id", name="uq_listed_case_once"),
    )


def downgrade() -> None:
    """Take the schema back."""
    op.drop_table("listed_case")
    op.drop_index("ix_step_feedback_pathway", "step_feedback")
    op.drop_table("step_feedback")
