"""Can a form be published? What this build does not execute is refused, never ignored."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from pathways.bpmn.findings import Finding, Severity
from pathways.feel import FeelSyntaxError, compile_expression
from pathways.forms.fields import SHOWN, VALUED, Schema, components, fields

_RULES = frozenset({"required", "min", "max", "minLength", "maxLength", "pattern", "validationType"})


def form_findings(schema: Schema, *, file: str = "") -> list[Finding]:
    """Everything that is wrong with a form-js schema."""
    found = [finding for component in components(schema) for finding in _of_component(component, file)]
    return [*_of_form(schema, file), *found]


def _finding(severity: Severity, rule: str, file: str, element: object, message: str, remedy: str) -> Finding:
    return Finding(rule, severity, file, 0, str(element) if element else None, message, remedy)


def _of_form(schema: Schema, file: str) -> Iterator[Finding]:
    if not isinstance(schema.get("id"), str) or not schema["id"]:
        yield _finding("error", "form-id", file, None, "The form has no id.", "Give it the id that tasks refer to.")
    if not isinstance(schema.get("components"), list):
        yield _finding("error", "form-shape", file, None, "The form has no list of components.", "Save it again.")
    names = [field.name for field in fields(schema)]
    for name in sorted({name for name in names if names.count(name) > 1}):
        message = f"Two fields write to {name!r}."
        yield _finding("error", "form-duplicate-key", file, name, message, "Give each field its own key.")


def _of_component(component: Mapping[str, Any], file: str) -> Iterator[Finding]:
    kind, name = component.get("type"), component.get("key") or component.get("id")
    if kind not in VALUED | SHOWN | {"group", "default"}:
        message = f"A {kind} component is not executed by this build."
        yield _finding("error", "form-unsupported", file, name, message, "Use another component.")
    elif kind in VALUED and not component.get("key"):
        yield _finding("error", "form-key", file, name, f"This {kind} has no key.", "Name its variable.")
    if kind == "datetime" and component.get("subtype", "date") not in ("date", "time", "datetime"):
        yield _finding("error", "form-unsupported", file, name, "Unknown date and time subtype.", "Choose a subtype.")
    yield from _of_rules(component, file, name)
    for text in _expressions(component):
        yield from _of_expression(text, file, name)


def _of_rules(component: Mapping[str, Any], file: str, name: object) -> Iterator[Finding]:
    rules = component.get("validate")
    if not isinstance(rules, Mapping):
        return
    for rule in sorted(rules.keys() - _RULES):
        yield _finding("error", "form-rule", file, name, f"Unknown validation rule {rule!r}.", "Remove it.")
    for rule, value in rules.items():
        if isinstance(value, str) and value.startswith("="):
            message = f"The rule {rule} is an expression."
            yield _finding("error", "form-rule", file, name, message, "Write a fixed value.")
    try:
        re.compile(str(rules.get("pattern", "")))
    except re.error as error:
        yield _finding("error", "form-pattern", file, name, f"The pattern is wrong: {error}.", "Correct it.")


def _expressions(component: Mapping[str, Any]) -> Iterator[str]:
    conditional = component.get("conditional")
    hide = conditional.get("hide") if isinstance(conditional, Mapping) else None
    for text in (hide, component.get("valuesExpression")):
        if isinstance(text, str) and text.strip():
            yield text.strip().removeprefix("=").strip()


def _of_expression(text: str, file: str, name: object) -> Iterator[Finding]:
    try:
        compile_expression(text)
    except FeelSyntaxError as error:
        message = f"`{text}` is not FEEL: {error.message} (at character {error.position})."
        yield _finding("error", "feel-syntax", file, name, message, "Correct the expression.")
