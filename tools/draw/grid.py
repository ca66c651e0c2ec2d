"""Where are the lines on which shapes stand and flows run? (Columns, rows, and the channels between them.)

A key names a line for good: ("p", column, offset) through a shape's ports, ("t", channel, track) in a channel.
Coordinates are given twice: with every track for routing, then with only the tracks that flows took.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from diagram import Diagram, Node
from sizes import Rect, node_label, node_size

TRACKS = 6
SPACING = 12.0
Key = tuple[str, int, float]
Tracks = Mapping[int, list[int]]

TASK_X = (-30.0, 0.0, 30.0)
TASK_Y = (-20.0, 0.0, 20.0)


@dataclass(slots=True)
class Grid:
    """Columns and rows of one diagram with the room that each needs."""

    diagram: Diagram
    sizes: dict[str, tuple[float, float]]
    rows: list[tuple[str | None, int]]
    columns: int
    widths: list[float]
    ups: list[float]
    downs: list[float]
    boundary_offset: dict[str, float]
    band_height: dict[str | None, float] = field(default_factory=dict)
    edge_gap: float = 24.0
    min_lane: float = 100.0

    def row_of(self, node: Node) -> int:
        """Index of the node's row among all rows of all lanes."""
        return self.rows.index((node.lane, node.row))


@dataclass(slots=True)
class Lines:
    """Coordinates of every line, and where each lane begins and ends."""

    x: dict[Key, float]
    y: dict[Key, float]
    width: float
    height: float
    lanes: dict[str | None, tuple[float, float]]
    column_middle: list[float]
    row_middle: list[float]
    band_top: dict[str | None, float]


def make_grid(diagram: Diagram, inner: Mapping[str, tuple[float, float]], *, edge_gap: float) -> Grid:
    """Measure columns and rows of a diagram; `inner` gives the sizes of its sub-processes."""
    sizes = {n.id: node_size(n, diagram.task_width, inner.get(n.id)) for n in diagram.nodes.values()}
    cells = _cells(diagram)
    lanes: list[str | None] = [lane.id for lane in diagram.lanes] or [None]
    rows = [(lane, row) for lane in lanes for row in range(_row_count(cells, lane))]
    columns = max((node.column + node.span for node in cells), default=1)
    grid = Grid(diagram, sizes, rows, columns, [], [], [], _boundary_offsets(diagram, sizes), edge_gap=edge_gap)
    grid.widths = _widths(grid, cells)
    grid.ups, grid.downs = _heights(grid, cells)
    return grid


def _cells(diagram: Diagram) -> list[Node]:
    banded = {id for _, _, id in diagram.bands}
    return [n for n in diagram.nodes.values() if n.id not in banded and not n.host]


def _row_count(cells: list[Node], lane: str | None) -> int:
    return max((node.row + 1 for node in cells if node.lane == lane), default=1)


def _boundary_offsets(diagram: Diagram, sizes: dict[str, tuple[float, float]]) -> dict[str, float]:
    """Horizontal distance of each boundary event from the middle of its host, left to right."""
    hosts: dict[str, list[str]] = {}
    for node in diagram.nodes.values():
        if node.host:
            hosts.setdefault(node.host, []).append(node.id)
    offsets = {}
    for host, events in hosts.items():
        half = max(sizes[host][0] / 2 - 30, 26.0 * (len(events) - 1))
        sizes[host] = (max(sizes[host][0], 2 * half + 60), sizes[host][1])
        step = 2 * half / (len(events) - 1) if len(events) > 1 else 0
        for n, event in enumerate(events):
            offsets[event] = _single_offset(diagram.nodes[event], half) if not step else n * step - half
    return offsets


def _single_offset(event: Node, half: float) -> float:
    return {"left": -half, "middle": 0.0}.get(event.side or "right", half)


def _widths(grid: Grid, cells: list[Node]) -> list[float]:
    widths = [36.0] * grid.columns
    for node in cells:
        label = node_label(node)
        if node.span == 1:
            widths[node.column] = max(widths[node.column], grid.sizes[node.id][0], label[0] if label else 0)
    for node in cells:
        if node.span > 1:
            covered = range(node.column, node.column + node.span)
            have = sum(widths[c] for c in covered) + grid.diagram.gap * (node.span - 1)
            for column in covered:
                widths[column] += max(0.0, grid.sizes[node.id][0] - have) / node.span
    return widths


def _heights(grid: Grid, cells: list[Node]) -> tuple[list[float], list[float]]:
    ups, downs = [18.0] * len(grid.rows), [18.0] * len(grid.rows)
    hosts = {node.host: node for node in grid.diagram.nodes.values() if node.host}
    for node in cells:
        row, half = grid.row_of(node), grid.sizes[node.id][1] / 2
        label = node_label(node)
        above = label is not None and (node.tag.endswith("Gateway") or node.label == "above")
        ups[row] = max(ups[row], half + (label[1] + 4 if label and above else 0))
        below = half + (label[1] + 6 if label and not above else 0)
        if node.id in hosts:
            below = half + max(20.0, 6 + (node_label(hosts[node.id]) or (0, 0))[1])
        downs[row] = max(downs[row], below)
    return ups, downs


