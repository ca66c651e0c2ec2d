"""What do our rules find in a pathway folder that is to be published?"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from pathways.bpmn.findings import Finding, is_error
from pathways.bpmn.reading.xml import parse
from pathways.bundle import Bundle
from pathways.rules.brought import brought_names
from pathways.rules.decided import decided_values
from pathways.rules.registry import RULES, findings_of, findings_of_fields
from pathways.rules.subject import Subject

GRAVER = frozenset({"task-type", "anonymous-event"})
"""Remarks of the reader that forbid publication: it runs in a simulation, and here nobody would do or hear it."""


def published_findings(bundle: Bundle, beside: Iterable[Bundle] = ()) -> list[Finding]:
    """Findings of our rules, at the severity of a publication; while nothing can be executed, about fields alone.

    `beside`: what is published with it, or stands beside it, and may call it.
    """
    tables = _of_tables(bundle)
    if bundle.definition is None:
        return [*findings_of_fields(bundle.bpmn_source, file=bundle.file, strictness="publication"), *tables]
    decided = decided_values(bundle.folder)
    callers = [each.definition for each in beside if each.definition]
    brought = brought_names(bundle.definition, bundle.folder, callers)
    subject = Subject(
        bundle.definition, root=parse(bundle.bpmn_source), forms=bundle.forms, decided=decided, brought=brought
    )
    return [*graver(bundle.findings), *findings_of(subject, file=bundle.file, strictness="publication"), *tables]


def _of_tables(bundle: Bundle) -> list[Finding]:
    """What the decisions leave open; what is wrong with their files, the bundle has said.

    DMN is loaded only where there are decisions: most pathways are checked without.
    """
    paths = sorted(bundle.folder.glob("*.dmn"))
    if not paths:
        return []
    from pathways.dmn.check import check_decisions

    return [finding for path in paths for finding in check_decisions(path) if finding not in bundle.findings]


def graver(read: Sequence[Finding]) -> list[Finding]:
    """Give the reader's remarks that forbid publication, as errors."""
    return [replace(finding, severity="error") for finding in read if finding.rule in GRAVER]


def joined(read: Sequence[Finding], ours: Sequence[Finding]) -> list[Finding]:
    """Put the reader's findings and ours together, by line; what both remark is ours to say.

    A remark of the reader that a rule of ours makes more exactly is left out; an error never is.
    """
    said = {(finding.rule, finding.line, finding.element) for finding in ours}
    kept = [
        finding
        for finding in read
        if is_error(finding)
        or (finding.rule not in RULES and (finding.rule, finding.line, finding.element) not in said)
    ]
    return sorted((*kept, *ours), key=lambda finding: (finding.file, finding.line, finding.rule, finding.element or ""))
