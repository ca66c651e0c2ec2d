"""Tell orders of two requesters with one number apart; find answers that have been kept long enough.

Revision ID: 0005
Revises: 0004
"""

import sqlalchemy as sa
from alembic import op

from records.columns import UtcDateTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_KEPT = (
    "order_id, patient_id, code_family, body_site, laterality, status, case_id, requested_by, report_id, ordered_at, "
    "reported_at"
)
_ROOT = {
    "postgresql": "split_part(order_record.case_id, '/', 1)",
    "sqlite": "substr(order_record.case_id, 1, instr(order_record.case_id || '/', '/') - 1)",
}
_WHOSE = (
    "COALESCE((SELECT organisation FROM case_party WHERE via = 'requester' AND root_case_id = {root} "
    "ORDER BY since LIMIT 1), '')"
)
_FIRST_OF_A_NUMBER = (
    "NOT EXISTS (SELECT 1 FROM order_record AS other "
    "WHERE other.order_id = order_record.order_id AND other.requester < order_record.requester)"
)


def upgrade() -> None:
    """Bring the schema here."""
    requester = sa.Column("requester", sa.String(), nullable=False, server_default="")
    _make("order_record_key", requester, key=("order_id", "requester"))
    whose = _WHOSE.format(root=_ROOT[op.get_context().dialect.name])
    op.execute(f"INSERT INTO order_record_new ({_KEPT}, requester) SELECT {_KEPT}, {whose} FROM order_record")
    _replace()
    op.create_index("ix_idempotency_begun", "idempotency", ["begun_at"], unique=False)


def downgrade() -> None:
    """Take the schema back; of several orders with one number, that of the first requester stays."""
    op.drop_index("ix_idempotency_begun", table_name="idempotency")
    _make("order_record_pkey", key=("order_id",))
    op.execute(f"INSERT INTO order_record_new ({_KEPT}) SELECT {_KEPT} FROM order_record WHERE {_FIRST_OF_A_NUMBER}")
    _replace()


def _make(name: str, *further: sa.Column[str], key: tuple[str, ...]) -> None:
    """A table of its own, since SQLite cannot change the key of one that is there."""
    op.create_table(
        "order_record_new",
        sa.Column("order_id", sa.String(), nullable=False),
        *further,
        sa.Column("patient_id", sa.String(), nullable=False),
        sa.Column("code_family", sa.String(), nullable=False),
        sa.Column("body_site", sa.String(), nullable=False),
        sa.Column("laterality", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("requested_by", sa.String(), nullable=False),
        sa.Column("report_id", sa.String(), nullable=False),
        sa.Column("ordered_at", UtcDateTime(), nullable=False),
        sa.Column("reported_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint(*key, name=name),
    )


def _replace() -> None:
    op.drop_table("order_record")
    op.rename_table("order_record_new", "order_record")
    op.create_index("ix_order_record_patient", "order_record", ["patient_id", "code_family", "status"], unique=False)
