"""Which element needs which, under which name, and what does its logic compile to? (DMN 1.5 chapter 6).

A graph spans a file and its imports; an element is found by `namespace#id`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from pathways.bpmn.findings import Finding
from pathways.dmn.boxed import Compiler
from pathways.dmn.frame import Code
from pathways.dmn.item_types import TypeBook
from pathways.dmn.model import (
    BusinessKnowledgeModel,
    Context,
    Decision,
    DecisionService,
    DecisionTable,
    Element,
    Expression,
    InformationItem,
    InputData,
    ItemDefinition,
    Model,
    Relation,
)
from pathways.dmn.walk import expressions
from pathways.feel.names import CUTTING_WORDS
from pathways.feel.scanner import FeelSyntaxError, scan


@dataclass(slots=True)
class Home:
    """One model of the graph: its types, and the name under which it knows each namespace it imports."""

    model: Model
    book: TypeBook
    imports: dict[str, str] = field(default_factory=dict)

    def place(self, namespace: str, name: str) -> tuple[str, str]:
        """How the model calls an element: the name of the import (empty for its own) and the element's name."""
        return ("" if namespace == self.model.namespace else self.imports.get(namespace, "")), name


@dataclass(frozen=True, slots=True)
class Logic:
    """What the logic of a decision or knowledge model compiles to.

    `free` are the names it reads that no requirement gives it and that no decision or function has.
    """

    code: Code
    height: int
    free: frozenset[str]
    problems: tuple[Finding, ...]


class Graph:
    """All elements of a file and its imports."""

    def __init__(self, models: tuple[Model, ...]) -> None:
        self.homes = {model.namespace: Home(model, TypeBook(model)) for model in reversed(models)}
        self.elements: dict[str, Element] = {}
        self._home_of: dict[str, Home] = {}
        self._logic: dict[str, Logic] = {}
        self.main = self.homes[models[0].namespace]
        for home in self.homes.values():
            self._add(home)
        self.members = frozenset(filter(_needs_declaring, _member_names(models)))

    def _add(self, home: Home) -> None:
        for element in home.model.elements:
            key = f"{home.model.namespace}#{element.id}"
            self.elements.setdefault(key, element)
            self._home_of.setdefault(key, home)
        for item in home.model.imports:
            home.imports.setdefault(item.namespace, item.name)
            if item.namespace in self.homes:
                home.book.add(item.name, self.homes[item.namespace].book)

    def home(self, key: str) -> Home:
        """The model an element belongs to."""
        return self._home_of[key]

    def find(self, wanted: str) -> str | None:
        """The key of a decision, service or knowledge model by id, name, or `namespace#id`."""
        namespace = self.main.model.namespace
        named = (item for item in self.main.model.elements if wanted in (item.name, item.variable.name))
        keys = (f"{namespace}#{wanted}", *(f"{namespace}#{item.id}" for item in named), wanted)
        return next((key for key in keys if not isinstance(self.elements.get(key), InputData | None)), None)

    def requirements(self, key: str) -> tuple[str, ...]:
        """What an element needs: decisions, inputs and functions that exist."""
        match self.elements[key]:
            case Decision() as decision:
                needed: tuple[str, ...] = (*decision.information, *decision.knowledge)
            case BusinessKnowledgeModel() as knowledge:
                needed = knowledge.knowledge
            case DecisionService() | InputData():
                needed = ()
        return tuple(need for need in needed if need in self.elements)

    def place(self, key: str, needed: str) -> tuple[str, str]:
        """How an element calls another one that it needs."""
        namespace = self.home(needed).model.namespace
        return self.home(key).place(namespace, self.elements[needed].variable.name)

    def alias(self, needed: str) -> str:
        """The id of a decision that declares no variable: Camunda's models call it so; else nothing."""
        element = self.elements[needed]
        return element.id if isinstance(element, Decision) and not element.declares_variable else ""

    def logic(self, key: str) -> Logic:
        """The compiled logic of a decision or knowledge model."""
        if key not in self._logic:
            self._logic[key] = self._compiled(key)
        return self._logic[key]

    def _compiled(self, key: str) -> Logic:
        element, home = self.elements[key], self.home(key)
        names = {name for need in self.requirements(key) for name in self.place(key, need) if name}
        names |= {self.alias(need) for need in self.requirements(key)} | set(home.imports.values())
        names.discard("")
        compiler = Compiler(file=home.model.file, owner=element.name, members=self.members, book=home.book)
        match element:
            case Decision(logic=logic) if logic is not None:
                code = compiler.compile(logic, frozenset(names))
            case BusinessKnowledgeModel(logic=function) if function is not None:
                code = compiler.function_body(function, frozenset(names | {element.variable.name}))
            case _:
                code = compiler.nothing()
        taken = {item.variable.name for item in home.model.elements if not isinstance(item, InputData)}
        return Logic(code, compiler.height, frozenset(compiler.free - names - taken), tuple(compiler.problems))

    def parameters(self, service: DecisionService) -> Iterator[tuple[str, InformationItem]]:
        """The inputs of a decision service in the order of its parameters: input data, then decisions (§10.4)."""
        for key in (*service.input_data, *service.input_decisions):
            if key in self.elements:
                yield key, self.elements[key].variable


def _needs_declaring(name: str) -> bool:
    """Whether FEEL would not take the name for one name when it stands behind a dot."""
    try:
        tokens = scan(name)[:-1]
    except FeelSyntaxError:
        return False
    return any(token.kind != "name" or token.text in CUTTING_WORDS for token in tokens)


def _member_names(models: Iterable[Model]) -> Iterator[str]:
    """Every name that can stand behind a dot: components, entries, columns, outputs, elements of imports."""
    for model in models:
        for element in model.elements:
            yield element.variable.name
            if isinstance(element, Decision | BusinessKnowledgeModel) and element.logic is not None:
                yield from _names_made(element.logic)
        for item in model.types:
            yield from _components(item)


def _components(item: ItemDefinition) -> Iterator[str]:
    for part in item.components:
        yield part.name
        yield from _components(part)


def _names_made(logic: Expression) -> Iterator[str]:
    for expression in expressions(logic):
        match expression:
            case Context():
                yield from (entry.variable.name for entry in expression.entries if entry.variable is not None)
            case Relation():
                yield from (column.name for column in expression.columns)
            case DecisionTable():
                yield from (output.name for output in expression.outputs)
            case _:
                pass
