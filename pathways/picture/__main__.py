"""Draw `picture.svg` beside the `pathway.bpmn` of each folder: `python -m pathways.picture FOLDER…`."""

import sys
from pathlib import Path

from pathways.picture import render_svg


def main() -> None:
    """Draw the pictures of the folders named on the command line."""
    for folder in map(Path, sys.argv[1:]):
        (folder / "picture.svg").write_text(render_svg((folder / "pathway.bpmn").read_bytes()))


main()
