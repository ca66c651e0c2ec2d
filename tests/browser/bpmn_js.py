"""What does bpmn-js, the designers' own viewer, make of a file? (Real Chromium, no network.)"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

CHROMIUM = Path("/usr/bin/chromium")
DIST = Path(__file__).parents[2] / ".run/browser/node_modules/bpmn-js/dist"
VIEWER = DIST / "bpmn-navigated-viewer.production.min.js"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PAGE = "<html><body style='margin:0;background:#fff'><div id='canvas' style='width:100vw;height:100vh'></div></body>"
IMPORT = """
async (xml) => {
  const viewer = new BpmnJS({ container: '#canvas' });
  try {
    const { warnings } = await viewer.importXML(xml);
    const canvas = viewer.get('canvas');
    canvas.zoom('fit-viewport');
    return { warnings: warnings.map(w => w.message), elements: viewer.get('elementRegistry').getAll().map(e => e.id) };
  } catch (error) {
    return { warnings: [String(error), ...(error.warnings || []).map(w => w.message)], elements: [] };
  }
}
"""


@dataclass(frozen=True, slots=True)
class Import:
    """Result of an import: its warnings and the ids of everything drawn."""

    warnings: tuple[str, ...]
    elements: frozenset[str]


@contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's Chromium, headless, for the time of the block."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


def open_in_bpmn_js(browser: Browser, source: bytes, picture: Path, *, width: int, height: int) -> Import:
    """Import a file into bpmn-js and take a PNG of the whole diagram, `width` x `height` pixels."""
    page = browser.new_page(viewport={"width": width, "height": height})
    try:
        page.set_content(PAGE)
        page.add_style_tag(path=str(DIST / "assets/bpmn-js.css"))
        page.add_script_tag(path=str(VIEWER))
        result = page.evaluate(IMPORT, source.decode())
        page.screenshot(path=str(picture))
    finally:
        page.close()
    return Import(tuple(result["warnings"]), frozenset(result["elements"]))
