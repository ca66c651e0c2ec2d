"""Which fields does a form-js schema hold? A tree of components becomes a tree of fields, groups and lists."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from pathways.forms.components import COMPUTED, KEYED, REPEATED
from pathways.forms.limits import MAX_COMPONENTS, MAX_DEPTH

Schema = Mapping[str, Any]
_WORD = re.compile(r"[\w-]{1,200}")
Path: TypeAlias = tuple[str | int, ...]
"""Where a value stands: keys of objects, and 0-based indexes of list items."""


@dataclass(frozen=True, slots=True)
class Field:
    """A component with a value; its path counts from the group or list item around it."""

    path: tuple[str, ...]
    component: Schema
    kind: Literal["field"] = "field"

    @property
    def type(self) -> str:
        """The component's type, such as `textfield`."""
        return str(self.component.get("type"))

    @property
    def rules(self) -> Schema:
        """The component's `validate` object."""
        rules = self.component.get("validate")
        return rules if isinstance(rules, Mapping) else {}

    @property
    def computed(self) -> bool:
        """Whether the server computes the value."""
        return self.type == COMPUTED

    @property
    def disabled(self) -> bool:
        """Whether the field takes no part: neither its answer nor what was shown is kept."""
        return bool(self.component.get("disabled"))

    @property
    def label(self) -> str:
        """What people read beside the field; the key when that is not plain text."""
        return label_of(self.component) or ".".join(self.path)


@dataclass(frozen=True, slots=True)
class Group:
    """Components that stand together, perhaps under a path, perhaps hidden together."""

    path: tuple[str, ...]
    component: Schema
    children: "tuple[Node, ...]"
    kind: Literal["group"] = "group"


@dataclass(frozen=True, slots=True)
class Repeated:
    """A list: its components once per item."""

    path: tuple[str, ...]
    component: Schema
    children: "tuple[Node, ...]"
    kind: Literal["repeated"] = "repeated"

    @property
    def grows(self) -> bool:
        """Whether people may add and remove items."""
        return self.component.get("allowAddRemove") is not False

    @property
    def first_items(self) -> int:
        """How many items are shown when no variable says otherwise."""
        given = self.component.get("defaultRepetitions", 1)
        return given if isinstance(given, int) and 0 <= given <= MAX_COMPONENTS else 1


Node: TypeAlias = Field | Group | Repeated


def fields(schema: Schema) -> tuple[Node, ...]:
    """The tree of everything that has a value, in the order of the form."""
    return tuple(_nodes(schema, 0))


def children(parent: Schema) -> tuple[Schema, ...]:
    """The components directly inside a form, group or list."""
    found = parent.get("components")
    return tuple(child for child in found if isinstance(child, Mapping)) if isinstance(found, list | tuple) else ()


def path_of(text: object) -> tuple[str, ...]:
    """The parts of a key or path that is written with dots."""
    return tuple(part for part in text.split(".") if part) if isinstance(text, str) else ()


def label_of(component: Schema) -> str:
    """The component's label, empty when it is computed or missing."""
    for name in ("label", "dateLabel", "timeLabel"):
        text = component.get(name)
        if isinstance(text, str) and text and not text.startswith("=") and "{{" not in text:
            return text
    return ""


def is_repeating(component: Schema) -> bool:
    """Whether a component shows its children once per item of a list."""
    return component.get("type") == REPEATED and component.get("isRepeating") is not False


def dotted(path: Path) -> str:
    """The path as people write it: `patient.name`, `teeth[0].note`; a key that is no word in quotes: `['a b']`."""
    text = ""
    for part in path:
        if isinstance(part, int) or not _WORD.fullmatch(part):
            text += f"[{part if isinstance(part, int) else part[:60]!r}]"
        else:
            text += f".{part}" if text else part
    return text


def _nodes(parent: Schema, depth: int) -> Iterator[Node]:
    for component in children(parent) if depth <= MAX_DEPTH else ():
        kind = component.get("type")
        if is_repeating(component):
            yield Repeated(path_of(component.get("path")), component, tuple(_nodes(component, depth + 1)))
        elif kind in ("group", REPEATED):
            yield Group(path_of(component.get("path")), component, tuple(_nodes(component, depth + 1)))
        elif isinstance(kind, str) and kind in KEYED and path_of(component.get("key")):
            yield Field(path_of(component.get("key")), component)
