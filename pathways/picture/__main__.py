"""Draw `picture.svg` beside each `pathway.bpmn` of the folders and below them: `python -m pathways.picture FOLDER…`."""

import sys
from pathlib import Path

from pathways.picture import render_svg


def main() -> None:
    """Draw the pictures of the folders named on the command line; a folder without a diagram is said."""
    for folder in map(Path, sys.argv[1:]):
        diagrams = sorted(folder.rglob("pathway.bpmn"))
        if not diagrams:
            sys.exit(f"{folder}: there is no pathway.bpmn in it or below it: name the folder of a pathway")
        for diagram in diagrams:
            diagram.with_name("picture.svg").write_text(render_svg(diagram.read_bytes()), encoding="utf-8")


main()
