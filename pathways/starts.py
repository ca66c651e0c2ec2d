"""Who starts the cases of a published process? A referral, a message, a signal, the clock or a caller; else refused.

The engine runs every way of starting (`pathways simulate`); what nobody outside brings about would wait for ever.
"""

from collections.abc import Iterator, Sequence, Set

from pathways.bpmn.findings import Finding
from pathways.bpmn.model import (
    Definition,
    FlowNode,
    MultipleTrigger,
    Process,
    SingleTrigger,
    TimerTrigger,
    parts,
)
from pathways.bundle import Bundle
from pathways.feel import FeelSyntaxError, compile_expression

_BROUGHT = frozenset({"message", "signal", "timer"})
_KNOWN_BEFORE = frozenset({"created"})
"""What a timer may read that starts a case: when its version was published."""

_REMEDY = "Start it by a message, a signal, a timer or a none start event."


def start_findings(bundles: Sequence[Bundle], called: Set[str]) -> list[Finding]:
    """Say which starts never happen; `called`: the processes that a call activity starts."""
    return [
        finding
        for bundle in bundles
        if bundle.definition
        for finding in (
            *_never_occurring(bundle.file, bundle.definition),
            *_never_together(bundle.file, bundle.definition),
            *_never_started(bundle.file, bundle.definition, called),
        )
    ]


def _never_occurring(file: str, definition: Definition) -> Iterator[Finding]:
    for node, trigger in _entries(definition):
        if isinstance(trigger, TimerTrigger) and (read := _read_before(trigger)):
            message = f"Before a case there are no variables: the time of {node.title!r} cannot be told from {read}."
            remedy = "Write a date, a duration, a cycle or a cron expression that reads no variable."
            yield Finding("unscheduled-start", "error", file, node.line, node.id, message, remedy)
        elif trigger.kind == "conditional":
            message = f"Before a case there are no variables: nobody sees the condition of {node.title!r} come true."
            yield Finding("unwatched-start", "error", file, node.line, node.id, message, _REMEDY)


def _read_before(trigger: TimerTrigger) -> str:
    """The variables that a timer would read before there is a case."""
    try:
        names = compile_expression(trigger.expression).names
    except FeelSyntaxError:
        return ""  # a finding of its own
    return ", ".join(sorted(set(names) - _KNOWN_BEFORE))


def _never_together(file: str, definition: Definition) -> Iterator[Finding]:
    """Messages meet in the case that their key names; a signal has no key and would begin another case each time."""
    for node in _starts(definition):
        behind = _behind(definition, node)
        needs_all = node.parallel_events or (isinstance(node.trigger, MultipleTrigger) and node.trigger.parallel)
        awaited = [trigger for each in behind for trigger in parts(each.trigger)]
        if needs_all and any(trigger.kind != "message" for trigger in awaited):
            message = (
                f"The events that start {node.title!r} together are not all messages: they never meet in one case."
            )
            remedy = "Start with one of them and catch the others in the process."
            yield Finding("parallel-start", "error", file, node.line, node.id, message, remedy)


def _never_started(file: str, definition: Definition, called: Set[str]) -> Iterator[Finding]:
    """A referral starts the first process of a file; the others need an event or a caller."""
    begun = {node.scope for node, trigger in _entries(definition) if trigger.kind in _BROUGHT}
    for process in definition.processes:
        if process.id not in {definition.key, *begun, *called}:
            yield _unstarted(file, process)


def _unstarted(file: str, process: Process) -> Finding:
    message = f"Nobody starts the process {process.id!r}: it is not the file's first, and no event or call begins it."
    remedy = "Begin it with a message or signal, call it, or give it a file of its own."
    return Finding("unstarted-process", "error", file, process.line, process.id, message, remedy)


def _entries(definition: Definition) -> Iterator[tuple[FlowNode, SingleTrigger]]:
    for node in _starts(definition):
        for each in _behind(definition, node):
            yield from ((each, trigger) for trigger in parts(each.trigger))


def _starts(definition: Definition) -> Iterator[FlowNode]:
    """Start events of processes, and what starts cases without being one (§13.2)."""
    processes = {process.id for process in definition.processes}
    for node in definition.nodes.values():
        if node.scope in processes and (node.type == "startEvent" or node.instantiate):
            yield node


def _behind(definition: Definition, node: FlowNode) -> list[FlowNode]:
    """The node that catches: itself, or the events behind an event-based gateway."""
    if node.type != "eventBasedGateway":
        return [node]
    return [definition.nodes[definition.flows[flow].target] for flow in node.outgoing]
