"""Of which data class is a variable or form field, and which of some values may be seen?

A form says the class of its field (`properties.dataClass`); what a diagram only copies to another name keeps its class.
Else the name is looked up in `data_classes.yaml`. What none of them knows, or what is called differently in two places,
is of the class that only who sees the whole episode may see.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from pathways.bpmn.model import Definition, FlowNode, MessageTrigger
from policy.matrix import EVERYTHING, MatrixError, matrix

TABLE = Path(__file__).parent / "data_classes.yaml"
PROPERTY = "dataClass"
LIST = "dynamiclist"
APPOINTMENT = "appointment"
READING = "LAD-RESULT"
"""The ladder of steps in which somebody reads a result and acknowledges it."""

ANYTHING = "*"
"""Stands for values of which nobody says how they are called: no form and no table gives it a class."""

_NAME = re.compile(r"=?\s*([A-Za-z_]\w*)\s*")


@dataclass(frozen=True, slots=True)
class Visible:
    """What somebody sees of some values; `withheld`: the names of the rest."""

    values: Mapping[str, Any]
    withheld: tuple[str, ...]


def class_of(name: str, declared: Mapping[str, str] | None = None, *, within: str = EVERYTHING) -> str:
    """Give the data class of a variable, or of a member of what is of the class `within`.

    `declared`: what the forms of its case say. What nobody knows is of the class that it stands within.
    """
    return (declared or {}).get(name) or known_names().get(name, within)


def visible(
    values: Mapping[str, Any],
    classes: Collection[str],
    declared: Mapping[str, str] | None = None,
    *,
    asked: Collection[str] = (),
    never: Collection[str] = (),
    within: str = EVERYTHING,
) -> Visible:
    """Keep what is of these classes, and what was `asked` for by name: the fields of a form that somebody fills in.

    `never`: classes that are left out also where they are asked for. `within`: the class of what the values are members
    of, which opens what has none of its own. A value is kept or left out as a whole.
    """
    kept = {
        name: value
        for name, value in values.items()
        if (name in asked or class_of(name, declared, within=within) in classes)
        and class_of(name, declared) not in never
    }
    return Visible(kept, tuple(sorted(set(values) - set(kept))))


def visible_within(value: Any, classes: Collection[str], *, holders: Collection[str]) -> Any:
    """Keep, in any JSON, of each mapping that one of the names `holders` leads to, the values of these classes.

    What is left out stays as a name with null: whoever reads it sees which variables there were.
    """
    if isinstance(value, list):
        return [visible_within(each, classes, holders=holders) for each in value]
    if not isinstance(value, Mapping):
        return value
    return {
        name: {each: kept if class_of(each) in classes else None for each, kept in held.items()}
        if name in holders and isinstance(held, Mapping)
        else visible_within(held, classes, holders=holders)
        for name, held in value.items()
    }


def declared_classes(schemas: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Read from form-js schemas which field is of which class; a class that is not in the matrix counts as all."""
    known, found = set(matrix().classes), dict[str, str]()
    for component in (each for schema in schemas for each in _components(schema)):
        variable, said = _variable(component), (component.get("properties") or {}).get(PROPERTY)
        if variable and said is not None:
            name = said if said in known else EVERYTHING
            found[variable] = name if found.get(variable, name) == name else EVERYTHING
    return found


def classes_of(definition: Definition, schemas: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Give the class of every variable that the forms of a definition declare, and of those copied to another name."""
    declared = declared_classes(schemas)
    mappings = [each for node in definition.nodes.values() for each in (*node.inputs, *node.outputs)]
    copied: dict[str, str] = {}
    for mapping in mappings:
        plain = _NAME.fullmatch(mapping.source)
        source = class_of(plain[1], declared) if plain else EVERYTHING
        copied[mapping.target] = source if copied.get(mapping.target, source) == source else EVERYTHING
    return {name: found for name, found in copied.items() if name not in known_names()} | declared


def values_of_steps(definition: Definition, schemas: Mapping[str, Mapping[str, Any]]) -> dict[str, frozenset[str]]:
    """Give the names of the values that each step is about, by element: those that it writes.

    A step in which somebody reads a result is about what it shows, too. What a message or a called case brings without
    a mapping may be anything: its name is `ANYTHING`. `schemas`: of the forms, by id.
    """
    return {node.id: frozenset(_values_of(node, schemas)) for node in definition.nodes.values()}


def _values_of(node: FlowNode, schemas: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    yield from (each.target for each in (*node.outputs, *node.data_outputs))
    yield from (each.result_variable for each in (node.script, node.decision) if each)
    if not node.outputs and (node.type == "callActivity" or isinstance(node.trigger, MessageTrigger)):
        yield ANYTHING
    reads = READING in {each.name for each in (node.ladder, *node.ladders) if each}
    if reads:
        yield from (each.target for each in node.inputs)
    asked = (node.user.form_id if node.user else None) or ""
    for schema in (schema for name, schema in schemas.items() if name in asked):
        yield from fields_of(schema) if reads else fields_of(schema) - shown_fields_of(schema)


def fields_of(schema: Mapping[str, Any]) -> frozenset[str]:
    """Give the keys of the fields of a form: what it asks whoever fills it in."""
    return frozenset(filter(None, map(_variable, _components(schema))))


def booking_fields_of(schema: Mapping[str, Any], declared: Mapping[str, str]) -> tuple[str, ...]:
    """Give the keys of the fields by which a form books: each asks for a date with its time, of the class APPOINTMENT.

    `declared`: what the forms of its case say.
    """
    asked = (each for each in _components(schema) if each.get("subtype") == "datetime" and not _is_shown(each))
    return tuple(name for name in map(_variable, asked) if name and class_of(name, declared) == APPOINTMENT)


def shown_fields_of(schema: Mapping[str, Any]) -> frozenset[str]:
    """Give the keys of the fields that a form only shows: nobody fills them in."""
    return frozenset(filter(None, (_variable(each) for each in _components(schema) if _is_shown(each))))


def _is_shown(component: Mapping[str, Any]) -> bool:
    return component.get("readonly") is True or component.get("disabled") is True


def _components(schema: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Every component; of those of a list none, which is one variable with all that its items hold."""
    for component in schema.get("components") or ():
        yield component
        if component.get("type") != LIST:
            yield from _components(component)


def _variable(component: Mapping[str, Any]) -> str:
    """The variable that a component writes: a field its key, a list its path; empty for what writes none."""
    name = component.get("path" if component.get("type") == LIST else "key")
    return name if isinstance(name, str) else ""


@cache
def known_names() -> Mapping[str, str]:
    """Give the class of every name of the table.

    Raises:
        MatrixError: the table names a class that the matrix does not have, or one name twice.
    """
    table = yaml.safe_load(TABLE.read_text(encoding="utf-8"))
    unknown = sorted(set(table) - set(matrix().classes))
    if unknown:
        raise MatrixError(f"{TABLE.name}: {unknown} are no data classes: correct the name, or add it to matrix.yaml.")
    found = {name: data_class for data_class, names in table.items() for name in names}
    if len(found) != sum(map(len, table.values())):
        raise MatrixError(f"{TABLE.name}: a name stands under two classes: keep the one that fewer roles see.")
    return found
