"""Does the comparison know every element? After each golden case the read model says what the state says; garbled, not."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from api.watchdog.drift import differences
from api.watchdog.invariant import is_orphan
from api.watchdog.temporal import Underway
from records.projection.apply import apply
from records.projection.rows import CaseRows
from records.projection.values import recorded
from records.queries.watch import Standing
from tests.golden.test_golden import CASES, name_of, run
from workflows.contract.requests import StartCase
from workflows.engine.state import Activation, State, Timer
from workflows.proof import headless
from workflows.proof.simulation import Simulation

NOW = datetime(2026, 11, 22, tzinfo=UTC)
IDLE = Underway((), called=0, task_attempt=0)


@pytest.fixture
def played(monkeypatch: pytest.MonkeyPatch, case: Path) -> Simulation:
    monkeypatch.setattr(headless, "report", lambda simulation, **_: {"simulation": simulation})
    found = run(case.with_suffix(".bpmn"), json.loads(case.read_text()))["simulation"]
    assert isinstance(found, Simulation)
    return found


def projected(simulation: Simulation, case_id: str) -> Standing:
    rows = CaseRows(StartCase(case_id, "golden", simulation.cases[case_id].state.sha256))
    for each in simulation.trace:
        if each.case_id == case_id:
            apply(rows, recorded(each.fact))
    assert rows.case is not None
    scope = rows.scopes.get(rows.case.process_scope)
    return Standing(
        case_id=case_id,
        seq=rows.case.last_seq,
        status=rows.case.status,
        sha256=rows.case.sha256,
        activations=frozenset(rows.activations),
        tasks={t.activation: (t.assignee, t.priority, frozenset(t.groups)) for t in rows.tasks.values() if t.is_open},
        timers={t.timer: (t.due_at, t.paused_at is not None) for t in rows.timers.values()},
        subscriptions={s.subscription: (s.event, s.name, s.correlation_key) for s in rows.subscriptions.values()},
        incidents=frozenset(i.incident for i in rows.incidents.values() if i.resolved_at is None),
        variables=scope.variables if scope else {},
        facts=rows.case.last_seq,
    )


@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_what_every_element_leaves_behind_is_no_drift(played: Simulation) -> None:
    for case_id, simulated in played.cases.items():
        if simulated.state.status == "running":
            assert differences(projected(played, case_id), simulated.state) == ()


STATE = State(
    case_id="case-1",
    sha256="sha",
    process="p",
    status="running",
    seq=7,
    activations={"p#1": Activation("p#1", "p", "", NOW, variables={"side": "left"})},
    timers={"timer#1": Timer("timer#1", "p#1", "pause", NOW)},
)
STANDING = Standing(
    "case-1",
    seq=7,
    status="running",
    sha256="sha",
    activations=frozenset({"p#1"}),
    timers={"timer#1": (NOW, False)},
    variables={"side": "left"},
    facts=7,
)


@pytest.mark.parametrize(
    ("garbled", "named"),
    [
        ({}, ()),
        ({"seq": 6}, ("behind",)),
        ({"seq": 8}, ("ahead",)),
        ({"status": "completed"}, ("status",)),
        ({"sha256": "another"}, ("version",)),
        ({"activations": frozenset()}, ("steps",)),
        ({"tasks": {"examine#1": ("p1", 50, frozenset())}}, ("tasks",)),
        ({"timers": {}}, ("timers",)),
        ({"timers": {"timer#1": (NOW, True)}}, ("timers",)),
        ({"subscriptions": {"s#1": ("message", "m", "k")}}, ("subscriptions",)),
        ({"incidents": frozenset({"incident#1"})}, ("incidents",)),
        ({"variables": {"side": "right"}}, ("variables",)),
        ({"facts": 6}, ("facts",)),
        ({"started": False}, ("start",)),
    ],
)
def test_each_difference_is_named(garbled: dict[str, object], named: tuple[str, ...]) -> None:
    assert differences(replace(STANDING, **garbled), STATE) == named  # type: ignore[arg-type]


def test_a_running_case_that_waits_for_nothing_is_an_orphan() -> None:
    alone = replace(STATE, timers={})
    assert is_orphan(alone, IDLE)
    assert not is_orphan(STATE, IDLE), "its timer will fire"
    assert not is_orphan(alone, Underway((), called=1, task_attempt=0)), "a called process will end"
    assert not is_orphan(alone, Underway((), called=0, task_attempt=1)), "a worker has yet to carry on"
    assert not is_orphan(replace(alone, status="completed"), IDLE)
