"""On which line of its file does a component of a form stand? A finding names file and line, as for a diagram."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

_OBJECTS = re.compile(r'"(?:[^"\\]|\\.)*"|\{')
"""The texts of a JSON file, to be passed over, and the beginnings of its objects."""


def lines_of(schema: Mapping[str, Any], source: bytes) -> Mapping[int, int]:
    """Give the line of every object of a schema by its `id()`; nothing when its file says something else."""
    text = source.decode(errors="replace")
    begins = [found.start() for found in _OBJECTS.finditer(text) if found.group() == "{"]
    objects = [id(each) for each in _objects(schema)]
    if len(begins) != len(objects):  # a name that stands twice in one object: only the last is read
        return {}
    return dict(zip(objects, _lines(text, begins), strict=True))


def _lines(text: str, begins: list[int]) -> Iterator[int]:
    line, before = 1, 0
    for begin in begins:
        line, before = line + text.count("\n", before, begin), begin
        yield line


def _objects(schema: Mapping[str, Any]) -> Iterator[object]:
    """Every object, in the order in which they begin in the file; no recursion, a file may nest as deep as it likes."""
    waiting: list[object] = [schema]
    while waiting:
        each = waiting.pop()
        if isinstance(each, Mapping):
            yield each
            waiting.extend(reversed(list(each.values())))
        elif isinstance(each, list):
            waiting.extend(reversed(each))
