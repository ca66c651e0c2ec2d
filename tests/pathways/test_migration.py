"""What becomes of a running case when its pathway changes? The plan, by element id."""

import pytest

from pathways import codec
from pathways.migration import MigrationPlan, PlanRefused, plan_of
from tests.pathways.revised import CHOICE, REMINDER, REVIEW, WAIT, revised

RENAMED = ('"review"', '"assess"')
SCOPED = (
    REVIEW + REMINDER,
    f'<bpmn:subProcess id="sub"><bpmn:startEvent id="s2"/><bpmn:endEvent id="e2"/>{REVIEW}{REMINDER}'
    '<bpmn:sequenceFlow id="g1" sourceRef="s2" targetRef="review"/>'
    '<bpmn:sequenceFlow id="g2" sourceRef="review" targetRef="e2"/></bpmn:subProcess>',
)
INTO_SUB = (
    SCOPED,
    ('"f2" sourceRef="result" targetRef="review"', '"f2" sourceRef="result" targetRef="sub"'),
    ('"f3" sourceRef="review"', '"f3" sourceRef="sub"'),
)


def kinds(plan: MigrationPlan) -> set[tuple[str, str]]:
    return {(finding.kind, finding.element) for finding in plan.findings}


def test_the_same_definition_maps_every_element_to_itself():
    plan = plan_of(revised(), revised())
    assert plan.elements == {node: node for node in [*revised().nodes, "p"]}
    assert plan.flows == {flow: flow for flow in revised().flows}
    assert (plan.rungs, plan.parts) == ({"review": (0, 1)}, {"late": (0,), "result": (0,)})
    assert plan.findings == ()


def test_a_plan_survives_json_and_leaves_its_texts_behind():
    plan = plan_of(revised(), revised(RENAMED))
    assert codec.load(MigrationPlan, codec.dump(plan)) == plan
    assert plan.findings
    assert plan.for_case().findings == ()
    assert plan.for_case().elements == plan.elements


def test_a_renamed_step_is_gone_until_somebody_says_what_it_became():
    old, new = revised(), revised(RENAMED)
    alone = plan_of(old, new)
    assert kinds(alone) == {("removed", "review"), ("removed", "late")}
    assert not {"review", "late"} & alone.elements.keys()
    told = plan_of(old, new, {"review": "assess"})
    assert (told.elements["review"], told.elements["late"]) == ("assess", "late")
    assert told.rungs == {"review": (0, 1)}
    assert told.findings == ()


def test_a_renamed_flow_is_found_between_its_elements():
    plan = plan_of(revised(), revised(('id="f2"', 'id="other"'), ('id="again"', 'id="f2"')))
    assert (plan.flows["f2"], plan.flows["again"]) == ("other", "f2")


@pytest.mark.parametrize(
    ("ladder", "numbers"),
    [
        ("PT12H → key_worker; PT24H → coordinator; P3D → clinical_lead", (1, 2)),
        ("P3D → clinical_lead", (None, 0)),
        ("PT24H → clinical_lead; P3D → coordinator", (0, 1)),
        ("PT36H → coordinator; P3D → clinical_lead", (0, 1)),
        ("P9D → safety_officer", (None, None)),
    ],
)
def test_rungs_keep_their_offset_else_their_people(ladder, numbers):
    new = revised(("PT24H → coordinator; P3D → clinical_lead", ladder))
    assert plan_of(revised(), new).rungs == {"review": numbers}


def test_another_type_cannot_take_over():
    new = revised((WAIT, '<bpmn:manualTask id="result"/>'))
    plan = plan_of(revised(), new)
    assert "result" not in plan.elements
    assert ("type", "result") in kinds(plan)


def test_a_step_in_another_scope_is_said_to_have_moved():
    plan = plan_of(revised(), revised(*INTO_SUB))
    assert plan.elements["review"] == "review"
    assert {("scope", "review"), ("scope", "late")} <= kinds(plan)


def test_another_kind_of_trigger_is_waited_for_anew():
    timer = "<bpmn:timerEventDefinition><bpmn:timeDuration>P5D</bpmn:timeDuration></bpmn:timerEventDefinition>"
    plan = plan_of(revised(), revised((timer, '<bpmn:messageEventDefinition messageRef="m"/>')))
    assert plan.parts["late"] == (None,)
    assert ("trigger", "late") in kinds(plan)


def test_a_changed_time_leaves_what_runs_alone():
    plan = plan_of(revised(), revised(("P5D", "P6D")))
    assert plan.parts["late"] == (0,)
    assert [finding.message for finding in plan.findings] == [
        "'Late' (late) is written differently: what already runs keeps its time."
    ]


def test_a_new_boundary_event_on_a_kept_step_is_announced():
    assert kinds(plan_of(revised((REMINDER, "")), revised())) == {("added", "late")}


@pytest.mark.parametrize(
    ("overrides", "reason"),
    [
        ({"nothing": "review"}, "'nothing' is no element of the old version"),
        ({"review": "nothing"}, "'nothing' is no step of the new version"),
        ({"again": "review"}, "'review' is no sequence flow of the new version"),
        ({"review": "result"}, "it was a userTask and is a intermediateCatchEvent"),
        ({"start": "told", "told": "end"}, "it was a startEvent"),
        ({"told": "end"}, "'told' cannot become 'end', for 'end' becomes it too"),
    ],
)
def test_an_override_that_makes_no_sense_is_refused(overrides, reason):
    with pytest.raises(PlanRefused) as refused:
        plan_of(revised(), revised(), overrides)
    assert reason in str(refused.value)


def test_two_tasks_may_become_one():
    second = REVIEW.replace('"review"', '"second"')
    old = revised(
        (CHOICE, second + CHOICE),
        (
            '"f3" sourceRef="review"',
            '"f4" sourceRef="review" targetRef="second"/><bpmn:sequenceFlow id="f3" sourceRef="second"',
        ),
    )
    plan = plan_of(old, revised(), {"second": "review"})
    assert (plan.elements["second"], plan.elements["review"]) == ("review", "review")


def test_an_element_may_be_left_without_counterpart():
    assert "review" not in plan_of(revised(), revised(), {"review": ""}).elements
