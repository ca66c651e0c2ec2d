"""Keep for which organisation each person was here last: until now it was looked for in the audit, each time.

Revision ID: 0014
Revises: 0013
"""

import sqlalchemy as sa
from alembic import op

from records.columns import UtcDateTime

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema here; who was here before is taken from the audit, once."""
    op.create_table(
        "person_seen",
        sa.Column("person", sa.String(), primary_key=True),
        sa.Column("organisation", sa.String(), primary_key=True),
        sa.Column("seen_at", UtcDateTime(), nullable=False),
    )
    op.execute(sa.insert(_SEEN).from_select(["person", "organisation", "seen_at"], _seen_before()))


def downgrade() -> None:
    """Take the schema back."""
    op.drop_table("person_seen")


_SEEN = sa.table("person_seen", sa.column("person"), sa.column("organisation"), sa.column("seen_at"))
_AUDIT = sa.table(
    "audit", sa.column("actor"), sa.column("organisation"), sa.column("at"), sa.column("context", sa.JSON())
)


def _seen_before() -> sa.Select[tuple[str, str, str]]:
    """Only rows about a request by a person or system have the roles of who asked."""
    actor, organisation, at = _AUDIT.c.actor, _AUDIT.c.organisation, _AUDIT.c.at
    asked = _AUDIT.c.context["roles"].as_string().is_not(None)
    return sa.select(actor, organisation, sa.func.max(at)).where(asked).group_by(actor, organisation)
