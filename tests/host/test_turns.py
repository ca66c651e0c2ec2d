"""Which errand begins next? In order, as far as there is room; a call without room lets what is behind it pass."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.contract.handover import Errand
from workflows.engine.commands import CallProcess, PerformWork
from workflows.host import turns
from workflows.host.turns import MOST_AT_ONCE, MOST_CALLED, Load, Turns, Waiting

HEAVY = "x" * (turns.MOST_BYTES // 2)


def call(number: int) -> CallProcess:
    return CallProcess(f"call#{number}", "call", "Call", "called", "sha", {}, detached=False)


def work(number: int, scan: str = "") -> PerformWork:
    return PerformWork(f"fetch#{number}", "fetch", "Fetch", "test.fetch", 3, {}, {"scan": scan})


def begun(queue: Turns, load: Load) -> list[str]:
    """Begin all that has room, as a case does; nothing ends meanwhile."""
    names = []
    while (each := queue.next(load)) is not None:
        assert isinstance(each.command, CallProcess | PerformWork)
        names.append(each.command.activation)
        load = replace(load, under_way=load.under_way + 1, size=load.size + each.size)
    return names


def test_errands_begin_in_the_order_in_which_they_were_asked_for() -> None:
    queue = Turns([work(1), call(2)])
    queue.add(work(3))
    assert begun(queue, Load()) == ["fetch#1", "call#2", "fetch#3"]


def test_no_more_errands_are_under_way_than_a_worker_runs() -> None:
    queue = Turns(map(work, range(MOST_AT_ONCE + 5)))
    assert len(begun(queue, Load())) == MOST_AT_ONCE
    assert begun(queue, Load(under_way=MOST_AT_ONCE - 1, size=1)) == [f"fetch#{MOST_AT_ONCE}"]


def test_a_call_without_room_lets_other_work_pass_and_begins_when_another_call_has_ended() -> None:
    queue = Turns([call(1), work(2), call(3)])
    assert begun(queue, Load(called=MOST_CALLED)) == ["fetch#2"]
    assert begun(queue, Load(called=MOST_CALLED)) == []
    assert begun(queue, Load(called=MOST_CALLED - 1)) == ["call#1", "call#3"]


def test_work_without_room_lets_nothing_pass() -> None:
    queue = Turns([work(1, HEAVY), work(2, HEAVY), work(3)])
    assert begun(queue, Load()) == ["fetch#1"]
    assert begun(queue, Load()) == ["fetch#2", "fetch#3"], "the first has ended"


def test_what_is_larger_than_all_the_room_there_is_begins_alone() -> None:
    queue = Turns([work(1, 3 * HEAVY), work(2)])
    assert begun(queue, Load()) == ["fetch#1"]


def test_what_nobody_wants_any_more_does_not_begin() -> None:
    queue = Turns([call(1), call(2), call(3)])
    queue.drop(lambda errand: errand == call(2))
    assert begun(queue, Load()) == ["call#1", "call#3"]


def test_ten_thousand_waiting_calls_are_looked_at_once_as_long_as_none_has_ended(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looked = 0
    has_room_for = Load.has_room_for

    def counting(self: Load, waiting: Waiting) -> bool:
        nonlocal looked
        looked += 1
        return has_room_for(self, waiting)

    monkeypatch.setattr(Load, "has_room_for", counting)
    queue, full = Turns(()), Load(called=MOST_CALLED)
    for number in range(10_000):
        queue.add(call(number))
        assert queue.next(full) is None
    assert looked == 10_000


loads = st.builds(Load, st.integers(998, 1_001), st.integers(98, 101), st.sampled_from([0, 1, turns.MOST_BYTES - 300]))
errands = st.one_of(
    st.builds(call, st.integers(0, 9)), st.builds(work, st.integers(0, 9), st.sampled_from(["", HEAVY]))
)


@given(st.lists(st.tuples(st.lists(errands, max_size=3), loads), max_size=8))
def test_the_place_that_is_kept_changes_nothing(rounds: list[tuple[list[Errand], Load]]) -> None:
    queue = Turns(())
    for added, load in rounds:
        for errand in added:
            queue.add(errand)
        fresh = Turns(queue.errands)
        assert begun(queue, load) == begun(fresh, load)
        assert queue.errands == fresh.errands
