"""Which way does each flow take? (A* over the grid's lines, then every flow once more with the others known.)"""

import heapq
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from diagram import Flow, Node
from grid import Grid, Key, Lines, port_offsets
from sizes import Rect, node_label

MARGIN = 9.0
BEND, CROSSING, TOUCH, SOFT = 32.0, 200.0, 160.0, 3.0
OVERLAP, OVERLAP_AKIN = 16.0, 5.0
PASSES = 3
JOG = 8.0
STEP = {"right": (1, 0), "left": (-1, 0), "bottom": (0, 1), "top": (0, -1)}
OPPOSITE = {"right": "left", "left": "right", "top": "bottom", "bottom": "top"}

Vertex = tuple[int, int]
Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Port:
    """A place on a shape's border where flows begin or end, and the first line crossing outside it."""

    side: str
    key: Key
    cost: float
    vertex: Vertex


@dataclass(frozen=True, slots=True)
class Route:
    """A flow's way: the port it leaves, the vertices it passes, the port it enters."""

    start: Port
    vertices: tuple[Vertex, ...]
    end: Port


@dataclass(slots=True)
class Router:
    """The lines as a graph, with what blocks, what only disturbs, and who runs where."""

    grid: Grid
    lines: Lines
    shapes: dict[str, Rect]
    xs: list[float]
    ys: list[float]
    x_keys: list[Key]
    y_keys: list[Key]
    blocked: set[tuple[Vertex, str]] = field(default_factory=set)
    soft: dict[tuple[Vertex, str], float] = field(default_factory=dict)
    on_edge: dict[tuple[Vertex, str], list[Flow]] = field(default_factory=dict)
    on_vertex: dict[Vertex, list[tuple[Flow, str]]] = field(default_factory=dict)
    on_port: dict[tuple[str, str, float], list[tuple[Flow, str]]] = field(default_factory=dict)
    routes: dict[str, Route] = field(default_factory=dict)


def route_all(grid: Grid, lines: Lines, shapes: dict[str, Rect], blocks: list[Rect]) -> Router:
    """Route every flow of a diagram around its shapes and the given blocks."""
    x_keys, y_keys = sorted(lines.x, key=lines.x.__getitem__), sorted(lines.y, key=lines.y.__getitem__)
    xs, ys = [lines.x[k] for k in x_keys], [lines.y[k] for k in y_keys]
    router = Router(grid, lines, shapes, xs, ys, x_keys, y_keys)
    for rect in [*shapes.values(), *blocks]:
        router.blocked.update(_touching(router, rect.grown(MARGIN)))
    _disturb(router)
    order = sorted(grid.diagram.flows, key=lambda flow: _distance(router, flow))
    for _ in range(PASSES):
        for flow in order:
            _withdraw(router, flow)
            _enter(router, flow, _search(router, flow))
    return router


def _distance(router: Router, flow: Flow) -> float:
    a, b = router.shapes[flow.source], router.shapes[flow.target]
    return abs(a.cx - b.cx) + 2 * abs(a.cy - b.cy) + (400 if b.cx < a.cx else 0)


def _touching(router: Router, rect: Rect) -> Iterator[tuple[Vertex, str]]:
    """Unit steps (to the right or to the bottom) that enter the rectangle."""
    xs, ys = router.xs, router.ys
    for j, y in enumerate(ys):
        if rect.y < y < rect.bottom:
            yield from (((i, j), "right") for i in range(len(xs) - 1) if xs[i] < rect.right and xs[i + 1] > rect.x)
    for i, x in enumerate(xs):
        if rect.x < x < rect.right:
            yield from (((i, j), "bottom") for j in range(len(ys) - 1) if ys[j] < rect.bottom and ys[j + 1] > rect.y)


def _disturb(router: Router) -> None:
    """Passing where a label is going to stand is possible, but costs."""
    for node in router.grid.diagram.nodes.values():
        label = node_label(node)
        if label and node.id in router.shapes:
            for step in _touching(router, _usual_label(node, router.shapes[node.id], label)):
                router.soft[step] = router.soft.get(step, 0.0) + SOFT


