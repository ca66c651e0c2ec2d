"""The picture of every pathway is made from its own diagram: a stale one fails here (`make pictures` mends it)."""

from pathlib import Path

import pytest
import yaml

from pathways.catalogue import library_folders
from pathways.picture import render_svg
from pathways.picture.read import Shape, read_diagram
from pathways.picture.shapes import NAME_SIZE
from pathways.picture.symbols import task_sign
from pathways.picture.text import LINE_HEIGHT, text_width, wrap
from tests.diagram_geometry import crossings, problems

KNOWN_CROSSINGS = yaml.safe_load((Path(__file__).parent / "crossings.yaml").read_text())
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


def _meets_the_sign(task: Shape) -> bool:
    """Whether the first line, in the middle of the box, begins under the sign in the upper left corner."""
    box, lines = task.bounds, wrap(task.name, task.bounds.width - 12, NAME_SIZE)
    above = (box.height - len(lines) * LINE_HEIGHT * NAME_SIZE) / 2
    before = (box.width - text_width(lines[0], NAME_SIZE)) / 2
    return above < SIGN - NEAR and before < SIGN
