"""What holds whenever a running case migrates, however its pathway was redrawn? Proven on random revisions."""

import os
from collections.abc import Iterator
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DataObject

from pathways.bpmn.model import Definition
from pathways.codec import dump, load
from pathways.migration import MigrationPlan, PlanRefused, plan_of
from tests.properties.play import NOW, play, possible
from tests.properties.processes import processes
from tests.properties.revisions import revisions
from workflows.engine import lifecycle
from workflows.engine.errors import EventRejected
from workflows.engine.events import Migrated, MigrationUndone
from workflows.engine.state import State
from workflows.engine.step import Step, step

EXAMPLES = int(os.environ.get("PROPERTY_EXAMPLES", "60"))
many = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.fixture(autouse=True, scope="module")
def short_loops() -> Iterator[None]:
    """Stop loops without a wait soon: most random graphs have one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lifecycle, "MOVES_PER_STEP", 60)
        yield


def redrawn(definition: Definition, data: DataObject) -> tuple[Definition, MigrationPlan]:
    """A revision and the plan to it; what makes no sense to map is left out."""
    new, renamed = data.draw(revisions(definition))
    try:
        return new, plan_of(definition, new, {old: name for old, name in renamed.items() if old in definition.nodes})
    except PlanRefused:
        return new, plan_of(definition, new)


def migrated(new: Definition, state: State, plan: MigrationPlan) -> Step | None:
    """The migration of a case, None when it is refused."""
    try:
        return step(new, state, Migrated(NOW + timedelta(hours=1), plan.for_case(), "why"))
    except EventRejected:
        return None


@many
@given(processes, st.data())
def test_a_plan_names_only_what_is_there_and_what_fits(definition: Definition, data: DataObject) -> None:
    new, plan = redrawn(definition, data)
    for old, other in plan.elements.items():
        if old in definition.nodes:
            assert new.nodes[other].type == definition.nodes[old].type
    assert len(set(plan.flows.values())) == len(plan.flows)
    assert all(new.flows[other] for other in plan.flows.values())
    for element, rungs in plan.rungs.items():
        known = new.nodes[plan.elements[element]].ladder
        assert {rung for rung in rungs if rung is not None} <= set(range(len(known.rungs) if known else 0))


@many
@given(processes, st.data())
def test_a_migrated_case_holds_only_what_its_new_version_has(definition: Definition, data: DataObject) -> None:
    new, plan = redrawn(definition, data)
    for _, _, result in play(definition, data):
        taken = migrated(new, result.state, plan) if result.state.status == "running" else None
        if taken is None:
            continue
        after = taken.state
        assert load(State, dump(after)) == after
        assert after.sha256 == new.sha256
        assert all(at.element in new.nodes for at in after.activations.values() if at.id != after.root)
        assert all(token.flow in new.flows for token in after.tokens)
        held = [*after.timers.values(), *after.subscriptions.values()]
        assert all(each.node in new.nodes and each.activation in after.activations for each in held)
        started = {command.timer for command in taken.commands if command.kind == "StartTimer"}
        assert started <= after.timers.keys() | {timer.id for timer in result.state.timers.values()}


@many
@given(processes, st.data())
def test_a_migrated_case_goes_on_like_any_other(definition: Definition, data: DataObject) -> None:
    new, plan = redrawn(definition, data)
    for number, (_, _, result) in enumerate(play(definition, data)):
        taken = migrated(new, result.state, plan) if result.state.status == "running" else None
        if taken is None or number % 2:
            continue
        state = taken.state
        for hour in range(2, 6):
            if state.status != "running":
                break
            event = data.draw(st.sampled_from(possible(new, state, NOW + timedelta(hours=hour + 24))))
            try:
                state = step(new, state, event).state
            except EventRejected:
                continue


@many
@given(processes, st.data())
def test_a_migration_that_was_undone_leaves_no_trace_but_its_members(definition: Definition, data: DataObject) -> None:
    new, plan = redrawn(definition, data)
    for _, _, result in play(definition, data):
        before = result.state
        taken = migrated(new, before, plan) if before.status == "running" else None
        if taken is None or taken.state.status != "running":
            continue
        undoing = MigrationUndone(NOW + timedelta(hours=2), dump(before).decode(), taken.state.seq, "why")
        after = step(definition, taken.state, undoing)
        assert {**_members(after.state), "seq": 0} == {**_members(before), "seq": 0}
        armed = {c.timer for c in (*taken.commands, *after.commands) if c.kind == "StartTimer"}
        assert armed <= before.timers.keys() | taken.state.timers.keys()


def _members(state: State) -> dict[str, object]:
    return {name: getattr(state, name) for name in State.__slots__}
