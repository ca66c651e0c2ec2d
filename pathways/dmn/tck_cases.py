"""What does a test file of the DMN TCK ask? Its cases: inputs, results, and how their values are written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from lxml import etree

from pathways.feel.moments import parse_at
from pathways.feel.values import NUMBER, Value, parse_duration

XSI = "http://www.w3.org/2001/XMLSchema-instance"
NAMESPACE = "http://www.omg.org/spec/DMN/20160719/testcase"


_Element = Any
"""An lxml element: unlike the reader of models it keeps a value that is only a space."""


class UnreadableTest(Exception):
    """A test file, or a value in it, cannot be read; the message says why."""


@dataclass(frozen=True, slots=True)
class Expectation:
    """One result that a case asks for; with `error` an error is meant, which in FEEL is null."""

    name: str
    namespace: str
    value: Value
    error: bool


@dataclass(frozen=True, slots=True)
class Case:
    """One test case. `kind` is `decision`, `decisionService` or `bkm`; `invocable` names the latter two.

    `problem` says why a value of the case could not be read.
    """

    id: str
    kind: str
    invocable: str
    inputs: tuple[tuple[str, Value], ...]
    expectations: tuple[Expectation, ...]
    problem: str = ""


@dataclass(frozen=True, slots=True)
class TestFile:
    """A test file: the model it is about (a file beside it) and its cases."""

    __test__ = False

    path: Path
    model: str
    cases: tuple[Case, ...]


def is_test_file(source: bytes) -> bool:
    """Whether the bytes look like a test file of the kit."""
    return b"testCases" in source[:4000] and NAMESPACE.encode() in source


def read_test_file(path: Path) -> TestFile:
    """Read a test file; a case whose values cannot be read says so itself.

    Raises:
        UnreadableTest: it is no XML.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(path.read_bytes(), parser)
    except etree.XMLSyntaxError as error:
        raise UnreadableTest(f"{path.name}: {error}") from error
    named = _child(root, "modelName")
    model = "" if named is None else "".join(named.itertext()).strip()
    cases = tuple(_case(element, number) for number, element in enumerate(_children(root, "testCase"), 1))
    return TestFile(path, model, cases)


def _children(element: _Element, tag: str) -> Iterator[_Element]:
    return iter(element.iterchildren(f"{{*}}{tag}"))


def _child(element: _Element, tag: str) -> _Element | None:
    return next(_children(element, tag), None)


def _case(element: _Element, number: int) -> Case:
    identifier, kind = element.get("id") or str(number), element.get("type") or "decision"
    results = list(_children(element, "resultNode"))
    try:
        inputs = tuple(_input(node) for node in _children(element, "inputNode"))
        expectations = tuple(map(_expectation, results))
    except UnreadableTest as error:
        unread = tuple(Expectation(node.get("name") or "", "", None, error=False) for node in results)
        return Case(identifier, kind, "", (), unread, str(error))
    return Case(identifier, kind, element.get("invocableName") or "", inputs, expectations)


def _input(node: _Element) -> tuple[str, Value]:
    namespace, name = node.get("namespace"), node.get("name") or ""
    return (f"{{{namespace}}}{name}" if namespace else name), read_value(node)


def _expectation(node: _Element) -> Expectation:
    expected = _child(node, "expected")
    return Expectation(
        name=node.get("name") or "",
        namespace=node.get("namespace") or "",
        value=None if expected is None else read_value(expected),
        error=node.get("errorResult") in ("true", "1"),
    )


def read_value(element: _Element) -> Value:
    """The value inside an element: one `value`, a `list` of items, or `component`s of a context.

    Raises:
        UnreadableTest: the text is no value of the type that is written beside it.
    """
    if _is_nil(element):
        return None
    listed = _child(element, "list")
    if listed is not None:
        return None if _is_nil(listed) else [read_value(item) for item in _children(listed, "item")]
    components = list(_children(element, "component"))
    if components:
        return {component.get("name") or "": read_value(component) for component in components}
    simple = _child(element, "value")
    if simple is None or _is_nil(simple):
        return None
    return _simple(simple)


def _is_nil(element: _Element) -> bool:
    return element.get(f"{{{XSI}}}nil") in ("true", "1")


def _simple(element: _Element) -> Value:
    kind = (element.get(f"{{{XSI}}}type") or "string").rpartition(":")[2]
    text = "".join(element.itertext())
    try:
        return _of_kind(kind, text)
    except (ValueError, ArithmeticError) as error:
        raise UnreadableTest(f"line {element.sourceline}: {text!r} is no {kind}: {error}") from error


def _of_kind(kind: str, text: str) -> Value:
    match kind:
        case "boolean":
            return text.strip() in ("true", "1")
        case "date" | "time" | "dateTime":
            return parse_at(text.strip())
        case "duration" | "dayTimeDuration" | "yearMonthDuration":
            return parse_duration(text.strip())
        case "decimal" | "double" | "float" | "integer" | "int" | "long" | "short" | "number":
            return NUMBER.create_decimal(Decimal(text.strip()))
        case _:
            return text