def _usual_label(node: Node, shape: Rect, label: tuple[float, float]) -> Rect:
    w, h = label
    if node.host:
        return Rect(shape.right + 2, shape.cy + 2, w, h)
    above = node.tag.endswith("Gateway") or node.label == "above"
    return Rect(shape.cx - w / 2, shape.y - h - 4 if above else shape.bottom + 4, w, h)


# -- ports -------------------------------------------------------------------------------------------


def _ports(router: Router, flow: Flow, *, leaving: bool) -> list[Port]:
    node = router.grid.diagram.nodes[flow.source if leaving else flow.target]
    wanted = flow.exit if leaving else flow.enter
    ports = []
    for side, offset, key in _places(router, node):
        if wanted and wanted != side:
            continue
        vertex = _outside(router, router.shapes[node.id], side, key)
        if vertex is not None:
            cost = _port_cost(router, flow, node, (side, offset), leaving=leaving)
            ports.append(Port(side, key, cost, vertex))
    return ports


def _places(router: Router, node: Node) -> Iterator[tuple[str, float, Key]]:
    if node.host:
        yield "bottom", 0.0, ("p", node.column, router.grid.boundary_offset[node.id])
        return
    across, down = port_offsets(node)
    row = router.grid.row_of(node)
    for offset in down:
        yield "right", offset, ("p", row, offset)
        yield "left", offset, ("p", row, offset)
    hosting = [o for id, o in router.grid.boundary_offset.items() if router.grid.diagram.nodes[id].host == node.id]
    columns = range(node.column, node.column + node.span)
    for column in columns:
        for offset in across if node.span == 1 else (0.0,):
            yield "top", offset, ("p", column, offset)
            if all(abs(offset - other) > 27 for other in hosting):
                yield "bottom", offset, ("p", column, offset)


def _outside(router: Router, shape: Rect, side: str, key: Key) -> Vertex | None:
    """The first crossing outside the shape's margin on the line through the port."""
    if side in ("left", "right"):
        j = router.y_keys.index(key)
        if side == "right":
            i = next((i for i, x in enumerate(router.xs) if x >= shape.right + MARGIN), None)
        else:
            i = next((i for i in reversed(range(len(router.xs))) if router.xs[i] <= shape.x - MARGIN), None)
        return None if i is None else (i, j)
    i = router.x_keys.index(key)
    if side == "bottom":
        j2 = next((j for j, y in enumerate(router.ys) if y >= shape.bottom + MARGIN), None)
    else:
        j2 = next((j for j in reversed(range(len(router.ys))) if router.ys[j] <= shape.y - MARGIN), None)
    return None if j2 is None else (i, j2)


def _port_cost(router: Router, flow: Flow, node: Node, place: tuple[str, float], *, leaving: bool) -> float:
    side, offset = place
    diagram = router.grid.diagram
    back = diagram.nodes[flow.target].column < diagram.nodes[flow.source].column
    usual = {"right": 0.0, "top": 16.0, "bottom": 16.0, "left": 12.0 if back and leaving else 90.0}
    cost = usual[side if leaving else OPPOSITE[side]]
    if node.tag == "textAnnotation" or flow.association:
        cost = 0.0
    cost += 40.0 if offset else 0.0
    for _, way in router.on_port.get((node.id, side, offset), []):
        cost += 80.0 if (way == "out") == leaving else 260.0
    return cost


# -- search ------------------------------------------------------------------------------------------


