"""What does the reader refuse? Everything that would change execution and is not executed, with its line."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from pathways import bpmn
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
from tests.pathways.bpmn.triggers import CANCEL, LINK, MESSAGE, TERMINATE, TIMER

READING = Path(bpmn.__path__[0], "reading")
HOST = '<bpmn:task id="host"/>'
BORDER = 'attachedToRef="host"'


def _loop(inside: str) -> str:
    return extended("task", "it", inside=inside)


def _many(inside: str) -> str:
    return _loop(f"<bpmn:multiInstanceLoopCharacteristics>{inside}</bpmn:multiInstanceLoopCharacteristics>")


WORK = '<zeebe:taskDefinition type="notify"/>'
OWNER = (
    "<bpmn:potentialOwner>{}<bpmn:resourceAssignmentExpression><bpmn:formalExpression>{}</bpmn:formalExpression>"
    "</bpmn:resourceAssignmentExpression></bpmn:potentialOwner>"
)

MARKUP = {
    "parallel gateway of events that starts nothing": (
        '<bpmn:eventBasedGateway id="it" eventGatewayType="Parallel"/>',
        "parallel-events",
    ),
    "kind of event gateway that there is not": (
        '<bpmn:eventBasedGateway id="it" eventGatewayType="Random"/>',
        "bad-attribute",
    ),
    "order of an ad-hoc sub-process that there is not": (
        '<bpmn:adHocSubProcess id="it" ordering="Random"/>',
        "bad-attribute",
    ),
    "quantity of nothing": ('<bpmn:task id="it" startQuantity="0"/>', "bad-attribute"),
    "quantity in words": ('<bpmn:task id="it" completionQuantity="two"/>', "bad-attribute"),
    "input and output through an operation": (
        extended("serviceTask", "it", inside="<bpmn:ioBinding/>"),
        "unknown-element",
    ),
    "loop that never ends": (_loop("<bpmn:standardLoopCharacteristics/>"), "loop-condition"),
    "loop with an empty condition": (
        _loop("<bpmn:standardLoopCharacteristics><bpmn:loopCondition/></bpmn:standardLoopCharacteristics>"),
        "loop-condition",
    ),
    "loop with a maximum in words": (
        _loop('<bpmn:standardLoopCharacteristics loopMaximum="three"/>'),
        "bad-attribute",
    ),
    "two loop markers": (
        _loop(
            '<bpmn:standardLoopCharacteristics loopMaximum="3"/><bpmn:multiInstanceLoopCharacteristics>'
            "<bpmn:loopCardinality>3</bpmn:loopCardinality></bpmn:multiInstanceLoopCharacteristics>"
        ),
        "loop-twice",
    ),
    "collection and cardinality": (
        _many("<bpmn:loopCardinality>3</bpmn:loopCardinality><bpmn:loopDataInputRef>xs</bpmn:loopDataInputRef>"),
        "loop-collection",
    ),
    "complex behavior of a loop": (
        _many("<bpmn:loopCardinality>3</bpmn:loopCardinality><bpmn:complexBehaviorDefinition/>"),
        "unsupported-element",
    ),
    "condition that says nothing": (
        extended(
            "intermediateCatchEvent",
            "it",
            inside="<bpmn:conditionalEventDefinition><bpmn:condition/></bpmn:conditionalEventDefinition>",
        ),
        "condition-missing",
    ),
    "event without condition": (
        extended("intermediateCatchEvent", "it", inside="<bpmn:conditionalEventDefinition/>"),
        "condition-missing",
    ),
    "link without any name": (
        '<bpmn:intermediateThrowEvent id="it"><bpmn:linkEventDefinition/></bpmn:intermediateThrowEvent>',
        "link-name",
    ),
    "link among several events": (
        extended("intermediateThrowEvent", "it", inside=LINK + MESSAGE),
        "multiple-parts",
    ),
    "cancel that starts": (extended("startEvent", "it", inside=CANCEL), "impossible-element"),
    "decision without result": (
        extended("businessRuleTask", "it", '<zeebe:calledDecision decisionId="d"/>'),
        "called-decision",
    ),
    "decision without name": (
        extended("businessRuleTask", "it", '<zeebe:calledDecision resultVariable="r"/>'),
        "called-decision",
    ),
    "decision of another version": (
        extended(
            "businessRuleTask",
            "it",
            '<zeebe:calledDecision decisionId="d" resultVariable="r" bindingType="versionTag"/>',
        ),
        "unsupported-attribute",
    ),
    "assignment without ends": (
        extended("task", "it", inside="<bpmn:dataInputAssociation><bpmn:assignment/></bpmn:dataInputAssociation>"),
        "data-assignment",
    ),
    "event definition that is not there": (
        extended("intermediateCatchEvent", "it", inside="<bpmn:eventDefinitionRef>N</bpmn:eventDefinitionRef>"),
        "missing-reference",
    ),
    "signal that is not there": (
        extended("intermediateThrowEvent", "it", inside='<bpmn:signalEventDefinition signalRef="N"/>'),
        "missing-reference",
    ),
    "owner that is not FEEL": (
        extended(
            "userTask",
            "it",
            inside="<bpmn:potentialOwner><bpmn:resourceAssignmentExpression><bpmn:formalExpression>= a b("
            "</bpmn:formalExpression></bpmn:resourceAssignmentExpression></bpmn:potentialOwner>",
        ),
        "feel-syntax",
    ),
    "misspelt attribute": ('<bpmn:task id="it" startQuantty="1"/>', "unknown-attribute"),
    "flag that is neither": ('<bpmn:subProcess id="it" triggeredByEvent="maybe"/>', "bad-attribute"),
    "unknown element": ('<bpmn:robotTask id="it"/>', "unknown-element"),
    "terminate boundary": (
        HOST + extended("boundaryEvent", "it", inside=TERMINATE, attributes=BORDER),
        "impossible-element",
    ),
    "catch event without trigger": ('<bpmn:intermediateCatchEvent id="it"/>', "impossible-element"),
    "execution listener of a complex gateway": (
        extended("complexGateway", "it", "<zeebe:executionListeners/>"),
        "unsupported-extension",
    ),
    "task listener of another task": (
        extended("serviceTask", "it", "<zeebe:taskListeners/>"),
        "unsupported-extension",
    ),
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
    "extension in a namespace that is almost zeebe's": (
        extended("task", "it", '<x:properties xmlns:x="http://camunda.org/schema/zeebe/2.0"/>'),
        "wrong-namespace",
    ),
    "profile of what a step sends that sends nothing": (
        extended("userTask", "it", prop("payloadProfile", "minimum")),
        "property-without-effect",
    ),
    "mapping without target": (
        extended("task", "it", '<zeebe:ioMapping><zeebe:input source="=x" target=""/></zeebe:ioMapping>'),
        "mapping-target",
    ),
    "expression that may give a ladder nobody knows": (
        extended("userTask", "it", prop("escalation", "=if x then &quot;LAD-TEST&quot; else &quot;LAD-NONE&quot;")),
        "unknown-ladder",
    ),
    "expression that may give any ladder": (
        extended("userTask", "it", prop("escalation", "=which")),
        "unknown-ladder",
    ),
    "ladder nobody knows": (extended("userTask", "it", prop("escalation", "LAD-NONE")), "unknown-ladder"),
    "calendar nobody knows": (extended("userTask", "it", prop("calendar", "lunar")), "unknown-calendar"),
    "duration in words": (extended("userTask", "it", prop("expectedDuration", "two days")), "expected-duration"),
    "script and work": (
        extended("scriptTask", "it", '<zeebe:script expression="=1" resultVariable="x"/>' + WORK),
        "work-twice",
    ),
    "decision and work": (
        extended("businessRuleTask", "it", '<zeebe:calledDecision decisionId="d" resultVariable="x"/>' + WORK),
        "work-twice",
    ),
    "owners that cannot be put together": (
        extended("userTask", "it", inside=OWNER.format("", "group(nurse)") + OWNER.format("", "=who")),
        "several-owners",
    ),
    "owners by a query": (
        extended("userTask", "it", inside=OWNER.format("<bpmn:resourceParameterBinding/>", "nurse")),
        "unsupported-element",
    ),
    "output of instances that is collected nowhere": (
        _many(
            '<bpmn:extensionElements><zeebe:loopCharacteristics inputCollection="=xs" outputElement="=y"/>'
            "</bpmn:extensionElements>"
        ),
        "loop-output",
    ),
    "event sub-process with a loop": (
        extended(
            "subProcess",
            "it",
            inside='<bpmn:standardLoopCharacteristics loopMaximum="3"/>',
            attributes='triggeredByEvent="true"',
        ),
        "event-sub-process-marker",
    ),
    "transaction that an event starts": (
        '<bpmn:transaction id="it" triggeredByEvent="true"/>',
        "unsupported-attribute",
    ),
    "ad-hoc sub-process that an event starts": (
        '<bpmn:adHocSubProcess id="it" triggeredByEvent="true"/>',
        "unsupported-attribute",
    ),
    "transaction that stores images": ('<bpmn:transaction id="it" method="##Image"/>', "unsupported-attribute"),
    "transaction with a protocol": ('<bpmn:transaction id="it" protocol="WS-AT"/>', "unsupported-attribute"),
    "propagation that is neither true nor false": (
        extended("callActivity", "it", '<zeebe:calledElement processId="q" propagateAllChildVariables="flase"/>'),
        "bad-attribute",
    ),
    "header in the mappings": (
        extended("serviceTask", "it", WORK + '<zeebe:ioMapping><zeebe:header key="a" value="b"/></zeebe:ioMapping>'),
        "unsupported-extension",
    ),
    "property with two values": (
        extended("userTask", "it", prop("calendar", "always").replace("</", '<zeebe:property name="calendar"/></', 1)),
        "duplicate-extension",
    ),
    "subscription to a key that is not there": (
        '<bpmn:correlationSubscription id="it" correlationKeyRef="gone"/>',
        "missing-reference",
    ),
    "extension of a loop that nobody reads": (
        _loop(
            '<bpmn:standardLoopCharacteristics loopMaximum="3"><bpmn:extensionElements><zeebe:loopCharacteristics/>'
            "</bpmn:extensionElements></bpmn:standardLoopCharacteristics>"
        ),
        "unsupported-extension",
    ),
    "link that refers to one of another name": (
        '<bpmn:intermediateThrowEvent id="it"><bpmn:linkEventDefinition name="A"><bpmn:target>to</bpmn:target>'
        '</bpmn:linkEventDefinition></bpmn:intermediateThrowEvent><bpmn:intermediateCatchEvent id="there">'
        '<bpmn:linkEventDefinition id="to" name="B"/></bpmn:intermediateCatchEvent>',
        "link-partner",
    ),
    "condition that says two things": (
        '<bpmn:sequenceFlow id="f" sourceRef="start" targetRef="start"><bpmn:conditionExpression>a'
        "</bpmn:conditionExpression><bpmn:conditionExpression>b</bpmn:conditionExpression></bpmn:sequenceFlow>",
        "duplicate-element",
    ),
    "trigger on a task": (extended("userTask", "it", inside="<bpmn:timerEventDefinition/>"), "unknown-element"),
    "loop marker on an event": (
        extended("intermediateThrowEvent", "it", inside='<bpmn:standardLoopCharacteristics loopMaximum="2"/>'),
        "unknown-element",
    ),
    "completion condition of a plain sub-process": (
        extended("subProcess", "it", inside="<bpmn:completionCondition>done</bpmn:completionCondition>"),
        "unknown-element",
    ),
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


ROOTS = {
    "message with a computed name": ('<bpmn:message id="M" name="=x"/>', "message-name"),
    "signal with a computed name": ('<bpmn:signal id="S" name="=x"/>', "signal-name"),
    "error with a computed code": ('<bpmn:error id="E" errorCode="=x"/>', "code-expression"),
    "escalation with a computed code": ('<bpmn:escalation id="X" escalationCode="=x"/>', "code-expression"),
    "extension that must be understood": ('<bpmn:extension mustUnderstand="true"/>', "must-understand"),
    "signal with the key of a message": (
        '<bpmn:signal id="S" name="s"><bpmn:extensionElements><zeebe:subscription correlationKey="=x"/>'
        "</bpmn:extensionElements></bpmn:signal>",
        "unsupported-extension",
    ),
    "root that BPMN does not have": ('<bpmn:robot id="it"/>', "unknown-element"),
}


@pytest.mark.parametrize(("root", "rule"), ROOTS.values(), ids=ROOTS.keys())
def test_a_root_element_that_is_not_executed_is_refused_with_its_line(root, rule):
    (found,) = errors(read(chain(names=()), roots=root))
    assert (found.rule, found.line) == (rule, FIRST - 2)
    assert found.remedy


def test_a_file_whose_processes_are_all_documentation_is_refused():
    second = '</bpmn:process><bpmn:process id="q" isExecutable="false">'
    assert rules(read(chain(names=()) + second, attributes='isExecutable="false"')) == {"no-executable-process"}


def test_forms_that_are_not_there_are_refused():
    body = chain(extended("userTask", "it", '<zeebe:formDefinition formId="gone"/>'), names=("it",))
    reading = read_bpmn(document(body), file="f", ladders={}, calendars={}, forms=["other"])
    assert rules(reading) == {"missing-form"}


def test_headers_that_nothing_reads_are_told():
    headers = '<zeebe:taskHeaders><zeebe:header key="a" value="b"/></zeebe:taskHeaders>'
    for tag in ("userTask", "intermediateThrowEvent"):
        assert "headers-unread" in rules(read(chain(extended(tag, "it", headers), names=("it",))), "warning")


def test_owners_that_nobody_asks_are_told():
    owner = OWNER.format("", "nurse")
    served = extended("serviceTask", "it", WORK, inside=owner)
    assigned = extended("userTask", "it", '<zeebe:assignmentDefinition candidateGroups="gdp"/>', inside=owner)
    for drawn in (served, assigned):
        assert "owner-unread" in rules(read(chain(drawn, names=("it",))), "warning")


def test_the_number_of_participants_is_told_to_have_no_effect():
    several = '<bpmn:participant id="a" processRef="p"><bpmn:participantMultiplicity maximum="5"/></bpmn:participant>'
    reading = read(chain(names=()), roots=f'<bpmn:collaboration id="c">{several}</bpmn:collaboration>')
    assert "participants-uncounted" in rules(reading, "warning")


def test_a_message_flow_that_leads_nowhere_is_told():
    flows = '<bpmn:messageFlow id="mf" sourceRef="gone" targetRef="start" messageRef="M9"/>'
    reading = read(chain(names=()), roots=f'<bpmn:collaboration id="c">{flows}</bpmn:collaboration>')
    told = [finding.message for finding in reading.findings if finding.rule == "missing-reference"]
    assert ["'gone'" in told[0], "'M9'" in told[1]] == [True, True]


def test_a_script_beside_the_one_that_is_executed_is_told():
    zeebe = '<zeebe:script expression="=1" resultVariable="x"/>'
    drawn = extended("scriptTask", "it", zeebe, inside="<bpmn:script>other()</bpmn:script>")
    assert "script-unread" in rules(read(chain(drawn, names=("it",))), "warning")


def test_a_collection_that_is_no_data_of_the_file_is_told():
    reading = read(chain(_many("<bpmn:loopDataInputRef>gone</bpmn:loopDataInputRef>"), names=("it",)))
    assert "missing-reference" in rules(reading, "warning")


def test_extensions_of_what_is_only_documentation_are_left_alone():
    drawn = '<bpmn:dataObject id="d"><bpmn:extensionElements><zeebe:script/></bpmn:extensionElements></bpmn:dataObject>'
    second = f'</bpmn:process><bpmn:process id="q" isExecutable="false">{drawn}'
    assert read(chain(names=()) + second).definition
    assert rules(read(chain(names=()) + drawn)) == {"unsupported-extension"}


def test_an_element_that_is_refused_does_not_cause_further_findings():
    reading = read(chain('<bpmn:robotTask id="it"/>', names=("it",)))
    assert [finding.rule for finding in reading.findings if finding.severity == "error"] == ["unknown-element"]


ELSEWHERE = {
    "duplicate-id": "test_slips.py",
    "too-many-attributes": "test_slips.py",
    "not-bpmn": "test_encodings_and_formats.py",
    "listener-event": "test_reading_listeners.py",
    "listener-place": "test_reading_listeners.py",
}
"""Rules of the reader whose refusals are tried in other files."""
HERE = {"expression-language", "no-executable-process", "foreign-dialect", "missing-form"}
"""Rules that have a test of their own above."""


def _literal_rules(severity: str) -> Iterator[str]:
    """The rules that the reader names in its calls of `source.error` and `source.note`."""
    calls = (
        call
        for file in sorted(READING.glob("*.py"))
        for call in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute)
    )
    for call in calls:
        names = [argument.value for argument in call.args if isinstance(argument, ast.Constant)]
        if call.func.attr == "error" and severity == "error":
            yield from map(str, names[:1])
        elif call.func.attr == "note" and names[:1] == [severity]:
            yield from map(str, names[1:2])


def test_every_refusal_of_the_reader_is_tried():
    tried = {rule for _, rule in (*MARKUP.values(), *ROOTS.values())}
    assert set(_literal_rules("error")) <= {*tried, *ELSEWHERE, *HERE}
    for rule, file in ELSEWHERE.items():
        assert f'"{rule}"' in Path(__file__).with_name(file).read_text(encoding="utf-8")


def test_every_warning_of_the_reader_is_tried():
    tests = "".join(file.read_text(encoding="utf-8") for file in Path(__file__).parent.glob("test_*.py"))
    assert not {rule for rule in _literal_rules("warning") if f'"{rule}"' not in tests}
