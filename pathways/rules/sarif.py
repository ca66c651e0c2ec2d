"""How do findings become a SARIF 2.1.0 log, which code review tools show beside the lines?"""

from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from pathways.bpmn import validate
from pathways.bpmn.findings import Finding, Severity
from pathways.rules.registry import RULES

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS: Mapping[Severity, str] = {"error": "error", "warning": "warning", "info": "note"}


def sarif(findings: Sequence[Finding]) -> dict[str, Any]:
    """One run with every finding, and what is known of each rule."""
    ids = list(dict.fromkeys((*RULES, *(finding.rule for finding in findings))))
    driver = {
        "name": "pathways check",
        "version": version("referral-pathways"),
        "rules": [_rule(name) for name in ids],
    }
    results = [_result(finding, ids.index(finding.rule)) for finding in findings]
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [{"tool": {"driver": driver}, "results": results}]}


def _rule(name: str) -> dict[str, Any]:
    rule = RULES.get(name)
    if rule is not None:
        level = _LEVELS[rule.severity_at("publication")]
        return {"id": name, "shortDescription": {"text": rule.doc}, "defaultConfiguration": {"level": level}}
    check = validate.RULES.get(name)
    doc = (check.__doc__ or "").strip().splitlines()[0] if check else ""
    return {"id": name, "shortDescription": {"text": doc}} if doc else {"id": name}


def _result(finding: Finding, index: int) -> dict[str, Any]:
    return {
        "ruleId": finding.rule,
        "ruleIndex": index,
        "level": _LEVELS[finding.severity],
        "message": {"text": " ".join(part for part in (finding.message, finding.remedy) if part)},
        "locations": [_location(finding)],
    }


def _location(finding: Finding) -> dict[str, Any]:
    physical: dict[str, Any] = {"artifactLocation": {"uri": _uri(finding.file)}}
    if finding.line > 0:
        physical["region"] = {"startLine": finding.line}
    location: dict[str, Any] = {"physicalLocation": physical}
    if finding.element:
        location["logicalLocations"] = [{"name": finding.element, "kind": "element"}]
    return location


def _uri(file: str) -> str:
    """A relative path as it is written, an absolute one as a file URI."""
    path = PurePath(file)
    return path.as_uri() if path.is_absolute() else quote(path.as_posix())
