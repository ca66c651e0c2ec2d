"""Where in a tree of values does an answer stand, and is the tree small enough to be looked at?"""

from collections.abc import Iterator, Mapping
from typing import Any

from pathways.forms.fields import Field, Group, Node, Path, Repeated
from pathways.forms.limits import MAX_ALL_TEXT, MAX_DEPTH_OF_VALUES, MAX_VALUES

MISSING = object()
"""Stands where nothing was sent; null is an answer of its own."""


class Values(dict[str, Any]):
    """An object that was made here and may be changed, unlike those that callers gave."""


def get(values: object, path: Path) -> object:
    """The value at a path, or MISSING."""
    for part in path:
        if isinstance(values, Mapping) and part in values:
            values = values[part]
        else:
            return MISSING
    return values


def inside(values: Values, path: tuple[str, ...]) -> Values:
    """The object at a path, made where there is none; what callers gave is copied before it changes."""
    for part in path:
        inner = values.get(part)
        if not isinstance(inner, Values):
            inner = values[part] = Values(inner) if isinstance(inner, Mapping) else Values()
        values = inner
    return values


def put(values: Values, path: tuple[str, ...], value: object) -> None:
    """Write a value at a path."""
    inside(values, path[:-1])[path[-1]] = value


def too_large(values: object) -> str | None:
    """Why a submission is not looked at, as a sentence without its subject."""
    count, text = 0, 0
    level: list[object] = [values]
    for _ in range(MAX_DEPTH_OF_VALUES + 1):
        count += len(level)
        text += sum(len(value) for value in level if isinstance(value, str))
        if count > MAX_VALUES:
            return f"holds more than {MAX_VALUES} values"
        if text > MAX_ALL_TEXT:
            return f"holds more than {MAX_ALL_TEXT} characters"
        level = [inner for value in level for inner in _items(value)]
        if not level:
            return None
    return f"holds more than {MAX_DEPTH_OF_VALUES} lists and objects inside one another"


def _items(value: object) -> Iterator[object]:
    if isinstance(value, Mapping):
        yield from value
        yield from value.values()
    elif isinstance(value, list | tuple):
        yield from value


def unknown(nodes: tuple[Node, ...], values: Mapping[str, Any], prefix: Path = ()) -> Iterator[Path]:
    """The paths of a submission that lead to no field of the form, at every depth."""
    yield from _unknown(_targets(nodes), values, prefix)


def _targets(nodes: tuple[Node, ...]) -> dict[str, Any]:
    """What may stand where: a field, a list, or an object with targets of its own."""
    found: dict[str, Any] = {}
    for node in nodes:
        _add_target(found, node)
    return found


def _add_target(found: dict[str, Any], node: Node) -> None:
    leaf = node.path if isinstance(node, Group) else node.path[:-1]
    for part in leaf:
        inner = found.setdefault(part, {})
        if not isinstance(inner, dict):
            return
        found = inner
    if not isinstance(node, Group):
        found[node.path[-1]] = node
        return
    for child in node.children:
        _add_target(found, child)


def _unknown(targets: Mapping[str, Any], values: Mapping[str, Any], prefix: Path) -> Iterator[Path]:
    for key, value in values.items():
        match targets.get(key):
            case None:
                yield (*prefix, str(key))
            case Field():
                continue
            case Repeated() as repeated:
                yield from _unknown_items(repeated, value, (*prefix, key))
            case inner if isinstance(value, Mapping):
                yield from _unknown(inner, value, (*prefix, key))
            case _ if value is not None:
                yield (*prefix, key)


def _unknown_items(repeated: Repeated, items: object, prefix: Path) -> Iterator[Path]:
    targets = _targets(repeated.children)
    for index, item in enumerate(items) if isinstance(items, list) else ():
        if isinstance(item, Mapping):
            yield from _unknown(targets, item, (*prefix, index))
