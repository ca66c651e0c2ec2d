"""A small pathway as BPMN, so that tests can revise it: a task with a ladder and a reminder, a call, a choice."""

from pathways.bpmn.model import Definition
from pathways.bpmn.reader import read_bpmn
from pathways.ladders import library_calendars, library_ladders

HEAD = (
    '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" '
    'xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" id="d" targetNamespace="t">'
    '<bpmn:message id="m" name="result.ready"><bpmn:extensionElements><zeebe:subscription correlationKey="=case_id"/>'
    "</bpmn:extensionElements></bpmn:message>"
)
REVIEW = """<bpmn:userTask id="review" name="Review the result"><bpmn:extensionElements>
<zeebe:userTask/><zeebe:assignmentDefinition candidateGroups="dentist"/>
<zeebe:taskSchedule dueDate="=created + duration(&quot;P2D&quot;)"/>
<zeebe:properties><zeebe:property name="escalation" value="PT24H → coordinator; P3D → clinical_lead"/>
<zeebe:property name="expectedDuration" value="P1D"/></zeebe:properties>
</bpmn:extensionElements></bpmn:userTask>"""
REMINDER = """<bpmn:boundaryEvent id="late" name="Late" attachedToRef="review" cancelActivity="false">
<bpmn:timerEventDefinition><bpmn:timeDuration>P5D</bpmn:timeDuration></bpmn:timerEventDefinition></bpmn:boundaryEvent>
<bpmn:endEvent id="told"/><bpmn:sequenceFlow id="to_told" sourceRef="late" targetRef="told"/>"""
WAIT = """<bpmn:intermediateCatchEvent id="result" name="Result"><bpmn:messageEventDefinition messageRef="m"/>
</bpmn:intermediateCatchEvent>"""
CHOICE = """<bpmn:exclusiveGateway id="choice" default="to_end"/>
<bpmn:sequenceFlow id="again" sourceRef="choice" targetRef="result">
<bpmn:conditionExpression>=size &gt; 3</bpmn:conditionExpression></bpmn:sequenceFlow>
<bpmn:sequenceFlow id="to_end" sourceRef="choice" targetRef="end"/>"""
FLOWS = """<bpmn:sequenceFlow id="f1" sourceRef="start" targetRef="result"/>
<bpmn:sequenceFlow id="f2" sourceRef="result" targetRef="review"/>
<bpmn:sequenceFlow id="f3" sourceRef="review" targetRef="choice"/>"""
BODY = f'<bpmn:startEvent id="start"/><bpmn:endEvent id="end"/>{REVIEW}{REMINDER}{WAIT}{CHOICE}{FLOWS}'
SOURCE = f'{HEAD}<bpmn:process id="p" name="P" isExecutable="true">{BODY}</bpmn:process></bpmn:definitions>'


def revised(*changes: tuple[str, str]) -> Definition:
    """The pathway with some of its text replaced; every replacement must find something."""
    source = SOURCE
    for before, after in changes:
        assert before in source, before
        source = source.replace(before, after)
    reading = read_bpmn(source.encode(), file="p.bpmn", ladders=library_ladders(), calendars=library_calendars())
    assert reading.definition is not None, reading.findings
    return reading.definition
