"""Can a form be published? What this build does not execute is refused, never ignored."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from pathways.bpmn.findings import DefinitionError, Finding, Severity
from pathways.forms.claims import claimed_twice
from pathways.forms.components import CONTAINERS, KEYED, KNOWN, REPEATED, ROOT, ROOT_NOTES, SCHEMA_VERSION
from pathways.forms.cycles import reading_themselves
from pathways.forms.fields import Schema, children, is_repeating
from pathways.forms.limits import MAX_COMPONENTS, MAX_DEPTH, MAX_FINDINGS
from pathways.forms.lines import lines_of
from pathways.forms.properties import Remark, remarks

_KEY = re.compile(r"\w+(\.\w+)*", re.ASCII)
_UNUSABLE = frozenset(
    {
        "feel-syntax",
        "form-component-unsupported",
        "form-duplicate-key",
        "form-key",
        "form-pattern",
        "form-rule",
        "form-shape",
        "form-too-deep",
        "form-too-large",
    }
)


class FormError(DefinitionError):
    """A form cannot be executed, so no submission was looked at; `findings` say why. Publication refuses such forms."""


def form_findings(schema: Schema, *, file: str = "", source: bytes = b"") -> list[Finding]:
    """Everything that is wrong with a form-js schema, the first `MAX_FINDINGS`; never raises. `source`: its text."""
    remarked = list(islice((*_of_form(schema), *_of_cycles(schema)), MAX_FINDINGS))
    lines = lines_of(schema, source) if source and remarked else {}
    first = 1 if source else 0
    return [_finding(component, each, file, lines.get(id(component), first)) for component, each in remarked]


def refuse_unusable(schema: Schema) -> None:
    """Look whether a schema can be executed.

    Raises:
        FormError: it cannot.
    """
    found = [
        _finding(component, each)
        for component, each in islice(_of_form(schema), MAX_FINDINGS)
        if each.severity == "error" and each.rule in _UNUSABLE
    ]
    if found:
        raise FormError(found)


def _finding(component: Schema, remark: Remark, file: str = "", line: int = 0) -> Finding:
    return Finding(remark.rule, remark.severity, file, line, _named(component), remark.message, remark.remedy)


_Remarks = Iterator[tuple[Schema, Remark]]


def _named(component: Schema) -> str | None:
    for name in ("key", "path", "id"):
        text = component.get(name)
        if isinstance(text, str) and text:
            return text
    return None


def _remark(severity: Severity, rule: str, message: str, remedy: str) -> Remark:
    return Remark(severity, rule, message, remedy)


def _of_form(schema: object) -> _Remarks:
    if not isinstance(schema, Mapping) or not isinstance(schema.get("components"), list | tuple):
        yield {}, _remark("error", "form-shape", "The form has no list of components.", "Save it again.")
        return
    yield from (({}, each) for each in _of_root(schema))
    components = list(islice(_components(schema, 0), MAX_COMPONENTS + 1))
    if len(components) > MAX_COMPONENTS:
        message = f"The form has more than {MAX_COMPONENTS} components."
        yield {}, _remark("error", "form-too-large", message, "Split it.")
        return
    for component, depth in components:
        yield from _of_component(component, depth)
    yield from _of_names(schema, [component for component, _ in components if isinstance(component, Mapping)])


def _of_root(schema: Mapping[str, Any]) -> Iterator[Remark]:
    if not isinstance(schema.get("id"), str) or not schema["id"]:
        yield _remark("error", "form-id", "The form has no id.", "Give it the id that tasks refer to.")
    if schema.get("type", "default") != "default":
        yield _remark("error", "form-shape", "This is no form: its type is not `default`.", "Save it again.")
    version = schema.get("schemaVersion", SCHEMA_VERSION)
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        message = "The schemaVersion is no whole number from 1."
        yield _remark("error", "form-schema-version", message, "Save the form again.")
    elif version > SCHEMA_VERSION:
        message = f"The schemaVersion {str(version)[:20]} is newer than {SCHEMA_VERSION}, which this build knows."
        yield _remark("warning", "form-schema-version", message, "Look whether every property is still executed.")
    for name in sorted(map(str, schema.keys() - ROOT - ROOT_NOTES)):
        message = f"A form has no property {name[:60]!r}: it has no effect."
        yield _remark("warning", "form-property-unknown", message, "Remove it.")


def _components(parent: Schema, depth: int) -> Iterator[tuple[object, int]]:
    """Every component at every depth that can be executed, and what stands in the place of one."""
    found = parent.get("components")
    for component in found if isinstance(found, list | tuple) else ():
        yield component, depth
        if isinstance(component, Mapping) and depth < MAX_DEPTH:
            yield from _components(component, depth + 1)


def _of_component(component: object, depth: int) -> _Remarks:
    if not isinstance(component, Mapping):
        yield {}, _remark("error", "form-shape", "A component is no object.", "Remove it.")
        return
    kind = component.get("type")
    if not isinstance(kind, str) or kind not in KNOWN:
        message = f"A {str(kind)[:60]} component is not executed by this build."
        yield component, _remark("error", "form-component-unsupported", message, "Use another component.")
        return
    if depth == MAX_DEPTH and children(component):
        message = f"More than {MAX_DEPTH} groups and lists are inside one another."
        yield component, _remark("error", "form-too-deep", message, "Take some of them apart.")
    yield from ((component, each) for each in (*_of_place(component, kind), *remarks(component, kind)))


def _of_place(component: Schema, kind: str) -> Iterator[Remark]:
    """Where the value stands: a key for fields, a path for groups and lists."""
    name = "key" if kind in KEYED else "path" if kind in CONTAINERS else None
    text = component.get(name) if name else None
    if text in (None, ""):
        if kind in KEYED or is_repeating(component) or (kind == REPEATED and not text):
            yield _remark("error", "form-key", f"This {kind} has no {name}.", "Name its variable.")
    elif name and not (isinstance(text, str) and _KEY.fullmatch(text)):
        message = f"The {name} {str(text)[:60]!r} is no path of letters, digits and underscores, joined by dots."
        yield _remark("error", "form-key", message, "Correct it.")
    elif {"__proto__", "constructor", "prototype"} & set(str(text).split(".")):
        yield _remark("error", "form-key", f"The {name} {text!r} is a word of JavaScript.", "Name it otherwise.")


def _of_names(schema: Schema, components: list[Mapping[str, Any]]) -> _Remarks:
    for component, place in claimed_twice(schema):
        message = f"Two fields write to {place!r}, or one writes into another."
        yield component, _remark("error", "form-duplicate-key", message, "Give each field its own key.")
    last = {each["id"]: each for each in components if isinstance(each.get("id"), str)}
    ids = Counter(each["id"] for each in components if isinstance(each.get("id"), str))
    for name in sorted(name for name, times in ids.items() if times > 1):
        message = f"Two components have the id {name!r}."
        yield last[name], _remark("error", "form-duplicate-id", message, "Change one.")


def _of_cycles(schema: object) -> _Remarks:
    for component, others in reading_themselves(schema) if isinstance(schema, Mapping) else ():
        message = f"Whether it is shown, or its value, depends on itself through {', '.join(others)}."
        yield component, _remark("warning", "form-cycle", message, "Let one of them not read the other.")
