"""How are files and folders that people name read? Bounded, and what cannot be read is a finding."""

from pathlib import Path

from pathways.bpmn.findings import Finding
from pathways.bpmn.reading.xml import MAX_BYTES

DIAGRAMS = (".bpmn", ".bpmn2", ".bpmn20.xml")
"""How the names of diagrams end."""


def read_file(path: Path) -> bytes | Finding:
    """Give the bytes; one more than is allowed is enough to refuse the file."""
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        message, remedy = f"The file cannot be read: {why}.", "Name a .bpmn file that exists and that you may read."
        return Finding("no-file", "error", str(path), 0, None, message, remedy)
