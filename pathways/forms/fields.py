"""Which fields does a form-js schema hold? A tree of components becomes a flat tuple of fields with their paths."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

SHOWN = frozenset({"text", "html", "separator", "spacer", "button", "image", "iframe", "table", "documentPreview"})
"""Components that only show something: they have no value."""

VALUED = frozenset(
    {
        "textfield",
        "textarea",
        "number",
        "checkbox",
        "checklist",
        "select",
        "radio",
        "taglist",
        "datetime",
        "filepicker",
    }
)
"""Components that a person fills in."""

Schema = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Field:
    """One component with a value: where the value stands, and the conditions (FEEL) that hide it."""

    path: tuple[str, ...]
    component: Mapping[str, Any]
    hidden_when: tuple[str, ...]

    @property
    def name(self) -> str:
        """The path as people write it: `patient.name`."""
        return ".".join(self.path)

    @property
    def type(self) -> str:
        """The component's type, such as `textfield`."""
        return str(self.component.get("type"))

    @property
    def rules(self) -> Mapping[str, Any]:
        """The component's `validate` object."""
        rules = self.component.get("validate")
        return rules if isinstance(rules, Mapping) else {}

    @property
    def filled_in(self) -> bool:
        """Whether a person can change it here."""
        return not (self.component.get("disabled") is True or self.component.get("readonly") is True)


def fields(schema: Schema) -> tuple[Field, ...]:
    """Every component with a value, in the order of the form."""
    return tuple(_fields(schema, (), ()))


def components(schema: Schema) -> Iterator[Mapping[str, Any]]:
    """Every component at every depth, those that only show something included."""
    for component in _children(schema):
        yield component
        yield from components(component)


def _fields(parent: Schema, prefix: tuple[str, ...], hidden_when: tuple[str, ...]) -> Iterator[Field]:
    for component in _children(parent):
        conditions = (*hidden_when, *_hide_condition(component))
        if component.get("type") == "group":
            yield from _fields(component, (*prefix, *_path(component.get("path"))), conditions)
        elif component.get("type") in VALUED and component.get("key"):
            yield Field((*prefix, *_path(component["key"])), component, conditions)


def _children(parent: Schema) -> list[Mapping[str, Any]]:
    found = parent.get("components", [])
    return [child for child in found if isinstance(child, Mapping)] if isinstance(found, list) else []


def _path(text: object) -> tuple[str, ...]:
    return tuple(part for part in str(text or "").split(".") if part)


def _hide_condition(component: Mapping[str, Any]) -> tuple[str, ...]:
    conditional = component.get("conditional")
    hide = conditional.get("hide") if isinstance(conditional, Mapping) else None
    return (hide.strip().removeprefix("="),) if isinstance(hide, str) and hide.strip() else ()
