"""How does the XML of a boxed expression become the model? (DMN 1.5 §7.3 and §10.2.1), one function per kind."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, get_args

from pathways.bpmn.reading.xml import Element, local_of, text_of
from pathways.dmn import model
from pathways.dmn.source import Source, one_line
from pathways.dmn.table_reader import read_table

NOTHING = model.LiteralExpression("")
"""Logic that is not there: it gives null."""


def read_expression(source: Source, parent: Element) -> model.Expression | None:
    """The expression directly inside an element, nothing when there is none."""
    return next(_read(source, parent), None)


def _read(source: Source, parent: Element) -> Iterator[model.Expression]:
    """The expressions directly inside an element, as far as they are not nested too deeply."""
    for child in source.children(parent):
        read = _READERS.get(child.local)
        if read is not None:
            with source.nested(child) as allowed:
                expression = read(source, child) if allowed else NOTHING
            yield expression


def _inside(source: Source, parent: Element, tag: str) -> model.Expression:
    """The expression inside a named part such as `if` or `in`."""
    part = source.child(parent, tag)
    found = None if part is None else read_expression(source, part)
    if found is None:
        source.find("dmn-missing-part", parent, f"A {local_of(parent.tag)} has no <{tag}> with an expression.")
    return found or NOTHING


def _line(element: Element) -> int:
    return int(element.sourceline)


def _literal(source: Source, element: Element) -> model.Expression:
    return read_literal(source, element)


def read_literal(source: Source, element: Element) -> model.LiteralExpression:
    """A literal expression, also as the cell of a table."""
    language = (element.get("expressionLanguage") or "").strip()
    if language and "feel" not in language.lower():
        message = f"The expression language {language} is not executed."
        source.find("dmn-expression-language", element, message, "Write the expression in FEEL.")
        return NOTHING
    if source.child(element, "importedValues") is not None:
        source.find("dmn-imported-values", element, "Imported values are not read.", "Write the values here.")
    text = source.child(element, "text")
    line = _line(element if text is None else text)
    return model.LiteralExpression(text_of(text), source.type_ref(element), line)


def _table(source: Source, element: Element) -> model.Expression:
    return read_table(source, element, read_literal)


def _context(source: Source, element: Element) -> model.Expression:
    entries: list[model.ContextEntry] = []
    for entry in source.children(element, "contextEntry"):
        variable = source.variable(entry) if source.child(entry, "variable") is not None else None
        variable = variable if variable and variable.name else None
        entries.append(model.ContextEntry(variable, read_expression(source, entry) or NOTHING))
    names = [entry.variable.name for entry in entries if entry.variable]
    for name in {name for name in names if names.count(name) > 1}:
        source.find("dmn-duplicate-entry", element, f"The context has two entries '{name}'.", "Rename one.")
    if len(entries) - len(names) > 1:
        source.find("dmn-duplicate-result", element, "The context has two entries without a name.", "Name one.")
    return model.Context(tuple(entries), source.type_ref(element), _line(element))


def _list(source: Source, element: Element) -> model.Expression:
    return model.BoxedList(tuple(_read(source, element)), source.type_ref(element), _line(element))


def _relation(source: Source, element: Element) -> model.Expression:
    columns = source.items(element, "column")
    rows = tuple(tuple(_read(source, row)) for row in source.children(element, "row"))
    if any(len(row) != len(columns) for row in rows):
        source.find("dmn-relation-cells", element, "A row has more or fewer cells than there are columns.")
    return model.Relation(columns, rows, source.type_ref(element), _line(element))


def _invocation(source: Source, element: Element) -> model.Expression:
    callee = read_expression(source, element)
    if callee is None:
        source.find("dmn-missing-part", element, "The invocation names no function.", "Add the function's name.")
    bindings = tuple(
        model.Binding(source.variable(binding, tag="parameter").name, read_expression(source, binding) or NOTHING)
        for binding in source.children(element, "binding")
    )
    return model.Invocation(callee or NOTHING, bindings, source.type_ref(element), _line(element))


def _function(source: Source, element: Element) -> model.Expression:
    return read_function(source, element)


def read_function(source: Source, element: Element) -> model.FunctionDefinition:
    """A function definition, also the logic of a business knowledge model."""
    written = (element.get("kind") or "FEEL").strip()
    language = next((kind for kind in get_args(model.FunctionKind) if kind.lower() == written.lower()), None)
    if language != "FEEL":
        message = f"Functions of kind {written} are not executed: calling this one gives null."
        source.find("dmn-function-kind", element, message, "Write the function in FEEL.")
    parameters = source.items(element, "formalParameter")
    body = read_expression(source, element)
    return model.FunctionDefinition(language or "Java", parameters, body, source.type_ref(element), _line(element))


def _conditional(source: Source, element: Element) -> model.Expression:
    condition, consequence, alternative = (_inside(source, element, tag) for tag in ("if", "then", "else"))
    return model.Conditional(condition, consequence, alternative, source.type_ref(element), _line(element))


def _filter(source: Source, element: Element) -> model.Expression:
    items, match = (_inside(source, element, tag) for tag in ("in", "match"))
    return model.Filter(items, match, source.type_ref(element), _line(element))


def _iterator(source: Source, element: Element) -> model.Expression:
    form: Any = local_of(element.tag)
    variable = one_line(element.get("iteratorVariable") or "")
    if not variable:
        source.find("dmn-iterator-variable", element, f"The {form} has no iteratorVariable.", "Name the variable.")
    body = _inside(source, element, "return" if form == "for" else "satisfies")
    item = model.InformationItem(variable, source.type_ref(source.child(element, "in")))
    return model.Iterator(
        form, item, _inside(source, element, "in"), body, type_ref=source.type_ref(element), line=_line(element)
    )


_READERS: Mapping[str, Callable[[Source, Element], model.Expression]] = {
    "literalExpression": _literal,
    "decisionTable": _table,
    "context": _context,
    "list": _list,
    "relation": _relation,
    "invocation": _invocation,
    "functionDefinition": _function,
    "conditional": _conditional,
    "filter": _filter,
    "for": _iterator,
    "some": _iterator,
    "every": _iterator,
}
