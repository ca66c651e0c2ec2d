"""What can be said about a pathway file? Findings: where, which rule, what happened and what to do.

The error tree of `pathways`:

DefinitionError   the pathway is wrong: publication is refused; carries every finding
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
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


MOST_OF_A_RULE = 50
"""How many findings of one rule and severity a file gets; one more says how many others there are."""
_LONGEST = 600


def told_briefly(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Sort findings by line; cut very long texts, and the findings of a rule that speaks again and again."""
    told: list[Finding] = []
    spoken: dict[tuple[str, str], int] = {}
    for finding in sorted(findings, key=lambda finding: (finding.line, finding.rule, finding.element or "")):
        kind = (finding.rule, finding.severity)
        spoken[kind] = spoken.get(kind, 0) + 1
        if spoken[kind] <= MOST_OF_A_RULE:
            told.append(_short(finding))
    for (rule, severity), count in spoken.items():
        if count > MOST_OF_A_RULE:
            first = next(finding for finding in told if (finding.rule, finding.severity) == (rule, severity))
            message = f"{count - MOST_OF_A_RULE} more findings of this rule are not listed."
            told.append(replace(first, line=0, element=None, message=message, remedy=first.remedy))
    return tuple(told)


def _short(finding: Finding) -> Finding:
    element, message = finding.element, finding.message
    if len(message) <= _LONGEST and len(element or "") <= _LONGEST and len(finding.remedy) <= _LONGEST:
        return finding
    return replace(finding, element=element and _cut(element), message=_cut(message), remedy=_cut(finding.remedy))


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def is_error(finding: Finding) -> bool:
    """Whether this finding alone forbids publication."""
    return finding.severity == "error"


def sentence(finding: Finding) -> str:
    """One line for people: `file:line: severity rule [element]: message Remedy`."""
    element = f" [{finding.element}]" if finding.element else ""
    text = f"{finding.file}:{finding.line}: {finding.severity} {finding.rule}{element}: {finding.message}"
    return f"{text} {finding.remedy}" if finding.remedy else text
