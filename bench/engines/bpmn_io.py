"""How fast does `bpmn-io` (PyPI, the Python port of bpmn-moddle) read a file?"""

# Installed in bench/.venv alone, where mypy does not look.
# mypy: disable-error-code="import-not-found"

from pathlib import Path
from time import perf_counter
from typing import Any

from bpmn_io import create_moddle

from bench.engines.protocol import serve


def read(*, file: str) -> dict[str, Any]:
    """Read a file into its generic model; nothing is validated for execution."""
    source = Path(file).read_text("utf-8")
    moddle = create_moddle()
    began = perf_counter()
    result = moddle.from_xml(source)
    return {"seconds": perf_counter() - began, "elements": len(result.elements_by_id)}


if __name__ == "__main__":
    serve({"read": read})
