"""The facts that the engine really tells: after every step, the rows say what its state says."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlmodel import col, select

from pathways.bpmn.model import (
    Definition,
    FlowNode,
    Ladder,
    MessageTrigger,
    Process,
    Rung,
    SequenceFlow,
    UserTaskSpec,
    WorkSpec,
)
from records.database import Database
from records.projection import project
from records.queries.worklist import WorklistFilter, worklist
from records.tables import (
    OPEN_STATES,
    Case,
    Incident,
    Notification,
    OpenActivation,
    ScopeVariables,
    Subscription,
    Task,
    Timer,
)
from tests.records.story import HOUR, MONDAY
from workflows.contract.requests import CaseFacts, StartCase
from workflows.engine.events import (
    Event,
    IncidentResolved,
    MessageArrived,
    Started,
    TimerFired,
    UserTaskClaimed,
    UserTaskCompleted,
    VariablesSet,
    WorkCompleted,
    WorkFailed,
)
from workflows.engine.state import State
from workflows.engine.step import step

KEY = "clearance"
LADDER = Ladder("red", (Rung("d-PT1H", ("assignee",)), Rung("d", ("assignee", "clinical_lead"), level="breach")))


def node(id: str, type: str, **fields: Any) -> FlowNode:
    return FlowNode(id=id, type=type, name=id.capitalize(), line=1, scope=KEY, **fields)  # type: ignore[arg-type]


def assess() -> FlowNode:
    user = UserTaskSpec(candidate_groups='"dentist"', due_date="rt_start", form_id='"assess"')
    return node("assess", "userTask", user=user, ladder=LADDER, due_anchor="rt_start", lane="Dental")


def clearance() -> Definition:
    """start → assess (with a ladder, due when radiotherapy starts) → send → wait for the result → end."""
    chain = (
        node("start", "startEvent"),
        assess(),
        node("send", "serviceTask", work=WorkSpec('"referral"', "1")),
        node("result", "intermediateCatchEvent", trigger=MessageTrigger("result", "referral_id")),
        node("end", "endEvent"),
    )
    flows = [SequenceFlow(f"f{n}", chain[n].id, chain[n + 1].id, KEY) for n in range(len(chain) - 1)]
    return Definition(
        key=KEY,
        name="Clearance",
        version_tag="1",
        sha256="s" * 64,
        processes=(Process(KEY, "Clearance", executable=True),),
        nodes={n.id: _linked(n, flows) for n in chain},
        flows={flow.id: flow for flow in flows},
    )


def _linked(node: FlowNode, flows: Sequence[SequenceFlow]) -> FlowNode:
    incoming = tuple(flow.id for flow in flows if flow.target == node.id)
    return replace(node, incoming=incoming, outgoing=tuple(f.id for f in flows if f.source == node.id))


class Play:
    """A case that runs on the pure engine, projected after every step and compared with the engine's state."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.definition = clearance()
        self.state: State | None = None
        self.start = StartCase("case-1", KEY, self.definition.sha256, business_key="REF-1")

    async def do(self, event: Event) -> State:
        result = step(self.definition, self.state, event)
        async with self.database.session() as session:
            await project(session, CaseFacts(self.start, result.facts))
        self.state = result.state
        await self._same_as(result.state)
        return result.state

    async def _same_as(self, state: State) -> None:
        activations = {row.activation: row for row in await self.rows(OpenActivation)}
        assert set(activations) == set(state.activations)
        assert {t.timer: t.due_at for t in await self.rows(Timer)} == {
            timer.id: timer.due_at for timer in state.timers.values()
        }
        assert {s.subscription: (s.name, s.correlation_key) for s in await self.rows(Subscription)} == {
            s.id: (s.name, s.correlation_key) for s in state.subscriptions.values()
        }
        unresolved = [i for i in await self.rows(Incident) if i.resolved_at is None]
        assert {i.incident for i in unresolved} == set(state.incidents)
        variables = {row.scope: row.variables for row in await self.rows(ScopeVariables) if row.variables}
        for activation in state.activations.values():
            assert variables.get(activation.id, {}) == dict(activation.variables)
        held = {a.id: a for a in state.activations.values() if a.task is not None}
        tasks = [t for t in await self.rows(Task) if t.state in OPEN_STATES]
        assert {t.activation: (t.assignee, t.due_at) for t in tasks} == {
            a.id: (a.task.assignee if a.task else None, a.due_at) for a in held.values()
        }
        case = (await self.rows(Case))[0]
        assert (case.last_seq, case.status) == (state.seq, state.status)

    async def rows(self, table: type[Any]) -> list[Any]:
        async with self.database.reader() as session:
            return list(await session.exec(select(table)))


def started(rt_start: datetime) -> Started:
    variables = {"rt_start": rt_start.isoformat(), "referral_id": "REF-1"}
    return Started(MONDAY, "case-1", variables, actor="portal")


async def test_the_rows_say_what_the_engines_state_says_after_every_step(database: Database) -> None:
    play = Play(database)
    state = await play.do(started(MONDAY + 10 * HOUR))
    await play.do(UserTaskClaimed(MONDAY, "assess#1", "dr.oak"))
    earlier = (MONDAY + 5 * HOUR).isoformat()
    state = await play.do(VariablesSet(MONDAY + HOUR, {"rt_start": earlier}, actor="planner"))
    for timer in sorted(state.timers.values(), key=lambda timer: timer.due_at):
        await play.do(TimerFired(timer.due_at, timer.id))
    assert [n.level for n in await play.rows(Notification)].count("breach") == 2
    await play.do(UserTaskCompleted(MONDAY + 6 * HOUR, "assess#1", {"fit": True}, actor="dr.oak"))
    state = await play.do(WorkFailed(MONDAY + 7 * HOUR, "send#1", "the inbox is closed"))
    assert (await play.rows(Case))[0].stuck_reason.endswith("the inbox is closed")
    await play.do(IncidentResolved(MONDAY + 8 * HOUR, next(iter(state.incidents)), actor="admin"))
    await play.do(WorkCompleted(MONDAY + 9 * HOUR, "send#1"))
    assert [wait.title for wait in await play.rows(OpenActivation) if wait.wait] == ["Result"]
    state = await play.do(MessageArrived(MONDAY + 10 * HOUR, "result", "REF-1", "m-1", {"report": "clear"}))
    assert state.status == "completed"


async def test_the_names_and_the_form_of_the_diagram_reach_the_worklist(database: Database) -> None:
    await Play(database).do(started(MONDAY + 10 * HOUR))
    async with database.reader() as session:
        [item] = (await worklist(session, WorklistFilter(roles=("dentist",)))).items
    assert (item.task.title, item.task.lane, item.task.form_id, item.task.ladder) == (
        "Assess",
        "Dental",
        "assess",
        "red",
    )
    assert item.root is not None
    assert (item.root.name, item.root.version_tag) == ("Clearance", "1")


async def test_a_task_that_is_late_when_it_opens_shows_its_level_at_once(database: Database) -> None:
    await Play(database).do(started(MONDAY - HOUR))
    async with database.reader() as session:
        [task] = await session.exec(select(Task))
        told = {
            n.recipient for n in await session.exec(select(Notification).where(col(Notification.level) == "breach"))
        }
        case = await session.get_one(Case, "case-1")
    assert (task.escalation_level, case.stuck) == (2, True)
    assert "clinical_lead" in told
