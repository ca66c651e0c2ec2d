"""Through what must every token come? Branches of splits, and how two ways into a node are related."""

from collections.abc import Iterable, Mapping
from itertools import combinations
from typing import Literal, TypeAlias

from pathways.bpmn.model import FlowNode
from pathways.rules.graph import Graph

Vertex: TypeAlias = tuple[Literal["scope", "node", "done", "flow"], str]
Relation = Literal["one of them", "both", "perhaps both", "unknown"]
_MOST_WAYS_IN = 40


class Branches:
    """The ways inside one scope, as a graph of nodes, their completions and their sequence flows."""

    def __init__(self, graph: Graph, scope: str) -> None:
        self._nodes: Mapping[str, FlowNode] = {node.id: node for node in graph.inside.get(scope, ())}
        self._flows = graph.definition.flows
        self._root: Vertex = ("scope", scope)
        self._after = self._edges(graph, scope)
        self._above = _immediate_dominators(self._root, self._after)
        self._depth = _depths(self._root, self._above)

    def _edges(self, graph: Graph, scope: str) -> dict[Vertex, list[Vertex]]:
        edges: dict[Vertex, list[Vertex]] = {self._root: [("node", node.id) for node in graph.starts(scope)]}
        for node in self._nodes.values():
            borders: list[Vertex] = [("node", event.id) for event in graph.border.get(node.id, ())]
            edges["node", node.id] = [("done", node.id), *borders]
            flows = graph.flows_out(node)
            edges["done", node.id] = [("flow", flow.id) for flow in flows]
            edges["done", node.id] += [("node", caught.id) for caught in graph.jumps(node)]
            for flow in flows:
                edges["flow", flow.id] = [("node", flow.target)]
        return edges

    def pair(self, flows: Iterable[str], wanted: Relation) -> tuple[str, str, FlowNode] | None:
        """The first two of these flows that are related as wanted, and the node where their ways part."""
        known = [flow for flow in flows if ("flow", flow) in self._above][:_MOST_WAYS_IN]
        for one, other in combinations(known, 2):
            parting, left, right = self._parting(("flow", one), ("flow", other))
            node = self._nodes.get(parting[1])
            if node is not None and self._relation(parting, left, right) == wanted:
                return one, other, node
        return None

    def comes_again(self, split: FlowNode, *, without: FlowNode) -> bool:
        """Whether a token that passed the split may come to it again without passing the other node."""
        waiting, seen = list(self._after["node", split.id]), {("node", without.id)}
        while waiting:
            vertex = waiting.pop()
            if vertex == ("node", split.id):
                return True
            if vertex not in seen:
                seen.add(vertex)
                waiting.extend(self._after.get(vertex, ()))
        return False

    def _parting(self, one: Vertex, other: Vertex) -> tuple[Vertex, Vertex, Vertex]:
        """The nearest vertex that both must come through, and the next vertex towards each."""
        while self._above[one] != self._above[other]:
            if self._depth[one] >= self._depth[other]:
                one = self._above[one]
            else:
                other = self._above[other]
        return self._above[one], one, other

    def _relation(self, parting: Vertex, left: Vertex, right: Vertex) -> Relation:
        branches = self._after[parting]
        if left == right or left not in branches or right not in branches:
            return "unknown"
        if parting[0] == "node":
            return self._at_border(left, right)
        return self._at_completion(self._nodes[parting[1]], left, right) if parting[0] == "done" else "unknown"

    def _at_border(self, left: Vertex, right: Vertex) -> Relation:
        """A node completes or is interrupted; what comes on top of it is drawn on purpose."""
        interrupting = {self._nodes[name].interrupting for kind, name in (left, right) if kind == "node"}
        return "one of them" if interrupting == {True} else "unknown"

    def _at_completion(self, node: FlowNode, left: Vertex, right: Vertex) -> Relation:
        if node.type in ("exclusiveGateway", "eventBasedGateway"):
            return "unknown" if node.parallel_events else "one of them"
        if node.type == "parallelGateway":
            return "both"
        flows = [self._flows[name] for kind, name in (left, right) if kind == "flow"]
        if node.default in {flow.id for flow in flows}:
            return "one of them"
        if any(flow.condition for flow in flows) and (node.type == "inclusiveGateway" or node.is_activity):
            return "perhaps both"
        plain = len(flows) > 0 and not (node.type.endswith("Gateway") or node.default)
        return "both" if plain and not any(flow.condition for flow in flows) else "unknown"


def _immediate_dominators(root: Vertex, after: Mapping[Vertex, list[Vertex]]) -> dict[Vertex, Vertex]:
    """The nearest vertex that every way from the root comes through (Cooper, Harvey and Kennedy's iteration)."""
    order = _postorder(root, after)
    rank = {vertex: number for number, vertex in enumerate(order)}
    before: dict[Vertex, list[Vertex]] = {vertex: [] for vertex in order}
    for vertex in order:
        for follower in after.get(vertex, ()):
            before[follower].append(vertex)
    above: dict[Vertex, Vertex] = {root: root}
    changed = True
    while changed:
        changed = False
        for vertex in reversed(order[:-1]):
            nearest = _nearest([each for each in before[vertex] if each in above], above, rank)
            changed |= above.get(vertex) != nearest
            above[vertex] = nearest
    return above


def _depths(root: Vertex, above: Mapping[Vertex, Vertex]) -> dict[Vertex, int]:
    """How many vertices every token must come through before; dominators stand in the mapping before the rest."""
    depths = {root: 0}
    for vertex, dominator in above.items():
        if vertex != root:
            depths[vertex] = depths[dominator] + 1
    return depths


def _nearest(vertices: list[Vertex], above: Mapping[Vertex, Vertex], rank: Mapping[Vertex, int]) -> Vertex:
    one = vertices[0]
    for other in vertices[1:]:
        while one != other:
            if rank[one] < rank[other]:
                one = above[one]
            else:
                other = above[other]
    return one


def _postorder(root: Vertex, after: Mapping[Vertex, list[Vertex]]) -> list[Vertex]:
    order: list[Vertex] = []
    seen = {root}
    open_now = [(root, iter(after.get(root, ())))]
    while open_now:
        vertex, followers = open_now[-1]
        fresh = next((each for each in followers if each not in seen), None)
        if fresh is None:
            order.append(vertex)
            open_now.pop()
        else:
            seen.add(fresh)
            open_now.append((fresh, iter(after.get(fresh, ()))))
    return order
