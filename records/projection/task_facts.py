"""What do facts about a user task change in the rows of its case? Who it is offered to, who holds it."""

from records.projection.rows import CaseRows, made, title
from records.projection.values import instant
from records.tables import Task, TaskCandidate
from workflows.engine.facts import Fact


def offered(rows: CaseRows, fact: Fact) -> None:
    """A user task opened; or it is offered to other people, since its case goes on with another version."""
    detail = fact.detail
    task = made(
        Task,
        case_id=rows.case_id,
        activation=fact.activation,
        root_case_id=rows.root_case_id,
        pathway=rows.start.key,
        urgency=rows.case.urgency if rows.case else rows.start.urgency,
        element=fact.element,
        title=title(fact),
        lane=detail.get("lane", ""),
        groups=list(detail.get("groups", ())),
        users=list(detail.get("users", ())),
        assignee=detail.get("assignee"),
        state="claimed" if detail.get("assignee") else "ready",
        priority=detail.get("priority", 50),
        created_at=fact.at,
        due_at=instant(detail.get("due_at")),
        follow_up_at=instant(detail.get("follow_up_at")),
        form_id=detail.get("form_id", ""),
        ladder=detail.get("ladder", ""),
        patient_text=detail.get("patient_text", ""),
        inputs=dict(detail.get("inputs", {})),
    )
    activation = rows.activation(fact)
    task.escalation_level = activation.escalation_level
    known = rows.tasks.setdefault(fact.activation, task)
    if known is not task:
        task.created_at = known.created_at
        known.sqlmodel_update(task.model_dump())
        rows.offer_anew(fact.activation)
    needed = [("specialty", each.strip()) for each in detail.get("specialty", "").split(",") if each.strip()]
    _add_candidates(rows, task, [*[("role", g) for g in task.groups], *[("user", u) for u in task.users], *needed])
    activation.wait, activation.waiting_for = "task", task.title
    activation.role = task.assignee or ", ".join((*task.groups, *task.users))
    activation.since, activation.until = task.created_at, task.due_at


def assigned(rows: CaseRows, fact: Fact) -> None:
    """A user task has a holder: someone claimed it, or it was delegated."""
    _hold(rows, fact, fact.detail["assignee"])


def released(rows: CaseRows, fact: Fact) -> None:
    """A user task went back to its pool; a rung may have widened the pool or raised the priority."""
    _hold(rows, fact, fact.detail.get("assignee"))
    task = rows.tasks[fact.activation]
    task.priority = fact.detail.get("priority", task.priority)
    added = [group for group in fact.detail.get("groups", ()) if group not in task.groups]
    task.groups = [*task.groups, *added]
    _add_candidates(rows, task, [("role", group) for group in added])


def _hold(rows: CaseRows, fact: Fact, assignee: str | None) -> None:
    task = rows.tasks.get(fact.activation)
    if task is None:
        return
    task.assignee, task.state = assignee, "claimed" if assignee else "ready"
    rows.activation(fact).role = assignee or ", ".join((*task.groups, *task.users))


def _add_candidates(rows: CaseRows, task: Task, names: list[tuple[str, str]]) -> None:
    rows.candidates.extend(
        made(TaskCandidate, case_id=task.case_id, activation=task.activation, kind=kind, name=name)
        for kind, name in dict.fromkeys(names)
    )
