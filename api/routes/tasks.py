"""How do people find and do their tasks? Worklists, and claim, release, delegate, draft, complete."""

from dataclasses import replace
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse

from api.absences import grounds
from api.completing import asked_of_task, completed_values, form_of
from api.deps import Answer, Asked, Change, Changing, Visit, said
from api.ids import case_and_activation
from api.moments import Moment
from api.own_record import side_of_patients
from api.paging import Page, Paged
from api.patients import require_patient
from api.problems import Problem
from api.redacting import asked_shown
from api.second_signer import second_signature
from api.shapes.tasks import Changed, Completion, Delegation, SignedCompletion, TaskPage, TaskView, changed, line, view
from api.sides import never_sent_to, overseeing, patient_roles
from api.specialists import specialties_of_person, with_needs
from api.step_titles import items_without_titles, without_title
from api.task_sight import NEVER_SENT, PLAN, TaskSight, task_for, task_sight
from policy.data_classes import Visible
from records.queries.task import TaskDetail, task_detail
from records.queries.worklist import Sort, WorklistFilter, worklist
from records.tables import OPEN_STATES, Case, Task
from records.writes.drafts import save_draft
from workflows.contract.requests import ClaimTask, CompleteTask, DelegateTask, ReleaseTask, Request

router = APIRouter(prefix="/tasks", tags=["Tasks"])
OVERSEES = "rank:overseer"
State = Literal["ready", "claimed", "completed", "cancelled"]


@router.get("", summary="A worklist")
async def tasks(
    asked: Asked,
    paged: Paged,
    role: Annotated[list[str] | None, Query(description="everything of these roles of mine, whoever holds it")] = None,
    person: Annotated[str | None, Query(description="`me`: what I hold or am named for")] = None,
    team: Annotated[str | None, Query(description="a lane of the diagram")] = None,
    pathway: str | None = None,
    urgency: str | None = None,
    case: Annotated[str | None, Query(description="a case id")] = None,
    overdue: bool = False,
    due_before: Moment | None = None,
    state: Annotated[list[State] | None, Query(description="open ones by default")] = None,
    sort: Sort = "due",
) -> TaskPage:
    """Give one page of a worklist; without `role` and `person`: what I hold, and what my roles may take."""
    roles, who = _whose(asked, role or [], person)
    wanted = WorklistFilter(
        roles=roles,
        person=who,
        team=team,
        pathway=pathway,
        urgency=urgency,
        case_id=case,
        overdue_at=asked.here.clock() if overdue else None,
        due_before=due_before,
        states=tuple(state) if state else OPEN_STATES,
        side=overseeing(asked, await side_of_patients(asked, seeing=PLAN), role or []),
        own_record=patient_roles(asked.me),
        specialties=specialties_of_person(asked.here, asked.me.id),
        never_sent=never_sent_to(asked),
    )
    return await _page(asked, wanted, sort, paged)


async def _page(asked: Visit, wanted: WorklistFilter, sort: Sort, paged: Page) -> TaskPage:
    async with asked.here.database.reader() as session:
        found = await worklist(session, wanted, sort=sort, limit=paged.size, offset=paged.offset)
    now, items = asked.here.clock(), await items_without_titles(asked, found.items)
    await asked.read("tasks.read", cases=sorted({item.task.root_case_id for item in found.items}))
    return TaskPage(items=[line(item, now=now) for item in items], **paged.of(found.total))


def _whose(asked: Visit, roles: list[str], person: str | None) -> tuple[tuple[str, ...], str | None]:
    """The roles and the person whose tasks are asked for: my own, or, for whoever oversees, anybody's."""
    oversees = asked.here.access.oversees(asked.me)
    asked.require(allowed=oversees or asked.me.roles.issuperset(roles), what="read the worklist of this role")
    asked.require(allowed=oversees or person in (None, "me", asked.me.id), what="read the worklist of this person")
    if roles or person:
        return tuple(roles), asked.me.id if person == "me" else person
    return tuple(sorted(asked.me.roles)), asked.me.id


@router.get("/{identifier}", summary="A task with its form")
async def task(asked: Asked, identifier: str) -> TaskView:
    """Give a task; its form and values only to those who may do it."""
    found, sight = await task_for(asked, identifier)
    form = await form_of(asked.here.database, found.task) if sight.do else None
    seen = await _shown(asked, found.task, form) if sight.do else None
    found = await with_needs(asked.here, found)
    if not sight.do:
        found = replace(found, task=await without_title(asked, found.task))
    await asked.read("task.read", found.task.case_id, activation=found.task.activation)
    return view(found, form=form, shown=seen, now=asked.here.clock())


@router.post("/{identifier}/claim", response_model=Changed, summary="Take a task")
async def claim(change: Changing, identifier: str) -> JSONResponse:
    """Take a task that my roles may do."""
    found = await _mine(change, identifier)
    return await _ask(change, found, ClaimTask(found.task.activation, change.me.id), "task.claimed")


@router.post("/{identifier}/release", response_model=Changed, summary="Give a task back to its pool")
async def release(change: Changing, identifier: str) -> JSONResponse:
    """Give a task back that I hold."""
    found = await _mine(change, identifier)
    return await _ask(change, found, ReleaseTask(found.task.activation, change.me.id), "task.released")


