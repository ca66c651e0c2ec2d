"""What may a person change about where a case stands? What it could have reached by itself, and nothing else."""

from dataclasses import replace

import pytest

from pathways.bpmn.model import MultiInstance
from tests.engine.interventions import (
    CHOICE,
    DAY,
    FORKED,
    NESTED,
    NOW,
    WORKING,
    after,
    drawn,
    kinds,
    node,
    open_elements,
    started,
    task,
)
from workflows.engine.changes import (
    CancelActivation,
    CancelToken,
    Change,
    CompleteActivation,
    MoveToken,
    RestartAt,
    SetScopeVariables,
    StartAt,
)
from workflows.engine.commands import CancelTimer, CancelWork, OfferUserTask, WithdrawUserTask
from workflows.engine.concurrency import concurrent
from workflows.engine.errors import EventRejected
from workflows.engine.events import (
    ActivitySkipped,
    BpmnErrorThrown,
    Modified,
    TimerFired,
    UserTaskClaimed,
    UserTaskCompleted,
    WorkFailed,
)

WHY = "the examination was done elsewhere"


def changed(*changes: Change) -> Modified:
    return Modified(NOW, changes, WHY, "lead")


def done(activation: str) -> UserTaskCompleted:
    return UserTaskCompleted(NOW, activation, actor="p1")


def test_a_token_moves_to_another_step_and_its_old_task_is_withdrawn() -> None:
    moved = after(CHOICE, started(CHOICE, x=1).state, changed(MoveToken("yes#1", "after")))
    assert open_elements(moved.state) == ["after"]
    assert WithdrawUserTask("yes#1") in moved.commands
    assert [c.element for c in moved.commands if isinstance(c, OfferUserTask)] == ["after"]
    (fact,) = [fact for fact in moved.facts if fact.fact == "modified"]
    assert fact.detail == {"change": "MoveToken", "element": "after", "reason": WHY, "actor": "lead"}


def test_both_ways_of_a_choice_can_never_be_open_together() -> None:
    with pytest.raises(EventRejected, match="can never be open at the same time"):
        after(CHOICE, started(CHOICE, x=1).state, changed(StartAt("no")))


def test_a_step_is_not_open_twice_where_the_diagram_has_no_way_to_that() -> None:
    with pytest.raises(EventRejected, match="'yes' can never be open twice"):
        after(CHOICE, started(CHOICE, x=1).state, changed(StartAt("yes")))


def test_a_token_taken_from_a_branch_would_leave_the_join_waiting_for_ever() -> None:
    waiting = after(FORKED, started(FORKED).state, done("a#1"))
    with pytest.raises(EventRejected, match="'join' would wait for ever for a token on flow b-join"):
        after(FORKED, waiting.state, changed(CancelActivation("b#1")))


def test_a_token_at_a_join_is_cancelled_with_the_branch_that_it_waited_for() -> None:
    waiting = after(FORKED, started(FORKED).state, done("a#1"))
    moved = after(FORKED, waiting.state, changed(CancelToken("a-join"), MoveToken("b#1", "c")))
    assert open_elements(moved.state) == ["c"]
    assert not moved.state.tokens


def test_what_follows_a_join_is_not_open_beside_a_branch() -> None:
    with pytest.raises(EventRejected, match="can never be open at the same time"):
        after(FORKED, started(FORKED).state, changed(StartAt("c")))


def test_the_last_token_of_a_case_is_not_taken() -> None:
    with pytest.raises(EventRejected, match="cancel the case instead"):
        after(CHOICE, started(CHOICE).state, changed(CancelActivation("no#1")))


def test_a_scope_is_not_left_without_its_tokens() -> None:
    inside = after(NESTED, started(NESTED).state, done("first#1"))
    with pytest.raises(EventRejected, match=r"nothing would be left in 'sub'.*cancel sub#1 itself"):
        after(NESTED, inside.state, changed(CancelActivation("inner#1")))


def test_a_token_that_leaves_a_sub_process_ends_it_with_its_timers() -> None:
    inside = after(NESTED, started(NESTED).state, done("first#1"))
    moved = after(NESTED, inside.state, changed(MoveToken("inner#1", "last")))
    assert open_elements(moved.state) == ["last"]
    assert CancelTimer("timer#1") in moved.commands


def test_a_token_put_into_a_sub_process_opens_it_with_its_boundary_events() -> None:
    moved = after(NESTED, started(NESTED).state, changed(MoveToken("first#1", "second")))
    assert open_elements(moved.state) == ["second", "sub"]
    assert [timer.node for timer in moved.state.timers.values()] == ["late"]
    left = after(NESTED, moved.state, done("second#1"))
    assert open_elements(left.state) == ["last"]


def test_what_a_non_interrupting_event_begins_is_open_beside_its_activity_and_after_it() -> None:
    inside = after(NESTED, started(NESTED).state, done("first#1"), TimerFired(NOW + 2 * DAY, "timer#1"))
    assert open_elements(inside.state) == ["chase", "inner", "sub"]
    beside = after(NESTED, inside.state, changed(MoveToken("inner#1", "second")))
    assert open_elements(beside.state) == ["chase", "second", "sub"]


def test_a_case_begins_again_at_a_step_of_its_scope() -> None:
    waiting = after(FORKED, started(FORKED).state, done("a#1"))
    again = after(FORKED, waiting.state, changed(RestartAt("fork", variables={"again": True})))
    assert open_elements(again.state) == ["a", "b"]
    assert again.state.variables["again"] is True
    assert not again.state.tokens


