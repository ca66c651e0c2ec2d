"""What can be said about a pathway file? Findings: where, which rule, what happened and what to do.

The error tree of `pathways`:

DefinitionError   the pathway is wrong: publication is refused; carries every finding
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning", "info"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One remark of one rule about one place of one file. `line` 0 means the file as a whole."""

    rule: str
    severity: Severity
    file: str
    line: int
    element: str | None
    message: str
    remedy: str = ""


class DefinitionError(Exception):
    """The pathway is wrong and nothing was published; `findings` say where, why and what to do."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = tuple(findings)
        super().__init__("\n".join(sentence(finding) for finding in self.findings if is_error(finding)))


def is_error(finding: Finding) -> bool:
    """Whether this finding alone forbids publication."""
    return finding.severity == "error"


def sentence(finding: Finding) -> str:
    """One line for people: `file:line: severity rule [element]: message Remedy`."""
    element = f" [{finding.element}]" if finding.element else ""
    text = f"{finding.file}:{finding.line}: {finding.severity} {finding.rule}{element}: {finding.message}"
    return f"{text} {finding.remedy}" if finding.remedy else text
