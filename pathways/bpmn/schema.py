"""What becomes of each attribute and child element of BPMN 2.0.2's schema? The look-up in the table of record.

A part is *executed* (a reader asks for it), *documentation* (it changes nothing, and why), *told* (a warning: what it
asks for is not done) or *refused*. `reading/parts.py` walks over a file by the table, `schema_types.py`: what is not in
it is told, too.
"""

import sys
from collections.abc import Mapping
from functools import cache

from pathways.bpmn.schema_parts import Part, parts_in, rows
from pathways.bpmn.schema_types import KINDS, TYPES


def type_of(element: str) -> str:
    """Name the type of an element: its own name, or that of what it is used for; a bare reference has no parts."""
    kind = KINDS.get(element, element)
    return kind if kind in TYPES else "reference"


@cache
def parts_of(element: str) -> Mapping[str, Part]:
    """Give all parts of an element, those of the types that it extends included; its own word on a part counts."""
    return parts_in(TYPES, type_of(element))


_PARTS = tuple(part for kind in TYPES.values() for part in kind.parts.values())
ANYWHERE = frozenset(part.name for part in _PARTS)
"""The names of all parts that any element has."""
ONLY_DOCUMENTATION = ANYWHERE - {part.name for part in _PARTS if part.use != "documentation"}
"""The names of those that change nothing, wherever they stand."""


def table() -> str:
    """Give every type and its parts as the Markdown of docs/bpmn-parts.md."""
    return "\n".join((_HEAD, *rows(TYPES), ""))


_HEAD = """\
# What becomes of each part of BPMN 2.0.2's schema

Made by `python -m pathways.bpmn.schema > docs/bpmn-parts.md` from the table that the reader goes by
(`pathways/bpmn/schema_types.py`); a test fails when it is not current. Every attribute (`@name`) and child element of
the schema stands here at the type that declares it; what the type in brackets has counts, too.

- **executed**: it is read, and does what the standard says, or is refused with a line.
- **documentation**: it changes nothing, for the reason beside it. So does whatever stands inside of it.
- **told**: a warning says that it has no effect (`without-effect`). Values in square brackets are not worth a word.
- **refused**: an error. Values in square brackets are executed.

What is in no row is told or refused, too (`unknown-element`, `unknown-attribute`), and so is a part that stands where
the schema does not have it.

| type | part | here | why |
|---|---|---|---|"""


if __name__ == "__main__":
    sys.stdout.write(table())
