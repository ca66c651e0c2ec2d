"""When does a cycle fire again? In its own rhythm, also after a time in which nobody was there to fire it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from pathways.bpmn.model import Definition, TimerTrigger
from tests.engine.interventions import drawn, node, task
from workflows.engine.events import Started, TimerFired, VariablesSet
from workflows.engine.state import State, Timer
from workflows.engine.step import step
from workflows.proof.starts import start_timers

BEGIN = datetime(2026, 1, 31, 9, 0, tzinfo=UTC)


def watched(cycle: str) -> Definition:
    """A task with a cycle beside it that does not interrupt it."""
    again = node("again", "boundaryEvent", attached_to="a", interrupting=False, trigger=TimerTrigger("cycle", cycle))
    nodes = [node("start", "startEvent"), task("a"), node("end", "endEvent"), again, node("told", "endEvent")]
    return drawn(nodes, ["start>a", "a>end", "again>told"])


def armed(state: State) -> Timer | None:
    return next(iter(state.timers.values()), None)


def fire(definition: Definition, state: State, at: datetime | None = None) -> State:
    """Fire the armed timer, late when a time is given."""
    timer = armed(state)
    assert timer is not None
    return step(definition, state, TimerFired(at or timer.due_at, timer.id)).state


def due_times(cycle: str, times: int) -> list[str]:
    definition = watched(f'"{cycle}"')
    state, found = step(definition, None, Started(BEGIN, "case", {})).state, []
    for _ in range(times):
        timer = armed(state)
        assert timer is not None
        found.append(f"{timer.due_at:%m-%d}")
        state = fire(definition, state)
    return found


def test_a_monthly_cycle_keeps_to_the_end_of_the_month_and_to_every_month() -> None:
    assert due_times("R/P1M", 5) == ["02-28", "03-28", "04-28", "05-28", "06-28"]
    assert due_times("R/2026-03-31T09:00:00Z/P1M", 5) == ["03-31", "04-30", "05-31", "06-30", "07-31"]
    assert due_times("R/2025-10-31T10:00:00Z/P1M", 4) == ["01-31", "02-28", "03-31", "04-30"]


@pytest.mark.parametrize(
    ("cycle", "next_hour"),
    [("R/PT1H", "02-07 11"), ("R/P1D", "02-08 09"), ("R/PT168H", "02-14 09"), ("0 0 8 * * *", "02-08 08")],
)
def test_after_a_week_a_cycle_fires_once_and_goes_on_in_its_rhythm(cycle: str, next_hour: str) -> None:
    definition = watched(f'"{cycle}"')
    state = step(definition, None, Started(BEGIN, "case", {})).state
    state = fire(definition, state, BEGIN + timedelta(days=7, hours=1, minutes=30))
    timer = armed(state)
    assert timer is not None
    assert f"{timer.due_at:%m-%d %H}" == next_hour


def test_what_was_missed_uses_up_no_repetition() -> None:
    definition = watched('"R3/P1D"')
    state = step(definition, None, Started(BEGIN, "case", {})).state
    state = fire(definition, state, BEGIN + timedelta(days=30))
    for _ in range(2):
        state = fire(definition, state)
    assert armed(state) is None


@pytest.mark.parametrize(
    ("cycle", "due"), [("R/2001-01-01T00:00:00Z/PT1S", BEGIN), ("R3/2026-01-30T08:00:00Z/P1D", None)]
)
def test_a_cycle_that_began_long_ago_is_armed_for_its_next_time(cycle: str, due: datetime | None) -> None:
    timer = armed(step(watched(f'"{cycle}"'), None, Started(BEGIN, "case", {})).state)
    assert timer is not None
    assert timer.due_at == (due or datetime(2026, 2, 1, 8, 0, tzinfo=UTC))


def test_a_cycle_that_is_over_fires_once_at_once() -> None:
    timer = armed(step(watched('"R3/2025-01-30T08:00:00Z/P1D"'), None, Started(BEGIN, "case", {})).state)
    assert timer is not None
    assert (timer.due_at, timer.remaining) == (datetime(2025, 2, 1, 8, 0, tzinfo=UTC), 0)


def test_a_cycle_that_is_over_for_long_costs_no_step_for_each_of_its_times() -> None:
    timer = armed(step(watched('"R90000000/2020-01-30T08:00:00Z/PT1S"'), None, Started(BEGIN, "case", {})).state)
    assert timer is not None
    assert timer.due_at == datetime(2020, 1, 30, 8, 0, tzinfo=UTC) + timedelta(seconds=89_999_999)


def test_a_cycle_of_hours_keeps_its_rhythm_when_the_clocks_of_its_zone_change() -> None:
    definition = watched('"R/2026-01-01T12:00:00Z[Europe/London]/PT2H"')
    summer = datetime(2026, 7, 1, 9, 30, tzinfo=UTC)
    timer = armed(step(definition, None, Started(summer, "case", {})).state)
    assert timer is not None
    assert f"{timer.due_at.astimezone(UTC):%H:%M}" == "10:00"


def test_a_cycle_whose_begin_moves_goes_on_in_the_rhythm_of_the_new_begin() -> None:
    definition = watched('"R4/" + begins + "/P1M"')
    again = replace(definition.nodes["again"], due_anchor="begins")
    definition = replace(definition, nodes={**definition.nodes, "again": again})
    state = step(definition, None, Started(BEGIN, "case", {"begins": "2026-03-31T09:00:00Z"})).state
    state = fire(definition, state)
    moved = VariablesSet(datetime(2026, 4, 1, tzinfo=UTC), {"begins": "2026-04-15T09:00:00Z"})
    state, found = step(definition, state, moved).state, []
    while (timer := armed(state)) is not None:
        found.append(f"{timer.due_at:%m-%d}")
        state = fire(definition, state)
    assert found == ["04-15", "05-15", "06-15"]


def test_months_of_a_cycle_that_begins_cases_are_counted_from_its_first_time() -> None:
    monthly = node("start", "startEvent", trigger=TimerTrigger("cycle", '"R/2026-01-31T09:00:00Z/P1M"'))
    definition = drawn([monthly, node("end", "endEvent")], ["start>end"])
    (timer,) = start_timers(definition, "p", "p", BEGIN + timedelta(days=3), {})
    following = timer.following(definition)
    assert following is not None
    assert [each.plan.due_at.date().isoformat() for each in (timer, following)] == ["2026-02-28", "2026-03-31"]
