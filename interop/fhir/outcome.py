"""How is a problem told to a FHIR client (OperationOutcome, FHIR R4 §2.28)?"""

from collections.abc import Iterable
from dataclasses import dataclass

from interop.fhir.bindings import ISSUE_SEVERITY, ISSUE_TYPE
from interop.referral import LossNote


@dataclass(frozen=True, slots=True)
class Issue:
    """One issue; `expression` is a FHIRPath such as `Bundle.entry[2].resource.priority`."""

    severity: str
    code: str
    diagnostics: str
    expression: str | None = None

    def __post_init__(self) -> None:
        if self.severity not in ISSUE_SEVERITY or self.code not in ISSUE_TYPE:
            raise ValueError(f"{self.severity}/{self.code} is not a code of IssueSeverity/IssueType")


def issue_of_loss(note: LossNote) -> Issue:
    """The issue that tells a sender what of an accepted referral is not carried."""
    times = f" ({note.count} times)" if note.count > 1 else ""
    return Issue("information", "informational", f"{note.where}: {note.what}{times}")


def operation_outcome(issues: Iterable[Issue]) -> dict[str, object]:
    """An OperationOutcome; it needs at least one issue (FHIR R4 §2.28.4), so none means all is well."""
    found = [_issue(issue) for issue in issues]
    return {
        "resourceType": "OperationOutcome",
        "issue": found or [_issue(Issue("information", "informational", "No issues."))],
    }


def _issue(issue: Issue) -> dict[str, object]:
    said: dict[str, object] = {
        "severity": issue.severity,
        "code": issue.code,
        "diagnostics": issue.diagnostics,
    }
    return said | ({"expression": [issue.expression]} if issue.expression else {})