@router.post("/{identifier}/delegate", response_model=Changed, summary="Hand a task to someone")
async def delegate(change: Changing, identifier: str, body: Delegation) -> JSONResponse:
    """Hand a task of mine to another person; whoever oversees may hand on any task, also one that somebody holds.

    Nobody hands to themselves what is not theirs to do: who oversees a task does not see what it is about. What
    patients and carers are asked is theirs to answer: they hand it on to nobody.
    """
    found, sight = await task_for(change.visit, identifier)
    change.visit.require(allowed=sight.at_work or sight.hand_on, what="delegate this task")
    to_themselves = body.to == change.me.id and not sight.at_work
    change.visit.require(allowed=not to_themselves, what="hand to themselves a task that is not theirs to do")
    held = sight.hand_on and found.task.assignee not in (None, change.me.id)
    signed = {"on_behalf_of": found.task.assignee or "", "grounds": OVERSEES} if held else {}
    request = DelegateTask(found.task.activation, body.to, change.me.id, **signed)
    return await _ask(change, found, request, "task.delegated", **signed)


@router.post("/{identifier}/draft", response_model=TaskView, summary="Save what is typed so far")
async def draft(change: Changing, identifier: str, body: Completion) -> JSONResponse:
    """Keep my draft of a task's form; it need not be complete, and nobody else sees it."""
    found = await _mine(change, identifier)
    if not found.task.is_open:
        raise Problem("not-open", "The task is done; no draft can be saved for it.")

    async def once() -> Answer:
        key = (found.task.case_id, found.task.activation)
        now = change.here.clock()
        async with change.here.database.session() as session:
            saved = await save_draft(session, *key, person=change.me.id, variables=body.values, now=now)
            await change.visit.audit(session, "task.draft_saved", key[0], activation=key[1])
        form = await form_of(change.here.database, found.task)
        seen = await _shown(change.visit, found.task, form)
        return said(view(TaskDetail(found.task, found.root, saved, found.flag), form=form, shown=seen, now=now))

    return await change.once(once)


@router.post(
    "/{identifier}/complete",
    response_model=Changed,
    summary="Complete a task",
    responses={422: {"description": "The form is not filled in correctly: `errors` names the fields."}},
)
async def complete(change: Changing, identifier: str, body: SignedCompletion) -> JSONResponse:
    """Complete a task of mine with the values of its form; the answer names the tasks that this opened.

    `on_behalf_of`: who holds it, when I cover for them, am their deputy while they are away, or have their authority.
    """
    owner = body.on_behalf_of if body.on_behalf_of != change.me.id else ""
    found, signed = await _acting_for(change, identifier, owner) if owner else (await _mine(change, identifier), {})

    async def once() -> Answer:
        values = await completed_values(change.here, found.task, body.values)
        await require_patient(change.visit, values)
        second = await second_signature(change.visit, found.task, values, owner)
        request = CompleteTask(found.task.activation, change.me.id, values, owner, signed.get("grounds", ""))
        return await _do(change, request, found, "task.completed", **signed, **second)

    return await change.once(once)


async def _acting_for(change: Change, identifier: str, owner: str) -> tuple[TaskDetail, dict[str, str]]:
    """Give a task that `owner` holds, and on which grounds I may complete it for them."""
    asked, named = change.visit, case_and_activation(identifier)
    async with asked.here.database.reader() as session:
        found = await task_detail(session, *named, person=asked.me.id) if named else None
        on = await grounds(session, asked.here, found.task, actor=asked.me.id, owner=owner) if found else ""
    sight = await task_sight(asked, found.task) if found else TaskSight()
    if found is None or not sight.exists:
        raise Problem("not-found", f"There is no task '{identifier[:64]}'.")
    if sight.never_sent:
        raise Problem("result-withheld", NEVER_SENT, about=found.task.case_id)
    asked.require(allowed=bool(on), what=f"act on behalf of {owner}")
    if found.task.is_open and found.task.assignee != owner:
        raise Problem("not-yours", f"{owner} does not hold this task; complete it in your own name.")
    return found, {"on_behalf_of": owner, "grounds": on}


async def _ask(change: Change, found: TaskDetail, request: Request, action: str, **signed: str) -> JSONResponse:
    async def once() -> Answer:
        return await _do(change, request, found, action, **signed)

    return await change.once(once)


async def _do(change: Change, request: Request, found: TaskDetail, action: str, **signed: str) -> Answer:
    return said(changed(await asked_of_task(change.visit, found.task, request, change.update_id, action, **signed)))


async def _mine(change: Change, identifier: str) -> TaskDetail:
    found, sight = await task_for(change.visit, identifier)
    change.visit.require(allowed=sight.do, what="do this task")
    return found


async def _shown(asked: Visit, task: Task, form: dict[str, Any] | None) -> Visible:
    """The values of a task that its doer sees."""
    async with asked.here.database.reader() as session:
        case = await session.get_one(Case, task.case_id)
    return await asked_shown(asked, case, task, form)
