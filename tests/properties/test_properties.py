"""What is true of every process and every case? Properties of `step` on random processes and random events."""

import os
import random
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DataObject

from pathways.bpmn.model import Definition, FlowNode
from pathways.codec import dump, load
from pathways.migration import plan_of
from tests.properties.play import NOW, STARTED, play
from tests.properties.processes import calm, processes
from workflows.engine import lifecycle, modifying
from workflows.engine.changes import (
    CancelActivation,
    CancelToken,
    Change,
    CompleteActivation,
    MoveToken,
    RestartAt,
    StartAt,
)
from workflows.engine.dead_joins import dead_joins
from workflows.engine.errors import EventRejected
from workflows.engine.events import Event, Migrated, MigrationUndone, Modified, WorkCompleted
from workflows.engine.registry import BEHAVIOURS
from workflows.engine.run import thaw
from workflows.engine.state import State
from workflows.engine.step import Step, step

EXAMPLES = int(os.environ.get("PROPERTY_EXAMPLES", "120"))
many = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.fixture(autouse=True, scope="module")
def short_loops() -> Iterator[None]:
    """Stop loops without a wait soon: most random graphs have one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lifecycle, "MOVES_PER_STEP", 60)
        yield


@many
@given(processes, st.data())
def test_a_running_case_waits_for_something_or_has_an_incident(definition: Definition, data: DataObject) -> None:
    for _, _, result in play(definition, data):
        state = result.state
        if state.status == "running":
            waits = [at for at in state.activations.values() if at.listening or _asks_the_world(definition, at.element)]
            assert waits or state.timers or state.subscriptions or state.incidents


def _asks_the_world(definition: Definition, element: str) -> bool:
    node = definition.nodes.get(element)
    return node is not None and (node.type == "userTask" or node.work is not None)


@many
@given(processes, st.data())
def test_a_scope_is_open_exactly_while_it_holds_something(definition: Definition, data: DataObject) -> None:
    for _, _, result in play(definition, data):
        state = result.state
        assert (state.status == "running") == (state.root in state.activations)
        stopped = {incident.activation for incident in state.incidents.values()}
        for at in state.activations.values():
            assert at.scope == "" or at.scope in state.activations, "an activation outlived its scope"
            if _is_scope(definition, at.element) and at.id not in stopped and at.listening is None:
                assert _holds_something(state, at.id), f"{at.id} is open and empty"
        for token in state.tokens:
            assert token.scope in state.activations, "a token outlived its scope"


def _is_undone(node: FlowNode) -> bool:
    """A sub-process is opened again, without a token, when it is compensated."""
    return node.is_scope


def _is_scope(definition: Definition, element: str) -> bool:
    return element not in definition.nodes or definition.nodes[element].is_scope


def _holds_something(state: State, scope: str) -> bool:
    return any(at.scope == scope for at in state.activations.values()) or any(t.scope == scope for t in state.tokens)


@many
@given(processes, st.data())
def test_tokens_are_conserved(definition: Definition, data: DataObject) -> None:
    """A node is entered, and holds tokens at its door, at most as often as tokens went there."""
    taken: Counter[str] = Counter()
    entered: Counter[str] = Counter()
    for _, _, result in play(definition, data):
        for fact in result.facts:
            if fact.fact == "taken":
                taken[definition.flows[fact.detail["flow"]].target] += 1
            elif fact.fact == "activated" and fact.element in definition.nodes:
                entered[fact.element] += 1
        held: Counter[str] = Counter()
        for token in result.state.tokens:
            held[definition.flows[token.flow].target] += token.count
        for node in definition.nodes.values():
            assert held[node.id] <= taken[node.id]
            if node.incoming and node.loop is None and not _is_undone(node):
                assert entered[node.id] <= taken[node.id], f"{node.id} was entered by no token"


@many
@given(processes, st.data())
def test_what_waits_in_the_state_belongs_to_an_open_activation(definition: Definition, data: DataObject) -> None:
    for _, _, result in play(definition, data):
        state = result.state
        holders = [
            *(timer.activation for timer in state.timers.values()),
            *(subscription.activation for subscription in state.subscriptions.values()),
            *(incident.activation for incident in state.incidents.values()),
        ]
        assert set(holders) <= set(state.activations)


@many
@given(processes, st.data())
def test_state_survives_json_with_the_same_continuation(definition: Definition, data: DataObject) -> None:
    again: State | None = None
    for _, event, result in play(definition, data):
        assert step(definition, again, event) == result
        again = load(State, dump(result.state))
        assert again == result.state


@many
@given(processes, st.data())
def test_step_is_pure(definition: Definition, data: DataObject) -> None:
    for state, event, result in play(definition, data):
        before = dump(state) if state else b""
        second = step(definition, state, event)
        assert (dump(second), before) == (dump(result), dump(state) if state else b"")


@many
@given(processes, st.data())
def test_facts_are_numbered_without_a_gap(definition: Definition, data: DataObject) -> None:
    seqs = [fact.seq for _, _, result in play(definition, data) for fact in result.facts]
    assert seqs == list(range(1, len(seqs) + 1))


@many
@given(processes, st.data())
def test_no_command_is_given_twice(definition: Definition, data: DataObject) -> None:
    """Work is asked for again only when a person resolved the incident that had stopped it."""
    given_commands: set[tuple[str, str]] = set()
    for _, event, result in play(definition, data):
        for command in result.commands:
            if command.kind == "StartTimer":
                given_commands.discard(("CancelTimer", command.timer))
            name = _identity(command)
            if event.kind != "IncidentResolved" and name is not None:
                assert name not in given_commands, name
            if name is not None:
                given_commands.add(name)


def _identity(command: Any) -> tuple[str, str] | None:
    for key in ("activation", "subscription", "message_id", "notification", "incident"):
        if hasattr(command, key) and command.kind != "RaiseIncident":
            return command.kind, getattr(command, key)
    return (command.kind, command.timer) if command.kind == "CancelTimer" else None


@many
@given(processes, st.data(), st.randoms(use_true_random=False))
def test_the_order_of_the_definition_changes_nothing(
    definition: Definition, data: DataObject, shuffle: random.Random
) -> None:
    other, state = _permuted(definition, shuffle), None
    for _, event, result in play(definition, data):
        second = step(other, state, event)
        state = second.state
        assert dump(second) == dump(result)


def _permuted(definition: Definition, shuffle: random.Random) -> Definition:
    nodes = {
        name: replace(node, incoming=tuple(shuffle.sample(node.incoming, len(node.incoming))))
        for name, node in definition.nodes.items()
    }
    return replace(definition, nodes=_shuffled(nodes, shuffle), flows=_shuffled(definition.flows, shuffle))


def _shuffled(entries: Mapping[str, Any], shuffle: random.Random) -> dict[str, Any]:
    keys = list(entries)
    shuffle.shuffle(keys)
    return {key: entries[key] for key in keys}


@many
@given(calm(), st.randoms(use_true_random=False))
def test_independent_completions_lead_to_the_same_end_in_any_order(
    definition: Definition, shuffle: random.Random
) -> None:
    """Work that writes nothing may be done in any order: the case ends in the same place."""
    ends = {_end_when_done(definition, order) for order in (lambda ids: ids, lambda ids: _mixed(ids, shuffle))}
    assert len(ends) == 1


def _mixed(ids: list[str], shuffle: random.Random) -> list[str]:
    return shuffle.sample(ids, len(ids))


def _end_when_done(definition: Definition, order: Any) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    state = step(definition, None, STARTED).state
    for _ in range(60):
        open_work = [at.id for at in state.activations.values() if _is_open_work(definition, state, at.id)]
        if state.status != "running" or not open_work:
            break
        state = step(definition, state, WorkCompleted(NOW, order(open_work)[0])).state
    still = tuple(sorted(at.element for at in state.activations.values()))
    return state.status, tuple(sorted(state.ended)), still


def _is_open_work(definition: Definition, state: State, activation: str) -> bool:
    node = definition.nodes.get(state.activations[activation].element)
    at = state.activations[activation]
    stopped = {incident.activation for incident in state.incidents.values()}
    return node is not None and node.work is not None and at.items is None and at.id not in stopped


def rejected(definition: Definition, state: State, event: Event) -> Step | None:
    """Give the step, or None when the event was rejected."""
    try:
        return step(definition, state, event)
    except EventRejected:
        return None


@many
@given(processes, st.data())
def test_what_a_case_has_reached_is_never_called_impossible(definition: Definition, data: DataObject) -> None:
    for _, event, result in play(definition, data):
        if result.state.status == "running":
            run = thaw(definition, result.state, BEHAVIOURS, event.occurred_at)
            modifying.refuse_impossible(run, but=dead_joins(run))


@many
@given(calm(), st.data())
def test_no_change_by_hand_leads_a_sound_process_to_a_standstill(definition: Definition, data: DataObject) -> None:
    state = step(definition, None, STARTED).state
    for number in range(60):
        open_work = [at.id for at in state.activations.values() if _is_open_work(definition, state, at.id)]
        if not open_work or _loses_branches(definition):
            break
        work = data.draw(st.sampled_from(open_work))
        by_hand = data.draw(st.sampled_from(_by_hand(definition, state, work))) if number < 8 else None
        change = rejected(definition, state, by_hand) if by_hand is not None else None
        state = (change or step(definition, state, WorkCompleted(NOW, work))).state
    assert "deadlock" not in {incident.kind for incident in state.incidents.values()}


def _by_hand(definition: Definition, state: State, work: str) -> list[Event]:
    """Cancel, move, add and complete; begin again somewhere."""
    changes: list[Change] = [CancelActivation(work), CompleteActivation(work)]
    changes += [change for to in definition.nodes for change in (MoveToken(work, to), StartAt(to), RestartAt(to))]
    changes += [CancelToken(token.flow) for token in state.tokens]
    return [Modified(NOW, (change,), "why") for change in changes]


def _loses_branches(definition: Definition) -> bool:
    """A branch that an interrupting event leads to an end of its own never comes to its join."""
    return any(node.attached_to is not None and node.interrupting for node in definition.nodes.values())


@many
@given(processes, st.data())
def test_a_migration_to_the_same_diagram_changes_nothing_and_can_be_undone(
    definition: Definition, data: DataObject
) -> None:
    other = replace(definition, sha256="sha-of-the-next-version")
    plan = plan_of(definition, other).for_case()
    for _, event, result in play(definition, data):
        before = result.state
        if before.status != "running" or any(at.listening for at in before.activations.values()):
            continue
        run = thaw(definition, before, BEHAVIOURS, event.occurred_at)
        if dead_joins(run):
            continue
        taken = step(other, before, Migrated(event.occurred_at, plan, "why"))
        assert replace(taken.state, sha256=before.sha256, seq=before.seq) == before
        undoing = MigrationUndone(event.occurred_at, dump(before).decode(), taken.state.seq, "why")
        assert replace(step(definition, taken.state, undoing).state, seq=before.seq) == before


@many
@given(processes, st.data())
def test_a_rejected_event_changes_nothing(definition: Definition, data: DataObject) -> None:
    for _, event, result in play(definition, data):
        before = dump(result.state)
        if result.state.status == "running" and rejected(definition, result.state, WorkCompleted(NOW, "nothing#1")):
            raise AssertionError("work that nobody asked for was accepted")
        if event.kind == "WorkCompleted":
            assert rejected(definition, result.state, event) is None or _was_only_stopped(result, event)
        assert dump(result.state) == before


def _was_only_stopped(result: Step, event: Any) -> bool:
    return event.activation in result.state.activations
