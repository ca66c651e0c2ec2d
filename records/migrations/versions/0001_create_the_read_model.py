"""Create the read model.

Revision ID: 0001
Revises:
"""

import sqlalchemy as sa
from alembic import op

from records.columns import UtcDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_AUDIT_IS_APPEND_ONLY = {
    "sqlite": tuple(
        f"CREATE TRIGGER audit_no_{change.lower()} BEFORE {change} ON audit "
        "BEGIN SELECT RAISE(ABORT, 'the audit is append only'); END"
        for change in ("UPDATE", "DELETE")
    ),
    "postgresql": (
        "CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'the audit is append only'; END $$",
        "CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change()",
    ),
}


def upgrade() -> None:
    """Bring the schema here."""
    op.create_table(
        "armed_timer",
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("timer", sa.String(), nullable=False),
        sa.Column("activation", sa.String(), nullable=False),
        sa.Column("node", sa.String(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("case_id", "timer"),
    )
    op.create_index("ix_armed_timer_due_at", "armed_timer", ["due_at"], unique=False)
    op.create_table(
        "audit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("prev_hash", sa.String(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_audit_actor", "audit", ["actor", "id"], unique=False)
    op.create_index("ix_audit_case", "audit", ["case_id", "id"], unique=False)
    op.create_table(
        "case_key",
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("correlation_key", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("case_id", "correlation_key"),
    )
    op.create_index("ix_case_key_key", "case_key", ["correlation_key"], unique=False)
    op.create_table(
        "case_start",
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("start", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("case_id"),
    )
    op.create_table(
        "definition",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("version_tag", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("definition", sa.Text(), nullable=False),
        sa.Column("bpmn", sa.Text(), nullable=False),
        sa.Column("published_at", UtcDateTime(), nullable=False),
        sa.Column("published_by", sa.String(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("key", "version"),
        sa.UniqueConstraint("key", "sha256", name="uq_definition_key_sha256"),
    )
    op.create_index("ix_definition_active", "definition", ["active"], unique=False)
    op.create_index("ix_definition_sha256", "definition", ["sha256"], unique=False)
    op.create_table(
        "delivery_attempt",
        sa.Column("idempotency_key", sa.String(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("service", sa.String(), nullable=False),
        sa.Column("endpoint", sa.String(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("error", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("idempotency_key", "attempt"),
    )
    op.create_table(
        "document",
        sa.Column("document_id", sa.String(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("content_type", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("added_by", sa.String(), nullable=False),
        sa.Column("added_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("document_id"),
    )
    op.create_index("ix_document_case", "document", ["case_id"], unique=False)
    op.create_table(
        "draft",
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("activation", sa.String(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("variables", sa.JSON(), nullable=False),
        sa.Column("saved_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("case_id", "activation", "person"),
    )
    op.create_table(
        "fact",
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("root_case_id", sa.String(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("fact", sa.String(), nullable=False),
        sa.Column("element", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("activation", sa.String(), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("case_id", "seq"),
    )
    op.create_index("ix_fact_root", "fact", ["root_case_id", "at"], unique=False)
    op.create_table(
        "form",
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("form_id", sa.String(), nullable=False),
        sa.Column("form_schema", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", "form_id"),
    )
    op.create_index("ix_form_form_id", "form", ["form_id"], unique=False)
    op.create_table(
        "handoff",
        sa.Column("idempotency_key", sa.String(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("recipient_kind", sa.String(), nullable=False),
        sa.Column("recipient", sa.String(), nullable=False),
        sa.Column("result", sa.JSON(), nullable=False),
        sa.Column("sent_at", UtcDateTime(), nullable=False),
        sa.Column("acknowledged_by", sa.String(), nullable=False),
        sa.Column("acknowledged_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("idempotency_key"),
    )
    op.create_index("ix_handoff_case", "handoff", ["case_id"], unique=False)
    op.create_index("ix_handoff_recipient", "handoff", ["recipient_kind", "recipient", "acknowledged_at"], unique=False)
    op.create_table(
        "idempotency",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("request_hash", sa.String(), nullable=False),
        sa.Column("begun_at", UtcDateTime(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("key", "actor"),
    )
    op.create_table(
        "incident",
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("incident", sa.String(), nullable=False),
        sa.Column("root_case_id", sa.String(), nullable=False),
        sa.Column("activation", sa.String(), nullable=False),
        sa.Column("element", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("raised_at", UtcDateTime(), nullable=False),
        sa.Column("resolved_at", UtcDateTime(), nullable=True),
        sa.Column("resolved_by", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("case_id", "incident"),
    )
    op.create_index("ix_incident_open", "incident", ["resolved_at"], unique=False)
    op.create_table(
        "message_log",
        sa.Column("message_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("correlation_key", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("received_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("message_id"),
    )
    op.create_index("ix_message_log_status", "message_log", ["status", "received_at"], unique=False)
    op.create_table(
        "notification",
        sa.Column("idempotency_key", sa.String(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("activation", sa.String(), nullable=False),
        sa.Column("recipient_kind", sa.String(), nullable=False),
        sa.Column("recipient", sa.String(), nullable=False),
        sa.Column("level", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("read_at", UtcDateTime(), nullable=True),
        sa.Column("acknowledged_by", sa.String(), nullable=False),
        sa.Column("acknowledged_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("idempotency_key"),
    )
    op.create_index("ix_notification_case", "notification", ["case_id"], unique=False)
    op.create_index(
        "ix_notification_recipient",
        "notification",
        ["recipient_kind", "recipient", "created_at"],
        unique=False,
    )
    op.create_table(
        "open_activation",
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("activation", sa.String(), nullable=False),
        sa.Column("root_case_id", sa.String(), nullable=False),
        sa.Column("element", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.Column("wait", sa.String(), nullable=False),
        sa.Column("waiting_for", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("until", UtcDateTime(), nullable=True),
        sa.Column("escalation_level", sa.Integer(), nullable=False),
        sa.Column("escalation", sa.String(), nullable=False),
        sa.Column("failure", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("case_id", "activation"),
    )
    op.create_index("ix_open_activation_root", "open_activation", ["root_case_id", "wait"], unique=False)
    op.create_table(
        "pathway_case",
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("root_case_id", sa.String(), nullable=False),
        sa.Column("caller", sa.String(), nullable=True),
        sa.Column("caller_activation", sa.String(), nullable=True),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("version_tag", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("urgency", sa.String(), nullable=False),
        sa.Column("business_key", sa.String(), nullable=False),
        sa.Column("started_by", sa.String(), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("error_code", sa.String(), nullable=False),
        sa.Column("escalation_level", sa.Integer(), nullable=False),
        sa.Column("stuck", sa.Boolean(), nullable=False),
        sa.Column("stuck_reason", sa.String(), nullable=False),
        sa.Column("incident", sa.Boolean(), nullable=False),
        sa.Column("last_seq", sa.Integer(), nullable=False),
        sa.Column("waiting_for", sa.String(), nullable=False),
        sa.Column("waiting_role", sa.String(), nullable=False),
        sa.Column("waiting_since", UtcDateTime(), nullable=True),
        sa.Column("waiting_until", UtcDateTime(), nullable=True),
        sa.Column("process_scope", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("case_id"),
    )
    op.create_index("ix_pathway_case_business_key", "pathway_case", ["business_key"], unique=False)
    op.create_index("ix_pathway_case_root", "pathway_case", ["root_case_id"], unique=False)
    op.create_index("ix_pathway_case_status", "pathway_case", ["status", "key"], unique=False)
    op.create_index("ix_pathway_case_stuck", "pathway_case", ["stuck"], unique=False)
    op.create_table(
        "referral",
        sa.Column("pathway", sa.String(), nullable=False),
        sa.Column("referral_id", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.Column("raw_sha256", sa.String(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("received_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("pathway", "referral_id"),
    )
    op.create_index("ix_referral_case", "referral", ["case_id"], unique=False)
    op.create_table(
        "scope_variables",
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("variables", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("case_id", "scope"),
    )
    op.create_table(
        "service_inbox",
        sa.Column("idempotency_key", sa.String(), nullable=False),
        sa.Column("service", sa.String(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("referral", sa.JSON(), nullable=False),
        sa.Column("named_contact", sa.String(), nullable=False),
        sa.Column("deputy", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("delivered_at", UtcDateTime(), nullable=False),
        sa.Column("acknowledged_at", UtcDateTime(), nullable=True),
        sa.Column("acknowledged_by", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("idempotency_key"),
    )
    op.create_index("ix_service_inbox_service", "service_inbox", ["service", "state"], unique=False)
    op.create_table(
        "subscription",
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("subscription", sa.String(), nullable=False),
        sa.Column("root_case_id", sa.String(), nullable=False),
        sa.Column("activation", sa.String(), nullable=False),
        sa.Column("element", sa.String(), nullable=False),
        sa.Column("message", sa.String(), nullable=False),
        sa.Column("correlation_key", sa.String(), nullable=False),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("case_id", "subscription"),
    )
    op.create_index("ix_subscription_message", "subscription", ["message", "correlation_key"], unique=False)
    op.create_table(
        "task",
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("activation", sa.String(), nullable=False),
        sa.Column("root_case_id", sa.String(), nullable=False),
        sa.Column("pathway", sa.String(), nullable=False),
        sa.Column("urgency", sa.String(), nullable=False),
        sa.Column("element", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("lane", sa.String(), nullable=False),
        sa.Column("groups", sa.JSON(), nullable=False),
        sa.Column("users", sa.JSON(), nullable=False),
        sa.Column("assignee", sa.String(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=True),
        sa.Column("follow_up_at", UtcDateTime(), nullable=True),
        sa.Column("form_id", sa.String(), nullable=False),
        sa.Column("ladder", sa.String(), nullable=False),
        sa.Column("patient_text", sa.String(), nullable=False),
        sa.Column("inputs", sa.JSON(), nullable=False),
        sa.Column("escalation_level", sa.Integer(), nullable=False),
        sa.Column("closed_at", UtcDateTime(), nullable=True),
        sa.Column("completed_by", sa.String(), nullable=False),
        sa.Column("outcome", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("case_id", "activation"),
    )
    op.create_index("ix_task_assignee", "task", ["assignee", "state"], unique=False)
    op.create_index("ix_task_lane", "task", ["lane", "state"], unique=False)
    op.create_index("ix_task_root", "task", ["root_case_id"], unique=False)
    op.create_index("ix_task_worklist", "task", ["state", "due_at"], unique=False)
    op.create_table(
        "task_candidate",
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("activation", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("case_id", "activation", "kind", "name"),
    )
    op.create_index("ix_task_candidate_name", "task_candidate", ["kind", "name"], unique=False)
    for statement in _AUDIT_IS_APPEND_ONLY[op.get_bind().dialect.name]:
        op.execute(statement)


def downgrade() -> None:
    """Take the schema back."""
    op.drop_index("ix_task_candidate_name", table_name="task_candidate")
    op.drop_table("task_candidate")
    op.drop_index("ix_task_worklist", table_name="task")
    op.drop_index("ix_task_root", table_name="task")
    op.drop_index("ix_task_lane", table_name="task")
    op.drop_index("ix_task_assignee", table_name="task")
    op.drop_table("task")
    op.drop_index("ix_subscription_message", table_name="subscription")
    op.drop_table("subscription")
    op.drop_index("ix_service_inbox_service", table_name="service_inbox")
    op.drop_table("service_inbox")
    op.drop_table("scope_variables")
    op.drop_index("ix_referral_case", table_name="referral")
    op.drop_table("referral")
    op.drop_index("ix_pathway_case_stuck", table_name="pathway_case")
    op.drop_index("ix_pathway_case_status", table_name="pathway_case")
    op.drop_index("ix_pathway_case_root", table_name="pathway_case")
    op.drop_index("ix_pathway_case_business_key", table_name="pathway_case")
    op.drop_table("pathway_case")
    op.drop_index("ix_open_activation_root", table_name="open_activation")
    op.drop_table("open_activation")
    op.drop_index("ix_notification_recipient", table_name="notification")
    op.drop_index("ix_notification_case", table_name="notification")
    op.drop_table("notification")
    op.drop_index("ix_message_log_status", table_name="message_log")
    op.drop_table("message_log")
    op.drop_index("ix_incident_open", table_name="incident")
    op.drop_table("incident")
    op.drop_table("idempotency")
    op.drop_index("ix_handoff_recipient", table_name="handoff")
    op.drop_index("ix_handoff_case", table_name="handoff")
    op.drop_table("handoff")
    op.drop_index("ix_form_form_id", table_name="form")
    op.drop_table("form")
    op.drop_index("ix_fact_root", table_name="fact")
    op.drop_table("fact")
    op.drop_table("draft")
    op.drop_index("ix_document_case", table_name="document")
    op.drop_table("document")
    op.drop_table("delivery_attempt")
    op.drop_index("ix_definition_sha256", table_name="definition")
    op.drop_index("ix_definition_active", table_name="definition")
    op.drop_table("definition")
    op.drop_table("case_start")
    op.drop_index("ix_case_key_key", table_name="case_key")
    op.drop_table("case_key")
    op.drop_index("ix_audit_case", table_name="audit")
    op.drop_index("ix_audit_actor", table_name="audit")
    op.drop_table("audit")
    op.drop_index("ix_armed_timer_due_at", table_name="armed_timer")
    op.drop_table("armed_timer")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION refuse_audit_change()")
