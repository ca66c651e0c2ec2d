"""Which steps of one scope can be open at the same time? A relation of places, computed once per definition.

A place is a sequence flow (a token waits on it) or a node (it is active). Two places are concurrent when one firing can
mark both, or when one stays marked while the other becomes so (Kovalyov and Esparza, "A polynomial algorithm to compute
the concurrency relation of free-choice signal transition graphs", 1995). Exact for free-choice diagrams, otherwise it
allows too much: what it excludes can never be. Behind an inclusive join nothing is marked beside what it waits for.
"""

from collections import defaultdict, deque
from collections.abc import Iterator, Mapping
from itertools import combinations

from pathways.bpmn.model import Definition, FlowNode, LinkTrigger
from workflows.engine.index import index_of
from workflows.engine.reachability import upstream

Relation = dict[str, set[str]]
Firing = tuple[frozenset[str], tuple[str, ...], frozenset[str]]
"""What a firing needs, what it marks, and what it waits for: places that are not marked beside it."""

Awaited = Mapping[str, frozenset[str]]
_NOTHING: frozenset[str] = frozenset()
_CHOOSE_ONE = frozenset({"exclusiveGateway", "eventBasedGateway"})


def concurrent(definition: Definition, scope: str, first: str, second: str) -> bool:
    """Say whether two places of a scope (an element id; the same place twice too) can be marked at the same time."""
    return second in relation(definition, scope).get(first, ())


def relation(definition: Definition, scope: str) -> Relation:
    """Give, for each place of a scope, the places that can be marked beside it."""
    known = index_of(definition).relations
    if scope not in known:
        known[scope] = _compute(definition, scope)
    return known[scope]


def _compute(definition: Definition, scope: str) -> Relation:
    """Compute it as if an inclusive join let each token through; then again, with what it waits for by that."""
    found = _closed(definition, scope, {})
    awaited = {
        flow: _awaited(definition, node, flow, found)
        for node in definition.nodes.values()
        if node.scope == scope and node.type == "inclusiveGateway" and len(node.incoming) > 1
        for flow in node.incoming
    }
    return _closed(definition, scope, awaited) if awaited else found


def _awaited(definition: Definition, join: FlowNode, flow: str, beside: Relation) -> frozenset[str]:
    """Give the places whose token an inclusive join waits for, or takes along, when there is one on `flow` (§13.4.3).

    Not those from which a flow is reached on which there may be a token already.
    """
    others = [other for other in join.incoming if other != flow]
    reaching = {other: upstream(definition, join, [other], over_boundary=True) for other in others}
    same = upstream(definition, join, [flow], over_boundary=False)
    nodes = set().union(*reaching.values()) - same
    places = {*nodes, *(f.id for f in definition.flows.values() if f.target in nodes), *others}
    flows = definition.flows

    def is_filled(place: str, other: str) -> bool:
        at = flows[place].target if place in flows else place
        return (place == other or at in reaching[other]) and other in beside.get(place, ())

    return frozenset(place for place in places if not any(is_filled(place, other) for other in others))


def _closed(definition: Definition, scope: str, awaited: Awaited) -> Relation:
    found: Relation = defaultdict(set)
    news: deque[tuple[str, str]] = deque()

    def add(a: str, b: str) -> None:
        if b not in found[a]:
            found[a].add(b)
            found[b].add(a)
            news.append((a, b))

    firings = list(_firings(definition, scope, awaited))
    for marked in [tuple(_beginnings(definition, scope)), *(marked for _, marked, _ in firings)]:
        for a, b in combinations(marked, 2):
            add(a, b)
    needing = _needing(firings)
    while news:
        a, b = news.popleft()
        for place, other in ((a, b), (b, a)):
            for needs, marked, waits_for in needing[place]:
                if needs <= found[other] and other not in waits_for:
                    for new in marked:
                        add(new, other)
    return found


def _needing(firings: list[Firing]) -> dict[str, list[Firing]]:
    needing: dict[str, list[Firing]] = defaultdict(list)
    for firing in firings:
        for place in firing[0]:
            needing[place].append(firing)
    return needing


def _beginnings(definition: Definition, scope: str) -> Iterator[str]:
    """Give what is marked together when the scope opens; a start event that waits begins it alone."""
    starts = index_of(definition).starts.get(scope, ())
    return (node.id for node in starts if not (node.type == "startEvent" and node.trigger))


def _firings(definition: Definition, scope: str, awaited: Awaited) -> Iterator[Firing]:
    nodes = [node for node in definition.nodes.values() if node.scope == scope]
    for node in nodes:
        yield from _entering(definition, node, awaited)
        yield from _leaving(node)
        for boundary in index_of(definition).boundary_events.get(node.id, ()):
            stays = () if boundary.interrupting else (boundary.id, node.id)
            yield frozenset({node.id}), (boundary.id, *stays), _NOTHING
    for sub in index_of(definition).event_sub_processes.get(scope, ()):
        yield from _beside(nodes, sub, definition)


def _beside(nodes: list[FlowNode], sub: FlowNode, definition: Definition) -> Iterator[Firing]:
    """A non-interrupting event sub-process runs beside everything, also beside itself."""
    if any(not start.interrupting for start in index_of(definition).starts.get(sub.id, ())):
        for node in nodes:
            yield frozenset({node.id}), (node.id, sub.id, sub.id), _NOTHING
            for flow in node.incoming:
                yield frozenset({flow}), (flow, sub.id, sub.id), _NOTHING


def _entering(definition: Definition, node: FlowNode, awaited: Awaited) -> Iterator[Firing]:
    if node.type == "parallelGateway" or node.start_quantity > 1:
        if node.incoming:
            yield frozenset(node.incoming), (node.id,), _NOTHING
        return
    for flow in node.incoming:
        yield frozenset({flow}), (node.id,), awaited.get(flow, _NOTHING)
    if isinstance(node.trigger, LinkTrigger) and node.type == "intermediateCatchEvent":
        for throw in index_of(definition).link_throws.get((node.scope, node.trigger.name), ()):
            yield frozenset({throw}), (node.id,), _NOTHING


def _leaving(node: FlowNode) -> Iterator[Firing]:
    """All flows together stand for every choice of some of them too: only pairs are looked at."""
    here = frozenset({node.id})
    if node.type in _CHOOSE_ONE and not node.parallel_events:
        for flow in node.outgoing:
            yield here, (flow,), _NOTHING
    elif node.outgoing:
        yield here, tuple(flow for flow in node.outgoing for _ in range(min(node.completion_quantity, 2))), _NOTHING
