"""What do the gateways with attributes of their own say? (BPMN 2.0.2 §8.4.8, §10.6.5, §10.6.6)."""

from collections.abc import Mapping
from dataclasses import replace

from pathways.bpmn.model import FlowNode
from pathways.bpmn.reading.attributes import choice, flag
from pathways.bpmn.reading.extensions import Extensions
from pathways.bpmn.reading.source import Source
from pathways.bpmn.reading.xml import Element, bpmn_children, text_of

_DIRECTIONS = ("Unspecified", "Diverging", "Converging", "Mixed")
_MANY: Mapping[str, tuple[bool, bool]] = {
    "Diverging": (False, True),
    "Converging": (True, False),
    "Mixed": (True, True),
}
"""Whether a gateway of this direction has several incoming, and several outgoing sequence flows (§8.4.8)."""


def tell_directions(process: Element, nodes: Mapping[str, FlowNode], source: Source) -> None:
    """Say which gateways are drawn otherwise than their direction says: the sequence flows count."""
    for element in process.iter():
        if element.get("gatewayDirection") is None or element.get("id") not in nodes:
            continue
        node = nodes[element.get("id")]
        direction = choice(element, "gatewayDirection", _DIRECTIONS, source)
        drawn = (len(node.incoming) > 1, len(node.outgoing) > 1)
        if _MANY.get(direction, drawn) != drawn:
            counts = f"{len(node.incoming)} sequence flows lead in and {len(node.outgoing)} out"
            message = f"gatewayDirection is {direction}, but {counts}: the flows count."
            source.note("warning", "gateway-direction", element, message, "Correct the flows, or remove the attribute.")


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
