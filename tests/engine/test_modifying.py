"""What may a person change about where a case stands? What it could have reached by itself, and nothing else."""

from dataclasses import replace

import pytest

from pathways.bpmn.model import CompensationTrigger, MessageTrigger, MultiInstance, TerminateTrigger, TimerTrigger
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
    work,
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
from workflows.engine.commands import CancelTimer, CancelWork, EndCase, OfferUserTask, WithdrawUserTask
from workflows.engine.concurrency import concurrent
from workflows.engine.errors import EventRejected
from workflows.engine.events import (
    ActivitySkipped,
    BpmnErrorThrown,
    IncidentResolved,
    MessageArrived,
    Modified,
    Started,
    TimerFired,
    UserTaskClaimed,
    UserTaskCompleted,
    WorkCompleted,
    WorkFailed,
)
from workflows.engine.step import step

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


BRANCHES = drawn(
    [
        node("start", "startEvent"),
        task("before"),
        node("merge", "exclusiveGateway"),
        node("fork", "parallelGateway"),
        task("a"),
        task("b"),
        task("b2"),
        node("join", "parallelGateway"),
        task("again"),
        node("more", "exclusiveGateway", default="more-merge"),
        node("end", "endEvent"),
        task("stop"),
        node("stopped", "endEvent", trigger=TerminateTrigger()),
        node("enough", "exclusiveGateway", default="enough-join"),
    ],
    [
        *("start>before", "before>merge", "merge>fork", "fork>a", "fork>b", "b>b2", "b2>join", "join>again"),
        *(
            "again>more",
            "more>merge",
            "more>end if x = 1",
            "a>enough",
            "enough>join",
            "enough>stop if x = 1",
            "stop>stopped",
        ),
    ],
)
"""A fork in a loop; one of its branches may end the whole case."""


@pytest.mark.parametrize(
    "change", [MoveToken("before#1", "a"), MoveToken("before#1", "b2"), RestartAt("b"), MoveToken("before#1", "enough")]
)
def test_a_branch_does_not_begin_without_the_others_that_its_join_waits_for(change: Change) -> None:
    with pytest.raises(EventRejected, match="'join' would wait for ever for a token on flow"):
        after(BRANCHES, started(BRANCHES).state, changed(change))


def test_a_branch_is_not_taken_away_before_the_other_has_come_to_their_join() -> None:
    both = after(BRANCHES, started(BRANCHES).state, done("before#1"))
    with pytest.raises(EventRejected, match="'join' would wait for ever for a token on flow enough-join"):
        after(BRANCHES, both.state, changed(CancelActivation("a#1")))


@pytest.mark.parametrize(
    ("changes", "left"),
    [
        ((MoveToken("before#1", "a"), StartAt("b")), ["a", "b"]),
        ((MoveToken("before#1", "fork"),), ["a", "b"]),
        ((MoveToken("before#1", "again"),), ["again"]),
        ((MoveToken("before#1", "join"),), ["again"]),
    ],
)
def test_all_branches_begin_together_or_their_join_is_behind(changes: tuple[Change, ...], left: list[str]) -> None:
    assert open_elements(after(BRANCHES, started(BRANCHES).state, changed(*changes)).state) == left


def test_a_branch_may_lead_to_the_end_of_all() -> None:
    both = after(BRANCHES, started(BRANCHES).state, done("before#1"))
    ending = after(BRANCHES, both.state, changed(MoveToken("a#1", "stop")))
    assert open_elements(ending.state) == ["b", "stop"]
    assert after(BRANCHES, ending.state, done("stop#1")).state.status == "terminated"


WITHDRAWN = drawn(
    [
        node("start", "startEvent"),
        task("treat"),
        node("end", "endEvent"),
        node("if_withdrawn", "subProcess", triggered_by_event=True),
        node("heard", "startEvent", "if_withdrawn", trigger=MessageTrigger("withdrawn", None)),
        task("stop", "if_withdrawn"),
        node("over", "endEvent", "if_withdrawn"),
        node("reminders", "subProcess", triggered_by_event=True),
        node("daily", "startEvent", "reminders", interrupting=False, trigger=TimerTrigger("cycle", '"R/P1D"')),
        task("remind", "reminders"),
        node("reminded", "endEvent", "reminders"),
    ],
    ["start>treat", "treat>end", "heard>stop", "stop>over", "daily>remind", "remind>reminded"],
)


