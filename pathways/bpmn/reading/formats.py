"""Which other format is this file? People save many things as `.bpmn`; each is named, so that they know what to do."""

from collections.abc import Mapping

_MAGIC: Mapping[bytes, tuple[str, str]] = {
    b"PK\x03\x04": ("a ZIP archive", "Unpack it and give the .bpmn file that it holds."),
    b"\x1f\x8b": ("a gzip file", "Unpack it."),
    b"%PDF": ("a PDF document", "Export the diagram as BPMN 2.0 XML."),
    b"\x89PNG": ("a PNG picture", "Export the diagram as BPMN 2.0 XML."),
    b"\xd0\xcf\x11\xe0": ("an old Microsoft Office or Visio document", "Export the diagram as BPMN 2.0 XML."),
    b"version https://git-lfs": ("a Git LFS pointer", "Fetch the file itself with `git lfs pull`."),
    b"<<<<<<<": ("a file with unresolved merge conflicts", "Resolve them."),
    b"{": ("JSON", "Export the diagram as BPMN 2.0 XML."),
    b"[": ("JSON", "Export the diagram as BPMN 2.0 XML."),
    b"<!doctype html": ("an HTML page", "Download the raw file."),
    b"<html": ("an HTML page", "Download the raw file."),
}

_ROOTS: tuple[tuple[str, str], ...] = (
    ("wfmc.org", "XPDL"),
    ("xpdl", "XPDL"),
    ("stp.eclipse.org", "BPMN 1.x of the Eclipse STP editor"),
    ("omg.org/bpmn1", "BPMN 1.x"),
    ("bpmn/1", "BPMN 1.x"),
    ("spec/dmn", "a DMN decision file"),
    ("spec/cmmn", "a CMMN case file"),
    ("wsbpel", "WS-BPEL"),
    ("business-process", "WS-BPEL"),
    ("jpdl", "jPDL"),
    ("drools.org/drools", "a Drools rule flow"),
    ("omg.org/xmi", "XMI"),
    ("www.w3.org/2000/svg", "an SVG picture"),
    ("www.w3.org/1999/xhtml", "an HTML page"),
    ("microsoft.com/visio", "a Visio drawing"),
    ("graphml", "GraphML"),
    ("pnml", "a Petri net (PNML)"),
)


def magic_format(source: bytes) -> tuple[str, str] | None:
    """Recognise a file by its first bytes: what it is, and what to do."""
    start = source[:200].lstrip(b"\xef\xbb\xbf \t\r\n")
    for magic, known in _MAGIC.items():
        if start.startswith(magic) or start.lower().startswith(magic):
            return known
    return None


def root_format(tag: str) -> str | None:
    """Recognise an XML format by its root element (Clark notation)."""
    name = tag.lower()
    return next((title for part, title in _ROOTS if part in name), None)
