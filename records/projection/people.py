"""What comes of a rung of an escalation ladder? Who is told, what is to begin, what the case is marked as."""

from records.projection.rows import CaseRows, title
from records.projection.values import instant
from records.tables import Notification, RungStart, Task
from workflows.contract.levels import LEVELS
from workflows.engine.facts import Fact

COORDINATOR = "coordinator"
"""Who hears of a step that is nobody's task, such as one that another process does."""


def escalated(rows: CaseRows, fact: Fact) -> None:
    """A rung fired: the step's level rises, and everyone that the rung names is told."""
    level = fact.detail["level"]
    activation = rows.activation(fact)
    if LEVELS[level] >= activation.escalation_level:
        activation.escalation_level, activation.escalation = LEVELS[level], level
    task = rows.tasks.get(fact.activation)
    if task is not None:
        task.escalation_level = max(task.escalation_level, LEVELS[level])
    for kind, recipient in _recipients(fact, task):
        _tell(rows, fact, kind, recipient)
    if fact.detail.get("begin"):
        _begin(rows, fact, fact.detail["begin"])
    if fact.detail.get("flag"):
        assert rows.case is not None
        rows.case.flag = activation.flag = fact.detail["flag"]


def _begin(rows: CaseRows, fact: Fact, process: str) -> None:
    """Note what is to begin, once per rung: the sweep of the API begins it."""
    key = f"{rows.case_id}:{fact.activation}:rung{fact.detail['rung']}"
    rows.rung_starts[key] = RungStart(
        rung_key=key,
        case_id=rows.case_id,
        activation=fact.activation,
        process=process,
        title=title(fact),
        level=fact.detail["level"],
        climbed_at=fact.at,
    )


def _recipients(fact: Fact, task: Task | None) -> list[tuple[str, str]]:
    """`assignee` is whoever holds the task, else its pool; of a step without a task, the coordinator. Else a role."""
    told: dict[tuple[str, str], None] = {}
    for name in fact.detail.get("tell", ()):
        if name != "assignee":
            told[("role", name)] = None
        elif task is None:
            told[("role", COORDINATOR)] = None
        elif task.assignee:
            told[("person", task.assignee)] = None
        else:
            told.update(dict.fromkeys(("role", group) for group in task.groups))
            told.update(dict.fromkeys(("person", user) for user in task.users))
    return list(told)


def _tell(rows: CaseRows, fact: Fact, kind: str, recipient: str) -> None:
    key = f"{rows.case_id}:{fact.activation}:rung{fact.detail['rung']}:{kind}:{recipient}"
    rows.notifications[key] = Notification(
        idempotency_key=key,
        case_id=rows.case_id,
        activation=fact.activation,
        recipient_kind=kind,
        recipient=recipient,
        level=fact.detail["level"],
        text=_text(fact),
        channel=",".join(fact.detail.get("channel", ())),
        created_at=fact.at,
    )


def _text(fact: Fact) -> str:
    due_at = instant(fact.detail.get("due_at"))
    due = f", due {due_at:%Y-%m-%d %H:%M} UTC" if due_at else ""
    late = ", overdue when it opened" if fact.detail.get("breached_on_arrival") else ""
    return f"{title(fact)}: {fact.detail['level'].replace('_', ' ')}{due}{late}"
