"""Where does a referral stand in its closed loop, and who has acknowledged its report? Read from facts and marks.

An element of a diagram says with the property `loopState` (or `loopStateEntered`) which states of the closed loop it
leads to; the facts of the case say when it was done. With `loopStateOf` it says so of the referral that a call activity
of the same diagram made: its pathway writes the report itself. Where nothing is marked, a referral has no such state.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_
from sqlmodel import col, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from pathways.bpmn.model import Definition
from policy.referral_loop import Happened, Loop, Refused, advance, reading, told
from records.queries.acknowledged import Step, handed_reports, readers
from records.queries.case import process_of, process_variables
from records.queries.library import definition_of_case
from records.tables import Case, FactRecord, ScopeVariables, Task

DONE, ENTERED, OF = "loopState", "loopStateEntered", "loopStateOf"


async def loop_of(session: AsyncSession, case: Case) -> tuple[Loop, tuple[Refused, ...]] | None:
    """Give where the referral of a case stands, and what its marks said that the table refuses; None without marks."""
    answering = await answering_case(session, case)
    definition = await definition_of_case(session, answering)
    if definition is None or not marks_of(definition):
        return None
    said = await _said_about(session, answering, definition)
    happened = [each.what for each in said if await _is_true(session, each, said)]
    events = sorted([*happened, *await _handed_again(session, answering)], key=lambda event: event.at)
    loop, refused = told(events)
    return _ended_from_outside(loop, answering), refused


async def acknowledged_in(session: AsyncSession, case: Case) -> tuple[Task, ...]:
    """Give the tasks in which people have acknowledged the report of the referral of a case by name."""
    answering = await answering_case(session, case)
    definition = await definition_of_case(session, answering)
    said = await _said_about(session, answering, definition) if definition else []
    told_so = [each for each in said if each.what.to == "acknowledged"]
    return tuple([task for each in told_so for task in await _readers(session, each, said)])


@dataclass(frozen=True, slots=True)
class _Said:
    """What happened, as an element of a diagram says, and where."""

    what: Happened
    step: Step


async def _said_about(session: AsyncSession, case: Case, definition: Definition) -> list[_Said]:
    """All that diagrams have said of the referral that stands in a case, in order."""
    own = await _happened(session, case, definition, marks_of(definition))
    return sorted([*own, *await _told_by_caller(session, case)], key=lambda said: said.what.at)


async def _is_true(session: AsyncSession, said: _Said, all_said: Sequence[_Said]) -> bool:
    """Whether an acknowledgement is somebody's: where the step of reading was passed by hand, nobody has read it."""
    return said.what.to != "acknowledged" or bool(await _readers(session, said, all_said))


async def _readers(session: AsyncSession, said: _Said, all_said: Sequence[_Said]) -> tuple[Task, ...]:
    """Who has read, before this was said, what was reported last."""
    at = said.what.at
    reported = max((each.what.at for each in all_said if each.what.to == "reported" and each.what.at <= at), default=at)
    return await readers(session, said.step, reported, at)


async def _handed_again(session: AsyncSession, case: Case) -> list[Happened]:
    """What became of the report beside its diagram: it was amended, or handed over since nobody had read it."""
    handed = await handed_reports(session, case.case_id)
    amended = [Happened("reported", row.sent_at, "performer") for row in handed if row.result.get("amended")]
    read = [row.acknowledged_at for row in handed if row.acknowledged_at is not None]
    closed = [Happened("acknowledged", max(read), "placer")] if handed and len(read) == len(handed) else []
    return [*amended, *closed]


def _ended_from_outside(loop: Loop, case: Case) -> Loop:
    """A referral whose case was ended by its caller or by hand is cancelled, where it was still open."""
    if case.status != "cancelled" or case.ended_at is None:
        return loop
    ended = advance(loop, Happened("cancelled", case.ended_at, "engine"))
    return loop if isinstance(ended, Refused) else ended


async def stands_in(session: AsyncSession, case: Case) -> str:
    """Give the case in which the referral stands that a case acknowledges, or is called to; '' when it is none's."""
    definition = await definition_of_case(session, case)
    if definition is not None and any("acknowledged" in states for states in marks_of(definition).values()):
        return case.case_id
    caller = await session.get(Case, case.caller) if case.caller else None
    drawn = await definition_of_case(session, caller) if caller else None
    if caller is None or drawn is None:
        return ""
    call = case.case_id.rpartition("/")[2].partition("#")[0]
    if "acknowledged" in marks_of(drawn).get(("completed", call), ""):
        return caller.case_id
    about = [calls for element, states, calls in _said_of(drawn) if element == call and "acknowledged" in states]
    referral_id = str((await process_variables(session, case)).get("referral_id") or "")
    made = await _made_for(session, caller, {each for calls in about for each in calls}, referral_id) if about else None
    return (await answering_case(session, made)).case_id if made else ""


async def answering_case(session: AsyncSession, case: Case) -> Case:
    """Give the case in which the referral of a case stands: itself, or that of the call to which it is left."""
    definition = await definition_of_case(session, case)
    if definition is None or marks_of(definition):
        return case
    calls = {call for _, _, named in _said_of(definition) for call in named}
    made = await _handed_to_a_call(session, case, calls) if calls else None
    return await answering_case(session, made) if made else case


def marks_of(definition: Definition) -> Mapping[tuple[str, str], str]:
    """Give what the elements of a definition say of the loop: by fact (`completed`, `activated`) and element."""
    facts = {DONE: "completed", ENTERED: "activated"}
    return {
        (facts[name], node.id): node.properties[name]
        for node in definition.nodes.values()
        for name in facts
        if name in node.properties
    }


