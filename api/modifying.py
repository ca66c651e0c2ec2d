"""What can be changed about a case as a whole? Its tokens, its variables, its clocks, its end; singly and as batches.

| kind | what it does | to |
|---|---|---|
| case.modify | changes where the tokens are; steps are named by their elements | cases |
| case.restart | begins again at an element | cases |
| case.set_variables | changes variables of the process | cases |
| case.cancel | calls the whole case off | cases |
| clock.stop, clock.resume | stops the clocks of a step, lets them run on | every open step of an element |
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

from pydantic import Field
from sqlmodel.ext.asyncio.session import AsyncSession

from api.batches import Job, Kind, Outcome, Target, asking
from api.foreseeing import definition_of
from api.shapes.base import Body, Values
from api.shapes.batches import CaseFilterBody
from api.shapes.modifications import Changes, Name, Variables
from api.surroundings import Surroundings
from records.queries.batches import is_within_another
from records.queries.selection import CaseSelection, select_cases, select_steps
from workflows.contract.requests import CancelCase, Modify, Request, ResumeClock, SetVariables, StopClock
from workflows.engine import changes as engine
from workflows.engine.changes import Change, RestartAt
from workflows.engine.errors import EventRejected
from workflows.engine.state import State

_CHANGES: Mapping[str, type[Change]] = {
    "CancelActivation": engine.CancelActivation,
    "CancelToken": engine.CancelToken,
    "StartAt": engine.StartAt,
    "MoveToken": engine.MoveToken,
    "CompleteActivation": engine.CompleteActivation,
    "SetScopeVariables": engine.SetScopeVariables,
    "RestartAt": engine.RestartAt,
}


ALREADY = "it was called off already, with another of these"


class NoRequest(Body):
    """Nothing more to say."""


class TokenChanges(Body):
    """Changes, applied together in this order or not at all."""

    changes: Changes


class BeginAgain(Body):
    """Where to begin again; everything else in the scope of the element ends."""

    element: Name
    variables: Variables


class SomeVariables(Body):
    """Variables of the process, by name."""

    variables: Values = Field(min_length=1)


class StepFilterBody(CaseFilterBody):
    """Which open steps: of this element, in the cases that the other members select."""

    element: Name


async def changes_of(here: Surroundings, case_id: str, bodies: Sequence[Body]) -> tuple[Change, ...]:
    """Give the changes for the engine; a step that is named by its element is looked up in the case.

    Raises:
        EventRejected: the element is not open, or more than once.
    """
    made = [_CHANGES[given.pop("kind")](**given) for given in (body.model_dump() for body in bodies)]
    names = [name for change in made for name in _named(change).values()]
    if all("#" in name for name in names):
        return tuple(made)
    state = await here.gateway.state(case_id)
    await _require_drawn(here, state, names)
    return tuple(_looked_up(change, state) for change in made)


async def activation_of(here: Surroundings, case_id: str, name: str) -> str:
    """Give the id of an activation that is named by it or by its element.

    Raises:
        EventRejected: there is no such element, or it is not open, or more than once.
    """
    if "#" in name:
        return name
    state = await here.gateway.state(case_id)
    await _require_drawn(here, state, [name])
    return open_activation(state, name)


async def _require_drawn(here: Surroundings, state: State, names: Sequence[str]) -> None:
    """Refuse a name that neither stands anywhere now nor is drawn in what the case runs: nobody was faster."""
    standing = {at.element for at in state.activations.values()}
    unseen = [name for name in names if "#" not in name and name not in standing]
    for name in unseen:
        if name not in (await definition_of(here, state.sha256)).nodes:
            raise EventRejected("invalid", f"{name!r} is no element of this pathway")


def open_activation(state: State, element: str) -> str:
    """Give the only open activation of an element.

    Raises:
        EventRejected: there is none, or more than one, or the case is over.
    """
    if state.status != "running":
        raise EventRejected("not-running", f"case {state.case_id} is over: {state.status}")
    found = [at.id for at in state.activations.values() if at.element == element and at.items is None]
    if len(found) != 1:
        how = "more than once: name one of its activations" if found else "nowhere"
        raise EventRejected("not-open", f"the element {element!r} is open {how}")
    return found[0]


def _named(change: Change) -> dict[str, str]:
    """The names of activations in a change, by field; an empty scope is left to the engine."""
    fields = {name: getattr(change, name, "") for name in ("activation", "scope")}
    return {name: value for name, value in fields.items() if value}


def _looked_up(change: Change, state: State) -> Change:
    ids = {name: value if "#" in value else open_activation(state, value) for name, value in _named(change).items()}
    looked_up: Change = replace(cast(Any, change), **ids)
    return looked_up


async def _modify(here: Surroundings, job: Job, target: Target) -> Request:
    changes = await changes_of(here, target.case_id, job.request.changes)
    return Modify(changes, job.reason, job.actor)


async def _restart(_here: Surroundings, job: Job, _target: Target) -> Request:
    again = RestartAt(job.request.element, variables=dict(job.request.variables))
    return Modify((again,), job.reason, job.actor)


async def _set_variables(_here: Surroundings, job: Job, _target: Target) -> Request:
    return SetVariables(dict(job.request.variables), job.actor, job.reason)


async def _cancel(_here: Surroundings, job: Job, _target: Target) -> Request:
    return CancelCase(job.reason, job.actor)


async def _stop(_here: Surroundings, job: Job, target: Target) -> Request:
    return StopClock(target.target, job.reason, job.actor)


async def _resume(_here: Surroundings, job: Job, target: Target) -> Request:
    return ResumeClock(target.target, job.reason, job.actor)


async def _cases(session: AsyncSession, wanted: CaseFilterBody) -> Sequence[Target]:
    return [Target(case_id) for case_id in await select_cases(session, _selection(wanted))]


async def _steps(session: AsyncSession, wanted: StepFilterBody) -> Sequence[Target]:
    return [Target(*step) for step in await select_steps(session, _selection(wanted))]


def _selection(wanted: CaseFilterBody) -> CaseSelection:
    by: dict[str, Any] = wanted.model_dump(exclude={"cases"})
    return CaseSelection(cases=None if wanted.cases is None else tuple(wanted.cases), **by)


def calling_off(kind: Kind) -> Kind:
    """Let a case that another item of the batch has called off, itself or with its caller, count as called off."""

    async def act(here: Surroundings, job: Job, target: Target, update_id: str) -> Outcome:
        try:
            return await kind.act(here, job, target, update_id)
        except EventRejected as refusal:
            if refusal.code == "not-running" and await _is_called_off(here, job, target):
                return Outcome(reason=ALREADY)
            raise

    return replace(kind, act=act)


async def _is_called_off(here: Surroundings, job: Job, target: Target) -> bool:
    async with here.database.reader() as session:
        with_another = await is_within_another(session, job.batch, target.case_id, target.target)
    return with_another and (await here.gateway.state(target.case_id)).status == "cancelled"


_CASES: dict[str, Any] = {"filter": CaseFilterBody, "select": _cases}
_STEPS: dict[str, Any] = {"filter": StepFilterBody, "select": _steps}
KINDS: tuple[Kind, ...] = (
    asking("case.modify", "change where the tokens are", request=TokenChanges, request_of=_modify, **_CASES),
    asking("case.restart", "begin again at an element", request=BeginAgain, request_of=_restart, **_CASES),
    asking("case.set_variables", "change variables", request=SomeVariables, request_of=_set_variables, **_CASES),
    calling_off(asking("case.cancel", "call the whole case off", request=NoRequest, request_of=_cancel, **_CASES)),
    asking("clock.stop", "stop the clocks of a step", request=NoRequest, request_of=_stop, **_STEPS),
    asking("clock.resume", "let the clocks of a step run on", request=NoRequest, request_of=_resume, **_STEPS),
)
