"""What does the reader refuse? Everything that would change execution and is not executed, with its line."""

import pytest

from pathways.bpmn.reader import read_bpmn
from tests.pathways.bpmn.diagrams import (
    END,
    FIRST,
    START,
    chain,
    document,
    errors,
    extended,
    flow,
    prop,
    read,
    rules,
)

TIMER = "<bpmn:timerEventDefinition><bpmn:timeDuration>PT1H</bpmn:timeDuration></bpmn:timerEventDefinition>"
MESSAGE = '<bpmn:messageEventDefinition messageRef="M"/>'
HOST = '<bpmn:task id="host"/>'
BORDER = 'attachedToRef="host"'


def _loop(inside: str) -> str:
    return extended("task", "it", inside=inside)


MARKUP = {
    "misspelt attribute": ('<bpmn:task id="it" startQuantty="1"/>', "unknown-attribute"),
    "flag that is neither": ('<bpmn:subProcess id="it" triggeredByEvent="maybe"/>', "bad-attribute"),
    "unknown element": ('<bpmn:robotTask id="it"/>', "unknown-element"),
    "terminate boundary": (
        HOST + extended("boundaryEvent", "it", inside="<bpmn:terminateEventDefinition/>", attributes=BORDER),
        "impossible-element",
    ),
    "catch event without trigger": ('<bpmn:intermediateCatchEvent id="it"/>', "impossible-element"),
    "execution listener": (
        extended("task", "it", "<zeebe:executionListeners/>"),
        "unsupported-extension",
    ),
    "task listener": (extended("userTask", "it", "<zeebe:taskListeners/>"), "unsupported-extension"),
    "unknown zeebe element": (extended("task", "it", "<zeebe:magic/>"), "unsupported-extension"),
    "zeebe element in the wrong place": (
        extended("task", "it", '<zeebe:taskDefinition type="x"/>'),
        "unsupported-extension",
    ),
    "unknown zeebe attribute": (
        extended("serviceTask", "it", '<zeebe:taskDefinition type="x" retry="1"/>'),
        "unknown-attribute",
    ),
    "same extension twice": (
        extended("serviceTask", "it", '<zeebe:taskDefinition type="x"/><zeebe:taskDefinition type="y"/>'),
        "duplicate-extension",
    ),
    "versioned call": (
        extended("callActivity", "it", '<zeebe:calledElement processId="x" bindingType="versionTag"/>'),
        "unsupported-attribute",
    ),
    "call of nothing": ('<bpmn:callActivity id="it"/>', "called-process"),
    "task definition without type": (extended("serviceTask", "it", '<zeebe:taskDefinition type=""/>'), "task-type"),
    "retries that are no number": (
        extended("serviceTask", "it", '<zeebe:taskDefinition type="x" retries="many"/>'),
        "not-a-number",
    ),
    "script in another language": (
        extended("scriptTask", "it", inside="<bpmn:script>1</bpmn:script>"),
        "script-missing",
    ),
    "script without result": (extended("scriptTask", "it", '<zeebe:script expression="=1"/>'), "script-result"),
    "loop over nothing": (_loop("<bpmn:multiInstanceLoopCharacteristics/>"), "loop-collection"),
    "timer without time": (
        extended("intermediateCatchEvent", "it", inside="<bpmn:timerEventDefinition/>"),
        "timer-form",
    ),
    "timer with nonsense": (
        extended("intermediateCatchEvent", "it", inside=TIMER.replace("PT1H", "one hour")),
        "timer-literal",
    ),
    "message that is not there": (
        extended("intermediateCatchEvent", "it", inside=MESSAGE.replace('"M"', '"N"')),
        "missing-reference",
    ),
    "error that is not there": (
        extended("endEvent", "it", inside='<bpmn:errorEventDefinition errorRef="N"/>'),
        "missing-reference",
    ),
    "escalation that is not there": (
        extended("endEvent", "it", inside='<bpmn:escalationEventDefinition escalationRef="N"/>'),
        "missing-reference",
    ),
    "work on an end event without message": (
        extended("endEvent", "it", '<zeebe:taskDefinition type="x"/>'),
        "unsupported-extension",
    ),
    "mapping without target": (
        extended("task", "it", '<zeebe:ioMapping><zeebe:input source="=x" target=""/></zeebe:ioMapping>'),
        "mapping-target",
    ),
    "ladder nobody knows": (extended("userTask", "it", prop("escalation", "LAD-NONE")), "unknown-ladder"),
    "calendar nobody knows": (extended("userTask", "it", prop("calendar", "lunar")), "unknown-calendar"),
    "duration in words": (extended("userTask", "it", prop("expectedDuration", "two days")), "expected-duration"),
    "anchor that is no variable": (extended("userTask", "it", prop("dueAnchor", "a + b")), "due-anchor"),
}


