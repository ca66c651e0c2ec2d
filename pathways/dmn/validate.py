"""Is a graph of decisions sound? References, cycles, types and FEEL of everything in the file, as findings."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from graphlib import CycleError, TopologicalSorter
from itertools import chain

from pathways.bpmn.findings import Finding
from pathways.dmn.evaluation import Decisions, graph_of
from pathways.dmn.graph import Graph, Home
from pathways.dmn.item_types import MOST_ALIASES
from pathways.dmn.model import (
    BusinessKnowledgeModel,
    Decision,
    DecisionService,
    Element,
    InformationItem,
    ItemDefinition,
    Text,
)
from pathways.feel import FeelSyntaxError, compile_unary_tests


def graph_findings(decisions: Decisions) -> Iterator[Finding]:
    """Everything that is wrong with the file itself; its imports are checked as files of their own."""
    graph = graph_of(decisions)
    for element in graph.main.model.elements:
        yield from _references(graph, element)
        yield from _typed(graph.main, element)
        if isinstance(element, Decision | BusinessKnowledgeModel):
            yield from graph.logic(f"{graph.main.model.namespace}#{element.id}").problems
        if isinstance(element, DecisionService):
            yield from _service_inputs(graph, element)
    yield from _names(graph.main)
    yield from _cycles(graph)
    for item in graph.main.model.types:
        yield from _item_findings(graph.main, item, item.name)


def _finding(home: Home, rule: str, line: int, element: str, message: str, remedy: str) -> Finding:
    return Finding(rule, "error", home.model.file, line, element, message, remedy)


def _needed(element: Element) -> tuple[str, ...]:
    match element:
        case Decision():
            return (*element.information, *element.knowledge)
        case BusinessKnowledgeModel():
            return element.knowledge
        case DecisionService():
            return (*element.outputs, *element.encapsulated, *element.input_decisions, *element.input_data)
        case _:
            return ()


def _references(graph: Graph, element: Element) -> Iterator[Finding]:
    for need in _needed(element):
        if need not in graph.elements:
            message = f"'{element.name}' refers to {need}, which is in no file that was given."
            remedy = "Correct the href, or give the file that is imported."
            yield _finding(graph.main, "dmn-reference", element.line, element.name, message, remedy)


def _names(home: Home) -> Iterator[Finding]:
    """Two elements of one name: the name means none of them."""
    seen: set[str] = set()
    for element in home.model.elements:
        if element.name in seen:
            message = f"Two elements have the name '{element.name}'."
            yield _finding(home, "dmn-duplicate-name", element.line, element.name, message, "Rename one of them.")
        seen.add(element.name)


def _typed(home: Home, element: Element) -> Iterator[Finding]:
    items: list[InformationItem] = [element.variable]
    if isinstance(element, BusinessKnowledgeModel) and element.logic is not None:
        items.extend(element.logic.parameters)
    for item in items:
        if not home.book.knows(item.type_ref):
            yield _unknown_type(home, element.line, element.name, item.type_ref)


def _unknown_type(home: Home, line: int, name: str, type_ref: str) -> Finding:
    message = f"There is no type '{type_ref}': neither FEEL nor an item definition has it."
    return _finding(home, "dmn-type", line, name, message, "Define it, or use a type of FEEL.")


def _item_findings(home: Home, item: ItemDefinition, path: str) -> Iterator[Finding]:
    if not home.book.knows(item.type_ref):
        yield _unknown_type(home, item.line, path, item.type_ref)
    for text in (item.allowed_values, item.type_constraint):
        yield from _unreadable(home, text, path)
    for part in item.components:
        yield from _item_findings(home, part, f"{path}.{part.name}")
    if not item.components and home.book.leads_nowhere(item.type_ref):
        message = f"The type '{path}' is defined by itself, or by more than {MOST_ALIASES} types in a row."
        yield _finding(home, "dmn-type-cycle", item.line, path, message, "Give it a type of FEEL or components.")


def _unreadable(home: Home, text: Text | None, path: str) -> Iterator[Finding]:
    if text is None or not text.text:
        return
    try:
        compile_unary_tests(text.text)
    except FeelSyntaxError as error:
        message = f"`{text.text}` is not FEEL: {error}"
        yield _finding(home, "dmn-feel", text.line, path, message, "Correct it.")


def _service_inputs(graph: Graph, service: DecisionService) -> Iterator[Finding]:
    """Inputs that the decisions of a service need and that the service does not ask for: they would be null."""
    given = {*service.input_decisions, *service.input_data}
    waiting, seen = list(service.outputs), set[str]()
    while waiting:
        key = waiting.pop()
        if key in seen or key in given or key not in graph.elements:
            continue
        seen.add(key)
        needed = graph.elements[key]
        if isinstance(needed, Decision):
            waiting.extend(needed.information)
        else:
            message = f"The service '{service.name}' needs '{needed.name}', which is none of its inputs."
            remedy = "Add it to the inputs of the service."
            yield _finding(graph.main, "dmn-service-input", service.line, service.name, message, remedy)


def _cycles(graph: Graph) -> Iterator[Finding]:
    """Decisions that need themselves, and knowledge models that need each other (§6.3.6); recursion is no cycle."""
    decisions = _edges(graph, lambda element: element.information if isinstance(element, Decision) else ())
    knowledge = _edges(graph, lambda element: element.knowledge if isinstance(element, BusinessKnowledgeModel) else ())
    for key in chain(_on_cycle(decisions), _on_cycle(knowledge)):
        element = graph.elements[key]
        if graph.home(key) is graph.main and element.variable.name:
            message = f"'{element.name}' needs itself, directly or through others."
            yield _finding(graph.main, "dmn-cycle", element.line, element.name, message, "Remove a requirement.")


def _edges(graph: Graph, needs: Callable[[Element], Iterable[str]]) -> Mapping[str, list[str]]:
    edges: dict[str, list[str]] = {}
    for key, element in graph.elements.items():
        known = [need for need in needs(element) if need in graph.elements]
        edges[key] = [need for need in known if need != key or isinstance(element, Decision)]
    return edges


def _on_cycle(edges: Mapping[str, list[str]]) -> Iterator[str]:
    """Give what both leads into a cycle and is led to from one: the cycles, and what lies between two of them."""
    inward = _into_cycles(edges)
    callers: dict[str, list[str]] = {key: [] for key in edges if key in inward}
    for key in callers:
        for need in inward.intersection(edges[key]):
            callers[need].append(key)
    outward = _into_cycles(callers)
    return (key for key in callers if key in outward)


def _into_cycles(edges: Mapping[str, Iterable[str]]) -> set[str]:
    """Give the keys that are never done when each waits for those it leads to."""
    order = TopologicalSorter(edges)
    with suppress(CycleError):  # it goes on as far as it can
        order.prepare()
    left = set(edges)
    while ready := order.get_ready():
        left.difference_update(ready)
        order.done(*ready)
    return left
