"""What changed in the files beside the diagram: forms field by field, decisions rule by rule, calls, calendars?"""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Literal

from pathways import codec
from pathways.bpmn.model import Definition, WorkingCalendar
from pathways.diff_facets import Aspect
from pathways.forms.fields import Field, Node, dotted, fields

Schemas = Mapping[str, Mapping[str, Any]]
Said = tuple[Aspect, str, str | None, str | None]
Found = tuple[
    Literal["form", "decision", "call", "calendar"], Literal["added", "removed", "changed"], str, tuple[Said, ...]
]
_SHORT = 12
_PLACES = frozenset({"line", "file", "digest"})
_ELEMENTS = frozenset({"decision", "businessKnowledgeModel", "decisionService", "inputData"})


def resource_changes(old: Definition, new: Definition, old_forms: Schemas, new_forms: Schemas) -> Iterator[Found]:
    """Give what became of every form, decision, called process and calendar: kind, fate, name, what is said now."""
    for name, fate in _fates(old.forms, new.forms):
        both = (old_forms.get(name), new_forms.get(name)) if fate == "changed" else (None, None)
        yield "form", fate, name, tuple(_of_form(*both))
    before, after = _decisions(old), _decisions(new)
    for name, fate in _fates(before, after):
        yield "decision", fate, name, tuple(_of_decision(before[name], after[name])) if fate == "changed" else ()
    for name, fate in _fates(old.calls, new.calls):
        versions = (old.calls.get(name, "")[:_SHORT] or None, new.calls.get(name, "")[:_SHORT] or None)
        yield "call", fate, name, (("call", "version", *versions),)
    for name, fate in _fates(old.calendars, new.calendars):
        hours = _of_calendar(old.calendars[name], new.calendars[name]) if fate == "changed" else ()
        yield "calendar", fate, name, tuple(hours)


def _fates(
    old: Mapping[str, Any], new: Mapping[str, Any]
) -> Iterator[tuple[str, Literal["added", "removed", "changed"]]]:
    for name in dict.fromkeys((*old, *new)):
        if name not in new:
            yield name, "removed"
        elif name not in old:
            yield name, "added"
        elif old[name] != new[name]:
            yield name, "changed"


def _of_form(old: Mapping[str, Any] | None, new: Mapping[str, Any] | None) -> Iterator[Said]:
    """Say which fields changed; nothing when the schemas are not at hand."""
    if old is None or new is None:
        return
    before, after = dict(_fields(fields(old))), dict(_fields(fields(new)))
    for path in dict.fromkeys((*before, *after)):
        if before.get(path) != after.get(path):
            yield "form", f"field {path}", before.get(path), after.get(path)
    if before == after:
        yield "form", "other", "layout or texts", "layout or texts"


def _fields(nodes: tuple[Node, ...], within: tuple[str, ...] = ()) -> Iterator[tuple[str, str]]:
    for node in nodes:
        path = (*within, *node.path)
        if isinstance(node, Field):
            kept = {name: value for name, value in node.component.items() if name not in ("id", "key", "layout")}
            yield dotted(path), json.dumps(kept, ensure_ascii=False, sort_keys=True)
        else:
            yield from _fields(node.children, path)


def _decisions(definition: Definition) -> dict[str, Any]:
    """What every DMN file says: each of its elements by file and id, and the rest (types, imports) by file."""
    found: dict[str, Any] = {}
    for file in definition.decisions:
        elements: dict[str, Any] = {}
        rest = _apart(json.loads(file.model), elements)
        found |= {f"{file.file}: {id}": element for id, element in elements.items()} | {file.file: rest}
    return found


def _apart(value: Any, elements: dict[str, Any]) -> Any:
    """Take the elements out of a model, and everything away that only says where something stands."""
    if isinstance(value, list):
        return [part for part in (_apart(each, elements) for each in value) if part is not None]
    if not isinstance(value, dict):
        return value
    kept = {name: _apart(part, elements) for name, part in value.items() if name not in _PLACES}
    if value.get("kind") not in _ELEMENTS:
        return kept
    elements[str(value["id"])] = kept
    return None


def _of_decision(old: Any, new: Any) -> Iterator[Said]:
    """Say what differs; of tables, which rules were added, removed or written differently."""
    before, after = _rules(old), _rules(new)
    for rule in dict.fromkeys((*before, *after)):
        if before.get(rule) != after.get(rule):
            yield "decision", f"rule {rule}", before.get(rule), after.get(rule)
    if before == after:
        yield "decision", "logic", _brief(old), _brief(new)


def _rules(decision: Any) -> dict[str, str]:
    logic = decision.get("logic") if isinstance(decision, dict) else None
    rules = logic.get("rules", []) if isinstance(logic, dict) else []
    return {str(rule.get("id") or number): _rule(rule) for number, rule in enumerate(rules, start=1)}


def _rule(rule: Mapping[str, Any]) -> str:
    when = ", ".join(test["text"] or "-" for test in rule["tests"])
    return f"{when} → {', '.join(output.get('text', '') for output in rule['outputs'])}"


def _brief(value: Any) -> str:
    return codec.dump(value).decode()[:600]


def _of_calendar(old: WorkingCalendar, new: WorkingCalendar) -> Iterator[Said]:
    for name in ("zone", "weekdays", "opens", "closes", "holidays"):
        before, after = getattr(old, name), getattr(new, name)
        if before != after:
            yield "timing", name, _plain(before), _plain(after)


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else ", ".join(map(str, value))