@pytest.mark.parametrize(("markup", "rule"), MARKUP.values(), ids=MARKUP.keys())
def test_markup_that_would_change_execution_is_refused_with_its_line(markup, rule):
    reading = read(START + "\n\n" + markup)
    assert reading.definition is None
    found = [finding for finding in errors(reading) if finding.rule == rule]
    assert found, reading.findings
    assert found[0].line == FIRST + 2
    assert found[0].remedy


FOREIGN = {
    "camunda assignee": ('<bpmn:userTask id="it" camunda:assignee="x"/>', "zeebe:assignmentDefinition"),
    "flowable groups": ('<bpmn:userTask id="it" flowable:candidateGroups="x"/>', "zeebe:assignmentDefinition"),
    "camunda class": ('<bpmn:serviceTask id="it" camunda:class="X"/>', "zeebe:taskDefinition"),
    "camunda mapping": (extended("task", "it", "<camunda:inputOutput/>"), "zeebe:ioMapping"),
    "something else of camunda": ('<bpmn:task id="it" camunda:jump="x"/>', "Camunda 8"),
}


@pytest.mark.parametrize(("markup", "remedy"), FOREIGN.values(), ids=FOREIGN.keys())
def test_another_engines_dialect_is_refused_with_what_replaces_it(markup, remedy):
    found = [finding for finding in errors(read(START + "\n" + markup)) if finding.rule == "foreign-dialect"]
    assert [finding.line for finding in found] == [FIRST + 1]
    assert remedy in found[0].remedy


def test_foreign_markup_without_effect_is_only_mentioned():
    vendor = extended("task", "it", "<other:colour/>", attributes='other:x="1" camunda:asyncBefore="true"')
    reading = read(chain(vendor, names=("it",)))
    assert reading.definition
    assert rules(reading, "info") == {"vendor-extension", "vendor-attribute", "foreign-dialect"}


def test_a_feel_syntax_error_names_its_place():
    body = "\n".join([START, END, '<bpmn:exclusiveGateway id="g"/>', flow("start", "g"), flow("g", "end", "= x &gt;")])
    (finding,) = [finding for finding in errors(read(body)) if finding.rule == "feel-syntax"]
    assert (finding.line, finding.element) == (FIRST + 4, "g_end")
    assert "character" in finding.message


def test_a_condition_in_another_language_is_refused():
    condition = flow("start", "end", "x").replace(
        "<bpmn:conditionExpression>", '<bpmn:conditionExpression language="juel">'
    )
    assert "expression-language" in rules(read(START + END + condition))


def test_a_file_in_another_expression_language_is_refused_when_it_decides_anything():
    body = "\n".join([START, END, '<bpmn:exclusiveGateway id="g"/>', flow("start", "g"), flow("g", "end", "x")])
    for tested, found in ((body, "error"), (chain(names=()), "info")):
        source = document(tested).replace(b"targetNamespace", b'expressionLanguage="juel" targetNamespace')
        reading = read_bpmn(source, file="f", ladders={}, calendars={})
        assert "expression-language" in rules(reading, found)


def test_an_error_without_code_is_matched_by_its_id_and_mentioned():
    reading = read(chain(names=()), roots='<bpmn:error id="E2" name="gone"/>')
    assert rules(reading, "warning") == {"missing-code"}


def test_a_message_without_a_name_is_named_by_its_id_and_mentioned():
    assert "message-name" in rules(read(chain(names=()), roots='<bpmn:message id="M"/>'), "warning")


def test_forms_that_are_not_there_are_refused():
    body = chain(extended("userTask", "it", '<zeebe:formDefinition formId="gone"/>'), names=("it",))
    reading = read_bpmn(document(body), file="f", ladders={}, calendars={}, forms=["other"])
    assert rules(reading) == {"missing-form"}


def test_an_element_that_is_refused_does_not_cause_further_findings():
    reading = read(chain('<bpmn:robotTask id="it"/>', names=("it",)))
    assert [finding.rule for finding in reading.findings if finding.severity == "error"] == ["unknown-element"]
