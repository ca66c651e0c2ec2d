"""Does each rule of ours speak about unsound diagrams, and leave their sound neighbours alone?"""

from pathlib import Path

import pytest

from pathways.bpmn.findings import Finding
from pathways.bpmn.reading.xml import parse
from pathways.rules.registry import RULES, findings_of
from pathways.rules.roles import known_roles
from pathways.rules.subject import Rule, Strictness, Subject
from pathways.rules.template_fields import FOLDER, known_templates
from policy.matrix import matrix
from tests.pathways.bpmn.diagrams import END, START, chain, definition_of, document, extended, flow
from tests.pathways.rules.pieces import (
    ASK,
    ERROR,
    HOUR,
    LADDER,
    MESSAGE,
    SIGNAL,
    TRIAGE,
    acknowledging,
    catch,
    decide,
    notifying,
    on,
    ordering,
)
from tests.pathways.rules.sound import GOOD
from tests.pathways.rules.unsound import BAD

FORMS = {
    "triage": TRIAGE,
    "empty": {"id": "empty", "components": [{"type": "text", "text": "Read this."}]},
    "classed": {
        "id": "classed",
        "components": [{"type": "checkbox", "key": "a", "properties": {"dataClass": "dentl"}}],
    },
    "locked": {"id": "locked", "components": [{"type": "number", "key": "size_before", "readonly": True}]},
    "shown": {
        "id": "shown",
        "components": [{"type": "text", "text": "Seen by {{ examiner.name }}."}, *TRIAGE["components"]],
    },
}
BROUGHT = frozenset({"deadline"})
KEYED = (
    '<bpmn:message id="M" name="report"><bpmn:extensionElements>'
    '<zeebe:subscription correlationKey="=order_number"/></bpmn:extensionElements></bpmn:message>'
)


def findings(body: str, strictness: Strictness = "draft", **parts: str) -> list[Finding]:
    root = parse(document(body, **parts))
    subject = Subject(definition_of(body, **parts), root=root, forms=FORMS, brought=BROUGHT)
    return findings_of(subject, file="test.bpmn", strictness=strictness)


def rules_of(body: str, **parts: str) -> set[str]:
    return {finding.rule for finding in findings(body, **parts)}


def test_every_rule_has_a_test_and_the_other_way_round() -> None:
    assert BAD.keys() == RULES.keys()
    assert GOOD.keys() == RULES.keys() - {"diagram-missing", "unused-definition"}


@pytest.mark.parametrize(("rule", "body"), [(rule, body) for rule, bodies in BAD.items() for body in bodies])
def test_a_rule_speaks_about_an_unsound_diagram(rule: str, body: str) -> None:
    said = [finding for finding in findings(body) if finding.rule == rule]
    assert said
    assert all(finding.message and finding.remedy for finding in said)


@pytest.mark.parametrize(("rule", "body"), [(rule, body) for rule, bodies in GOOD.items() for body in bodies])
def test_a_rule_leaves_its_sound_neighbour_alone(rule: str, body: str) -> None:
    assert rule not in rules_of(body)


@pytest.mark.parametrize("body", [body for bodies in BAD.values() for body in bodies])
def test_nothing_of_ours_is_an_error_in_a_draft(body: str) -> None:
    assert {finding.severity for finding in findings(body)} <= {"warning", "info"}


@pytest.mark.parametrize("rule", [rule for rule in RULES.values() if rule.publication], ids=lambda rule: rule.id)
def test_some_rules_are_graver_in_what_is_published(rule: Rule) -> None:
    said = [finding for finding in findings(BAD[rule.id][0], "publication") if finding.rule == rule.id]
    assert {finding.severity for finding in said} == {rule.publication} != {rule.severity}


def test_a_finding_names_the_line_and_the_example() -> None:
    found = {finding.rule: finding for finding in findings(decide("x &gt; 5", "x &lt; 5"))}["conditions-leave-a-gap"]
    assert (found.line, found.element) == (8, "g")
    assert "x is 5" in found.message


def test_a_drawn_diagram_misses_nothing() -> None:
    shapes = "".join(f'<di:BPMNShape xmlns:di="urn:di" bpmnElement="{name}"/>' for name in ("start", "end"))
    roots = f'<di:BPMNDiagram xmlns:di="http://www.omg.org/spec/BPMN/20100524/DI">{shapes}</di:BPMNDiagram>'
    assert "diagram-missing" not in rules_of(START + END + flow("start", "end"), roots=roots)


def test_a_definition_that_is_used_is_no_finding() -> None:
    roots = '<bpmn:signal id="S" name="all"/>'
    body = START + extended("endEvent", "e", inside=SIGNAL) + flow("start", "e")
    assert "unused-definition" not in rules_of(body, roots=roots)


def test_an_error_is_caught_by_a_caller_in_the_same_file() -> None:
    called = (
        '</bpmn:process><bpmn:process id="q" isExecutable="true"><bpmn:startEvent id="qs"/>'
        + extended("endEvent", "qe", inside=ERROR)
        + flow("qs", "qe")
    )
    call = chain('<bpmn:callActivity id="it" calledElement="q"/>', names=("it",))
    assert "error-not-caught" in rules_of(call + called)
    assert "error-not-caught" not in rules_of(call + on("it", ERROR) + called)


