"""How is a task completed? Its values fit the form that was published with its case's definition, or are refused."""

import json
from collections.abc import Mapping
from typing import Any

from api.deps import Visit
from api.offered import offered
from api.problems import Problem
from api.reading_ahead import refusal_of
from api.surroundings import Surroundings
from pathways.forms import read_submission
from records.database import Database
from records.queries.case import process_variables
from records.queries.library import definition_by_sha256, form, parsed
from records.tables import Case, Task
from records.writes.drafts import delete_drafts
from workflows.contract.requests import CompleteTask, Receipt, Request
from workflows.engine.errors import EventRejected


async def form_of(database: Database, task: Task) -> dict[str, Any] | None:
    """Give the form-js schema of a task, None when it has no form.

    Raises:
        LookupError: the form is not published with the definition that the case runs.
    """
    if not task.form_id:
        return None
    async with database.reader() as session:
        case = await session.get_one(Case, task.case_id)
        published = await definition_by_sha256(session, case.sha256)
        pinned = parsed(published).forms.get(task.form_id) if published else None
        found = await form(session, form_id=task.form_id, sha256=pinned) if pinned else None
    if found is None:
        raise LookupError(f"form {task.form_id} of case {task.case_id} is not published with its definition")
    schema: dict[str, Any] = json.loads(found.form_schema)
    return schema


async def completed_values(here: Surroundings, task: Task, values: Mapping[str, Any]) -> dict[str, Any]:
    """Give the values with which a task is completed; a task without form takes them as they are.

    Raises:
        Problem: 422, with every field that is not filled in correctly.
    """
    schema = await form_of(here.database, task)
    if schema is None:
        return dict(values)
    offers = await offered(here.database, task.case_id, schema)
    shown_with = {**await _variables(here.database, task), **task.inputs, **offers}
    read = read_submission(schema, values, now=here.clock(), variables=shown_with)
    if read.errors:
        errors = [{"where": error.field, "field": error.field, "message": error.message} for error in read.errors]
        words = "; ".join(f"{error.field} {error.message}" for error in read.errors)
        raise Problem("form-invalid", f"{words}.", errors=errors)
    return dict(read.values)


async def asked_of_task(
    asked: Visit, task: Task, request: Request, update_id: str, action: str, **noted: str
) -> Receipt:
    """Ask something of a task, and note it in the audit; the same `update_id` again gets the same answer.

    Raises:
        EventRejected: the case refuses.
        Problem: 503, it does not know the task yet.
        HostUnavailable: no answer in time.
    """
    try:
        receipt = await asked.here.gateway.send(task.case_id, request, update_id)
    except EventRejected as refusal:
        raise await refusal_of(asked.here, task, refusal) from refusal
    async with asked.here.database.session() as session:
        await asked.audit(session, action, task.case_id, activation=task.activation, **noted)
        if isinstance(request, CompleteTask):
            await delete_drafts(session, task.case_id, task.activation)
    return receipt


async def _variables(database: Database, task: Task) -> Mapping[str, Any]:
    async with database.reader() as session:
        return await process_variables(session, await session.get_one(Case, task.case_id))
