"""Has another person signed? A step with `secondSignerOf` is for somebody else than who signed the step it names.

The property names the element of the first signer's task in the same process, `secondSignerReason` the field of the
form with the reason (default `reason`). Who has signed first cannot sign again, nor anybody on their behalf; and who
signs second has a role of the task, whoever has handed it to them. With an empty `secondSignerReason` it is no
signature but an agreement: of anybody else who may do the task, without a reason.

`notBy` names an input of the task that holds a person: what is about them is for somebody else.
"""

from collections.abc import Mapping
from typing import Any

from sqlmodel import col, select

from api.deps import Visit
from api.problems import Problem
from records.queries.library import definition_by_sha256, parsed
from records.tables import Case, Task

PROPERTY, REASON = "secondSignerOf", "secondSignerReason"
DEFAULT_REASON = "reason"
NOT_BY = "notBy"


async def second_signature(asked: Visit, task: Task, values: Mapping[str, Any], owner: str) -> dict[str, str]:
    """Give what the audit notes of a second signature: nothing for a step that needs none.

    Raises:
        Problem: the same person has signed first, or this one has no role of the task (403), nobody has signed first
            (409), or there is no reason (422); what the task is about is what this person has done (403).
    """
    properties = await _properties(asked, task)
    if (about := task.inputs.get(properties.get(NOT_BY, "").strip())) and about in (asked.me.id, owner):
        raise Problem("second-signer", "This is about what you have done: somebody else has to do it.")
    first_step = properties.get(PROPERTY, "").strip()
    if not first_step:
        return {}
    first = await _first_signature(asked, task, first_step)
    if first is None:
        raise Problem("not-now", f"The step '{first_step}' has to be signed first.")
    signers = {first.completed_by, first.assignee or first.completed_by}
    if signers & {asked.me.id, owner}:
        raise Problem("second-signer", "You have signed the step before: somebody else has to sign this one.")
    if reason := properties.get(REASON, DEFAULT_REASON).strip():
        _require_authority(asked, task)
        _require_reason(reason, values)
    return {"first_signer": first.completed_by, "first_step": first_step}


async def _properties(asked: Visit, task: Task) -> Mapping[str, str]:
    async with asked.here.database.reader() as session:
        case = await session.get_one(Case, task.case_id)
        published = await definition_by_sha256(session, case.sha256)
    node = parsed(published).nodes.get(task.element) if published else None
    return node.properties if node else {}


async def _first_signature(asked: Visit, task: Task, element: str) -> Task | None:
    signed = select(Task).where(Task.case_id == task.case_id, Task.element == element, Task.state == "completed")
    async with asked.here.database.reader() as session:
        return (await session.exec(signed.order_by(col(Task.closed_at).desc()).limit(1))).first()


def _require_authority(asked: Visit, task: Task) -> None:
    """A task can be handed to anybody by name; a second signature counts by the role of who gives it."""
    if task.groups and asked.me.roles.isdisjoint(task.groups):
        raise Problem("second-signer", f"Only somebody with one of these roles signs this: {', '.join(task.groups)}.")


def _require_reason(name: str, values: Mapping[str, Any]) -> None:
    given = values.get(name)
    if not isinstance(given, str) or not given.strip():
        error = {"where": name, "field": name, "message": "a second signature needs a reason"}
        raise Problem("form-invalid", f"{name}: a second signature needs a reason.", errors=[error])
