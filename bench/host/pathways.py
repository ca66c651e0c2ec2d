"""Which pathways are measured? A small referral, a wait for a timer, and one task again and again, as BPMN of ours."""

from collections.abc import Sequence

from bench.drawing import OURS, Drawing
from bench.host.shapes import CHECK, ROLE
from pathways.bpmn.model import Definition
from pathways.bpmn.reader import read_bpmn

REFERRAL, WAIT, ROUNDS = "Referral", "Wait", "Rounds"
TASKS = 5
"""People's tasks of one referral."""

_PEOPLE = "<zeebe:userTask />" + f'<zeebe:assignmentDefinition candidateGroups="{ROLE}" />'
_LADDER = '<zeebe:properties><zeebe:property name="escalation" value="PT24H → lead; P2D → lead" /></zeebe:properties>'
_SERVICE = f'<zeebe:taskDefinition type="{CHECK}" />'
_DATE = '<timeDate xsi:type="tFormalExpression">= date and time(due)</timeDate>'
_WHEN_DUE = f"<timerEventDefinition>{_DATE}</timerEventDefinition>"


def definitions() -> dict[str, tuple[Definition, str]]:
    """Give each definition with its BPMN, by name."""
    return {name: _read(name, draw()) for name, draw in ((REFERRAL, _referral), (WAIT, _wait), (ROUNDS, _rounds))}


def _read(name: str, drawing: Drawing) -> tuple[Definition, str]:
    text = drawing.bpmn().replace('id="measured" name="Measured"', f'id="bench_{name.lower()}" name="{name}"')
    reading = read_bpmn(text.encode(), file=f"{name}.bpmn", ladders={}, calendars={})
    assert reading.definition is not None, reading.findings
    return reading.definition, text


def _referral() -> Drawing:
    """Draw five tasks of people, the second with a ladder, and two services."""
    return _chain(
        ("userTask", "write", "Write the referral", _PEOPLE),
        ("serviceTask", "check", "Check", _SERVICE),
        ("userTask", "triage", "Triage the referral", _PEOPLE + _LADDER),
        ("userTask", "book", "Book the visit", _PEOPLE),
        ("serviceTask", "confirm", "Confirm", _SERVICE),
        ("userTask", "report", "Report the visit", _PEOPLE),
        ("userTask", "acknowledge", "Acknowledge the report", _PEOPLE),
    )


def _wait() -> Drawing:
    drawing = Drawing(OURS)
    begin = drawing.node("startEvent")
    pause = drawing.node("intermediateCatchEvent", "Pause", inner=_WHEN_DUE)
    after = drawing.node("userTask", "Look after the wait", inner=_extended(_PEOPLE))
    drawing.chain(begin, pause, after, drawing.node("endEvent"))
    return drawing


def _rounds() -> Drawing:
    drawing = Drawing(OURS)
    begin, merge = drawing.node("startEvent"), drawing.node("exclusiveGateway")
    visit = _named(drawing, "userTask", "visit", "See the patient again", _PEOPLE)
    drawing.chain(begin, merge, visit, merge)
    return drawing


def _chain(*steps: tuple[str, str, str, str]) -> Drawing:
    drawing = Drawing(OURS)
    begin = drawing.node("startEvent")
    drawn: Sequence[str] = [_named(drawing, *step) for step in steps]
    drawing.chain(begin, *drawn, drawing.node("endEvent"))
    return drawing


def _named(drawing: Drawing, tag: str, node: str, name: str, extension: str) -> str:
    """Draw a node whose id is `node`."""
    drawn = drawing.node(tag, name, inner=_extended(extension))
    drawing.lines[-1] = drawing.lines[-1].replace(f'id="{drawn}"', f'id="{node}"')
    return node


def _extended(extension: str) -> str:
    return f"<extensionElements>{extension}</extensionElements>"
