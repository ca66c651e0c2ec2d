"""Does the read model follow every element? After each golden case, the rows say what the engine's state says."""

import functools
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from api.shapes.timers import clocks
from api.watchdog.drift import differences
from records.projection.apply import apply
from records.projection.rows import CaseRows
from records.projection.values import recorded
from records.queries.clocks import clocks_told
from records.queries.timeline import sentence
from tests.golden.test_golden import CASES, name_of, run
from tests.records.standing import standing_of
from workflows.contract.requests import StartCase
from workflows.engine.facts import Fact
from workflows.engine.state import State
from workflows.host.waits import waits_of
from workflows.proof import headless
from workflows.proof.simulation import SimulatedCase, Simulation

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
WITHIN_THE_CASE = {"complexGateway", "intermediateThrowEvent", "endEvent", "subProcess", "transaction"}


@functools.cache
def played(case: Path) -> Simulation:
    """The simulation of a golden case, at its end."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(headless, "report", lambda simulation, **_: {"simulation": simulation})
        found = run(case.with_suffix(".bpmn"), json.loads(case.read_text()))["simulation"]
    assert isinstance(found, Simulation)
    return found


def projected(simulation: Simulation, case_id: str) -> CaseRows:
    rows = CaseRows(StartCase(case_id, "golden", "sha"))
    for each in simulation.trace:
        if each.case_id == case_id:
            apply(rows, recorded(each.fact))
            assert sentence(each.fact.fact, each.fact.name, each.fact.detail)
    return rows


@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_the_rows_say_what_the_state_says(case: Path) -> None:
    simulation = played(case)
    for case_id, simulated in simulation.cases.items():
        rows, state = projected(simulation, case_id), simulated.state
        assert rows.case is not None
        assert (rows.case.status, rows.case.last_seq) == (state.status, state.seq)
        if state.status == "running":
            _same(rows, state)
            _same_clocks(rows, simulated, [recorded(e.fact) for e in simulation.trace if e.case_id == case_id])


def _same(rows: CaseRows, state: State) -> None:
    assert set(differences(standing_of(rows), state)) <= {"version"}, "the watchdog would find drift"
    assert set(rows.activations) == set(state.activations)
    assert {t.timer: t.due_at for t in rows.timers.values()} == {t.id: t.due_at for t in state.timers.values()}
    assert {s.subscription: (s.event, s.name, s.correlation_key) for s in rows.subscriptions.values()} == {
        s.id: (s.event, s.name, s.correlation_key) for s in state.subscriptions.values() if s.event != "condition"
    }
    assert {i.incident for i in rows.incidents.values() if i.resolved_at is None} == set(state.incidents)
    assert not [
        row for row in rows.activations.values() if row.wait and row.type in WITHIN_THE_CASE and not row.failure
    ]


def _same_clocks(rows: CaseRows, simulated: SimulatedCase, facts: list[Fact]) -> None:
    definition, state = simulated.definition, simulated.state
    found = clocks_told(tuple(rows.activations.values()), tuple(rows.timers.values()), facts)
    shown = {clock.target: (clock.due_at, clock.stopped_at) for clock in clocks(definition, found, now=NOW)}
    steps = [at for at in state.activations.values() if at.element in definition.nodes]
    timed = {at.id: (at.due_at, at.stopped_at) for at in steps if at.due_at or at.stopped_at}
    assert shown == timed | {timer.id: (timer.due_at, timer.paused_at) for timer in state.timers.values()}
    rungs = {timer.id: timer.rung for timer in state.timers.values() if timer.rung is not None}
    assert {timer: rung for timer, rung in found.rungs.items() if timer in state.timers} == rungs


@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_nobody_is_said_to_wait_for_what_goes_on_within_the_case(case: Path) -> None:
    for simulated in played(case).cases.values():
        for wait in waits_of(simulated.definition, simulated.state):
            node = simulated.definition.nodes[wait.element]
            assert wait.incident or node.work is not None or node.type not in WITHIN_THE_CASE