def port_offsets(node: Node) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Offsets of the lines through a node: vertical ones from its middle, then horizontal ones."""
    if node.tag in ("textAnnotation",) or not node.tag.endswith(("Task", "task", "Activity", "Process")):
        return (0.0,), (0.0,)
    return TASK_X, TASK_Y


def all_tracks(count: int) -> dict[int, list[int]]:
    """Every track of every channel: what routing may choose from."""
    return {channel: list(range(TRACKS)) for channel in range(count)}


def channel_count(grid: Grid) -> tuple[int, int]:
    """Numbers of vertical and of horizontal channels."""
    lanes = len({lane for lane, _ in grid.rows})
    return grid.columns + 1, len(grid.rows) + lanes


def row_channel(grid: Grid, row: int) -> int:
    """The channel above a row (the one below is the next number)."""
    lanes = list(dict.fromkeys(lane for lane, _ in grid.rows))
    return row + lanes.index(grid.rows[row][0])


def place_lines(
    grid: Grid, x_tracks: Tracks, y_tracks: Tracks, x_need: Mapping[int, float], y_need: Mapping[int, float]
) -> Lines:
    """Give every line its coordinate."""
    x, middles, width = _place_columns(grid, x_tracks, x_need)
    lines = Lines(x, {}, width, 0.0, {}, middles, [], {})
    top = 0.0
    for lane in dict.fromkeys(lane for lane, _ in grid.rows):
        top = _place_lane(grid, lines, lane, top, y_tracks, y_need)
    lines.height = top
    return lines


def _place_columns(
    grid: Grid, tracks: Tracks, need: Mapping[int, float]
) -> tuple[dict[Key, float], list[float], float]:
    x: dict[Key, float] = {}
    middles: list[float] = []
    at = 0.0
    for column in range(grid.columns + 1):
        least = grid.diagram.gap if 0 < column < grid.columns else grid.edge_gap
        at = _place_channel(x, column, at, max(least, need.get(column, 0.0)), tracks[column])
        if column < grid.columns:
            middle = at + grid.widths[column] / 2
            middles.append(middle)
            for offset in _column_offsets(grid, column):
                x["p", column, offset] = middle + offset
            at += grid.widths[column]
    return x, middles, at


def _column_offsets(grid: Grid, column: int) -> list[float]:
    offsets = {0.0}
    for node in grid.diagram.nodes.values():
        if node.column <= column < node.column + node.span:
            offsets |= set(port_offsets(node)[0]) if node.span == 1 and not node.host else set()
            offsets |= {grid.boundary_offset[node.id]} if node.host else set()
    return sorted(offsets)


def _place_channel(into: dict[Key, float], channel: int, at: float, least: float, tracks: list[int]) -> float:
    gap = max(least, SPACING * (len(tracks) + 1))
    for n, track in enumerate(tracks):
        into["t", channel, float(track)] = round(at + gap * (n + 1) / (len(tracks) + 1))
    return at + gap


def _place_lane(
    grid: Grid, lines: Lines, lane: str | None, top: float, tracks: Tracks, need: Mapping[int, float]
) -> float:
    rows = [n for n, (of, _) in enumerate(grid.rows) if of == lane]
    at = top
    for row in rows:
        channel = row_channel(grid, row)
        least = max(grid.edge_gap if row == rows[0] else 36.0, need.get(channel, 0.0))
        at = _place_channel(lines.y, channel, at, least, tracks[channel])
        middle = at + grid.ups[row]
        lines.row_middle.append(middle)
        for offset in TASK_Y:
            lines.y["p", row, offset] = middle + offset
        at = middle + grid.downs[row]
    channel = row_channel(grid, rows[-1]) + 1
    at = _place_channel(lines.y, channel, at, max(grid.edge_gap, need.get(channel, 0.0)), tracks[channel])
    lines.band_top[lane] = at
    at = max(at + grid.band_height.get(lane, 0.0), top + grid.min_lane)
    lines.lanes[lane] = (top, at)
    return at


def place_shapes(grid: Grid, lines: Lines) -> dict[str, Rect]:
    """The rectangle of every shape outside the bands."""
    shapes: dict[str, Rect] = {}
    for node in _cells(grid.diagram):
        w, h = grid.sizes[node.id]
        last = node.column + node.span - 1
        cx = (lines.column_middle[node.column] + lines.column_middle[last]) / 2
        shapes[node.id] = Rect(cx - w / 2, lines.row_middle[grid.row_of(node)] - h / 2, w, h)
    for id, offset in grid.boundary_offset.items():
        host = shapes[str(grid.diagram.nodes[id].host)]
        shapes[id] = Rect(host.cx + offset - 18, host.bottom - 18, 36, 36)
    return shapes
