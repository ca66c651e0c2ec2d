"""What becomes of the marks of other tools? Ignored and told once, or refused with what replaces them."""

import pytest

from pathways.bpmn.reader import Reading, read_bpmn
from tests.pathways.bpmn.diagrams import FIRST, START, chain, document, errors, extended, read, rules

TOOLS = {
    "signavio": "http://www.signavio.com",
    "bizagi": "http://www.bizagi.com/bpmn20",
    "yaoqiang": "http://bpmn.sourceforge.net",
    "trisotech": "http://www.trisotech.com/2014/triso/bpmn",
    "eclipse": "http://org.eclipse.bpmn2/ext",
    "bioc": "http://bpmn.io/schema/bpmn/biocolor/1.0",
    "color": "http://www.omg.org/spec/BPMN/non-normative/color/1.0",
    "modeler": "http://camunda.org/schema/modeler/1.0",
    "design": "http://flowable.org/design",
    "bpsim": "http://www.bpsim.org/schemas/1.0",
}
ENGINES = {
    "camunda": "http://camunda.org/schema/1.0/bpmn",
    "activiti": "http://activiti.org/bpmn",
    "flowable": "http://flowable.org/bpmn",
    "operaton": "http://operaton.org/schema/1.0/bpmn",
    "drools": "http://www.jboss.org/drools",
    "spiffworkflow": "http://spiffworkflow.org/bpmn/schema/1.0/core",
}


def _read(body: str, namespaces: dict[str, str]) -> Reading:
    declared = " ".join(
        f'xmlns:{prefix}="{uri}"' for prefix, uri in namespaces.items() if prefix not in ("camunda", "flowable")
    )
    source = document(body).replace(b"targetNamespace", f"{declared} targetNamespace".encode(), 1)
    return read_bpmn(source, file="f.bpmn", ladders={}, calendars={})


@pytest.mark.parametrize("tool", TOOLS)
def test_what_a_modeler_leaves_is_told_once_per_namespace(tool):
    marked = (
        extended("task", name, f"<{tool}:style/>", attributes=f'{tool}:fill="red" {tool}:stroke="blue"')
        for name in ("a", "b", "c")
    )
    reading = _read(chain(*marked, names=("a", "b", "c")), TOOLS)
    assert reading.definition, reading.findings
    told = {finding.rule: finding for finding in reading.findings if finding.severity == "info"}
    assert "6 attributes" in told["vendor-attribute"].message
    assert "fill, stroke" in told["vendor-attribute"].message
    assert "3 elements" in told["vendor-extension"].message
    assert told["vendor-attribute"].line == FIRST + 1


REFUSED = {
    "camunda class": ("serviceTask", 'camunda:class="X"', "", "zeebe:taskDefinition"),
    "camunda external task": ("serviceTask", 'camunda:type="external" camunda:topic="t"', "", "zeebe:taskDefinition"),
    "camunda form": ("userTask", 'camunda:formKey="f"', "", "zeebe:formDefinition"),
    "camunda listener": ("task", "", "<camunda:executionListener/>", "zeebe:executionListeners"),
    "activiti assignee": ("userTask", 'activiti:assignee="a"', "", "zeebe:assignmentDefinition"),
    "activiti fields": ("serviceTask", "", '<activiti:field name="x"/>', "zeebe:taskHeaders"),
    "flowable expression": ("serviceTask", 'flowable:expression="${x}"', "", "zeebe:taskDefinition"),
    "operaton loop": ("task", 'operaton:collection="xs"', "", "zeebe:loopCharacteristics"),
    "jBPM work item": ("task", 'drools:taskName="Log"', "", "zeebe:taskDefinition"),
    "jBPM script": ("task", "", "<drools:onEntry-script/>", "zeebe:script"),
    "jBPM call that goes on": ("callActivity", 'calledElement="x" drools:waitForCompletion="false"', "", "detached"),
    "spiff script": ("task", "", "<spiffworkflow:preScript/>", "zeebe:script"),
    "assignee without its prefix": ("userTask", 'assignee="a"', "", "zeebe:assignmentDefinition"),
}


@pytest.mark.parametrize(("tag", "attributes", "inside", "remedy"), REFUSED.values(), ids=REFUSED.keys())
def test_what_would_change_execution_is_refused_with_what_replaces_it(tag, attributes, inside, remedy):
    reading = _read(START + "\n" + extended(tag, "it", inside, attributes=attributes), ENGINES)
    found = [finding for finding in errors(reading) if finding.rule == "foreign-dialect"]
    assert found, reading.findings
    assert found[0].line == FIRST + 1
    assert remedy in found[0].remedy


IDLE = {
    "camunda": 'camunda:asyncBefore="true" camunda:exclusive="false" camunda:jobPriority="5"',
    "flowable": 'flowable:async="true"',
    "drools": 'drools:selectable="true" drools:waitForCompletion="true"',
}


@pytest.mark.parametrize("engine", IDLE)
def test_what_only_another_engine_reads_is_ignored(engine):
    reading = _read(chain(extended("task", "it", attributes=IDLE[engine]), names=("it",)), ENGINES)
    assert reading.definition, reading.findings
    (told,) = [finding for finding in reading.findings if finding.rule == "foreign-dialect"]
    assert told.severity == "info"


def test_an_expression_of_another_engine_is_refused_with_its_feel():
    body = extended("scriptTask", "it", '<zeebe:script expression="${a == 1 &amp;&amp; b}" resultVariable="x"/>')
    (found,) = [finding for finding in errors(read(START + body)) if finding.rule == "foreign-dialect"]
    assert "`=a = 1 and b`" in found.remedy


def test_a_slip_in_a_known_attribute_is_refused_and_another_unknown_one_is_not():
    assert "unknown-attribute" in rules(read(chain('<bpmn:task id="it" startquantity="2"/>', names=("it",))))
    assert "unknown-attribute" not in rules(read(chain('<bpmn:task id="it" owner="me"/>', names=("it",))))
