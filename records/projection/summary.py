"""Where does a case stand in one line? What it waits for next, how far it escalated, whether it is stuck."""

from datetime import UTC, datetime

from records.projection.rows import CaseRows
from records.tables import Case, OpenActivation
from workflows.contract.levels import STUCK_LEVELS

_NEVER = datetime.max.replace(tzinfo=UTC)


def summarise(rows: CaseRows, case: Case) -> None:
    """Derive the summary columns of a case from what is open in it."""
    next_wait = min((a for a in rows.activations.values() if a.wait), key=_urgency_of_wait, default=None)
    case.waiting_for = next_wait.title if next_wait else ""
    case.waiting_role = next_wait.role if next_wait else ""
    case.waiting_since = next_wait.since if next_wait else None
    case.waiting_until = next_wait.until if next_wait else None
    case.escalation_level = max((a.escalation_level for a in rows.activations.values()), default=0)
    open_incidents = [i for i in rows.incidents.values() if i.resolved_at is None]
    case.incident = bool(open_incidents)
    reasons = [f"{i.title}: {i.reason}" for i in open_incidents] + _stuck_steps(rows)
    case.trouble = case.trouble if case.status == "running" else ""  # who has ended is carried on with by nobody
    reasons += [case.trouble] if case.trouble else []
    case.stuck, case.stuck_reason = bool(reasons), "; ".join(dict.fromkeys(reasons))


def _urgency_of_wait(wait: OpenActivation) -> tuple[datetime, datetime, str]:
    """The earliest due first; without a due time, the oldest."""
    return (wait.until or _NEVER, wait.since, wait.activation)


def _stuck_steps(rows: CaseRows) -> list[str]:
    failed = [f"{a.title}: {a.failure}" for a in rows.activations.values() if a.failure]
    late = [f"{a.title}: {a.escalation}" for a in rows.activations.values() if a.escalation in STUCK_LEVELS]
    overdue = [f"{a.title}: {a.overdue}" for a in rows.activations.values() if a.overdue]
    return failed + late + overdue
