"""Know consent, care teams, threads and who may see which case.

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op

from records.columns import UtcDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema here."""
    _upgrade_orders()
    _upgrade_sharing()
    _upgrade_patients()
    _upgrade_lineage()
    _upgrade_people()
    _upgrade_conversations()
    _upgrade_patients_voice()
    _upgrade_alerts()
    _upgrade_access()
    _upgrade_audit()
    _upgrade_rungs()


def downgrade() -> None:
    """Take the schema back."""
    _downgrade_rungs()
    _downgrade_audit()
    _downgrade_access()
    _downgrade_alerts()
    _downgrade_patients_voice()
    _downgrade_conversations()
    _downgrade_people()
    _downgrade_safeguards()
    _downgrade_lineage()


def _upgrade_lineage() -> None:
    op.create_table(
        "referral_lineage",
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("referral_id", sa.String(), nullable=False),
        sa.Column("pathway", sa.String(), nullable=False),
        sa.Column("parent_case_id", sa.String(), nullable=False),
        sa.Column("parent_referral_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("recorded_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("case_id"),
    )
    op.create_index("ix_referral_lineage_parent", "referral_lineage", ["parent_case_id"])


def _downgrade_lineage() -> None:
    op.drop_index("ix_referral_lineage_parent", table_name="referral_lineage")
    op.drop_table("referral_lineage")


def _upgrade_patients() -> None:
    op.create_table(
        "patient",
        sa.Column("patient_id", sa.String(), nullable=False),
        sa.Column("born", sa.String(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("merged_into", sa.String(), nullable=False),
        sa.Column("merged_at", UtcDateTime(), nullable=True),
        sa.Column("merged_by", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("patient_id"),
    )
    op.create_index("ix_patient_merged_into", "patient", ["merged_into"], unique=False)
    op.create_table(
        "patient_identifier",
        sa.Column("patient_id", sa.String(), nullable=False),
        sa.Column("value_hash", sa.String(), nullable=False),
        sa.Column("system", sa.String(), nullable=False),
        sa.Column("added_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("patient_id", "value_hash"),
    )
    op.create_index("ix_patient_identifier_value", "patient_identifier", ["value_hash"], unique=False)
    op.create_table(
        "patient_doubt",
        sa.Column("patient_id", sa.String(), nullable=False),
        sa.Column("other_id", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("noted_at", UtcDateTime(), nullable=False),
        sa.Column("resolution", sa.String(), nullable=False),
        sa.Column("resolved_by", sa.String(), nullable=False),
        sa.Column("resolved_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("patient_id", "other_id"),
    )
    op.create_index("ix_patient_doubt_open", "patient_doubt", ["resolved_at", "noted_at"], unique=False)


def _upgrade_sharing() -> None:
    op.create_table(
        "consent",
        sa.Column("consent_id", sa.String(), nullable=False),
        sa.Column("patient_id", sa.String(), nullable=False),
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("limits", sa.JSON(), nullable=False),
        sa.Column("named", sa.JSON(), nullable=False),
        sa.Column("given_by", sa.String(), nullable=False),
        sa.Column("method", sa.String(), nullable=False),
        sa.Column("expires", UtcDateTime(), nullable=True),
        sa.Column("effective_at", UtcDateTime(), nullable=False),
        sa.Column("legal_basis", sa.String(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.Column("recorded_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("consent_id"),
    )
    op.create_index("ix_consent_patient", "consent", ["patient_id", "recorded_at"], unique=False)
    op.create_table(
        "disclosure",
        sa.Column("idempotency_key", sa.String(), nullable=False),
        sa.Column("patient_id", sa.String(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("recipient", sa.String(), nullable=False),
        sa.Column("message", sa.String(), nullable=False),
        sa.Column("profile", sa.String(), nullable=False),
        sa.Column("classes", sa.JSON(), nullable=False),
        sa.Column("withheld", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("noted_at", UtcDateTime(), nullable=False),
        sa.Column("settled_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("idempotency_key"),
    )
    op.create_index("ix_disclosure_patient", "disclosure", ["patient_id", "state"], unique=False)
    op.create_index("ix_disclosure_case", "disclosure", ["case_id"], unique=False)


def _upgrade_orders() -> None:
    op.create_table(
        "order_record",
        sa.Column("order_id", sa.String(), nullable=False),
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
        sa.PrimaryKeyConstraint("order_id"),
    )
    op.create_index("ix_order_record_patient", "order_record", ["patient_id", "code_family", "status"], unique=False)


def _downgrade_safeguards() -> None:
    for table in ("order_record", "disclosure", "consent", "patient_doubt", "patient_identifier", "patient"):
        op.drop_table(table)


def _upgrade_people() -> None:
    op.create_table(
        "absence",
        sa.Column("absence_id", sa.String(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.Column("until", UtcDateTime(), nullable=False),
        sa.Column("cover", sa.String(), nullable=False),
        sa.Column("organisations", sa.JSON(), nullable=False),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.Column("recorded_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("absence_id"),
    )
    op.create_index("ix_absence_person", "absence", ["person", "until"])
    op.create_table(
        "authority",
        sa.Column("authority_id", sa.String(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("delegate", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.Column("until", UtcDateTime(), nullable=True),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.Column("recorded_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("authority_id"),
    )
    op.create_index("ix_authority_delegate", "authority", ["delegate", "person"])
    op.create_table(
        "care_team_member",
        sa.Column("member_id", sa.String(), nullable=False),
        sa.Column("root_case_id", sa.String(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.Column("until", UtcDateTime(), nullable=True),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("member_id"),
    )
    op.create_index("ix_care_team_member_case", "care_team_member", ["root_case_id", "role"])
    op.create_index("ix_care_team_member_person", "care_team_member", ["person"])


def _downgrade_people() -> None:
    op.drop_index("ix_care_team_member_case", table_name="care_team_member")
    op.drop_index("ix_care_team_member_person", table_name="care_team_member")
    op.drop_table("care_team_member")
    op.drop_index("ix_authority_delegate", table_name="authority")
    op.drop_table("authority")
    op.drop_index("ix_absence_person", table_name="absence")
    op.drop_table("absence")


def _upgrade_conversations() -> None:
    op.create_table(
        "thread",
        sa.Column("thread_id", sa.String(), nullable=False),
        sa.Column("root_case_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("started_by", sa.String(), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("answer_by", UtcDateTime(), nullable=True),
        sa.Column("answered_at", UtcDateTime(), nullable=True),
        sa.Column("task_case_id", sa.String(), nullable=False),
        sa.Column("activation", sa.String(), nullable=False),
        sa.Column("severity", sa.String(), nullable=False),
        sa.Column("asked_in", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("thread_id"),
    )
    op.create_index("ix_thread_case", "thread", ["root_case_id", "kind"])
    op.create_table(
        "thread_message",
        sa.Column("message_id", sa.String(), nullable=False),
        sa.Column("thread_id", sa.String(), nullable=False),
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("author_name", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("sent_at", UtcDateTime(), nullable=False),
        sa.Column("delivered_as", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("message_id"),
    )
    op.create_index("ix_thread_message_thread", "thread_message", ["thread_id", "sent_at"])


def _downgrade_conversations() -> None:
    op.drop_index("ix_thread_message_thread", table_name="thread_message")
    op.drop_table("thread_message")
    op.drop_index("ix_thread_case", table_name="thread")
    op.drop_table("thread")


def _upgrade_patients_voice() -> None:
    op.create_table(
        "journal_entry",
        sa.Column("entry_id", sa.String(), nullable=False),
        sa.Column("patient_id", sa.String(), nullable=False),
        sa.Column("root_case_id", sa.String(), nullable=False),
        sa.Column("symptom", sa.String(), nullable=False),
        sa.Column("severity", sa.Integer(), nullable=False),
        sa.Column("onset", sa.String(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("finding", sa.String(), nullable=False),
        sa.Column("written_by", sa.String(), nullable=False),
        sa.Column("written_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("entry_id"),
    )
    op.create_index("ix_journal_entry_patient", "journal_entry", ["patient_id", "written_at"])
    op.create_table(
        "patient_preference",
        sa.Column("patient_id", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("opted_out", sa.JSON(), nullable=False),
        sa.Column("changed_by", sa.String(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("patient_id"),
    )


def _downgrade_patients_voice() -> None:
    op.drop_table("patient_preference")
    op.drop_index("ix_journal_entry_patient", table_name="journal_entry")
    op.drop_table("journal_entry")


def _upgrade_alerts() -> None:
    with op.batch_alter_table("notification") as notification:
        notification.add_column(sa.Column("channel", sa.String(), nullable=False, server_default=""))


def _downgrade_alerts() -> None:
    with op.batch_alter_table("notification") as notification:
        notification.drop_column("channel")


def _upgrade_access() -> None:
    with op.batch_alter_table("batch") as batch:
        batch.add_column(sa.Column("organisation", sa.String(), nullable=False, server_default=""))
    op.create_table(
        "case_party",
        sa.Column("root_case_id", sa.String(), nullable=False),
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("via", sa.String(), nullable=False),
        sa.Column("through", sa.String(), nullable=False),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.Column("until", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("root_case_id", "organisation"),
    )
    op.create_index("ix_case_party_organisation", "case_party", ["organisation"])
    op.create_table(
        "broken_glass",
        sa.Column("grant_id", sa.String(), nullable=False),
        sa.Column("root_case_id", sa.String(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.Column("until", UtcDateTime(), nullable=False),
        sa.Column("review_case_id", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("grant_id"),
    )
    op.create_index("ix_broken_glass_person", "broken_glass", ["person", "root_case_id", "until"])
    op.create_index("ix_broken_glass_case", "broken_glass", ["root_case_id"])
    op.create_index("ix_broken_glass_review", "broken_glass", ["review_case_id"])
    op.create_table(
        "proxy_grant",
        sa.Column("grant_id", sa.String(), nullable=False),
        sa.Column("patient_id", sa.String(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("classes", sa.JSON(), nullable=False),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.Column("until", UtcDateTime(), nullable=True),
        sa.Column("given_by", sa.String(), nullable=False),
        sa.Column("withdrawn_at", UtcDateTime(), nullable=True),
        sa.Column("withdrawn_by", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("grant_id"),
    )
    op.create_index("ix_proxy_grant_person", "proxy_grant", ["person", "patient_id"])
    op.create_index("ix_proxy_grant_patient", "proxy_grant", ["patient_id"])


def _downgrade_access() -> None:
    for table in ("proxy_grant", "broken_glass", "case_party"):
        op.drop_table(table)
    with op.batch_alter_table("batch") as batch:
        batch.drop_column("organisation")


_LIST_IS_APPEND_ONLY = {
    "sqlite": tuple(
        f"CREATE TRIGGER audited_case_no_{change.lower()} BEFORE {change} ON audited_case "
        "BEGIN SELECT RAISE(ABORT, 'the audit is append only'); END"
        for change in ("UPDATE", "DELETE")
    ),
    "postgresql": (
        "CREATE TRIGGER audited_case_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audited_case "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change()",
    ),
}
_HEAD_OF_WHAT_IS_THERE = (
    "INSERT INTO audit_head (head, last_id, last_hash, seal) SELECT 1, COALESCE(MAX(id), 0), "
    f"COALESCE((SELECT hash FROM audit ORDER BY id DESC LIMIT 1), '{'0' * 64}'), '' FROM audit"
)


def _upgrade_audit() -> None:
    op.add_column("audit", sa.Column("organisation", sa.String(), nullable=False, server_default=""))
    op.add_column("audit", sa.Column("outcome", sa.String(), nullable=False, server_default="0"))
    op.add_column("audit", sa.Column("context", sa.JSON(), nullable=False, server_default="{}"))
    op.create_index("ix_audit_at", "audit", ["at"], unique=False)
    op.create_table(
        "audit_head",
        sa.Column("head", sa.Integer(), nullable=False),
        sa.Column("last_id", sa.Integer(), nullable=False),
        sa.Column("last_hash", sa.String(), nullable=False),
        sa.Column("seal", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("head"),
    )
    op.create_table(
        "audited_case",
        sa.Column("audit_id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("audit_id", "case_id"),
    )
    op.create_index("ix_audited_case", "audited_case", ["case_id", "audit_id"], unique=False)
    for statement in (*_LIST_IS_APPEND_ONLY[op.get_bind().dialect.name], _HEAD_OF_WHAT_IS_THERE):
        op.execute(statement)


def _downgrade_audit() -> None:
    op.drop_index("ix_audited_case", table_name="audited_case")
    op.drop_table("audited_case")
    op.drop_table("audit_head")
    op.drop_index("ix_audit_at", table_name="audit")
    for column in ("context", "outcome", "organisation"):
        op.drop_column("audit", column)


def _upgrade_rungs() -> None:
    op.create_table(
        "rung_start",
        sa.Column("rung_key", sa.String(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("activation", sa.String(), nullable=False),
        sa.Column("process", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("level", sa.String(), nullable=False),
        sa.Column("climbed_at", UtcDateTime(), nullable=False),
        sa.Column("begun_case_id", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("rung_key"),
    )
    op.create_index("ix_rung_start_begun", "rung_start", ["begun_case_id"])
    for table in ("pathway_case", "open_activation"):
        op.add_column(table, sa.Column("flag", sa.String(), nullable=False, server_default=""))


def _downgrade_rungs() -> None:
    for table in ("open_activation", "pathway_case"):
        op.drop_column(table, "flag")
    op.drop_index("ix_rung_start_begun", table_name="rung_start")
    op.drop_table("rung_start")
