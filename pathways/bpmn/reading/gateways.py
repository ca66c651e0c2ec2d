"""What do the gateways with attributes of their own say? (BPMN 2.0.2 §10.6.5, §10.6.6)."""

from dataclasses import replace

from pathways.bpmn.model import FlowNode
from pathways.bpmn.reading.attributes import choice, flag
from pathways.bpmn.reading.extensions import Extensions
from pathways.bpmn.reading.source import Source
from pathways.bpmn.reading.xml import Element, bpmn_children, text_of


def read_event_based_gateway(element: Element, base: FlowNode, _extensions: Extensions, source: Source) -> FlowNode:
    """An event-based gateway; as the start of a process it may need all of its events (Parallel)."""
    kind = choice(element, "eventGatewayType", ("Exclusive", "Parallel"), source)
    instantiate = flag(element, "instantiate", source, default=False)
    if kind == "Parallel" and not instantiate:
        message = "Only an event-based gateway that starts a process may be parallel (§10.6.6)."
        source.error("parallel-events", element, message, "Set instantiate, or use a parallel gateway.")
    return replace(base, instantiate=instantiate, parallel_events=kind == "Parallel")


def read_complex_gateway(element: Element, base: FlowNode, _extensions: Extensions, source: Source) -> FlowNode | None:
    """A complex gateway and the condition that activates it."""
    if not source.executes(element, "gateway.complex", what="complex gateway"):
        return None
    conditions = [child for child in bpmn_children(element, "activationCondition") if text_of(child)]
    condition = source.condition(conditions[0], what="The activation condition") if conditions else None
    return replace(base, activation_condition=condition)
