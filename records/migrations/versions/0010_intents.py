"""Keep what a request is about to do, until it is done: what dies in between is in the audit all the same.

On SQLite a row of the audit could be replaced without a trigger (INSERT OR REPLACE): that is refused too.

Revision ID: 0010
Revises: 0009
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

INTENT = sa.text("intent IS NOT NULL")
_KEYS = {"audit": "id = NEW.id", "audited_case": "audit_id = NEW.audit_id AND case_id = NEW.case_id"}


def upgrade() -> None:
    """Bring the schema here."""
    op.add_column("idempotency", sa.Column("intent", sa.JSON(), nullable=True))
    op.create_index("ix_idempotency_intent", "idempotency", ["begun_at"], sqlite_where=INTENT, postgresql_where=INTENT)
    for table, key in _KEYS.items() if op.get_bind().dialect.name == "sqlite" else ():
        op.execute(
            f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} "
            f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {key}) "
            "BEGIN SELECT RAISE(ABORT, 'the audit is append only'); END"
        )


def downgrade() -> None:
    """Take the schema back."""
    for table in _KEYS if op.get_bind().dialect.name == "sqlite" else ():
        op.execute(f"DROP TRIGGER {table}_no_replace")
    op.drop_index("ix_idempotency_intent", "idempotency")
    op.drop_column("idempotency", "intent")
