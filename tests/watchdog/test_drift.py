"""Is every difference between the read model and a case named, and is a case that waits for nothing found?

That no element leaves a difference behind is seen in `tests/records/test_golden_facts.py`.
"""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from api.watchdog.drift import differences
from api.watchdog.invariant import is_orphan
from api.watchdog.temporal import Underway
from records.queries.watch import Standing
from workflows.engine.state import Activation, Listening, State, TaskHold, Timer

NOW = datetime(2026, 11, 22, tzinfo=UTC)
IDLE = Underway((), called=0, task_attempt=0)


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


def test_a_task_whose_end_is_listened_to_stays_a_persons_until_it_is_over() -> None:
    held = TaskHold(("dentist",), (), "ann", 50, None)
    ending = Activation("examine#1", "examine", "p#1", NOW, task=held, listening=Listening("end"))
    state = replace(STATE, activations={**STATE.activations, "examine#1": ending})
    offered = {"examine#1": (None, 50, frozenset({"dentist"}))}
    standing = replace(STANDING, activations=frozenset(state.activations), tasks=offered)
    assert differences(standing, state) == ()
    still_held = replace(ending, listening=None)
    assert differences(standing, replace(state, activations={**state.activations, "examine#1": still_held})) == (
        "tasks",
    )


def test_a_running_case_that_waits_for_nothing_is_an_orphan() -> None:
    alone = replace(STATE, timers={})
    assert is_orphan(alone, IDLE, ())
    assert not is_orphan(STATE, IDLE, ()), "its timer will fire"
    assert not is_orphan(alone, Underway((), called=1, task_attempt=0), ()), "a called process will end"
    called = f"{alone.case_id}/{next(iter(alone.activations))}"
    assert not is_orphan(alone, IDLE, (called,)), "a called process will end, also of an earlier history"
    assert not is_orphan(alone, Underway((), called=0, task_attempt=1), ()), "a worker has yet to carry on"
    assert not is_orphan(replace(alone, status="completed"), IDLE, ())
