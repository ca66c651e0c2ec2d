"""Do the designers' own tools open every diagram of the library? (bpmn-js in Chromium; see install.sh.)"""

from collections.abc import Iterator
from pathlib import Path

import pytest

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: uv pip install playwright")

from tests.browser.bpmn_js import CHROMIUM, VIEWER, chromium, open_in_bpmn_js
from tests.pathways.small_diagram import bpmn, edge, flow, shape

ROOT = Path(__file__).parents[2]
DIAGRAMS = sorted([*(ROOT / "pathways/library").rglob("*.bpmn"), *(ROOT / "docs/designing").rglob("*.bpmn")])
PICTURES = ROOT / ".run/browser/pictures"

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        not (CHROMIUM.exists() and VIEWER.exists()),
        reason="Chromium or bpmn-js is absent: run tests/browser/install.sh",
    ),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[playwright.Browser]:
    with chromium() as opened:
        yield opened


@pytest.mark.parametrize("diagram", DIAGRAMS, ids=lambda path: path.parent.name)
def test_bpmn_js_imports_the_diagram_without_warnings_and_every_text_can_be_read(
    browser: playwright.Browser, diagram: Path
) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    picture = PICTURES / f"{diagram.parent.name}.png"
    result = open_in_bpmn_js(browser, diagram.read_bytes(), picture, width=2400, height=1200)
    assert result.warnings == ()
    assert result.unreadable == ()
    assert len(result.elements) > 2
    assert picture.stat().st_size > 10_000


def test_a_text_with_a_line_through_it_or_out_of_its_box_is_reported(
    browser: playwright.Browser, tmp_path: Path
) -> None:
    name = "&#10;".join(["Much", "and", "more", "and", "more", "and", "even", "more"])
    process = f'<bpmn:task id="a" name="{name}" /><bpmn:task id="b" />' + flow("f", "a", "b", name="through")
    named = edge("f", (100, 40), (300, 40), label=(180, 34, 40, 14))
    plane = shape("a", 0, 0, 100, 80) + shape("b", 300, 0, 100, 80) + named
    result = open_in_bpmn_js(browser, bpmn(process, plane), tmp_path / "a.png", width=400, height=300)
    assert set(result.unreadable) == {"f runs through 'through' of f_label", "'more' stands out of a"}


def test_a_broken_diagram_is_reported(browser: playwright.Browser, tmp_path: Path) -> None:
    result = open_in_bpmn_js(browser, b"<not-bpmn/>", tmp_path / "broken.png", width=400, height=300)
    assert result.warnings
