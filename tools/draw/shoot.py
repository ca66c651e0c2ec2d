"""Take a PNG of a .bpmn in bpmn-js: `.venv/bin/python tools/draw/shoot.py FILE.bpmn OUT.png [WIDTH [HEIGHT]]`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.browser.bpmn_js import chromium, open_in_bpmn_js


def main() -> None:
    """Write the picture; print the warnings of the import."""
    file, picture = Path(sys.argv[1]), Path(sys.argv[2])
    width, height = (int(text) for text in [*sys.argv[3:5], "2000", "1000"][:2])
    with chromium() as browser:
        result = open_in_bpmn_js(browser, file.read_bytes(), picture, width=width, height=height)
    print(*result.warnings, f"{len(result.elements)} elements", sep="\n")


if __name__ == "__main__":
    main()
