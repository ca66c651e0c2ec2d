"""How does the XML of a decision table become the model? (DMN 1.5 §8.3).

Rules are stored one by one whatever way the table is drawn, so `preferredOrientation` (rules as rows, rules as
columns, cross table) changes nothing that is read or executed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, get_args

from pathways.bpmn.reading.xml import Element
from pathways.dmn import model
from pathways.dmn.source import Source, one_line

ReadLiteral = Callable[[Source, Element], model.LiteralExpression]


def read_table(source: Source, element: Element, read_literal: ReadLiteral) -> model.DecisionTable:
    """A decision table; `read_literal` reads the expressions inside it."""
    inputs = tuple(_input(source, clause, read_literal) for clause in source.children(element, "input"))
    outputs = tuple(_output(source, clause, read_literal) for clause in source.children(element, "output"))
    if not outputs:
        source.find("dmn-table-output", element, "The table has no output.", "Add an output column.")
    rules = tuple(_rule(source, rule, read_literal) for rule in source.children(element, "rule"))
    _check_cells(source, element, rules, inputs=len(inputs), outputs=len(outputs))
    if len(outputs) > 1 and any(not output.name for output in outputs):
        source.find("dmn-output-name", element, "With several outputs each needs a name.", "Name every output.")
    return model.DecisionTable(
        id=element.get("id") or "",
        hit_policy=_hit_policy(source, element),
        aggregation=_aggregation(source, element),
        inputs=inputs,
        outputs=outputs,
        rules=rules,
        type_ref=source.type_ref(element),
        line=element.sourceline,
    )


_SHORT = {"U": "UNIQUE", "A": "ANY", "P": "PRIORITY", "F": "FIRST", "C": "COLLECT", "R": "RULE ORDER"}


def _hit_policy(source: Source, element: Element) -> model.HitPolicy:
    written = " ".join((element.get("hitPolicy") or "UNIQUE").replace("_", " ").upper().split())
    written = "OUTPUT ORDER" if written == "O" else _SHORT.get(written, written)
    policies: Any = get_args(model.HitPolicy)
    for policy in policies:
        if policy == written:
            return policy  # type: ignore[no-any-return]  # checked against the literals above
    source.find("dmn-hit-policy", element, f"There is no hit policy '{written}'.", f"Use one of {', '.join(policies)}.")
    return "UNIQUE"


def _aggregation(source: Source, element: Element) -> model.Aggregation:
    written = (element.get("aggregation") or "").strip().upper()
    aggregations: Any = get_args(model.Aggregation)
    for aggregation in aggregations:
        if aggregation == written:
            return aggregation  # type: ignore[no-any-return]  # checked against the literals above
    source.find("dmn-aggregation", element, f"There is no aggregation '{written}'.", "Use SUM, COUNT, MIN or MAX.")
    return ""


def _input(source: Source, clause: Element, read_literal: ReadLiteral) -> model.InputClause:
    found = source.child(clause, "inputExpression")
    expression = model.LiteralExpression("") if found is None else read_literal(source, found)
    if not expression.text:
        source.find("dmn-input-expression", clause, "The input has no expression.", "Say what the column tests.")
    label = one_line(clause.get("label") or "") or expression.text
    return model.InputClause(label, expression, source.text(source.child(clause, "inputValues")))


def _output(source: Source, clause: Element, read_literal: ReadLiteral) -> model.OutputClause:
    default = source.child(clause, "defaultOutputEntry")
    return model.OutputClause(
        name=one_line(clause.get("name") or ""),
        type_ref=source.type_ref(clause),
        values=source.text(source.child(clause, "outputValues")),
        default=None if default is None else read_literal(source, default),
    )


def _rule(source: Source, rule: Element, read_literal: ReadLiteral) -> model.Rule:
    tests = tuple(_test(source, entry, read_literal) for entry in source.children(rule, "inputEntry"))
    outputs = tuple(read_literal(source, entry) for entry in source.children(rule, "outputEntry"))
    return model.Rule(rule.get("id") or "", tests, outputs, rule.sourceline)


def _test(source: Source, entry: Element, read_literal: ReadLiteral) -> model.Text:
    literal = read_literal(source, entry)
    return model.Text(literal.text, literal.line)


def _check_cells(source: Source, element: Element, rules: tuple[model.Rule, ...], *, inputs: int, outputs: int) -> None:
    for number, rule in enumerate(rules, 1):
        if len(rule.tests) != inputs or len(rule.outputs) != outputs:
            message = f"Rule {number} has {len(rule.tests)} tests and {len(rule.outputs)} outputs,"
            remedy = f"The table needs {inputs} and {outputs}."
            source.find("dmn-rule-cells", element, f"{message} not one for each column.", remedy)
