"""Keep what patients, carers and clinicians tell of how the collaboration went.

Revision ID: 0008
Revises: 0007
"""

import sqlalchemy as sa
from alembic import op

from records.columns import UtcDateTime

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_INDEXES = {
    "ix_experience_author": ["told_by", "told_at"],
    "ix_experience_patient": ["patient_id", "side"],
    "ix_experience_shared": ["shared", "told_at"],
}


def upgrade() -> None:
    """Bring the schema here."""
    op.create_table(
        "experience",
        sa.Column("experience_id", sa.String(), nullable=False),
        sa.Column("root_case_id", sa.String(), nullable=False),
        sa.Column("patient_id", sa.String(), nullable=False),
        sa.Column("side", sa.String(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("named", sa.Boolean(), nullable=False),
        sa.Column("told_by", sa.String(), nullable=False),
        sa.Column("told_by_name", sa.String(), nullable=False),
        sa.Column("told_at", UtcDateTime(), nullable=False),
        sa.Column("withdrawn_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("experience_id"),
    )
    for name, columns in _INDEXES.items():
        op.create_index(name, "experience", columns)


def downgrade() -> None:
    """Take the schema back."""
    for name in _INDEXES:
        op.drop_index(name, "experience")
    op.drop_table("experience")
