"""Which fields do our element templates have, and what does a diagram say in each? (`.camunda/element-templates`)"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from pathways.bpmn.reading.xml import ZEEBE, Element

FOLDER = Path(__file__).parents[1] / "library/element_templates"
"""The same files as `.camunda/element-templates`, where an installed package has them."""
MARK = f"{{{ZEEBE}}}modelerTemplate"
_ENTRY = {
    "zeebe:input": ("input", "target", "name", "source"),
    "zeebe:output": ("output", "source", "source", "target"),
    "zeebe:taskHeader": ("header", "key", "key", "value"),
    "zeebe:property": ("property", "name", "name", "value"),
}
"""Of a binding to one entry of many: its element, the attribute that names it, where the binding says so, its value."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a template, as the modeler shows it; `pattern` is empty where any text will do.

    `fixed`: what a field says that the modeler does not show.
    """

    label: str
    description: str
    binding: Mapping[str, str]
    must: bool
    pattern: str
    advice: str
    longest: int | None
    fixed: str | None = None

    def slip(self, value: str | None) -> str | None:
        """What is wrong with this value, and None when nothing is."""
        text = (value or "").strip()
        if self.fixed is not None:
            return None if text == self.fixed else f"says {text!r} and has to be {self.fixed!r}"
        if not text:
            return "is empty" if self.must else None
        if self.longest is not None and len(text) > self.longest and not text.startswith("="):
            return f"has {len(text)} characters; at most {self.longest} may stand there"
        return f"says {text!r}" if self.pattern and not re.search(self.pattern, text) else None


@dataclass(frozen=True, slots=True)
class Template:
    """A template by the name that a designer sees; fields of the same binding stand for each other by a condition."""

    name: str
    fields: tuple[Field, ...]


@cache
def known_templates() -> Mapping[str, Template]:
    """Every template of ours by its id."""
    read = (json.loads(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.json")))
    return {each["id"]: Template(each["name"], tuple(_fields(each["properties"]))) for each in read}


def _fields(properties: list[dict[str, Any]]) -> Iterator[Field]:
    seen: list[Mapping[str, str]] = []
    for each in properties:
        if each["binding"] not in seen and (each["type"] != "Hidden" or each["binding"]["type"] == "property"):
            seen.append(each["binding"])
            yield _field(each, each.get("constraints", {}))


def _field(each: Mapping[str, Any], limits: Mapping[str, Any]) -> Field:
    pattern = limits.get("pattern", {})
    return Field(
        label=each["label"],
        description=each["description"],
        binding=each["binding"],
        must=bool(limits.get("notEmpty")),
        pattern=pattern.get("value", ""),
        advice=pattern.get("message", ""),
        longest=limits.get("maxLength"),
        fixed=str(each["value"]).lower() if each["type"] == "Hidden" else None,
    )


def written(element: Element, binding: Mapping[str, str]) -> str | None:
    """What an element says where a template's field is bound; None where it says nothing."""
    kind = binding["type"]
    if kind in _ENTRY:
        tag, named_by, named_in, value = _ENTRY[kind]
        wanted = binding[named_in]
        entries = (each for each in _extensions(element, tag) if each.get(named_by) == wanted)
        return next((each.get(value) for each in entries), None)
    if kind == "property":
        return element.attrib.get(binding["name"])
    if kind == "bpmn:TimerEventDefinition#property":
        return next((each.text for each in element.iter() if each.local == binding["name"]), None)
    found = _extensions(element, kind.removeprefix("zeebe:"))
    return next((each.get(binding["property"]) for each in found), None)


def _extensions(element: Element, tag: str) -> Iterator[Element]:
    """The namespace of the file itself may be a draft's, which is read as BPMN's."""
    for holder in element.iterchildren():
        if holder.local == "extensionElements":
            yield from holder.iter(f"{{{ZEEBE}}}{tag}")
