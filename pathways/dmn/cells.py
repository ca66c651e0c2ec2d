"""What stands in the cells of a table that cannot be meant? Results that are not allowed, texts without quotes."""

from __future__ import annotations

from collections.abc import Iterator

from pathways.bpmn.findings import Finding
from pathways.dmn.graph import Graph
from pathways.dmn.model import BusinessKnowledgeModel, Decision, DecisionTable, InputData, Model
from pathways.dmn.walk import expressions
from pathways.feel import FeelSyntaxError, compile_expression
from pathways.feel import syntax as ast
from pathways.feel.parser import parse_unary_tests
from pathways.near import suggestion


def results_not_allowed(model: Model, name: str, table: DecisionTable) -> Iterator[Finding]:
    """Results that are written down and are none of the values that their column may give."""
    for place, column in enumerate(table.outputs):
        allowed = _texts(column.values.text) if column.values else frozenset()
        for rule in table.rules if allowed else ():
            given = _texts(rule.outputs[place].text)
            for text in sorted(given - allowed):
                message = f"In the table of '{name}' a rule gives '{text}', which its column does not allow."
                remedy = f"{suggestion(text, allowed)}Correct the result, or allow the value."
                yield Finding("dmn-output-unknown", "error", model.file, rule.line, name, message, remedy)


def names_nobody_gives(
    graph: Graph, element: Decision | BusinessKnowledgeModel, table: DecisionTable
) -> Iterator[Finding]:
    """Cells that are a name of which the file says nothing else: mostly a text without its quotes."""
    model = graph.main.model
    free = graph.logic(f"{model.namespace}#{element.id}").free - _asked(model)
    for rule in table.rules if free else ():
        for cell in (*(test.text for test in rule.tests), *(output.text for output in rule.outputs)):
            for name in sorted(free.intersection(_bare_names(cell))):
                message = f"In the table of '{element.name}' a cell reads {name!r}, which nothing in this file gives:"
                remedy = f'A text stands in quotes: "{name}". A variable needs an input: add it, or correct the name.'
                what = f"{message} it is null, unless the case brings it."
                yield Finding("dmn-name-unknown", "warning", model.file, rule.line, element.name, what, remedy)


def _asked(model: Model) -> frozenset[str]:
    """The names that the file declares as inputs, or that a condition column of it asks for."""
    declared = {element.variable.name for element in model.elements if isinstance(element, InputData)}
    logics = [element.logic for element in model.elements if isinstance(element, Decision | BusinessKnowledgeModel)]
    inside = [each for logic in logics if logic is not None for each in expressions(logic)]
    columns = [column for table in inside if isinstance(table, DecisionTable) for column in table.inputs]
    return frozenset(declared.union(*(_names(column.expression.text) for column in columns)))


def _names(text: str) -> frozenset[str]:
    try:
        return compile_expression(text).names
    except FeelSyntaxError:
        return frozenset()  # a finding of its own


def _bare_names(cell: str) -> Iterator[str]:
    """The names that stand alone in a cell: as a value, a list of values, or the limit of a test."""
    for test in _tests(cell):
        value = test.operand if isinstance(test, ast.UnaryTest) else test
        if isinstance(value, ast.Name):
            yield value.name


def _texts(cell: str) -> frozenset[str]:
    """The texts of a cell that holds nothing but texts; none of any other."""
    tests = _tests(cell)
    texts = [each.value for each in tests if isinstance(each, ast.Constant) and isinstance(each.value, str)]
    return frozenset(texts) if len(texts) == len(tests) else frozenset()


def _tests(cell: str) -> tuple[ast.Node, ...]:
    try:
        tree = parse_unary_tests(cell)
    except FeelSyntaxError:
        return ()  # a finding of its own
    return () if tree.negated else tree.tests
