"""Do the rows say what the case says, whatever people do to it by hand and wherever it migrates, there and back?"""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DataObject

from api.watchdog.drift import differences
from pathways.bpmn.model import Definition
from pathways.codec import dump
from pathways.migration import PlanRefused, plan_of
from records.projection.apply import apply
from records.projection.rows import CaseRows
from records.projection.values import recorded
from tests.properties.play import NOW, STARTED, possible
from tests.properties.processes import processes
from tests.properties.revisions import revisions
from tests.records.standing import standing_of
from workflows.contract.requests import StartCase
from workflows.engine import changes, lifecycle
from workflows.engine.errors import EventRejected
from workflows.engine.events import (
    ActivitySkipped,
    BpmnErrorThrown,
    ClockResumed,
    ClockStopped,
    Event,
    IncidentResolved,
    Migrated,
    MigrationUndone,
    Modified,
    TimerMoved,
    VariablesSet,
)
from workflows.engine.state import State
from workflows.engine.step import Step, step

EXAMPLES = int(os.environ.get("PROPERTY_EXAMPLES", "120"))
many = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
LONGEST = 10
WHY = "why"


@pytest.fixture(autouse=True, scope="module")
def short_loops() -> Iterator[None]:
    """Stop loops without a wait soon: most random graphs have one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lifecycle, "MOVES_PER_STEP", 60)
        yield


@dataclass(slots=True)
class Told:
    """A case, its rows, and how it stood before it last migrated."""

    definition: Definition
    state: State
    rows: CaseRows
    before: tuple[Definition, State, int] | None = field(default=None)

    def go(self, definition: Definition, event: Event) -> None:
        """Apply an event and tell the rows; what is refused changes nothing."""
        try:
            self.tell(definition, step(definition, self.state, event))
        except EventRejected:
            return

    def tell(self, definition: Definition, taken: Step) -> None:
        for fact in taken.facts:
            apply(self.rows, recorded(fact))
        self.definition, self.state = definition, taken.state

    def migrate(self, data: DataObject, now: datetime) -> None:
        drawn, renamed = data.draw(revisions(self.definition))
        new = replace(drawn, sha256=f"{self.state.seq:064}")
        try:
            plan = plan_of(self.definition, new, {old: n for old, n in renamed.items() if old in self.definition.nodes})
        except PlanRefused:
            return
        old, state = self.definition, self.state
        self.go(new, Migrated(now, plan.for_case(), WHY))
        if self.definition is new:
            self.before = old, state, self.state.seq

    def undo(self, now: datetime) -> None:
        if self.before is not None:
            definition, state, seq = self.before
            self.go(definition, MigrationUndone(now, dump(state).decode(), seq, WHY))


@many
@given(processes, st.data())
def test_the_rows_say_what_the_case_says(definition: Definition, data: DataObject) -> None:
    begun = step(definition, None, STARTED)
    case = Told(definition, begun.state, CaseRows(StartCase("case", "p", "sha")))
    case.tell(definition, begun)
    for number in range(LONGEST):
        if case.state.status != "running":
            return
        _same(case)
        now = NOW + timedelta(hours=number + 1)
        match data.draw(st.sampled_from(("event", "event", "by hand", "by hand", "migrate", "there and back"))):
            case "event":
                case.go(case.definition, data.draw(st.sampled_from(possible(case.definition, case.state, now))))
            case "by hand":
                case.go(case.definition, by_hand(case, data, now))
            case "migrate":
                case.migrate(data, now)
            case _:
                case.migrate(data, now)
                _same(case)
                case.undo(now)


def _same(case: Told) -> None:
    if case.state.status == "running":
        assert not set(differences(standing_of(case.rows), case.state)) - {"version"}


def by_hand(case: Told, data: DataObject, now: datetime) -> Event:
    """Something that a person may ask, though it seldom fits."""
    activation = data.draw(st.sampled_from(list(case.state.activations)))
    target = data.draw(st.sampled_from([*case.state.activations, *case.state.timers]))
    values = data.draw(st.sampled_from(({}, {"x": 1, "y": True, "xs": [1]}, {"x": "wrong", "xs": 7}, {"": 1})))
    incident = next(iter(case.state.incidents), "incident#1")
    return data.draw(
        st.sampled_from(
            (
                Modified(now, tuple(change(case, data) for _ in range(data.draw(st.integers(1, 2)))), WHY, "ann"),
                ActivitySkipped(now, activation, WHY, values),
                BpmnErrorThrown(now, activation, "E1", actor="ann", reason=WHY),
                IncidentResolved(now, incident, values, "ann"),
                VariablesSet(now, values, "ann"),
                ClockStopped(now, target, WHY),
                ClockResumed(now, target, WHY),
                TimerMoved(now, target, now + timedelta(hours=2), WHY),
            )
        )
    )


def change(case: Told, data: DataObject) -> changes.Change:
    activation = data.draw(st.sampled_from(list(case.state.activations)))
    element = data.draw(st.sampled_from(list(case.definition.nodes)))
    return data.draw(
        st.sampled_from(
            (
                changes.CancelActivation(activation),
                changes.CancelToken(case.state.tokens[0].flow if case.state.tokens else "none"),
                changes.StartAt(element, variables={"x": 2}),
                changes.MoveToken(activation, element),
                changes.CompleteActivation(activation, {"x": 1}),
                changes.SetScopeVariables(activation, {"x": 3}),
                changes.RestartAt(element),
            )
        )
    )