def marks_about(definition: Definition, call: str) -> Mapping[str, str]:
    """Give what the elements of a definition say of the referral that this call activity makes, by element."""
    return {element: states for element, states, calls in _said_of(definition) if call in calls}


def _said_of(definition: Definition) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Element, states and call activities of every property `<states> of <calls>`."""
    for node in definition.nodes.values():
        states, _, calls = node.properties.get(OF, "").partition(" of ")
        if calls:
            yield node.id, states, tuple(call.strip() for call in calls.split(","))


async def _happened(
    session: AsyncSession, case: Case, definition: Definition, marks: Mapping[tuple[str, str], str], *, about: str = ""
) -> list[_Said]:
    """What a case has done; with `about` only what it has done of this referral, where it made several alike."""
    marked = select(FactRecord).where(
        FactRecord.case_id == case.case_id,
        col(FactRecord.element).in_({element for _, element in marks}),
        col(FactRecord.fact).in_(("completed", "activated")),
    )
    facts = tuple(await session.exec(marked.order_by(col(FactRecord.seq))))
    others = await _about_others(session, case, [fact.activation for fact in facts], about) if about else ()
    ours = (fact for fact in facts if fact.activation not in others)
    return [
        _Said(event, Step(case.case_id, fact.activation, definition.nodes[fact.element], definition))
        for fact in ours
        for event in _events(marks.get((fact.fact, fact.element), ""), fact.at)
    ]


async def _told_by_caller(session: AsyncSession, case: Case) -> list[_Said]:
    """What the caller has done since about the referral that it made with this case."""
    caller_id, _, call = case.case_id.rpartition("/")
    caller = await session.get(Case, caller_id) if caller_id else None
    definition = await definition_of_case(session, caller) if caller else None
    if caller is None or definition is None:
        return []
    marks = marks_about(definition, call.partition("#")[0])
    detached = {id for id in marks if (made := definition.nodes[id].call) and made.detached}
    at_once = {("completed", element): text for element, text in marks.items() if element not in detached}
    referral_id = str((await process_variables(session, case)).get("referral_id") or "")
    said = await _happened(session, caller, definition, at_once, about=referral_id)
    for call in sorted(detached):
        said += await _ended(session, caller, definition, call, marks[call], about=referral_id)
    return [each for each in said if each.what.at >= case.started_at]


async def _ended(
    session: AsyncSession, caller: Case, definition: Definition, call: str, text: str, *, about: str
) -> list[_Said]:
    """A detached call is done when what it called has ended, not when it was called."""
    ends = select(Case.case_id, Case.ended_at).where(_made_by(caller, call), Case.status == "completed")
    ended = {case_id.rpartition("/")[2]: at for case_id, at in await session.exec(ends) if at}
    others = await _about_others(session, caller, ended, about)
    return [
        _Said(event, Step(caller.case_id, made, definition.nodes[call], definition))
        for made, at in ended.items()
        if made not in others
        for event in _events(text, at)
    ]


async def _about_others(
    session: AsyncSession, caller: Case, activations: Collection[str], about: str
) -> frozenset[str]:
    """Which of these activations speak of another referral: their scope has a `referral_id` of its own, not this."""
    here = FactRecord.case_id == caller.case_id
    begun = select(FactRecord.activation, col(FactRecord.detail)["scope"].as_string()).where(
        here, FactRecord.fact == "activated", col(FactRecord.activation).in_(activations)
    )
    scopes = {activation: scope for activation, scope in await session.exec(begun) if scope != caller.process_scope}
    named = select(col(FactRecord.detail)["scope"].as_string(), col(FactRecord.detail)["value"].as_string()).where(
        here,
        FactRecord.fact == "variable_set",
        col(FactRecord.detail)["name"].as_string() == "referral_id",
        col(FactRecord.detail)["scope"].as_string().in_(set(scopes.values())),
    )
    own = dict((await session.exec(named)).all())
    return frozenset(each for each, scope in scopes.items() if own.get(scope, about) != about)


def _events(text: str, at: datetime) -> list[Happened]:
    """`booked, seen`: one after the other, at the same moment."""
    said = [reading(part) for part in text.split(",") if part.strip()]
    return [Happened(state, at, by) for state, by in said]


async def _handed_to_a_call(session: AsyncSession, case: Case, calls: set[str]) -> Case | None:
    """The newest case that one of these call activities has made for the case's own referral, under the same id."""
    own = (await process_variables(session, case)).get("referral_id") if case.caller else None
    return await _made_for(session, case, calls, str(own or case.business_key))


async def _made_for(session: AsyncSession, case: Case, calls: set[str], referral_id: str) -> Case | None:
    called = (
        select(Case)
        .join(ScopeVariables, process_of(Case))
        .where(
            or_(*(_made_by(case, call) for call in calls)),
            col(ScopeVariables.variables)["referral_id"].as_string() == referral_id,
        )
    )
    return (await session.exec(called.order_by(col(Case.started_at).desc()).limit(1))).first()


def _made_by(caller: Case, call: str) -> ColumnElement[bool]:
    """Whether a case was called by this call activity itself; asked of one tree, whose cases have an index."""
    made = col(Case.case_id).startswith(f"{caller.case_id}/{call}#", autoescape=True)
    return and_(col(Case.root_case_id) == caller.root_case_id, col(Case.caller) == caller.case_id, made)
