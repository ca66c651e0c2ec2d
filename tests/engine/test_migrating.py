"""How does a running case go on with another version? With its remaining times, its people, and what is new."""

from dataclasses import replace
from typing import Any

import pytest

from pathways.bpmn.model import Definition, Ladder, MessageTrigger, Rung, TimerTrigger, UserTaskSpec
from pathways.codec import dump
from pathways.migration import plan_of
from tests.engine.interventions import (
    CHOICE,
    DAY,
    FORKED,
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
from workflows.engine.commands import CancelTimer, StartTimer, Subscribe, Unsubscribe
from workflows.engine.errors import EventRejected
from workflows.engine.events import (
    ClockResumed,
    ClockStopped,
    MessageArrived,
    Migrated,
    MigrationUndone,
    TimerFired,
    UserTaskClaimed,
    UserTaskCompleted,
)
from workflows.engine.state import State
from workflows.engine.step import Step

WHY = "the guideline changed"


def newer(definition: Definition, *gone: str, sha256: str = "sha-2", **nodes: Any) -> Definition:
    """Change nodes of a definition: each keyword gives the fields of a node that change."""
    changed = {name: replace(definition.nodes[name], **fields) for name, fields in nodes.items()}
    kept = {name: changed.get(name, each) for name, each in definition.nodes.items() if name not in gone}
    return replace(definition, nodes=kept, sha256=sha256)


def migrated(old: Definition, new: Definition, state: State, /, **overrides: str) -> Step:
    plan = plan_of(old, new, overrides)
    return after(new, state, Migrated(NOW + DAY / 2, plan.for_case(), WHY, "designer"))


def done(activation: str) -> UserTaskCompleted:
    return UserTaskCompleted(NOW, activation, actor="p1")


def test_a_case_goes_on_in_the_new_version_where_it_stood() -> None:
    new = newer(CHOICE, no={"name": "Say no"})
    moved = migrated(CHOICE, new, started(CHOICE).state)
    assert moved.state.sha256 == "sha-2"
    assert open_elements(moved.state) == ["no"]
    assert kinds(moved)[:2] == ["migrated", "carried_over"]
    assert moved.facts[0].detail == {"sha256": "sha-2", "was": "sha-1", "reason": WHY, "actor": "designer"}
    assert moved.facts[1].name == "Say no"
    assert open_elements(after(new, moved.state, done("no#1")).state) == ["after"]


def test_a_renamed_step_keeps_its_activation() -> None:
    new = drawn(
        [node("start", "startEvent"), task("ask"), task("then"), node("end", "endEvent")],
        ["start>ask", "ask>then", "then>end"],
        sha256="sha-2",
    )
    old = drawn(
        [node("start", "startEvent"), task("question"), task("then"), node("end", "endEvent")],
        ["start>question", "question>then", "then>end"],
    )
    held = after(old, started(old).state, UserTaskClaimed(NOW, "question#1", "p1"))
    moved = migrated(old, new, held.state, question="ask")
    assert moved.state.activations["question#1"].element == "ask"
    assert moved.state.activations["question#1"].task == held.state.activations["question#1"].task
    assert open_elements(after(new, moved.state, done("question#1")).state) == ["then"]


def test_a_case_that_waits_at_a_removed_step_is_refused_and_stays() -> None:
    new = newer(CHOICE, "no")
    new = replace(new, flows={name: flow for name, flow in new.flows.items() if "no" not in (flow.source, flow.target)})
    with pytest.raises(EventRejected, match="it waits at 'no', which the new version does not have"):
        migrated(CHOICE, new, started(CHOICE).state)
    assert open_elements(migrated(CHOICE, new, started(CHOICE, x=1).state).state) == ["yes"]


def test_a_plan_for_other_versions_is_refused() -> None:
    new = newer(CHOICE)
    plan = plan_of(new, newer(CHOICE, sha256="sha-3"))
    with pytest.raises(EventRejected, match="does not run the version"):
        after(newer(CHOICE, sha256="sha-3"), started(CHOICE).state, Migrated(NOW, plan, WHY))


def test_running_timers_keep_their_time_although_the_new_version_writes_another() -> None:
    inside = after(NESTED, started(NESTED).state, done("first#1"))
    moved = migrated(NESTED, newer(NESTED, late={"trigger": TimerTrigger("duration", '"P9D"')}), inside.state)
    assert [timer.due_at for timer in moved.state.timers.values()] == [NOW + 2 * DAY]
    assert not [command for command in moved.commands if isinstance(command, StartTimer | CancelTimer)]


def test_a_boundary_event_that_has_fired_does_not_begin_to_wait_again() -> None:
    fired = after(NESTED, started(NESTED).state, done("first#1"), TimerFired(NOW + 2 * DAY, "timer#1"))
    assert not fired.state.timers
    assert not migrated(NESTED, newer(NESTED), fired.state).state.timers


def test_a_new_boundary_event_begins_to_wait_and_a_removed_one_stops() -> None:
    nodes = [each for each in NESTED.nodes.values() if each.id not in ("late", "chase", "done")]
    edges = [flow for flow in NESTED.flows.values() if flow.source not in ("late", "chase")]
    without = replace(
        NESTED, nodes={each.id: each for each in nodes}, flows={flow.id: flow for flow in edges}, sha256="sha-0"
    )
    plain = after(without, started(without).state, done("first#1"))
    moved = migrated(without, NESTED, plain.state)
    assert [timer.due_at for timer in moved.state.timers.values()] == [NOW + 2.5 * DAY]
    back = after(without, moved.state, Migrated(NOW + DAY, plan_of(NESTED, without).for_case(), WHY))
    assert not back.state.timers
    assert [type(command) for command in back.commands] == [CancelTimer]


def test_a_ladder_keeps_what_has_fired_and_what_runs_and_gets_what_is_new() -> None:
    begun = started(LADDERED).state
    fired = after(LADDERED, begun, TimerFired(NOW + DAY, "timer#1")).state
    rungs = (
        Rung("c+P1D", ("assignee",)),
        Rung("c+P2D", ("coordinator",), level="reminder"),
        Rung("d", ("lead", "director"), level="breach"),
    )
    new = newer(LADDERED, examine={"ladder": Ladder("amber", rungs), "expected_duration": '"P9D"'})
    plan = plan_of(LADDERED, new).for_case()
    moved = after(new, fired, Migrated(NOW + DAY, plan, WHY))
    assert moved.state.activations["examine#1"].rungs_done == (0,)
    assert {timer.rung: timer.due_at for timer in moved.state.timers.values()} == {1: NOW + 2 * DAY, 2: NOW + 3 * DAY}
    assert "escalated" not in kinds(moved)


def test_a_wait_that_had_no_due_time_gets_the_one_and_the_ladder_of_the_new_version() -> None:
    report = node("report", "receiveTask", trigger=MessageTrigger("report", '"REF"'))
    old = drawn([node("start", "startEvent"), report, node("end", "endEvent")], ["start>report", "report>end"])
    ladder = Ladder("red", (Rung("d", ("lead",), level="breach"),))
    moved = migrated(old, newer(old, report={"ladder": ladder, "expected_duration": '"P9D"'}), started(old).state)
    assert moved.state.activations["report#1"].due_at == NOW + 9 * DAY
    assert [timer.due_at for timer in moved.state.timers.values()] == [NOW + 9 * DAY]


def test_a_rung_of_a_ladder_that_the_new_version_does_not_choose_is_armed_no_more() -> None:
    rung = Rung("c+P1D", ("lead",), level="escalation")
    report = node("report", "receiveTask", trigger=MessageTrigger("report", '"REF"'), ladder=Ladder("red", (rung,)))
    old = drawn([node("start", "startEvent"), report, node("end", "endEvent")], ["start>report", "report>end"])
    ladders = (Ladder("FAST", (rung,)), Ladder("SLOW", (Rung("c+P5D", ("lead",)),)))
    new = newer(old, report={"ladder": None, "ladder_choice": '"SLOW"', "ladders": ladders})
    moved = migrated(old, new, started(old).state).state
    assert [timer.due_at for timer in moved.timers.values()] == [NOW + 5 * DAY]


def test_a_message_of_another_name_is_waited_for_instead() -> None:
    def waiting(name: str, sha256: str) -> Definition:
        report = node("report", "receiveTask", trigger=MessageTrigger(name, '"REF"'))
        edges = ["start>report", "report>end"]
        return drawn([node("start", "startEvent"), report, node("end", "endEvent")], edges, sha256=sha256)

    old, new = waiting("scan.report", "sha-1"), waiting("imaging.report", "sha-2")
    moved = migrated(old, new, started(old).state)
    assert [type(command) for command in moved.commands] == [Unsubscribe, Subscribe]
    assert after(new, moved.state, MessageArrived(NOW, "imaging.report", "REF", "m1")).state.status == "completed"


def test_a_message_of_the_same_name_is_waited_for_on() -> None:
    report = node("report", "receiveTask", trigger=MessageTrigger("report", "ref"))
    old = drawn([node("start", "startEvent"), report, node("end", "endEvent")], ["start>report", "report>end"])
    new = newer(old, report={"trigger": MessageTrigger("report", "order")})
    moved = migrated(old, new, started(old, ref="R1").state)
    assert {wait.correlation_key for wait in moved.state.subscriptions.values()} == {"R1"}


def test_an_unclaimed_task_is_offered_to_the_people_of_the_new_version() -> None:
    new = newer(CHOICE, no={"user": UserTaskSpec(candidate_groups='["surgeon"]')})
    moved = migrated(CHOICE, new, started(CHOICE).state)
    hold = moved.state.activations["no#1"].task
    assert hold is not None
    assert hold.groups == ("surgeon",)
    assert [fact.detail["groups"] for fact in moved.facts if fact.fact == "offered"] == [("surgeon",)]


def test_an_escalated_task_stays_as_urgent_and_with_those_who_were_called_in() -> None:
    rung = Rung("c+P1D", ("lead",), level="escalation", actions=("priority_stat", "reassign_to_cover"))
    old = newer(LADDERED, sha256="sha-1", examine={"ladder": Ladder("red", (rung,))})
    fired = after(old, started(old).state, TimerFired(NOW + DAY, "timer#1")).state
    moved = migrated(old, newer(old, examine={"name": "Look"}), fired)
    assert moved.state.activations["examine#1"].task == fired.activations["examine#1"].task


def test_a_claimed_task_stays_with_whoever_holds_it() -> None:
    new = newer(CHOICE, no={"user": UserTaskSpec(candidate_groups='["surgeon"]')})
    held = after(CHOICE, started(CHOICE).state, UserTaskClaimed(NOW, "no#1", "p1"))
    hold = migrated(CHOICE, new, held.state).state.activations["no#1"].task
    assert hold is not None
    assert (hold.assignee, hold.groups) == ("p1", ("dentist",))


def test_a_join_that_needs_less_lets_go_what_waited_there() -> None:
    waiting = after(FORKED, started(FORKED).state, done("a#1"))
    nodes = [replace(each) for each in FORKED.nodes.values()]
    edges = ["start>fork", "fork>a", "a>join", "fork>b", "b>end", "join>c", "c>end"]
    new = drawn(nodes, edges, sha256="sha-2")
    moved = migrated(FORKED, new, waiting.state)
    assert open_elements(moved.state) == ["b", "c"]


def test_what_can_never_be_open_together_in_the_new_version_is_refused() -> None:
    both = started(FORKED).state
    nodes = [replace(each, type="exclusiveGateway") if each.id == "fork" else each for each in FORKED.nodes.values()]
    new = replace(FORKED, nodes={each.id: each for each in nodes}, sha256="sha-2")
    with pytest.raises(EventRejected, match="can never be open at the same time"):
        migrated(FORKED, new, both)


def test_an_undone_migration_leaves_the_case_as_it_was() -> None:
    inside = after(NESTED, started(NESTED).state, done("first#1")).state
    without = replace(
        newer(NESTED, "late", "chase", "done"),
        flows={flow.id: flow for flow in NESTED.flows.values() if flow.source not in ("late", "chase")},
    )
    moved = migrated(NESTED, without, inside)
    assert not moved.state.timers
    undone = after(NESTED, moved.state, MigrationUndone(NOW + DAY, dump(inside).decode(), moved.state.seq, "too early"))
    assert replace(undone.state, seq=inside.seq) == inside
    assert [type(command) for command in undone.commands] == [StartTimer]
    assert kinds(undone)[0] == "migration_undone"


def undone(old: Definition, before: State, moved: Step) -> Step:
    return after(old, moved.state, MigrationUndone(NOW + DAY, dump(before).decode(), moved.state.seq, "too early"))


def test_an_undone_migration_offers_its_tasks_to_the_people_before_with_the_due_time_before() -> None:
    begun = started(CHOICE).state
    spec = UserTaskSpec(candidate_groups='["surgeon"]', due_date='duration("P3D")')
    moved = migrated(CHOICE, newer(CHOICE, no={"user": spec}), begun)
    assert moved.state.activations["no#1"].due_at == NOW + 3 * DAY
    back = undone(CHOICE, begun, moved)
    offers = [fact.detail for fact in back.facts if fact.fact == "offered"]
    assert [(offer["groups"], "due_at" in offer) for offer in offers] == [(("dentist",), False)]
    assert "due_changed" in kinds(back)


def test_an_undone_migration_takes_its_incidents_along() -> None:
    begun = started(CHOICE).state
    moved = migrated(CHOICE, newer(CHOICE, no={"user": UserTaskSpec(due_date="nothing.at")}), begun)
    assert list(moved.state.incidents) == ["incident#1"]
    back = undone(CHOICE, begun, moved)
    assert not back.state.incidents
    assert [fact.detail["incident"] for fact in back.facts if fact.fact == "incident_resolved"] == ["incident#1"]


def test_a_migration_by_which_tokens_went_on_is_not_undone() -> None:
    waiting = after(FORKED, started(FORKED).state, done("a#1")).state
    needs_less = replace(
        newer(FORKED, join={"incoming": ("a-join",)}, b={"outgoing": ("b-c",)}, c={"incoming": ("join-c", "b-c")}),
        flows={
            **{name: flow for name, flow in FORKED.flows.items() if name != "b-join"},
            "b-c": replace(FORKED.flows["b-join"], id="b-c", target="c"),
        },
    )
    moved = migrated(FORKED, needs_less, waiting)
    assert open_elements(moved.state) == ["b", "c"]
    with pytest.raises(EventRejected, match="by its migration"):
        undone(FORKED, waiting, moved)


def test_a_timer_that_stood_still_stands_still_again_when_its_migration_is_undone() -> None:
    begun = after(NESTED, started(NESTED).state, done("first#1"), ClockStopped(NOW, "sub#1", WHY)).state
    without = replace(
        newer(NESTED, "late", "chase", "done"),
        flows={flow.id: flow for flow in NESTED.flows.values() if flow.source not in ("late", "chase")},
    )
    back = undone(NESTED, begun, migrated(NESTED, without, begun))
    assert back.state.timers == begun.timers
    assert [fact.detail["since"] for fact in back.facts if fact.fact == "timer_paused"] == [NOW.isoformat()]
    assert not [command for command in back.commands if isinstance(command, StartTimer)]


def test_a_timer_that_the_new_version_adds_to_a_step_whose_clock_stands_still_does_too() -> None:
    without = replace(
        newer(NESTED, "late", "chase", "done"),
        flows={flow.id: flow for flow in NESTED.flows.values() if flow.source not in ("late", "chase")},
    )
    begun = after(without, started(without).state, done("first#1"), ClockStopped(NOW, "sub#1", WHY)).state
    moved = migrated(without, NESTED, begun).state
    assert [timer.paused_at for timer in moved.timers.values()] == [NOW + DAY / 2]
    on = after(NESTED, moved, ClockResumed(NOW + 5 * DAY, "sub#1", "home")).state
    assert [(timer.due_at, timer.paused_at) for timer in on.timers.values()] == [(NOW + 7 * DAY, None)]


def test_a_migration_is_not_undone_after_the_case_has_moved() -> None:
    begun = started(CHOICE).state
    moved = migrated(CHOICE, newer(CHOICE), begun)
    later = after(newer(CHOICE), moved.state, UserTaskClaimed(NOW, "no#1", "p1"))
    with pytest.raises(EventRejected, match="has moved on"):
        after(CHOICE, later.state, MigrationUndone(NOW, dump(begun).decode(), moved.state.seq, WHY))
