"""What does a `.bpmn` file say? XML in, the frozen model and findings out (BPMN 2.0.2 with the Camunda 8 dialect).

Nothing is ignored: an element or attribute that would change execution and is not executed is an error finding.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from hashlib import sha256

from pathways.bpmn.findings import Finding, is_error, told_briefly
from pathways.bpmn.model import Definition, Ladder, Process, WorkingCalendar
from pathways.bpmn.reading.collaboration import tell_flows_to_plain_steps
from pathways.bpmn.reading.extensions import properties_of, read_extensions, refuse_unread
from pathways.bpmn.reading.foreign import passed_over
from pathways.bpmn.reading.gateways import tell_directions
from pathways.bpmn.reading.listeners import listeners_of
from pathways.bpmn.reading.owners import tell_unread_owners
from pathways.bpmn.reading.parts import check_parts
from pathways.bpmn.reading.roots import index_roots, is_executable, runnable
from pathways.bpmn.reading.scopes import Graph, connect, read_lanes, read_scope, tell_gone_from_lanes
from pathways.bpmn.reading.shape import put_right
from pathways.bpmn.reading.source import Source
from pathways.bpmn.reading.xml import MAX_BYTES, Element, UnsafeXml, bpmn_children, read_xml
from pathways.bpmn.validate import validate


@dataclass(frozen=True, slots=True)
class Reading:
    """What came of reading one file. `definition` is None when any finding is an error."""

    definition: Definition | None
    findings: tuple[Finding, ...]


def read_bpmn(
    source: bytes,
    *,
    file: str,
    ladders: Mapping[str, Ladder],
    calendars: Mapping[str, WorkingCalendar],
    forms: Collection[str] | None = None,
    max_bytes: int = MAX_BYTES,
) -> Reading:
    """Read one file. `forms`: the form ids that exist, None to leave references to forms unchecked."""
    try:
        document = read_xml(source, max_bytes=max_bytes, without="BPMNDiagram")
    except UnsafeXml as unsafe:
        finding = Finding(unsafe.rule, "error", file, unsafe.line, None, unsafe.message, unsafe.remedy)
        return Reading(None, (finding,))
    reading = Source(file=file, ladders=ladders, calendars=calendars, forms=forms)
    for rule, message in document.warnings:
        reading.note("warning", rule, document.root, message, "Save the file again in a modeler.")
    definition = _definition(put_right(document.root, reading), sha256(source).hexdigest(), reading)
    passed_over(reading.passed, reading)
    if definition and not reading.incomplete:
        reading.findings.extend(validate(definition, file=file))
    findings = told_briefly(reading.findings)
    return Reading(None if any(map(is_error, findings)) else definition, findings)


def _definition(root: Element, digest: str, source: Source) -> Definition | None:
    index_roots(root, source)
    processes = runnable(root, source)
    if not processes:
        return None
    graph = Graph()
    read = tuple(_process(element, graph, source) for element in processes)
    nodes = connect(graph)
    for element in processes:
        tell_directions(element, nodes, source)
        tell_gone_from_lanes(element, graph, source)
    tell_flows_to_plain_steps(root, nodes, source)
    check_parts(root, {str(process.get("id")) for process in processes}, source)
    refuse_unread(root, processes, source)
    key, version_tag = read[0]
    return Definition(
        key=key.id,
        name=key.name or key.id,
        version_tag=version_tag,
        sha256=digest,
        processes=tuple(process for process, _ in read),
        nodes=nodes,
        flows=graph.flows,
        calendars=_calendars(graph, source),
    )


def _process(element: Element, graph: Graph, source: Source) -> tuple[Process, str]:
    """Read one process into the graph; give it with its version tag."""
    for lane_set in bpmn_children(element, "laneSet"):
        read_lanes(lane_set, source)
    read_scope(element, str(element.get("id", "")), graph, source)
    extensions = read_extensions(element, "process", source)
    tell_unread_owners(element, source, asked=False)
    process = Process(
        id=str(element.get("id", "")),
        name=" ".join(element.get("name", "").split()),
        executable=element.get("isExecutable") is None or is_executable(element),
        line=element.sourceline or 0,
        properties=properties_of(extensions),
        listeners=listeners_of(extensions, source),
    )
    tag = extensions.get("versionTag")
    return process, "" if tag is None else str(tag.get("value", ""))


def _calendars(graph: Graph, source: Source) -> Mapping[str, WorkingCalendar]:
    used = {node.calendar for node in graph.nodes.values()} - {"always"}
    return {name: source.calendars[name] for name in sorted(used) if name in source.calendars}
