"""Who follows whom? Ways of a token through a definition, whatever the types of its flow nodes."""

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property

from pathways.bpmn.model import Definition, FlowNode, LinkTrigger, SequenceFlow, SingleTrigger, parts


class Graph:
    """The ways of a definition; every question is answered from indexes that are made once."""

    def __init__(self, definition: Definition) -> None:
        self.definition = definition
        self.inside: dict[str, list[FlowNode]] = {}
        self.border: dict[str, list[FlowNode]] = {}
        self.callers: dict[str, list[FlowNode]] = {}
        self._links: dict[tuple[str, str], list[FlowNode]] = {}
        for node in definition.nodes.values():
            self._index(node)

    def _index(self, node: FlowNode) -> None:
        self.inside.setdefault(node.scope, []).append(node)
        if node.attached_to:
            self.border.setdefault(node.attached_to, []).append(node)
        if node.call:
            self.callers.setdefault(node.call.process_id, []).append(node)
        if node.type == "intermediateCatchEvent":
            for name in link_names(node):
                self._links.setdefault((node.scope, name), []).append(node)

    def flows_out(self, node: FlowNode) -> list[SequenceFlow]:
        """The sequence flows that leave a node for a node of the file."""
        flows = (self.definition.flows[name] for name in node.outgoing if name in self.definition.flows)
        return [flow for flow in flows if flow.target in self.definition.nodes]

    def targets(self, node: FlowNode) -> list[FlowNode]:
        """Where its outgoing sequence flows lead."""
        return [self.definition.nodes[flow.target] for flow in self.flows_out(node)]

    def sources(self, node: FlowNode) -> list[FlowNode]:
        """Where its incoming sequence flows come from."""
        flows = (self.definition.flows[name] for name in node.incoming if name in self.definition.flows)
        return [self.definition.nodes[flow.source] for flow in flows if flow.source in self.definition.nodes]

    def jumps(self, node: FlowNode) -> list[FlowNode]:
        """The link catch events that a link throw event leads to (§10.5.5: same name, same scope)."""
        if node.type != "intermediateThrowEvent":
            return []
        return [caught for name in link_names(node) for caught in self._links.get((node.scope, name), ())]

    def ahead(self, node: FlowNode) -> list[FlowNode]:
        """What may happen after a node within its scope: flows, links, and the events on its border."""
        return [*self.targets(node), *self.jumps(node), *self.border.get(node.id, ())]

    def starts(self, scope: str) -> list[FlowNode]:
        """Where a process or sub-process begins; without a start event at everything that nothing leads to (§13.2)."""
        inside = self.inside.get(scope, [])
        begun = [node for node in inside if node.type == "startEvent" or (node.instantiate and not node.incoming)]
        holder = self.definition.nodes.get(scope)
        if not begun or (holder is not None and holder.ad_hoc is not None):
            begun += [node for node in inside if self._begins_unasked(node)]
        return begun + [node for node in inside if node.triggered_by_event]

    def _begins_unasked(self, node: FlowNode) -> bool:
        passive = node.type in ("startEvent", "boundaryEvent") or node.triggered_by_event or node.for_compensation
        linked = node.type == "intermediateCatchEvent" and link_names(node)
        return not (node.incoming or passive or linked)

    @cached_property
    def reached(self) -> frozenset[str]:
        """Every node that a token may ever reach."""
        processes = (start for process in self.definition.processes for start in self.starts(process.id))
        return frozenset(node.id for node in self.closure(processes))

    def closure(self, starts: Iterable[FlowNode]) -> Iterator[FlowNode]:
        """These nodes and every node that a token may reach from them."""
        waiting, seen = list(starts), set[str]()
        while waiting:
            node = waiting.pop()
            if node.id not in seen:
                seen.add(node.id)
                yield node
                waiting.extend((*self.ahead(node), *self.starts(node.id), *self._handler(node)))

    def _handler(self, node: FlowNode) -> list[FlowNode]:
        handler = self.definition.nodes.get(node.compensated_by or "")
        return [handler] if handler else []

    @cached_property
    def ending(self) -> frozenset[str]:
        """Every node after which its scope can still come to an end."""
        before: dict[str, list[str]] = {}
        for node in self.definition.nodes.values():
            for follower in self.ahead(node):
                before.setdefault(follower.id, []).append(node.id)
        waiting = [node.id for node in self.definition.nodes.values() if self._ends(node)]
        seen: set[str] = set()
        while waiting:
            name = waiting.pop()
            if name not in seen:
                seen.add(name)
                waiting.extend(before.get(name, ()))
        return frozenset(seen)

    def _ends(self, node: FlowNode) -> bool:
        return not self.targets(node) and not self.jumps(node)

    def scopes_around(self, node: FlowNode) -> Iterator[str]:
        """The ids of the scopes that hold a node, from the inside out; the process comes last."""
        scope = node.scope
        seen: set[str] = set()
        while scope not in seen:
            seen.add(scope)
            yield scope
            holder = self.definition.nodes.get(scope)
            if holder is None:
                return
            scope = holder.scope

    def event_starts(self, scope: str) -> Iterator[FlowNode]:
        """The start events of the event sub-processes of a scope."""
        for node in self.inside.get(scope, ()):
            if node.triggered_by_event:
                yield from (inner for inner in self.inside.get(node.id, ()) if inner.type == "startEvent")

    def catchers(self, node: FlowNode) -> Iterator[FlowNode]:
        """The events that catch what a node throws: on its border, then scope by scope outwards, and in its callers."""
        waiting, seen = [node], set[str]()
        while waiting:
            thrower = waiting.pop()
            if thrower.id in seen:
                continue
            seen.add(thrower.id)
            yield from self.border.get(thrower.id, ())
            for scope in self.scopes_around(thrower):
                yield from self.event_starts(scope)
                yield from self.border.get(scope, ())
                waiting.extend(self.callers.get(scope, ()))


def triggers(nodes: Iterable[FlowNode]) -> Iterator[tuple[FlowNode, SingleTrigger]]:
    """Every single event definition of these nodes, with its node."""
    return ((node, trigger) for node in nodes for trigger in parts(node.trigger))


def link_names(node: FlowNode) -> frozenset[str]:
    """The names of the links that an event throws or catches."""
    return frozenset(trigger.name for trigger in parts(node.trigger) if isinstance(trigger, LinkTrigger))


def named(nodes: Iterable[FlowNode]) -> Mapping[str, list[FlowNode]]:
    """The nodes by the name that people read; those without a name are left out."""
    found: dict[str, list[FlowNode]] = {}
    for node in nodes:
        if node.name:
            found.setdefault(node.name, []).append(node)
    return found
