"""Where does a case stand in one line? How far it escalated, whether it is stuck."""

from records.projection.rows import CaseRows
from records.tables import Case
from workflows.contract.levels import STUCK_LEVELS


def summarise(rows: CaseRows, case: Case) -> None:
    """Derive the summary columns of a case from what is open in it."""
    case.escalation_level = max((a.escalation_level for a in rows.activations.values()), default=0)
    open_incidents = [i for i in rows.incidents.values() if i.resolved_at is None]
    case.incident = bool(open_incidents)
    reasons = [f"{i.title}: {i.reason}" for i in open_incidents] + _stuck_steps(rows)
    case.trouble = case.trouble if case.status == "running" else ""  # who has ended is carried on with by nobody
    reasons += [case.trouble] if case.trouble else []
    case.stuck, case.stuck_reason = bool(reasons), "; ".join(dict.fromkeys(reasons))


def _stuck_steps(rows: CaseRows) -> list[str]:
    failed = [f"{a.title}: {a.failure}" for a in rows.activations.values() if a.failure]
    late = [f"{a.title}: {a.escalation}" for a in rows.activations.values() if a.escalation in STUCK_LEVELS]
    overdue = [f"{a.title}: {a.overdue}" for a in rows.activations.values() if a.overdue]
    return failed + late + overdue
