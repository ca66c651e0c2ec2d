"""Where does everything of a diagram stand? (Grid → routes → the channels' real widths → labels.)"""

from dataclasses import dataclass, field

from diagram import Diagram
from grid import (
    Grid,
    Lines,
    Tracks,
    all_tracks,
    channel_count,
    make_grid,
    place_lines,
    place_shapes,
)
from labels import place_labels
from route import Point, Router, route_all, used_tracks, waypoints
from sizes import Rect, flow_label

BAND_GAP = 24.0
TITLE = 22.0
POOL = (160.0, 80.0)
HEADER = 30.0


@dataclass(slots=True)
class Drawing:
    """Rectangles, ways and labels of one diagram and everything inside it."""

    width: float
    height: float
    shapes: dict[str, Rect] = field(default_factory=dict)
    lanes: dict[str, Rect] = field(default_factory=dict)
    ways: dict[str, list[Point]] = field(default_factory=dict)
    labels: dict[str, Rect] = field(default_factory=dict)
    pool: Rect | None = None

    def moved_into(self, into: "Drawing", dx: float, dy: float) -> None:
        """Add everything to another drawing, shifted."""
        for mine, theirs in ((self.shapes, into.shapes), (self.lanes, into.lanes), (self.labels, into.labels)):
            theirs.update({id: rect.moved(dx, dy) for id, rect in mine.items()})
        into.ways.update({id: [(x + dx, y + dy) for x, y in way] for id, way in self.ways.items()})


def lay_out(diagram: Diagram) -> Drawing:
    """The whole drawing of a process: its pool, lanes and content."""
    content = _content(diagram, edge_gap=diagram.margin)
    page = Drawing(content.width, content.height)
    header = 2 * HEADER if diagram.lanes else HEADER
    content.moved_into(page, POOL[0] + header, POOL[1])
    page.lanes = {id: Rect(r.x - HEADER, r.y, r.w + HEADER, r.h) for id, r in page.lanes.items() if diagram.lanes}
    page.pool = Rect(*POOL, content.width + header, content.height)
    return page


def _content(diagram: Diagram, *, edge_gap: float) -> Drawing:
    inner = {node.id: _content(node.inner, edge_gap=18.0) for node in diagram.nodes.values() if node.inner}
    sizes = {id: (drawing.width, drawing.height + TITLE) for id, drawing in inner.items()}
    grid = make_grid(diagram, sizes, edge_gap=edge_gap)
    grid.min_lane = 120.0 if diagram.lanes else 0.0
    drawing = _arrange(grid)
    for id, content in inner.items():
        box = drawing.shapes[id]
        content.moved_into(drawing, box.cx - content.width / 2, box.y + TITLE)
    return drawing


def _arrange(grid: Grid) -> Drawing:
    """Route with every track open, then keep only the tracks that were taken."""
    columns, channels = channel_count(grid)
    wide = place_lines(grid, all_tracks(columns), all_tracks(channels), {}, {})
    grid.band_height = _band_heights(grid, wide.width)
    wide = place_lines(grid, all_tracks(columns), all_tracks(channels), {}, {})
    shapes = place_shapes(grid, wide)
    bands = _band_shapes(grid, wide)
    router = route_all(grid, wide, shapes, list(bands.values()))
    x_tracks, y_tracks = _kept(router, "x", columns), _kept(router, "y", channels)
    lines = _final_lines(grid, router, x_tracks, y_tracks)
    return _draw(grid, router, lines)


def _final_lines(grid: Grid, router: Router, x_tracks: Tracks, y_tracks: Tracks) -> Lines:
    need = _label_need(grid, router, x_tracks)
    grid.band_height = {}
    narrow = place_lines(grid, x_tracks, y_tracks, need, {})
    grid.band_height = _band_heights(grid, narrow.width)
    return place_lines(grid, x_tracks, y_tracks, need, {})


def _draw(grid: Grid, router: Router, lines: Lines) -> Drawing:
    diagram = grid.diagram
    shapes = place_shapes(grid, lines)
    ways = {flow.id: waypoints(router, flow, lines, shapes) for flow in diagram.flows}
    shapes |= _band_shapes(grid, lines)
    width = max([lines.width, *(shapes[id].right + BAND_GAP for _, _, id in diagram.bands)])
    lanes = {lane: Rect(0, top, width, end - top) for lane, (top, end) in lines.lanes.items() if lane}
    borders = [Rect(0, rect.bottom - 1, width, 2) for rect in lanes.values()]
    borders += [Rect(-60, 0, 64, lines.height), Rect(width - 4, 0, 60, lines.height)]
    labels = place_labels(diagram, shapes, ways, borders)
    return Drawing(width, lines.height, shapes, lanes, ways, labels)


def _kept(router: Router, axis: str, count: int) -> dict[int, list[int]]:
    used = used_tracks(router, axis)
    return {channel: used.get(channel, []) for channel in range(count)}


def _label_need(grid: Grid, router: Router, tracks: Tracks) -> dict[int, float]:
    """Width that channels need for the labels of flows that leave to the right."""
    need: dict[int, float] = {}
    for flow in grid.diagram.flows:
        label, start = flow_label(flow), router.routes[flow.id].start
        node = grid.diagram.nodes[flow.source]
        if label and start.side == "right":
            column = node.column + node.span - 1
            beside = (grid.widths[column] - grid.sizes[node.id][0]) / 2 if node.span == 1 else 0
            room = label[0] + 24 - beside + (12 * len(tracks[column + 1]))
            need[column + 1] = max(need.get(column + 1, 0.0), room)
    return need


# -- bands of event sub-processes --------------------------------------------------------------------


def _band_rows(grid: Grid, lane: str | None, width: float) -> list[list[str]]:
    """Event sub-processes of a lane in rows: by band number, wrapped where the drawing ends."""
    rows: list[list[str]] = []
    current = (-1, 0.0)
    for of, band, id in sorted(grid.diagram.bands, key=lambda entry: entry[1]):
        if of != lane:
            continue
        needed = grid.sizes[id][0] + BAND_GAP
        if band != current[0] or current[1] + needed > width:
            rows.append([])
            current = (band, BAND_GAP)
        rows[-1].append(id)
        current = (band, current[1] + needed)
    return rows


def _band_heights(grid: Grid, width: float) -> dict[str | None, float]:
    heights = {}
    for lane in {of for of, _, _ in grid.diagram.bands}:
        rows = _band_rows(grid, lane, width)
        heights[lane] = sum(max(grid.sizes[id][1] for id in row) + BAND_GAP for row in rows)
    return heights


def _band_shapes(grid: Grid, lines: Lines) -> dict[str, Rect]:
    shapes = {}
    for lane in grid.band_height:
        y = lines.band_top[lane]
        for row in _band_rows(grid, lane, lines.width):
            x = BAND_GAP
            for id in row:
                w, h = grid.sizes[id]
                shapes[id] = Rect(x, y, w, h)
                x += w + BAND_GAP
            y += max(grid.sizes[id][1] for id in row) + BAND_GAP
    return shapes