def test_a_task_is_completed_on_behalf_of_whoever_holds_it() -> None:
    held = after(CHOICE, started(CHOICE).state, UserTaskClaimed(NOW, "no#1", "p1"))
    completed = after(CHOICE, held.state, changed(CompleteActivation("no#1", {"answer": 42})))
    assert open_elements(completed.state) == ["after"]
    assert completed.state.variables["answer"] == 42
    (told,) = [fact for fact in completed.facts if fact.fact == "delegated"]
    assert [told.detail[name] for name in ("actor", "on_behalf_of", "grounds")] == ["lead", "p1", "rank:administrator"]


def test_variables_of_a_scope_are_set() -> None:
    inside = after(NESTED, started(NESTED).state, done("first#1"))
    written = after(NESTED, inside.state, changed(SetScopeVariables("sub#1", {"site": "left"})))
    assert written.state.activations["sub#1"].variables == {"site": "left"}


def test_one_change_that_is_refused_refuses_all() -> None:
    begun = started(FORKED).state
    with pytest.raises(EventRejected, match="nowhere"):
        after(FORKED, begun, changed(MoveToken("a#1", "join"), StartAt("nowhere")))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (StartAt("failed"), "begins when its event occurs"),
        (StartAt("nothing"), "no element of this pathway"),
        (CancelActivation("fetch#9"), "not open"),
        (CancelToken("start-fetch"), "no single token waits"),
        (SetScopeVariables("sub#1", {}), "is not open"),
    ],
)
def test_what_makes_no_sense_is_refused(change: Change, says: str) -> None:
    with pytest.raises(EventRejected, match=says):
        after(WORKING, started(WORKING).state, changed(change))


def test_a_change_without_a_reason_is_refused() -> None:
    with pytest.raises(EventRejected, match="for a reason"):
        after(CHOICE, started(CHOICE).state, Modified(NOW, (MoveToken("no#1", "after"),), " "))


def test_an_instance_of_several_is_not_cancelled_alone() -> None:
    several = drawn(
        [
            node("start", "startEvent"),
            replace(task("each"), loop=MultiInstance(sequential=False, cardinality="3")),
            node("end", "endEvent"),
        ],
        ["start>each", "each>end"],
    )
    begun = started(several).state
    with pytest.raises(EventRejected, match="one of several instances"):
        after(several, begun, changed(CancelActivation("each#2")))
    skipped = after(several, begun, ActivitySkipped(NOW, "each#2", WHY))
    assert open_elements(skipped.state) == ["each", "each", "each"]


def test_what_is_left_for_an_instance_that_would_be_empty_is_what_can_be_done() -> None:
    each = node("each", "subProcess", loop=MultiInstance(sequential=False, cardinality="3"))
    inside = [node("begin", "startEvent", "each"), task("look", "each"), node("over", "endEvent", "each")]
    around = [node("start", "startEvent"), each, node("end", "endEvent")]
    several = drawn([*around, *inside], ["start>each", "each>end", "begin>look", "look>over"])
    begun = started(several).state
    with pytest.raises(EventRejected, match="or skip each#2"):
        after(several, begun, changed(CancelActivation("look#1")))
    skipped = after(several, begun, ActivitySkipped(NOW, "each#2", WHY)).state
    assert open_elements(skipped) == ["each", "each", "each", "look", "look"]


def test_a_step_that_failed_is_skipped_with_a_result_and_its_mappings_are_not_evaluated() -> None:
    failed = after(WORKING, started(WORKING).state, WorkFailed(NOW, "fetch#1", "no answer"))
    skipped = after(WORKING, failed.state, ActivitySkipped(NOW, "fetch#1", WHY, {"result": 3}, "lead"))
    assert open_elements(skipped.state) == ["read"]
    assert skipped.state.variables["result"] == 3
    assert not skipped.state.incidents
    assert [f.detail["how"] for f in skipped.facts if f.fact == "incident_resolved"] == ["skipped"]
    assert CancelWork("fetch#1") in skipped.commands


def test_an_error_is_thrown_instead_of_what_failed() -> None:
    failed = after(WORKING, started(WORKING).state, WorkFailed(NOW, "fetch#1", "no answer"))
    thrown = after(WORKING, failed.state, BpmnErrorThrown(NOW, "fetch#1", "NOT_FOUND", actor="lead", reason=WHY))
    assert open_elements(thrown.state) == ["ask"]
    assert not thrown.state.incidents


def test_an_error_that_nobody_catches_is_not_thrown_by_a_person() -> None:
    failed = after(WORKING, started(WORKING).state, WorkFailed(NOW, "fetch#1", "no answer"))
    with pytest.raises(EventRejected, match="nobody catches the error 'OTHER'"):
        after(WORKING, failed.state, BpmnErrorThrown(NOW, "fetch#1", "OTHER", actor="lead", reason=WHY))


def test_a_skipped_sub_process_ends_what_is_inside_it() -> None:
    inside = after(NESTED, started(NESTED).state, done("first#1"))
    skipped = after(NESTED, inside.state, ActivitySkipped(NOW, "sub#1", WHY))
    assert open_elements(skipped.state) == ["last"]
    assert "terminated" in kinds(skipped)


def test_the_relation_of_what_can_be_open_together_follows_the_diagram() -> None:
    assert concurrent(FORKED, "p", "a", "b")
    assert concurrent(FORKED, "p", "a", "b-join")
    assert not concurrent(FORKED, "p", "a", "c")
    assert not concurrent(CHOICE, "p", "yes", "no")
    assert concurrent(NESTED, "p", "chase", "last")
    assert not concurrent(NESTED, "p", "first", "chase")
