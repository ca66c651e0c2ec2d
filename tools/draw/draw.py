"""Draw a specification: `.venv/bin/python tools/draw/draw.py SPEC.py > out.bpmn` (how: README.md beside this)."""

import runpy
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1])]

from bpmn_xml import write_bpmn
from diagram import Diagram
from layout import lay_out

from tests.diagram_geometry import problems


def draw(diagram: Diagram) -> str:
    """BPMN XML of a diagram, laid out."""
    return write_bpmn(diagram, lay_out(diagram))


def main() -> None:
    """Print the file of the spec's `diagram`; what a careful person would not draw goes to stderr."""
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    text = draw(runpy.run_path(sys.argv[1])["diagram"])
    sys.stdout.write(text)
    for problem in problems(text.encode()):
        print(problem, file=sys.stderr)


if __name__ == "__main__":
    main()
