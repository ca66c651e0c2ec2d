"""What does a rule look at, and what does it say? One readable file with its forms in, remarks out."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from pathways.bpmn.findings import Finding, Severity
from pathways.bpmn.model import Definition, FlowNode, Process, SequenceFlow
from pathways.bpmn.reading.xml import Element
from pathways.feel.regions import Box
from pathways.rules.dominators import Branches
from pathways.rules.graph import Graph

Strictness = Literal["draft", "publication"]


@dataclass(frozen=True)
class Subject:
    """A file that can be executed. `root`: its XML; `forms`: those beside it; `decided`: what decisions can give.

    `brought`: the variables that a case has and the diagram does not set; None where nobody knows.
    """

    definition: Definition
    root: Element | None = None
    forms: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    decided: Mapping[str, Box] = field(default_factory=dict)
    brought: frozenset[str] | None = None
    _branches: dict[str, Branches] = field(default_factory=dict, init=False, repr=False, compare=False)

    @cached_property
    def graph(self) -> Graph:
        """Who follows whom."""
        return Graph(self.definition)

    def branches(self, scope: str) -> Branches:
        """How the ways inside a scope part and meet."""
        if scope not in self._branches:
            self._branches[scope] = Branches(self.graph, scope)
        return self._branches[scope]

    @property
    def nodes(self) -> Iterable[FlowNode]:
        """Every flow node of the file."""
        return self.definition.nodes.values()


@dataclass(frozen=True, slots=True)
class Remark:
    """What a rule says about one place of the file. `line` 0 means the file as a whole."""

    element: str | None
    line: int
    message: str
    remedy: str


def remark(about: FlowNode | SequenceFlow | Process, message: str, remedy: str) -> Remark:
    """Say something about an element of the model."""
    return Remark(about.id or None, about.line, message, remedy)


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of ours beyond the standard.

    `severity`: of its findings in a draft, where nothing of ours forbids a run; `publication`: in a pathway that is
    published, when that is graver.
    """

    id: str
    severity: Severity
    check: Callable[[Subject], Iterator[Remark]]
    publication: Severity | None = None

    @property
    def doc(self) -> str:
        """What the rule asks for: the first line of its function's docstring."""
        return (self.check.__doc__ or "").strip().splitlines()[0]

    def severity_at(self, strictness: Strictness) -> Severity:
        """How grave its findings are in a draft, or in what is published."""
        return (self.publication or self.severity) if strictness == "publication" else self.severity

    def findings(self, subject: Subject, *, file: str, strictness: Strictness) -> Iterator[Finding]:
        """Apply the rule."""
        severity = self.severity_at(strictness)
        for said in self.check(subject):
            yield Finding(self.id, severity, file, said.line, said.element, said.message, said.remedy)
