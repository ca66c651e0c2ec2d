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
UNREADABLE = """
(viewer) => {
  const registry = viewer.get('elementRegistry'), plane = viewer.get('canvas')._viewport.getCTM().inverse();
  const segments = registry.filter(e => e.waypoints).flatMap(e => e.waypoints.slice(1).map((to, at) =>
    ({ id: e.id, x: Math.min(e.waypoints[at].x, to.x), y: Math.min(e.waypoints[at].y, to.y),
       right: Math.max(e.waypoints[at].x, to.x), bottom: Math.max(e.waypoints[at].y, to.y) })));
  const said = [];
  for (const element of registry.filter(e => !e.hidden)) {
    const lines = registry.getGraphics(element).querySelectorAll(':scope > .djs-visual text tspan');
    for (const line of [...lines].filter(each => each.textContent.trim())) {
      const place = plane.multiply(line.parentNode.getCTM()), last = line.getNumberOfChars() - 1;
      const from = line.getStartPositionOfChar(0).matrixTransform(place);
      const to = line.getEndPositionOfChar(last).matrixTransform(place);
      if (Math.abs(to.y - from.y) > 1) continue;  // the name of a lane stands upright
      const box = { x: from.x + 1, right: to.x - 1, y: from.y - 7, bottom: from.y };
      const under = segments.filter(s => s.x < box.right && s.right > box.x && s.y < box.bottom && s.bottom > box.y);
      said.push(...under.map(s => `${s.id} runs through '${line.textContent}' of ${element.id}`));
      const outside = from.x < element.x || to.x > element.x + element.width || to.y > element.y + element.height;
      if (element.type !== 'label' && outside) said.push(`'${line.textContent}' stands out of ${element.id}`);
    }
  }
  return said;
}
"""
IMPORT = f"""
async (xml) => {{
  const viewer = new BpmnJS({{ container: '#canvas' }});
  try {{
    const {{ warnings }} = await viewer.importXML(xml);
    const canvas = viewer.get('canvas');
    canvas.zoom('fit-viewport');
    const elements = viewer.get('elementRegistry').getAll().map(e => e.id);
    return {{ warnings: warnings.map(w => w.message), elements, unreadable: ({UNREADABLE})(viewer) }};
  }} catch (error) {{
    const warnings = [String(error), ...(error.warnings || []).map(w => w.message)];
    return {{ warnings, elements: [], unreadable: [] }};
  }}
}}
"""


@dataclass(frozen=True, slots=True)
class Import:
    """Result of an import: its warnings, the ids of everything drawn, and what cannot be read for a line or its box."""

    warnings: tuple[str, ...]
    elements: frozenset[str]
    unreadable: tuple[str, ...]


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
    return Import(tuple(result["warnings"]), frozenset(result["elements"]), tuple(result["unreadable"]))
