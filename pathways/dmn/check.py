"""What does `pathways check` find in a `.dmn` file? Everything the reader finds, and what its tables leave open."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from pathways.bpmn.findings import Finding, Severity
from pathways.bpmn.reading.xml import MAX_BYTES
from pathways.dmn.cells import names_nobody_gives, results_not_allowed
from pathways.dmn.coverage import ONE_ANSWER, Coverage, coverage
from pathways.dmn.evaluation import graph_of
from pathways.dmn.graph import Graph, Home
from pathways.dmn.item_types import TypeBook
from pathways.dmn.linking import read_decisions
from pathways.dmn.model import BusinessKnowledgeModel, Decision, DecisionTable, Element, InputClause, Text
from pathways.dmn.walk import expressions

MOST_FINDINGS = 10
"""Findings of one kind about one table."""


def check_decisions(path: Path) -> list[Finding]:
    """Check one file; the files beside it are read when it imports them."""
    source = _bytes(path)
    beside = sorted(path.parent.glob("*.dmn")) if b"import" in source else []
    others = {other.name: _bytes(other) for other in beside if other.name != path.name}
    return decision_findings(source, file=str(path), others=others)


def _bytes(path: Path) -> bytes:
    """One byte more than is allowed is enough to refuse the file."""
    with path.open("rb") as file:
        return file.read(MAX_BYTES + 1)


def decision_findings(source: bytes, *, file: str, others: Mapping[str, bytes] | None = None) -> list[Finding]:
    """All findings of one file, by line. `others`: the files it may import, by name."""
    reading = read_decisions(source, file=file, others=others)
    if reading.decisions is None:
        return list(reading.findings)
    graph = graph_of(reading.decisions)
    tables = [finding for element in graph.main.model.elements for finding in _table_findings(graph, element)]
    return sorted((*reading.findings, *tables), key=lambda finding: (finding.line, finding.rule))


def _table_findings(graph: Graph, element: Element) -> Iterator[Finding]:
    home = graph.main
    if not isinstance(element, Decision | BusinessKnowledgeModel) or element.logic is None:
        return
    types = {item.variable.name: item.variable.type_ref for item in home.model.elements}
    if isinstance(element, BusinessKnowledgeModel):
        types |= {parameter.name: parameter.type_ref for parameter in element.logic.parameters}
    for table in expressions(element.logic):
        if isinstance(table, DecisionTable):
            spaces = [_space(clause, home.book, types) for clause in table.inputs]
            yield from _covered(home, element, table, coverage(table, spaces))
            yield from _first(results_not_allowed(home.model, element.name, table))
            yield from _first(names_nobody_gives(graph, element, table))


def _space(clause: InputClause, book: TypeBook, types: Mapping[str, str]) -> tuple[Text | None, str]:
    """The values that may come in a column: its input values, or what the types of the model allow."""
    type_ref = clause.expression.type_ref
    allowed = clause.values or book.allowed(type_ref)
    if allowed is None or not book.base(type_ref):
        name, *members = clause.expression.text.split(".")
        declared = book.member(types.get(name.strip(), ""), [member.strip() for member in members])
        allowed, type_ref = allowed or book.allowed(declared), type_ref or declared
    return allowed, book.base(type_ref)


def _covered(home: Home, element: Element, table: DecisionTable, known: Coverage) -> Iterator[Finding]:
    def finding(rule: str, severity: Severity, number: int, message: str, remedy: str) -> Finding:
        line = table.rules[number - 1].line if number else table.line
        text = f"In the table of '{element.name}' {message}"
        return Finding(rule, severity, home.model.file, line, element.name, text, remedy)

    yield from _first(_overlaps(table, known, finding))
    yield from _first(_missing(table, known, finding))
    for number in known.never:
        message = f"rule {number} can never match: a cell holds none of the values that may come."
        yield finding("dmn-rule-never", "warning", number, message, "Correct the cell, or allow the value.")
    for number in known.masked:
        message = f"rule {number} never decides: the rules before it match everything it does."
        yield finding("dmn-rule-masked", "warning", number, message, "Move it up, or remove it.")


_Find = Callable[[str, Severity, int, str, str], Finding]


def _first(findings: Iterator[Finding]) -> Iterator[Finding]:
    """The first findings of a kind; one table with hundreds of them is told soon enough."""
    for _ in range(MOST_FINDINGS):
        found = next(findings, None)
        if found is None:
            return
        yield found


def _overlaps(table: DecisionTable, known: Coverage, finding: _Find) -> Iterator[Finding]:
    for overlap in known.overlaps:
        pair = f"the rules {overlap.first} and {overlap.second} both match when {overlap.where}"
        if table.hit_policy == "UNIQUE":
            message = f"{pair}; with hit policy UNIQUE the decision is then null."
            remedy = "Narrow one of them, or choose another hit policy."
            yield finding("dmn-rules-overlap", "error", overlap.second, message, remedy)
        elif table.hit_policy == "ANY" and not overlap.same_outputs:
            message = f"{pair}, and they do not give the same; with hit policy ANY the decision is then null."
            yield finding("dmn-rules-overlap", "error", overlap.second, message, "Give both rules the same outputs.")


def _missing(table: DecisionTable, known: Coverage, finding: _Find) -> Iterator[Finding]:
    if table.hit_policy not in ONE_ANSWER or any(output.default for output in table.outputs):
        return
    if known.missing is None:
        message = f"it cannot be decided whether the rules cover every case: {known.why}."
        yield finding("dmn-rules-undecided", "info", 0, message, "Test the cases between the rules.")
        return
    severity: Severity = "info" if known.fractions_only else "warning"
    whole = " (never with whole numbers)" if known.fractions_only else ""
    for where in known.missing:
        message = f"no rule matches when {where}{whole}; the decision is then null."
        yield finding("dmn-rules-missing", severity, 0, message, "Add a rule or a default output.")
