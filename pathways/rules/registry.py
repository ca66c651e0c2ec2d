"""Which rules of our own are there, and what do they find in a file?"""

from collections.abc import Mapping
from types import MappingProxyType

from pathways.bpmn.findings import Finding
from pathways.bpmn.reading.xml import UnsafeXml, parse
from pathways.rules import (
    choices,
    document,
    flow,
    names,
    privacy,
    roles,
    templates,
    throws,
    times,
    variables,
    waits,
    work,
)
from pathways.rules.subject import Rule, Strictness, Subject

GROUPS: Mapping[str, tuple[Rule, ...]] = MappingProxyType(
    {
        "Ways through the process": flow.RULES,
        "Waits": waits.RULES,
        "Times": times.RULES,
        "Work and words": work.RULES,
        "Decisions": choices.RULES,
        "Variables": variables.RULES,
        "What is thrown and caught": throws.RULES,
        "Patient identifiers": privacy.RULES,
        "Roles": roles.RULES,
        "Element templates": templates.RULES,
        "Names": names.RULES,
        "The file": document.RULES,
    }
)
"""Our rules by what they are about; `docs/check-rules.md` keeps this order."""

RULES: Mapping[str, Rule] = MappingProxyType({rule.id: rule for group in GROUPS.values() for rule in group})
"""Every rule of ours by the id that its findings carry."""


def findings_of(subject: Subject, *, file: str, strictness: Strictness) -> list[Finding]:
    """Apply every rule of ours; only in what is published may a finding be an error."""
    return [finding for rule in RULES.values() for finding in rule.findings(subject, file=file, strictness=strictness)]


def findings_of_fields(source: bytes, *, file: str, strictness: Strictness) -> list[Finding]:
    """Apply the rule about templates to a diagram that cannot be executed: a field may be why."""
    rule = RULES["template-field"]
    severity = rule.severity_at(strictness)
    try:
        root = parse(source)
    except UnsafeXml:
        return []  # the reader has said so
    return [
        Finding(rule.id, severity, file, said.line, said.element, said.message, said.remedy)
        for said in templates.field_remarks(root)
    ]
