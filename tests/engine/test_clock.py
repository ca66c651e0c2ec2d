"""What becomes of a clock that a person moves, stops or lets run on? What remained remains; no rung twice."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from pathways.bpmn.model import Definition, MultiInstance, TimerTrigger, WorkingCalendar
from tests.engine.interventions import (
    DAY,
    LADDERED,
    NESTED,
    NOW,
    after,
    drawn,
    kinds,
    node,
    open_elements,
    started,
    task,
)
from workflows.engine.commands import CancelTimer, StartTimer
from workflows.engine.errors import EventRejected
from workflows.engine.events import (
    ActivitySkipped,
    ClockResumed,
    ClockStopped,
    IncidentResolved,
    TimerFired,
    TimerMoved,
    UserTaskCompleted,
    VariablesSet,
    WaitOverdue,
)
from workflows.engine.overdue import GRACE, late_waits
from workflows.engine.state import State

WHY = "the patient is in hospital"


def due(state: State) -> dict[str, datetime]:
    return {timer.id: timer.due_at for timer in state.timers.values()}


def test_a_moved_timer_is_due_at_its_new_time_and_the_reason_is_kept() -> None:
    begun = after(NESTED, started(NESTED).state, UserTaskCompleted(NOW, "first#1", actor="p1"))
    moved = after(NESTED, begun.state, TimerMoved(NOW, "timer#1", NOW + 9 * DAY, WHY, "lead"))
    assert due(moved.state) == {"timer#1": NOW + 9 * DAY}
    (fact,) = moved.facts
    assert (fact.fact, fact.detail["reason"], fact.detail["actor"]) == ("timer_moved", WHY, "lead")
    assert moved.commands == (StartTimer("timer#1", NOW + 9 * DAY, "late"),)


def test_a_timer_that_is_moved_into_the_past_is_due_now_and_not_late() -> None:
    begun = after(NESTED, started(NESTED).state, UserTaskCompleted(NOW, "first#1", actor="p1"))
    moved = after(NESTED, begun.state, TimerMoved(NOW, "timer#1", NOW - 900 * DAY, WHY, "lead"))
    assert due(moved.state) == {"timer#1": NOW}


def test_a_stopped_timer_does_not_fire_and_keeps_what_remained() -> None:
    begun = after(NESTED, started(NESTED).state, UserTaskCompleted(NOW, "first#1", actor="p1"))
    stopped = after(NESTED, begun.state, ClockStopped(NOW + DAY, "timer#1", WHY, "lead"))
    assert stopped.commands == (CancelTimer("timer#1"),)
    with pytest.raises(EventRejected, match="stands still"):
        after(NESTED, stopped.state, TimerFired(NOW + 5 * DAY, "timer#1"))
    resumed = after(NESTED, stopped.state, ClockResumed(NOW + 10 * DAY, "timer#1", "he is home", "lead"))
    assert due(resumed.state) == {"timer#1": NOW + 11 * DAY}
    assert "activated" in kinds(after(NESTED, resumed.state, TimerFired(NOW + 11 * DAY, "timer#1")))


def test_a_stopped_step_keeps_its_ladder_and_its_due_time_moves_with_the_pause() -> None:
    begun = started(LADDERED)
    assert sorted(due(begun.state).values()) == [NOW + DAY, NOW + 3 * DAY]
    climbed = after(LADDERED, begun.state, TimerFired(NOW + DAY, "timer#1"))
    stopped = after(LADDERED, climbed.state, ClockStopped(NOW + 2 * DAY, "examine#1", WHY, "lead"))
    assert kinds(stopped) == ["clock_stopped", "timer_paused"]
    resumed = after(LADDERED, stopped.state, ClockResumed(NOW + 7 * DAY, "examine#1", "home", "lead"))
    assert due(resumed.state) == {"timer#2": NOW + 8 * DAY}
    assert resumed.state.activations["examine#1"].due_at == NOW + 8 * DAY
    breached = after(LADDERED, resumed.state, TimerFired(NOW + 8 * DAY, "timer#2"))
    assert [f.detail["rung"] for f in breached.facts if f.fact == "escalated"] == [2]


def test_a_step_whose_timers_are_stopped_by_themselves_is_late_all_the_same_when_its_due_time_is_over() -> None:
    state = started(LADDERED).state
    for timer in ("timer#1", "timer#2"):
        state = after(LADDERED, state, ClockStopped(NOW, timer, WHY, "lead")).state
    due_at = NOW + 3 * DAY
    assert late_waits(LADDERED, state) == [(due_at + GRACE, "examine#1")]
    (late,) = after(LADDERED, state, WaitOverdue(due_at + GRACE, "examine#1")).facts
    assert (late.fact, late.detail["reason"]) == ("overdue", "it was due 2026-01-08T09:00+00:00")


def test_a_timer_that_was_stopped_by_itself_stays_stopped_when_its_step_runs_on() -> None:
    begun = after(NESTED, started(NESTED).state, UserTaskCompleted(NOW, "first#1", actor="p1"))
    alone = after(NESTED, begun.state, ClockStopped(NOW + DAY, "timer#1", WHY))
    stopped = after(NESTED, alone.state, ClockStopped(NOW + 2 * DAY, "sub#1", WHY))
    resumed = after(NESTED, stopped.state, ClockResumed(NOW + 3 * DAY, "sub#1", "home"))
    assert kinds(resumed) == ["clock_resumed"]
    on = after(NESTED, resumed.state, ClockResumed(NOW + 5 * DAY, "timer#1", "home"))
    assert due(on.state) == {"timer#1": NOW + 6 * DAY}


def test_a_rung_that_was_stopped_by_itself_keeps_what_remained_whatever_its_step_does() -> None:
    alone = after(LADDERED, started(LADDERED).state, ClockStopped(NOW + DAY / 2, "timer#1", WHY))
    stopped = after(LADDERED, alone.state, ClockStopped(NOW + DAY, "examine#1", WHY))
    resumed = after(LADDERED, stopped.state, ClockResumed(NOW + 2 * DAY, "examine#1", "home"))
    assert due(resumed.state) == {"timer#1": NOW + DAY, "timer#2": NOW + 4 * DAY}
    moved = after(LADDERED, resumed.state, TimerMoved(NOW + 3 * DAY, "examine#1", NOW + 9 * DAY, WHY))
    assert kinds(moved) == ["due_changed", "timer_moved", "timer_moved"]
    on = after(LADDERED, resumed.state, ClockResumed(NOW + 5 * DAY, "timer#1", "home"))
    assert due(on.state)["timer#1"] == NOW + 5.5 * DAY


def test_a_rung_that_was_moved_by_hand_keeps_what_remained_when_its_step_was_stopped() -> None:
    moved = after(LADDERED, started(LADDERED).state, TimerMoved(NOW, "timer#1", NOW + 5 * DAY, WHY))
    stopped = after(LADDERED, moved.state, ClockStopped(NOW + 2 * DAY, "examine#1", WHY))
    resumed = after(LADDERED, stopped.state, ClockResumed(NOW + 4 * DAY, "examine#1", "home"))
    assert "escalated" not in kinds(resumed)
    assert due(resumed.state) == {"timer#1": NOW + 7 * DAY, "timer#2": NOW + 5 * DAY}


def test_what_remained_is_elapsed_time_although_the_clocks_are_set_meanwhile() -> None:
    summer = datetime(2026, 10, 20, 9, tzinfo=ZoneInfo("Europe/London"))
    begun = started(anchored(), begins=f"{summer.replace(day=26):%Y-%m-%dT%H:%M:%S}@Europe/London").state
    due_at = begun.activations["clear#1"].due_at
    assert due_at is not None
    clear = replace(anchored().nodes["clear"], due_anchor=None)
    timed = replace(anchored(), nodes={**anchored().nodes, "clear": clear})
    stopped = after(timed, begun, ClockStopped(summer, "clear#1", WHY)).state
    resumed = after(timed, stopped, ClockResumed(summer.astimezone(UTC) + 7 * DAY, "clear#1", "home")).state
    after_all = resumed.activations["clear#1"].due_at
    assert after_all is not None
    assert after_all.astimezone(UTC) - due_at.astimezone(UTC) == 7 * DAY


def test_a_time_in_a_zone_is_kept_in_utc() -> None:
    begun = started(anchored(), begins="2026-07-03T09:00:00@Europe/London").state
    moved = after(anchored(), begun, TimerMoved(NOW, "clear#1", datetime.fromisoformat("2026-07-09T01:00+05:00"), WHY))
    shown = [str(state.activations["clear#1"].due_at) for state in (begun, moved.state)]
    assert shown == ["2026-07-01 08:00:00+00:00", "2026-07-08 20:00:00+00:00"]


def test_a_rung_from_creation_waits_as_long_as_the_clock_stood_still() -> None:
    begun = started(LADDERED).state
    stopped = after(LADDERED, begun, ClockStopped(NOW + DAY / 2, "examine#1", WHY))
    resumed = after(LADDERED, stopped.state, ClockResumed(NOW + 4 * DAY, "examine#1", "home"))
    assert sorted(due(resumed.state).values()) == [NOW + 4.5 * DAY, NOW + 6.5 * DAY]


def test_what_holds_several_instances_climbs_no_ladder_of_its_own() -> None:
    each = replace(LADDERED.nodes["examine"], loop=MultiInstance(sequential=False, cardinality="2"))
    several = replace(LADDERED, nodes={**LADDERED.nodes, "examine": each})
    begun = started(several).state
    stopped = after(several, begun, ClockStopped(NOW, "examine#1", WHY)).state
    resumed = after(several, stopped, ClockResumed(NOW + DAY, "examine#1", "home")).state
    assert resumed.timers == begun.timers


def test_a_moved_due_time_takes_its_rungs_along_and_fires_none_twice() -> None:
    begun = started(LADDERED).state
    breached = after(LADDERED, begun, TimerFired(NOW + DAY, "timer#1"), TimerFired(NOW + 3 * DAY, "timer#2"))
    moved = after(LADDERED, breached.state, TimerMoved(NOW + 3 * DAY, "examine#1", NOW + 9 * DAY, WHY))
    assert moved.state.activations["examine#1"].due_at == NOW + 9 * DAY
    assert kinds(moved) == ["due_changed"]
    assert not moved.state.timers


def test_what_follows_a_variable_follows_it_again_after_a_stop() -> None:
    anchored = drawn(
        [
            node("start", "startEvent"),
            task("clear", expected_duration='date and time(begins) - duration("P2D")', due_anchor="begins"),
            node("end", "endEvent"),
        ],
        ["start>clear", "clear>end"],
    )
    begun = started(anchored, begins="2026-02-01T09:00:00Z")
    stopped = after(anchored, begun.state, ClockStopped(NOW, "clear#1", WHY))
    moved = after(anchored, stopped.state, VariablesSet(NOW + DAY, {"begins": "2026-03-01T09:00:00Z"}))
    resumed = after(anchored, moved.state, ClockResumed(NOW + 2 * DAY, "clear#1", "home"))
    assert resumed.state.activations["clear#1"].due_at == datetime(2026, 2, 27, 9, tzinfo=UTC)


def anchored() -> Definition:
    nodes = [
        node("start", "startEvent"),
        task("clear", expected_duration='date and time(begins) - duration("P2D")', due_anchor="begins"),
        node("end", "endEvent"),
    ]
    return drawn(nodes, ["start>clear", "clear>end"])


def test_a_clock_does_not_run_on_towards_a_date_that_is_gone() -> None:
    begun = started(anchored(), begins="2026-02-01T09:00:00Z")
    stopped = after(anchored(), begun.state, ClockStopped(NOW, "clear#1", WHY))
    gone = after(anchored(), stopped.state, VariablesSet(NOW + DAY, {"begins": None}))
    with pytest.raises(EventRejected, match="gave no time"):
        after(anchored(), gone.state, ClockResumed(NOW + 2 * DAY, "clear#1", "home"))


def test_a_date_that_is_gone_stays_an_incident_until_there_is_one_or_somebody_accepts_that() -> None:
    begun = started(anchored(), begins="2026-02-01T09:00:00Z").state
    gone = after(anchored(), begun, VariablesSet(NOW + DAY, {"begins": None})).state
    assert list(gone.incidents) == ["incident#1"]
    again = after(anchored(), gone, IncidentResolved(NOW + DAY, "incident#1")).state
    assert list(again.incidents) == ["incident#2"], "nothing is better than it was"
    mended = after(anchored(), again, IncidentResolved(NOW + DAY, "incident#2", {"begins": "2026-03-01T09:00:00Z"}))
    assert (mended.state.incidents, mended.state.activations["clear#1"].due_at) == ({}, NOW + 53 * DAY)
    accepted = after(anchored(), again, ActivitySkipped(NOW + DAY, "incident#2", "it is called off"))
    assert (accepted.state.incidents, open_elements(accepted.state)) == ({}, ["clear"])
    assert accepted.state.activations["clear#1"].due_at == begun.activations["clear#1"].due_at


def test_what_remains_is_working_time_where_the_step_has_a_calendar() -> None:
    office = WorkingCalendar("Europe/London", (1, 2, 3, 4, 5), "09:00", "17:00")
    late = replace(NESTED.nodes["late"], calendar="working")
    definition = replace(NESTED, nodes={**NESTED.nodes, "late": late}, calendars={"working": office})
    begun = after(definition, started(definition).state, UserTaskCompleted(NOW, "first#1", actor="p1"))
    assert due(begun.state) == {"timer#1": NOW + 2 * DAY}
    friday_evening = datetime(2026, 1, 6, 17, tzinfo=UTC)
    stopped = after(definition, begun.state, ClockStopped(friday_evening, "timer#1", WHY))
    resumed = after(definition, stopped.state, ClockResumed(datetime(2026, 1, 10, 12, tzinfo=UTC), "timer#1", "home"))
    assert due(resumed.state) == {"timer#1": datetime(2026, 1, 12, 9, 0, 0, 1, tzinfo=UTC)}


@pytest.mark.parametrize(
    ("event", "says"),
    [
        (ClockStopped(NOW, "timer#1", " "), "reason"),
        (ClockStopped(NOW, "timer#77", WHY), "neither an armed timer nor an open step"),
        (ClockStopped(NOW, "frist#1", WHY), "'frist' is no element of this pathway"),
        (ClockResumed(NOW, "timer#1", WHY), "runs already"),
        (ClockResumed(NOW, "examine#1", WHY), "runs already"),
        (TimerMoved(NOW, "timer#1", datetime(2026, 2, 1), WHY), "time zone"),  # noqa: DTZ001
    ],
)
def test_what_makes_no_sense_is_refused(event: ClockStopped | ClockResumed | TimerMoved, says: str) -> None:
    with pytest.raises(EventRejected, match=says):
        after(LADDERED, started(LADDERED).state, event)


def test_a_wait_past_its_due_time_is_overdue_once_and_no_longer_when_it_gets_more_time() -> None:
    begun = started(LADDERED).state
    assert late_waits(LADDERED, begun) == [(NOW + 3 * DAY + GRACE, "examine#1")]
    with pytest.raises(EventRejected, match="not late"):
        after(LADDERED, begun, WaitOverdue(NOW + DAY, "examine#1"))
    late = after(LADDERED, begun, WaitOverdue(NOW + 3 * DAY + GRACE, "examine#1"))
    assert kinds(late) == ["overdue"]
    assert late_waits(LADDERED, late.state) == []
    more = after(LADDERED, late.state, TimerMoved(NOW + 3 * DAY, "examine#1", NOW + 5 * DAY, WHY))
    assert late_waits(LADDERED, more.state) == [(NOW + 5 * DAY + GRACE, "examine#1")]


def test_a_wait_without_a_due_time_is_overdue_after_thirty_days() -> None:
    begun = started(NESTED).state
    assert late_waits(NESTED, begun) == [(NOW + 30 * DAY, "first#1")]
    assert "no due time" in after(NESTED, begun, WaitOverdue(NOW + 30 * DAY, "first#1")).facts[0].detail["reason"]


def test_a_clock_that_stands_still_is_overdue_after_thirty_days() -> None:
    stopped = after(LADDERED, started(LADDERED).state, ClockStopped(NOW + DAY, "examine#1", WHY)).state
    assert late_waits(LADDERED, stopped) == [(NOW + 31 * DAY, "examine#1")]
    noticed = after(LADDERED, stopped, WaitOverdue(NOW + timedelta(days=31), "examine#1"))
    assert "stands still" in noticed.facts[0].detail["reason"]


@pytest.mark.parametrize("by", ["9999-12-31T23:59:59-05:00", "0001-01-01T00:00:00+05:00"])
def test_a_time_that_no_database_keeps_is_none(by: str) -> None:
    due = task("a", expected_duration="by")
    cycle = node("a", "intermediateCatchEvent", trigger=TimerTrigger("cycle", '"R/" + by + "/P1D"'))
    for step in (due, cycle):
        drawing = drawn([node("start", "startEvent"), step, node("end", "endEvent")], ["start>a", "a>end"])
        assert "incident_raised" in kinds(started(drawing, by=by))


NEVER = "9999-12-31T23:59:59Z"


def test_what_is_due_at_the_end_of_the_calendar_is_never_late_and_its_clock_does_not_run_beyond() -> None:
    someday = drawn(
        [node("start", "startEvent"), task("call", expected_duration="date and time(by)"), node("end", "endEvent")],
        ["start>call", "call>end"],
    )
    begun = started(someday, by=NEVER).state
    assert late_waits(someday, begun) == []
    stopped = after(someday, begun, ClockStopped(NOW, "call#1", WHY)).state
    with pytest.raises(EventRejected, match="beyond the calendar"):
        after(someday, stopped, ClockResumed(NOW + DAY, "call#1", "home"))
