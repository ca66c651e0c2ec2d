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
    _upgrade_messages()
    _upgrade_starts()
    _upgrade_cases()
    _upgrade_batches()
    _upgrade_keys()
    _upgrade_watch()


def downgrade() -> None:
    """Take the schema back."""
    _downgrade_watch()
    _downgrade_keys()
    _downgrade_starts()
    _downgrade_messages()
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


def _upgrade_messages() -> None:
    with op.batch_alter_table("message_log") as message:
        message.add_column(sa.Column("expires_at", UtcDateTime(), nullable=True))
        message.add_column(sa.Column("late", sa.Boolean(), nullable=False, server_default=sa.false()))
        message.add_column(sa.Column("routing_since", UtcDateTime(), nullable=True))
        message.add_column(sa.Column("repeats", sa.Integer(), nullable=False, server_default="0"))
        message.add_column(sa.Column("repeated_at", UtcDateTime(), nullable=True))
        message.add_column(sa.Column("handled", sa.String(), nullable=False, server_default=""))
        message.add_column(sa.Column("handled_at", UtcDateTime(), nullable=True))
        message.add_column(sa.Column("handled_by", sa.String(), nullable=False, server_default=""))
        message.add_column(sa.Column("note", sa.String(), nullable=False, server_default=""))
        message.add_column(sa.Column("redelivered_as", sa.String(), nullable=False, server_default=""))
    op.create_index("ix_message_log_name", "message_log", ["name", "correlation_key"], unique=False)


def _downgrade_messages() -> None:
    op.drop_index("ix_message_log_name", table_name="message_log")
    with op.batch_alter_table("message_log") as message:
        for column in ("redelivered_as", "note", "handled_by", "handled_at", "handled", "repeated_at", "repeats"):
            message.drop_column(column)
        for column in ("routing_since", "late", "expires_at"):
            message.drop_column(column)


def _upgrade_starts() -> None:
    op.create_table(
        "noted_start",
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("cause", sa.String(), nullable=False),
        sa.Column("pathway", sa.String(), nullable=False),
        sa.Column("business_key", sa.String(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=True),
        sa.Column("node", sa.String(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=True),
        sa.Column("start", sa.Text(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("request", sa.String(), nullable=False),
        sa.Column("noted_at", UtcDateTime(), nullable=False),
        sa.Column("noted_by", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("case_id"),
        sa.UniqueConstraint("pathway", "business_key", "generation", name="uq_noted_start_generation"),
    )
    op.create_index("ix_noted_start_status", "noted_start", ["status", "noted_at"], unique=False)
    op.create_index("ix_noted_start_request", "noted_start", ["request"], unique=False)
    op.create_table(
        "timer_plan",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("planned_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_table("timer_start", *_timer_start_columns(), sa.PrimaryKeyConstraint("key", "node", "part"))
    op.create_index("ix_timer_start_due_at", "timer_start", ["due_at"], unique=False)


def _timer_start_columns() -> list["sa.Column[object]"]:
    return [
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("node", sa.String(), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("process", sa.String(), nullable=False),
        sa.Column("timing", sa.String(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=True),
        sa.Column("every", sa.String(), nullable=True),
        sa.Column("remaining", sa.Integer(), nullable=True),
        sa.Column("until", UtcDateTime(), nullable=True),
        sa.Column("first", UtcDateTime(), nullable=True),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("problem", sa.String(), nullable=False),
    ]


def _downgrade_starts() -> None:
    op.drop_index("ix_timer_start_due_at", table_name="timer_start")
    op.drop_table("timer_start")
    op.drop_table("timer_plan")
    op.drop_index("ix_noted_start_request", table_name="noted_start")
    op.drop_index("ix_noted_start_status", table_name="noted_start")
    op.drop_table("noted_start")


def _upgrade_keys() -> None:
    op.create_table(
        "data_key",
        sa.Column("root_case_id", sa.String(), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.Column("kek", sa.String(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("erasure", sa.Integer(), nullable=True),
        sa.Column("erased_at", UtcDateTime(), nullable=True),
        sa.Column("erased_by", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("root_case_id"),
    )
    op.create_index("ix_data_key_erasure", "data_key", ["erasure"], unique=True)


def _downgrade_keys() -> None:
    op.drop_table("data_key")


def _upgrade_watch() -> None:
    with op.batch_alter_table("pathway_case") as case:
        case.add_column(sa.Column("trouble", sa.String(), nullable=False, server_default=""))
    op.create_table(
        "watch_round",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("begun_at", UtcDateTime(), nullable=False),
        sa.Column("finished_at", UtcDateTime(), nullable=True),
        sa.Column("report", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )


def _downgrade_watch() -> None:
    op.drop_table("watch_round")
    with op.batch_alter_table("pathway_case") as case:
        case.drop_column("trouble")