def _search(router: Router, flow: Flow) -> Route:
    starts, ends = _ports(router, flow, leaving=True), _ports(router, flow, leaving=False)
    goals: dict[Vertex, list[Port]] = {}
    for port in ends:
        goals.setdefault(port.vertex, []).append(port)
    best: dict[tuple[Vertex, str], float] = {}
    back: dict[tuple[Vertex, str], tuple[Vertex, str] | Port] = {}
    queue: list[tuple[float, float, Vertex, str]] = []
    for port in starts:
        _offer(router, goals, queue, best, port.cost, (port.vertex, port.side))
        if best.get((port.vertex, port.side)) == port.cost:
            back[port.vertex, port.side] = port
    found: tuple[float, tuple[Vertex, str], Port] | None = None
    while queue:
        bound, cost, vertex, side = heapq.heappop(queue)
        if found and bound >= found[0]:
            break
        if cost > best[vertex, side]:
            continue
        for port in goals.get(vertex, []):
            total = cost + port.cost + _turn_cost(router, flow, vertex, side, OPPOSITE[port.side])
            if side != port.side and (not found or total < found[0]):
                found = (total, (vertex, side), port)
        for onward, price in _moves(router, flow, vertex, side):
            if cost + price < best.get(onward, 1e18):
                _offer(router, goals, queue, best, cost + price, onward)
                back[onward] = (vertex, side)
    if not found:
        raise SystemExit(f"no way from {flow.source} to {flow.target}: move one of them or drop exit/enter")
    return _trace(back, found[1], found[2])


def _offer(
    router: Router,
    goals: dict[Vertex, list[Port]],
    queue: list[tuple[float, float, Vertex, str]],
    best: dict[tuple[Vertex, str], float],
    cost: float,
    state: tuple[Vertex, str],
) -> None:
    if cost < best.get(state, 1e18):
        best[state] = cost
        (i, j), side = state
        left = min(abs(router.xs[i] - router.xs[k]) + abs(router.ys[j] - router.ys[m]) for k, m in goals)
        heapq.heappush(queue, (cost + left, cost, (i, j), side))


def _moves(router: Router, flow: Flow, vertex: Vertex, came: str) -> Iterator[tuple[tuple[Vertex, str], float]]:
    for side, (dx, dy) in STEP.items():
        i, j = vertex[0] + dx, vertex[1] + dy
        if side == OPPOSITE[came] or not (0 <= i < len(router.xs) and 0 <= j < len(router.ys)):
            continue
        step = _step(vertex, (i, j))
        if step in router.blocked or _passes_wrongly(router, flow, step):
            continue
        length = abs(router.xs[i] - router.xs[vertex[0]]) + abs(router.ys[j] - router.ys[vertex[1]])
        price = length * (1 + router.soft.get(step, 0.0))
        for other in router.on_edge.get(step, []):
            price += length * (OVERLAP_AKIN if _akin(flow, other) else OVERLAP)
        yield ((i, j), side), price + _turn_cost(router, flow, vertex, came, side)


def _passes_wrongly(router: Router, flow: Flow, step: tuple[Vertex, str]) -> bool:
    """Does the step run above a shape that the flow is to pass below, or the other way round?"""
    (i, j), way = step
    for id, sign in ((flow.under, 1), (flow.over, -1)):
        box = router.shapes.get(id or "")
        if box and way == "right" and router.xs[i] <= box.cx < router.xs[i + 1]:
            return sign * (router.ys[j] - box.cy) < 0
    return False


def _turn_cost(router: Router, flow: Flow, vertex: Vertex, came: str, goes: str) -> float:
    cost = 0.0 if came == goes else BEND
    axis = "bend" if came != goes else "h" if goes in ("left", "right") else "v"
    for other, how in router.on_vertex.get(vertex, []):
        if {axis, how} == {"h", "v"}:
            cost += CROSSING
        elif "bend" in (axis, how):
            cost += 12.0 if _akin(flow, other) else TOUCH
    return cost


def _akin(flow: Flow, other: Flow) -> bool:
    return flow.target == other.target or flow.source == other.source


def _step(a: Vertex, b: Vertex) -> tuple[Vertex, str]:
    first = min(a, b)
    return first, "right" if a[1] == b[1] else "bottom"


def _trace(back: dict[tuple[Vertex, str], tuple[Vertex, str] | Port], last: tuple[Vertex, str], end: Port) -> Route:
    vertices = []
    state: tuple[Vertex, str] | Port = last
    while not isinstance(state, Port):
        vertices.append(state[0])
        state = back[state]
    return Route(state, tuple(reversed(vertices)), end)


