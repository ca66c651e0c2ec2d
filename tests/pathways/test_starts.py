"""Is a start that nobody would bring about refused at publication, and every other one published?"""

from pathlib import Path

import pytest

from pathways.bpmn.findings import DefinitionError
from pathways.catalogue import publish

HEAD = (
    '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" '
    'xmlns:zeebe="http://camunda.org/schema/zeebe/1.0">'
    '<bpmn:message id="M" name="asked"/><bpmn:message id="N" name="answered"/><bpmn:signal id="S" name="closed"/>'
)
MESSAGE = '<bpmn:messageEventDefinition messageRef="M"/>'
SIGNAL = '<bpmn:signalEventDefinition signalRef="S"/>'
TIMER = "<bpmn:timerEventDefinition><bpmn:timeDuration>P1D</bpmn:timeDuration></bpmn:timerEventDefinition>"
CYCLE = "<bpmn:timerEventDefinition><bpmn:timeCycle>0 8 * * 1-5</bpmn:timeCycle></bpmn:timerEventDefinition>"
READING = "<bpmn:timerEventDefinition><bpmn:timeDate>= visit.at</bpmn:timeDate></bpmn:timerEventDefinition>"
CONDITION = (
    "<bpmn:conditionalEventDefinition><bpmn:condition>= x &gt; 1</bpmn:condition></bpmn:conditionalEventDefinition>"
)


def start(*events: str, parallel: bool = False) -> str:
    mark = ' parallelMultiple="true"' if parallel else ""
    return f'<bpmn:startEvent id="s"{mark}>{"".join(events)}</bpmn:startEvent>'


def gateway(*events: str, parallel: bool = False) -> str:
    """An event-based gateway that starts cases, with one catch event for each event definition."""
    kind = ' eventGatewayType="Parallel"' if parallel else ""
    caught = "".join(
        f'<bpmn:intermediateCatchEvent id="c{n}" name="c">{event}</bpmn:intermediateCatchEvent>'
        f'<bpmn:sequenceFlow sourceRef="s" targetRef="c{n}"/><bpmn:endEvent id="e{n}"/>'
        f'<bpmn:sequenceFlow sourceRef="c{n}" targetRef="e{n}"/>'
        for n, event in enumerate(events)
    )
    return f'<bpmn:eventBasedGateway id="s" instantiate="true"{kind}/>{caught}'


def process(begins: str, key: str = "p") -> str:
    after = "" if "Gateway" in begins else '<bpmn:endEvent id="e"/><bpmn:sequenceFlow sourceRef="s" targetRef="e"/>'
    after = after.replace('"e"', f'"e_{key}"').replace('"s"', f'"s_{key}"') if key != "p" else after
    begins = begins.replace('id="s"', f'id="s_{key}"') if key != "p" else begins
    return f'<bpmn:process id="{key}" name="{key}" isExecutable="true">{begins}{after}</bpmn:process>'


def refused(folder: Path, *processes: str) -> set[str]:
    """The rules that refuse publication."""
    (folder / "pathway.bpmn").write_text(f"{HEAD}{''.join(processes)}</bpmn:definitions>")
    try:
        publish([folder])
    except DefinitionError as error:
        return {finding.rule for finding in error.findings if finding.severity == "error"}
    return set()


PUBLISHED = {
    "plainly": start(),
    "by a message": start(MESSAGE),
    "by a signal": start(SIGNAL),
    "by a message or a signal": start(MESSAGE, SIGNAL),
    "by a receive task": '<bpmn:receiveTask id="s" name="s" messageRef="M" instantiate="true"/>',
    "by one of two events behind a gateway": gateway(MESSAGE, SIGNAL),
    "by a timer": start(TIMER),
    "by a cycle": start(CYCLE),
    "by a timer or a message": start(MESSAGE, TIMER),
    "by a timer behind a gateway": gateway(MESSAGE, TIMER),
}


@pytest.mark.parametrize("begins", PUBLISHED.values(), ids=PUBLISHED)
def test_what_the_host_starts_is_published(tmp_path: Path, begins: str) -> None:
    assert refused(tmp_path, process(begins)) == set()


REFUSED = {
    "a timer whose time only a case could tell": (start(READING), "unscheduled-start"),
    "a timer together with a message": (start(MESSAGE, TIMER, parallel=True), "parallel-start"),
    "a condition": (start(CONDITION), "unwatched-start"),
    "a message together with a signal": (start(MESSAGE, SIGNAL, parallel=True), "parallel-start"),
}


@pytest.mark.parametrize(("begins", "rule"), REFUSED.values(), ids=REFUSED)
def test_what_nobody_would_start_is_refused(tmp_path: Path, begins: str, rule: str) -> None:
    assert rule in refused(tmp_path, process(begins))


def test_a_second_process_that_nothing_begins_is_refused(tmp_path: Path) -> None:
    assert refused(tmp_path, process(start()), process(start(), "q")) == {"unstarted-process"}


def test_a_second_process_that_an_event_begins_is_published(tmp_path: Path) -> None:
    assert refused(tmp_path, process(start()), process(start(SIGNAL), "q")) == set()
