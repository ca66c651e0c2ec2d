"""The picture of every pathway is made from its own diagram: a stale one fails here (`make pictures` mends it)."""

from itertools import pairwise
from pathlib import Path

import pytest
import yaml
from lxml import etree

from pathways.catalogue import library_folders
from pathways.picture import render_svg
from pathways.picture.read import Shape, read_diagram
from pathways.picture.shapes import NAME_SIZE
from pathways.picture.symbols import task_sign
from pathways.picture.text import LINE_HEIGHT, text_width, wrap
from tests.diagram_geometry import BPMN, Box, crossings, problems, read_picture

KNOWN_CROSSINGS = yaml.safe_load((Path(__file__).parent / "crossings.yaml").read_text())
BORDER, BETWEEN = 60, 24
"""So far event sub-processes stay from the ends of their pool, and from each other, in pixels."""
SIGN, NEAR = 25, 2
"""So far the sign of a task reaches from the corner of its box; so many pixels into it are still clear."""


@pytest.mark.parametrize("folder", library_folders(), ids=lambda folder: folder.name)
def test_picture_shows_the_diagram_as_it_is(folder: Path) -> None:
    fresh = render_svg((folder / "pathway.bpmn").read_bytes())
    assert (folder / "picture.svg").read_text() == fresh


@pytest.mark.parametrize("folder", library_folders(), ids=lambda folder: folder.name)
def test_nothing_overlaps_in_the_diagram(folder: Path) -> None:
    assert problems((folder / "pathway.bpmn").read_bytes()) == []


@pytest.mark.parametrize("folder", library_folders(), ids=lambda folder: folder.name)
def test_flows_cross_as_often_as_is_known_and_never_more(folder: Path) -> None:
    assert crossings((folder / "pathway.bpmn").read_bytes()) == KNOWN_CROSSINGS.get(folder.name, 0)


@pytest.mark.parametrize("folder", library_folders(), ids=lambda folder: folder.name)
def test_no_text_runs_into_the_sign_of_its_task(folder: Path) -> None:
    shapes, _ = read_diagram((folder / "pathway.bpmn").read_bytes())
    assert [shape.name for shape in shapes if task_sign(shape.tag) and _meets_the_sign(shape)] == []


@pytest.mark.parametrize("folder", library_folders(), ids=lambda folder: folder.name)
def test_no_boundary_event_covers_the_name_or_a_sign_of_its_task(folder: Path) -> None:
    source = (folder / "pathway.bpmn").read_bytes()
    events, tasks = read_picture(etree.fromstring(source)).shapes, {s.id: s for s in read_diagram(source)[0]}
    hosts = {e.get("id"): tasks[e.get("attachedToRef")] for e in etree.fromstring(source).iter(f"{BPMN}boundaryEvent")}
    covered = [id for id, host in hosts.items() if any(events[id].overlaps(box) for box in _written(host))]
    assert covered == []


def _written(task: Shape) -> list[Box]:
    """Where the lines of a task's name stand, its sign, and the plus of a call; a sub-process has all at its top."""
    box, lines = task.bounds, wrap(task.name, task.bounds.width - 12, NAME_SIZE)
    step, middle = LINE_HEIGHT * NAME_SIZE, box.x + box.width / 2
    top = box.y + 4 if task.expanded else box.y + (box.height - step * len(lines)) / 2
    widths = [text_width(line, NAME_SIZE) for line in lines]
    names = [Box("name", middle - width / 2, top + step * at, width, step) for at, width in enumerate(widths)]
    signs = [Box("sign", box.x, box.y, SIGN, SIGN)] if task_sign(task.tag) else []
    return names + signs + [Box("plus", middle - 8, box.y + box.height - 20, 16, 16)] * (task.tag == "callActivity")


@pytest.mark.parametrize("folder", library_folders(), ids=lambda folder: folder.name)
def test_event_sub_processes_stand_in_no_more_rows_than_they_need(folder: Path) -> None:
    shapes, _ = read_diagram((folder / "pathway.bpmn").read_bytes())
    room = max(shape.bounds.width for shape in shapes) - 2 * BORDER
    rows: dict[float, list[float]] = {}
    for shape in shapes:
        if shape.by_event and not shape.depth:
            rows.setdefault(shape.bounds.y, []).append(shape.bounds.width + BETWEEN)
    assert [y for (_, above), (y, here) in pairwise(sorted(rows.items())) if sum(above) + sum(here) < room] == []


def _meets_the_sign(task: Shape) -> bool:
    """Whether the first line, in the middle of the box, begins under the sign in the upper left corner."""
    box, lines = task.bounds, wrap(task.name, task.bounds.width - 12, NAME_SIZE)
    above = (box.height - len(lines) * LINE_HEIGHT * NAME_SIZE) / 2
    before = (box.width - text_width(lines[0], NAME_SIZE)) / 2
    return above < SIGN - NEAR and before < SIGN
