"""Do two components write to the same place? A field's path is its own, and nobody else writes into a list's items."""

from collections.abc import Iterator, Mapping
from typing import Any

from pathways.forms.components import CONTAINERS, KEYED
from pathways.forms.fields import Schema, children, is_repeating, path_of
from pathways.forms.limits import MAX_DEPTH


def claimed_twice(schema: Schema) -> Iterator[tuple[Schema, str]]:
    """The components whose place is already taken, with that place as people write it."""
    yield from _claims(schema, {}, (), 0)


def _claims(parent: Schema, taken: dict[str, Any], prefix: tuple[str, ...], depth: int) -> Iterator[tuple[Schema, str]]:
    """`taken` is a tree: an object for a place under which more may stand, None for a field's or list's own."""
    for component in children(parent) if depth <= MAX_DEPTH else ():
        path = _path(component)
        if component.get("type") in ("group", "dynamiclist") and not is_repeating(component):
            if (inner := _open(taken, path)) is None:
                yield component, ".".join((*prefix, *path))
            else:
                yield from _claims(component, inner, (*prefix, *path), depth + 1)
        elif path:
            around = _open(taken, path[:-1])
            if around is None or path[-1] in around:
                yield component, ".".join((*prefix, *path))
            else:
                around[path[-1]] = None
            if is_repeating(component):
                yield from _claims(component, {}, (*prefix, *path), depth + 1)


def _path(component: Schema) -> tuple[str, ...]:
    kind = component.get("type")
    if not isinstance(kind, str):
        return ()
    return path_of(component.get("key") if kind in KEYED else component.get("path") if kind in CONTAINERS else None)


def _open(taken: dict[str, Any], path: tuple[str, ...]) -> dict[str, Any] | None:
    """The places under a path, None where a field or list has it for itself."""
    for part in path:
        inner: Mapping[str, Any] | None = taken.setdefault(part, {})
        if not isinstance(inner, dict):
            return None
        taken = inner
    return taken
