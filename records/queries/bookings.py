"""Which tasks book an appointment, by which fields of their forms, and with which service?"""

import json
from collections.abc import Collection, Mapping, Sequence

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from policy.data_classes import booking_fields_of
from records.queries.data_classes import declared
from records.queries.library import definition_by_sha256, forms_of, parsed
from records.queries.one_plan import variables_of_each
from records.tables import OPEN_STATES, Case, Disclosure, Task

Named = tuple[str, str]
"""A task: its case and its activation."""

Fields = tuple[str, ...]
KEPT_DEFINITIONS = 64
_fields: dict[str, Mapping[str, Fields]] = {}


def named(task: Task) -> Named:
    """Give by what a task is known."""
    return task.case_id, task.activation


async def open_tasks_of(session: AsyncSession, roots: Collection[str]) -> Sequence[Task]:
    """Give the open tasks of these cases and those that they called, what is due first first."""
    found = select(Task).where(col(Task.root_case_id).in_(roots), col(Task.state).in_(OPEN_STATES))
    due = (col(Task.due_at).is_(None), col(Task.due_at), col(Task.created_at))
    return tuple(await session.exec(found.order_by(*due, col(Task.case_id), col(Task.activation))))


async def booking_fields(session: AsyncSession, tasks: Collection[Task]) -> Mapping[Named, Fields]:
    """Give the fields by which they book, of those of these tasks that do; the questions do not grow with the tasks."""
    with_form = [task for task in tasks if task.form_id]
    versions = select(Case.case_id, Case.sha256).where(col(Case.case_id).in_({task.case_id for task in with_form}))
    pinned = dict((await session.exec(versions)).all()) if with_form else {}
    asks = {sha256: await _asked_by_forms(session, sha256) for sha256 in {*pinned.values()}}
    found = {
        named(task): asks[pinned[task.case_id]].get(task.form_id, ()) for task in with_form if task.case_id in pinned
    }
    return {name: fields for name, fields in found.items() if fields}


async def _asked_by_forms(session: AsyncSession, sha256: str) -> Mapping[str, Fields]:
    """By form, the fields by which it books; a definition never changes, so some are kept."""
    if sha256 not in _fields:
        published = await definition_by_sha256(session, sha256)
        if published is None:
            return {}
        forms, said = await forms_of(session, parsed(published)), await declared(session, sha256)
        while len(_fields) >= KEPT_DEFINITIONS:
            _fields.pop(next(iter(_fields)))
        _fields[sha256] = {name: booking_fields_of(json.loads(form.form_schema), said) for name, form in forms.items()}
    return _fields[sha256]


async def services_of(
    session: AsyncSession, tasks: Collection[Task], names: Sequence[str], *, orders: Collection[str]
) -> Mapping[Named, str]:
    """Give with which service each of these tasks books; empty where nothing says it.

    That is the first of these names that it, else its case, holds; else the service that the case asked last, by one of
    the messages `orders`.
    """
    ids = {task.case_id for task in tasks}
    held = await variables_of_each(session, tuple(await session.exec(select(Case).where(col(Case.case_id).in_(ids)))))
    asks = (col(Disclosure.case_id).in_(ids), col(Disclosure.message).in_(orders), Disclosure.state == "sent")
    newest_last = select(Disclosure.case_id, Disclosure.recipient).where(*asks).order_by(col(Disclosure.noted_at))
    asked = dict((await session.exec(newest_last)).all())
    said = {named(task): _first({**held.get(task.case_id, {}), **task.inputs}, names) for task in tasks}
    return {task: service or asked.get(task[0], "") for task, service in said.items()}


def _first(values: Mapping[str, object], names: Sequence[str]) -> str:
    found = (value for name in names if isinstance(value := values.get(name), str) and value)
    return next(found, "")
