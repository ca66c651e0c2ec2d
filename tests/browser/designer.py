"""What does a designer draw with our element templates? bpmn-js and Camunda's template engine, in real Chromium."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page

from tests.browser.bpmn_js import DIST

ROOT = Path(__file__).parents[2]
TEMPLATES = ROOT / ".camunda/element-templates"
BUNDLE = ROOT / ".run/browser/designer.js"
PACKAGES = DIST.parents[1]
STYLES = (
    DIST / "assets/bpmn-js.css",
    DIST / "assets/diagram-js.css",
    DIST / "assets/bpmn-font/css/bpmn-embedded.css",
    PACKAGES / "@bpmn-io/properties-panel/dist/assets/properties-panel.css",
    PACKAGES / "bpmn-js-element-templates/dist/assets/element-templates.css",
)
PAGE = """<html><body style='margin:0;background:#fff;display:flex;font-family:Arial'>
<div id='canvas' style='flex:1;height:100vh'></div>
<div id='panel' style='width:320px;height:100vh;overflow:auto;border-left:1px solid #ccc'></div></body></html>"""
EMPTY = """<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"
  xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" xmlns:dc="http://www.omg.org/spec/DD/20100524/DC"
  xmlns:di="http://www.omg.org/spec/DD/20100524/DI" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0"
  xmlns:modeler="http://camunda.org/schema/modeler/1.0" id="Definitions_{id}" targetNamespace="http://bpmn.io/schema/bpmn"
  modeler:executionPlatform="Camunda Cloud" modeler:executionPlatformVersion="8.8.0">
  <bpmn:process id="{id}" name="{name}" isExecutable="true" />
  <bpmndi:BPMNDiagram id="{id}_diagram"><bpmndi:BPMNPlane id="{id}_plane" bpmnElement="{id}" /></bpmndi:BPMNDiagram>
</bpmn:definitions>"""


def templates() -> list[dict[str, Any]]:
    """Our element templates, as the modeler loads them."""
    return [json.loads(path.read_text(encoding="utf-8")) for path in sorted(TEMPLATES.glob("*.json"))]


class Designer:
    """A person at the modeler: draws one element after the other."""

    def __init__(self, page: Page) -> None:
        self._page = page

    def open(self, xml: str) -> Sequence[str]:
        """Open a diagram with all our templates; give what the modeler complains of."""
        complaints: list[str] = self._page.evaluate("([x, t]) => openModeler(x, t)", [xml, templates()])
        return complaints

    def place(self, element: str, kind: str, name: str, at: tuple[int, int], **more: Any) -> None:
        """Draw a shape; `template` and `values` (by label) fill it in, `on` attaches it."""
        step = {"id": element, "type": f"bpmn:{kind}", "name": name, "x": at[0], "y": at[1], **more}
        self._page.evaluate("(step) => place(step)", step)

    def connect(self, source: str, target: str, **more: Any) -> None:
        """Draw a sequence flow: `when` its condition, `name`, `otherwise` for the default, `bend` its way points."""
        self._page.evaluate("(step) => connect(step)", {"from": source, "to": target, **more})

    def set(self, element: str, properties: Mapping[str, Any]) -> None:
        """Set BPMN properties of an element."""
        self._page.evaluate("([id, properties]) => setProperties(id, properties)", [element, dict(properties)])

    def move_label(self, element: str, x: int, y: int) -> None:
        """Drag the label of an element so that its middle is at `x`, `y`."""
        self._page.evaluate("([id, x, y]) => moveLabel(id, x, y)", [element, x, y])

    def extend(self, element: str, *entries: tuple[str, Mapping[str, Any]]) -> None:
        """Fill in extension elements that no template is about."""
        self._page.evaluate("([id, entries]) => extend(id, entries)", [element, entries])

    def template_of(self, element: str) -> str | None:
        """The template that the modeler finds on an element."""
        found: str | None = self._page.evaluate("(id) => linked(id)", element)
        return found

    def complaints(self, element: str) -> list[str]:
        """What the properties panel says in red beside the fields of an element."""
        said: list[str] = self._page.evaluate("(id) => complaints(id)", element)
        return said

    def xml(self) -> str:
        """The file that the modeler saves."""
        saved: str = self._page.evaluate("() => saveXML()")
        return saved

    def photograph(self, picture: Path, *, selected: str = "") -> None:
        """Take a picture of the modeler with its properties panel."""
        self._page.evaluate("(id) => { select(id); fit(); }", selected)
        self._page.wait_for_timeout(300)
        self._page.screenshot(path=str(picture))


@contextmanager
def designer(browser: Browser, *, width: int = 1400, height: int = 700) -> Iterator[Designer]:
    """A modeler on a page of its own, for the time of the block."""
    page = browser.new_page(viewport={"width": width, "height": height})
    page.on("pageerror", lambda error: print("page error:", error))
    try:
        page.set_content(PAGE)
        for style in STYLES:
            page.add_style_tag(path=str(style))
        page.add_script_tag(path=str(BUNDLE))
        yield Designer(page)
    finally:
        page.close()
