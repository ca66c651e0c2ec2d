"""The picture of every pathway is made from its own diagram: a stale one fails here (`make pictures` mends it)."""

from pathlib import Path

import pytest

from pathways.catalogue import library_folders
from pathways.picture import render_svg
from tests.diagram_geometry import problems


@pytest.mark.parametrize("folder", library_folders(), ids=lambda folder: folder.name)
def test_picture_shows_the_diagram_as_it_is(folder: Path) -> None:
    fresh = render_svg((folder / "pathway.bpmn").read_bytes())
    assert (folder / "picture.svg").read_text() == fresh


@pytest.mark.parametrize("folder", library_folders(), ids=lambda folder: folder.name)
def test_nothing_overlaps_in_the_diagram(folder: Path) -> None:
    assert problems((folder / "pathway.bpmn").read_bytes()) == []
