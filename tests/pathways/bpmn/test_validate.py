"""Which diagrams does validation refuse, doubt and leave alone? For every rule the place that it names."""

import pytest

from pathways.bpmn.findings import Finding
from pathways.bpmn.validate import RULES
from tests.pathways.bpmn.diagrams import END, START, chain, document, event_sub_process, extended, flow, read, rules
from tests.pathways.bpmn.pieces import CATCHES, TASK, handler, joined, linked
from tests.pathways.bpmn.triggers import COMPENSATION, KEYLESS, MESSAGE
from tests.pathways.bpmn.unsound import DOUBTED, REFUSED, SOUND


def _cases(table):
    cases = [(rule, *case) for rule, cases in table.items() for case in cases]
    return {"argvalues": cases, "ids": [f"{rule}-{number}" for number, (rule, *_) in enumerate(cases)]}


def _line(body: str, element: str) -> int:
    """The line on which the start tag with this id ends."""
    before = document(body).partition(f' id="{element}"'.encode())[0]
    return before.count(b"\n") + 1


def _said(findings: tuple[Finding, ...], rule: str, severity: str) -> list[Finding]:
    return [finding for finding in findings if (finding.rule, finding.severity) == (rule, severity)]


def test_every_rule_is_tried_here():
    assert {*REFUSED, *DOUBTED} == RULES.keys()
    assert SOUND.keys() == RULES.keys()


@pytest.mark.parametrize(("rule", "element", "body"), **_cases(REFUSED))
def test_an_unsound_diagram_is_refused_by_its_rule_at_its_line(rule, element, body):
    reading = read(body)
    assert reading.definition is None
    assert (element, _line(body, element)) in {
        (finding.element, finding.line) for finding in _said(reading.findings, rule, "error")
    }
    assert all(finding.message and finding.remedy for finding in reading.findings if finding.rule == rule)


@pytest.mark.parametrize(("rule", "element", "body"), **_cases(DOUBTED))
def test_a_doubtful_diagram_is_executed_with_a_warning_at_its_line(rule, element, body):
    reading = read(body)
    assert reading.definition, reading.findings
    assert (element, _line(body, element)) in {
        (finding.element, finding.line) for finding in _said(reading.findings, rule, "warning")
    }
    assert all(finding.message and finding.remedy for finding in reading.findings if finding.rule == rule)


@pytest.mark.parametrize(
    ("rule", "body"), **_cases({rule: [(body,) for body in found] for rule, found in SOUND.items()})
)
def test_the_sound_neighbour_is_left_alone(rule, body):
    reading = read(body)
    assert reading.definition, reading.findings
    assert rule not in {finding.rule for finding in reading.findings}


@pytest.mark.parametrize("body", [body for _, body in REFUSED["scope-without-start"]])
def test_what_cannot_begin_is_one_finding(body):
    assert rules(read(body)) <= {"scope-without-start", "link-pairs"}


CLEAN = {
    "a message that starts a case": extended("startEvent", "start", inside=KEYLESS) + END + flow("start", "end"),
    "a message and a timer behind an event gateway": START
    + END
    + extended("eventBasedGateway", "g")
    + CATCHES
    + "".join(flow(*way) for way in [("start", "g"), ("g", "c"), ("g", "t"), ("c", "end"), ("t", "end")]),
    "an event sub-process": event_sub_process(MESSAGE, 'isInterrupting="false"'),
    "a loop": chain(TASK, extended("exclusiveGateway", "g", attributes='default="g_end"'), names=("it", "g"))
    + flow("g", "it", "again"),
    "a compensation": handler(throw=COMPENSATION),
    "a pair of links": linked(("throw", "A"), ("catch", "A")),
    "two ways that join": joined("parallelGateway"),
}


@pytest.mark.parametrize("body", CLEAN.values(), ids=CLEAN.keys())
def test_a_sound_diagram_has_no_findings(body):
    reading = read(body)
    assert reading.definition
    assert not reading.findings