def test_a_correlation_key_made_from_a_patient_identifier_is_told() -> None:
    key = '<bpmn:extensionElements><zeebe:subscription correlationKey="=patient.nhsNumber"/></bpmn:extensionElements>'
    roots = f'<bpmn:message id="M" name="report">{key}</bpmn:message>'
    found = [
        finding for finding in findings(catch(MESSAGE, LADDER), roots=roots) if finding.rule == "identifier-in-clear"
    ]
    assert "correlation key" in found[0].message


@pytest.mark.parametrize(("key", "told"), [("patient_id", False), ("patient.id", True), ("hospital.patient_id", True)])
def test_only_the_opaque_id_of_the_patient_index_may_be_a_key(key: str, told: bool) -> None:
    written = f'<bpmn:extensionElements><zeebe:subscription correlationKey="={key}"/></bpmn:extensionElements>'
    roots = f'<bpmn:message id="M" name="report">{written}</bpmn:message>'
    assert told == any(
        finding.rule == "identifier-in-clear" for finding in findings(catch(MESSAGE, LADDER), roots=roots)
    )


def test_a_field_of_a_template_is_told_by_the_names_that_the_modeler_shows() -> None:
    found = next(each for each in findings(notifying(""), "publication") if each.rule == "template-field")
    assert (found.severity, found.element) == ("error", "it")
    assert "the field 'Text' of the template 'Notify patient' is empty" in found.message
    assert "What the patient reads" in found.remedy
    wrong = next(each for each in findings(acknowledging("Dr Elm")) if each.rule == "template-field")
    assert "says 'Dr Elm'" in wrong.message
    assert "One role id in small letters" in wrong.remedy


def test_a_misspelt_role_is_told_with_the_one_that_was_meant() -> None:
    found = next(each for each in findings(acknowledging("ent_surgoen")) if each.rule == "misspelt-role")
    assert "names the role 'ent_surgoen', which nobody has here" in found.message
    assert found.remedy.startswith("Did you mean 'ent_surgeon'?")


def test_a_misspelt_variable_is_told_with_the_one_that_was_meant() -> None:
    body = decide("urgemt", default=True, before=ASK)
    found = next(each for each in findings(body) if each.rule == "misspelt-variable")
    assert "reads 'urgemt', which nothing here writes" in found.message
    assert found.remedy.startswith("Did you mean 'urgent'?")


def test_a_variable_that_nothing_sets_is_told_once_where_it_is_read_and_with_the_nearest_name() -> None:
    body = decide("amount_left &gt; 5", "amount_left &lt; 5", default=True, before=ASK)
    (found,) = [each for each in findings(body) if each.rule == "unset-variable"]
    assert "The condition reads 'amount_left' (`amount_left > 5`), which nothing in this diagram sets" in found.message
    (keyed,) = [each for each in findings(catch(MESSAGE, LADDER), roots=KEYED) if each.rule == "unset-variable"]
    assert keyed.message.startswith("The key of the message 'report' reads 'order_number'")
    near = findings(catch(MESSAGE, LADDER), roots=KEYED.replace("order_number", "deadlines"))
    assert "Did you mean 'deadline'?" in next(each.remedy for each in near if each.rule == "unset-variable")


def test_where_nobody_knows_what_a_case_is_begun_with_no_variable_is_said_to_be_unset() -> None:
    subject = Subject(definition_of(decide("spread", default=True)))
    assert "unset-variable" not in {each.rule for each in findings_of(subject, file="", strictness="publication")}


def test_what_a_template_says_without_showing_it_is_compared() -> None:
    marked = 'zeebe:modelerTemplate="referral-pathways.escalation-timer" attachedToRef="it"'
    body = chain('<bpmn:task id="it"/>', extended("boundaryEvent", "b", inside=HOUR, attributes=marked), names=("it",))
    found = next(each for each in findings(body + flow("b", "end")) if each.rule == "template-field")
    assert (
        "the field 'The step goes on' of the template 'Escalation timer' says '' and has to be 'false'" in found.message
    )
    goes_on = body.replace(marked, f'{marked} cancelActivity="false"')
    assert "template-field" not in rules_of(goes_on + flow("b", "end"))


def test_the_roles_that_a_diagram_may_name_are_those_of_the_access_matrix() -> None:
    assert known_roles() - {"requester", "assignee"} == matrix().roles.keys()


def test_calls_that_would_hear_each_others_messages_are_told() -> None:
    same = "=referral_id + &quot;-IMG&quot;"
    found = next(each for each in findings(ordering(same, same)) if each.rule == "shared-key")
    assert "'o1' has as its order_id the key of 'o0'" in found.message


def test_the_templates_of_the_package_are_those_of_the_modeler() -> None:
    assert FOLDER.resolve() == Path(__file__).parents[3] / ".camunda/element-templates"
    assert len(known_templates()) == len(list(FOLDER.glob("*.json"))) == 9