@pytest.mark.parametrize("change", [RestartAt("treat"), MoveToken("stop#1", "treat")])
def test_a_scope_that_goes_on_after_an_interruption_listens_as_before(change: Change) -> None:
    begun = started(WITHDRAWN).state
    heard = after(WITHDRAWN, begun, MessageArrived(NOW, "withdrawn", "", "m1"))
    assert open_elements(heard.state) == ["if_withdrawn", "stop"]
    back = after(WITHDRAWN, heard.state, changed(change)).state
    assert open_elements(back) == ["treat"]
    assert [wait.node for wait in back.subscriptions.values()] == ["heard"]
    assert [timer.node for timer in back.timers.values()] == ["daily"]
    again = after(WITHDRAWN, back, MessageArrived(NOW, "withdrawn", "", "m2"))
    assert open_elements(again.state) == ["if_withdrawn", "stop"]


def test_a_scope_that_was_not_interrupted_listens_once() -> None:
    again = after(WITHDRAWN, started(WITHDRAWN).state, changed(RestartAt("treat"))).state
    assert [wait.node for wait in again.subscriptions.values()] == ["heard"]
    assert [timer.node for timer in again.timers.values()] == ["daily"]


UNDOING = drawn(
    [
        node("start", "startEvent"),
        work("book", compensated_by="unbook"),
        node("unbook", "subProcess", for_compensation=True),
        node("begin", "startEvent", "unbook"),
        task("call", "unbook"),
        node("over", "endEvent", "unbook"),
        task("visit"),
        node("undo", "intermediateThrowEvent", trigger=CompensationTrigger(None, waits=True)),
        node("end", "endEvent"),
    ],
    ["start>book", "book>visit", "visit>undo", "undo>end", "begin>call", "call>over"],
)


def test_what_is_inside_a_compensation_handler_begins_with_it_alone() -> None:
    begun = after(UNDOING, started(UNDOING).state, WorkCompleted(NOW, "book#1"))
    with pytest.raises(EventRejected, match="no token can open it"):
        after(UNDOING, begun.state, changed(MoveToken("visit#1", "call")))


def test_a_scope_does_not_begin_again_while_something_in_it_is_undone() -> None:
    begun = after(UNDOING, started(UNDOING).state, WorkCompleted(NOW, "book#1"), done("visit#1"))
    assert "call" in open_elements(begun.state)
    with pytest.raises(EventRejected, match="a compensation is under way"):
        after(UNDOING, begun.state, changed(RestartAt("visit")))


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


def test_an_error_that_a_called_case_does_not_catch_goes_to_its_caller() -> None:
    begun = step(CHOICE, None, Started(NOW, "case", called=True))
    thrown = after(CHOICE, begun.state, BpmnErrorThrown(NOW, "no#1", "STOP", actor="lead", reason=WHY))
    assert thrown.state.status == "error"
    assert thrown.commands[-1] == EndCase("error", {}, "STOP")
    (fact,) = [fact for fact in thrown.facts if fact.fact == "error_thrown"]
    assert (fact.detail["actor"], fact.detail["reason"]) == ("lead", WHY)


ONE_OF_TWO = MultiInstance(sequential=False, cardinality="2", completion_condition="y")


@pytest.mark.parametrize(
    ("step", "flow", "loop"), [("choose#1", "choose>a if x = 1", None), ("choose#2", "choose>a", ONE_OF_TWO)]
)
def test_who_completed_a_task_and_with_what_is_told_although_an_incident_came_between(
    step: str, flow: str, loop: MultiInstance | None
) -> None:
    steps = [node("start", "startEvent"), task("choose", loop=loop), task("a"), node("end", "endEvent")]
    definition = drawn(steps, ["start>choose", flow, "a>end"])
    stopped = after(definition, started(definition).state, UserTaskCompleted(NOW, step, {"x": 3}, "dr.oak"))
    (incident,) = stopped.state.incidents
    retried = after(definition, stopped.state, IncidentResolved(NOW, incident, {"x": 1, "y": True}, "lead"))
    (told,) = [fact for fact in retried.facts if fact.fact == "completed" and fact.activation == step]
    assert told.detail == {"actor": "dr.oak", "variables": {"x": 3}}
    assert retried.state.variables["x"] == 1, "what was repaired is not written over"


def test_what_an_event_sub_process_waits_for_is_corrected_not_skipped() -> None:
    timed = replace(WITHDRAWN.nodes["daily"], trigger=TimerTrigger("date", "by"))
    definition = replace(WITHDRAWN, nodes={**WITHDRAWN.nodes, "daily": timed})
    begun = started(definition).state
    with pytest.raises(EventRejected, match="its events are not awaited yet: correct the cause, and try again"):
        after(definition, begun, ActivitySkipped(NOW, "incident#1", WHY))


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