# -- who runs where ----------------------------------------------------------------------------------


def _enter(router: Router, flow: Flow, route: Route) -> None:
    router.routes[flow.id] = route
    for step in pairwise(route.vertices):
        router.on_edge.setdefault(_step(*step), []).append(flow)
    for vertex, how in _passing(route):
        router.on_vertex.setdefault(vertex, []).append((flow, how))
    for place, way in _used_ports(flow, route):
        router.on_port.setdefault(place, []).append((flow, way))


def _withdraw(router: Router, flow: Flow) -> None:
    route = router.routes.pop(flow.id, None)
    if not route:
        return
    for step in pairwise(route.vertices):
        router.on_edge[_step(*step)].remove(flow)
    for vertex, how in _passing(route):
        router.on_vertex[vertex].remove((flow, how))
    for place, way in _used_ports(flow, route):
        router.on_port[place].remove((flow, way))


def _used_ports(flow: Flow, route: Route) -> Iterator[tuple[tuple[str, str, float], str]]:
    yield (flow.source, route.start.side, route.start.key[2]), "out"
    yield (flow.target, route.end.side, route.end.key[2]), "in"


def _passing(route: Route) -> Iterator[tuple[Vertex, str]]:
    sides = [route.start.side]
    for (i, j), (k, m) in pairwise(route.vertices):
        sides.append("right" if k > i else "left" if k < i else "bottom" if m > j else "top")
    sides.append(OPPOSITE[route.end.side])
    for vertex, (came, goes) in zip(route.vertices, pairwise(sides), strict=True):
        yield vertex, "bend" if came != goes else "h" if goes in ("left", "right") else "v"


def used_tracks(router: Router, axis: str) -> dict[int, list[int]]:
    """Tracks that a flow runs along, by channel of the axis ("x": vertical lines, "y": horizontal ones)."""
    used: dict[int, set[int]] = {}
    for route in router.routes.values():
        for a, b in pairwise(route.vertices):
            vertical = a[0] == b[0]
            key = router.x_keys[a[0]] if vertical else router.y_keys[a[1]]
            if key[0] == "t" and vertical == (axis == "x"):
                used.setdefault(key[1], set()).add(int(key[2]))
    return {channel: sorted(tracks) for channel, tracks in used.items()}


def waypoints(router: Router, flow: Flow, lines: Lines, shapes: dict[str, Rect]) -> list[Point]:
    """The corners of a flow's way with the coordinates of `lines`."""
    route = router.routes[flow.id]
    first = _border(shapes[flow.source], route.start, lines)
    last = _border(shapes[flow.target], route.end, lines)
    points = [first, *(_corner(router, v, lines) for v in _corners(route)), last]
    return _steady(_steady(_straight(points))[::-1])[::-1]


def _steady(points: list[Point]) -> list[Point]:
    """Without a jog of a few pixels before the end: the flow ends as much beside its port."""
    if len(points) < 4:
        return points
    *before, (ax, ay), (bx, by), (x, y) = points
    if not 0 < abs(ax - bx) + abs(ay - by) < JOG:
        return points
    return [*before, (x, ay) if ax == bx else (ax, y)]


def _corners(route: Route) -> list[Vertex]:
    return [vertex for vertex, how in _passing(route) if how == "bend"]


def _corner(router: Router, vertex: Vertex, lines: Lines) -> Point:
    return lines.x[router.x_keys[vertex[0]]], lines.y[router.y_keys[vertex[1]]]


def _border(shape: Rect, port: Port, lines: Lines) -> Point:
    match port.side:
        case "left":
            return shape.x, lines.y[port.key]
        case "right":
            return shape.right, lines.y[port.key]
        case "top":
            return lines.x[port.key], shape.y
        case _:
            return lines.x[port.key], shape.bottom


def _straight(points: list[Point]) -> list[Point]:
    kept = points[:1]
    for before, at, after in zip(points, points[1:], points[2:], strict=False):
        if not (before[0] == at[0] == after[0] or before[1] == at[1] == after[1]):
            kept.append(at)
    return [*kept, points[-1]]
