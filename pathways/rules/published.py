"""What do our rules find in a pathway folder that is to be published?"""

from dataclasses import replace

from pathways.bpmn.findings import Finding
from pathways.bpmn.reading.xml import parse
from pathways.bundle import Bundle
from pathways.rules.decided import decided_values
from pathways.rules.registry import findings_of, findings_of_fields
from pathways.rules.subject import Subject

GRAVER = frozenset({"task-type", "anonymous-event"})
"""Remarks of the reader that forbid publication: it runs in a simulation, and here nobody would do or hear it."""


def published_findings(bundle: Bundle) -> list[Finding]:
    """Findings of our rules, at the severity of a publication; while nothing can be executed, about fields alone."""
    if bundle.definition is None:
        return findings_of_fields(bundle.bpmn_source, file=bundle.file, strictness="publication")
    decided = decided_values(bundle.folder)
    subject = Subject(bundle.definition, root=parse(bundle.bpmn_source), forms=bundle.forms, decided=decided)
    graver = [replace(finding, severity="error") for finding in bundle.findings if finding.rule in GRAVER]
    return [*graver, *findings_of(subject, file=bundle.file, strictness="publication")]
