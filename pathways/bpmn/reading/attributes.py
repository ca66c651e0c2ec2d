"""Which attributes may a BPMN element carry? Those of the schema; what is not executed is told or refused."""

from collections.abc import Collection
from functools import cache, lru_cache

from pathways.bpmn.reading.foreign import REPLACED_BY, meet_attribute
from pathways.bpmn.reading.source import Source
from pathways.bpmn.reading.xml import ZEEBE, Element, local_of, namespace_of, tag_of
from pathways.bpmn.schema import ANYWHERE, parts_of
from pathways.bpmn.schema_parts import Part
from pathways.bpmn.schema_zeebe import parts_on

_NAMED = frozenset({"id", "name"})
_FOREIGN_NAMES = REPLACED_BY.keys() & {
    "assignee",
    "candidateGroups",
    "candidateUsers",
    "formKey",
    "formRef",
    "class",
    "delegateExpression",
    "expression",
    "topic",
    "decisionRef",
    "collection",
    "elementVariable",
    "skipExpression",
}
"""Attributes of other engines that change execution even where somebody forgot their namespace prefix."""

_MOST = 200
_CLOSE = 0.8
"""From this likeness on, an unknown attribute is taken for a misspelt one."""


def check_attributes(element: Element, source: Source) -> None:
    """Refuse or tell what is not executed, and what the schema does not have here."""
    known = parts_of(element.local)
    for name, value in list(element.attrib.items())[:_MOST]:
        part = known.get(f"@{name}")
        if part is not None:
            _tell_value(element, part, value, source)
        elif name[0] != "{":
            _meet_unknown(element, name, _names(element.local), source)
        elif namespace_of(name) != ZEEBE:
            meet_attribute(element, name, value, source)
        else:
            _meet_zeebe(element, local_of(name), source)
    if len(element.attrib) > _MOST:
        message = f"This element has {len(element.attrib)} attributes; at most {_MOST} are looked at."
        source.error("too-many-attributes", element, message, "Remove those that BPMN does not have.")


def _meet_zeebe(element: Element, name: str, source: Source) -> None:
    part = parts_on(tag_of(element)).get(f"@{name}")
    if part is None:
        source.error("unknown-attribute", element, f"Unknown attribute zeebe:{name}.", "Remove it.")
    elif part.use == "told":
        message = f"zeebe:{name} of {tag_of(element)} has no effect: {part.says}."
        source.note("warning", "without-effect", element, message, "Remove it.")


@cache
def _names(element: str) -> frozenset[str]:
    """The attributes that the schema gives to an element."""
    return frozenset(name[1:] for name in parts_of(element) if name[0] == "@")


def _tell_value(element: Element, part: Part, value: str, source: Source) -> None:
    if part.use in ("executed", "documentation") or value.strip() in part.unless:
        return
    said = f'{part.name[1:]}="{value}" of {tag_of(element)}'
    if part.use == "told":
        message = f"{said} has no effect: {part.says}."
        source.note("warning", "without-effect", element, message, "Remove it.")
    else:
        message = f"{said} is not executed by this build: {part.says}."
        remedy = f'Only {part.name[1:]}="{part.unless[0]}" is executed.'
        source.error("unsupported-attribute", element, message, remedy)


def _meet_unknown(element: Element, name: str, known: frozenset[str], source: Source) -> None:
    """An attribute that the schema does not allow: misspelt, of another engine, or without any meaning."""
    tag = tag_of(element)
    meant = meant_by(name, {attribute for attribute in known if attribute not in element.attrib}, ANYWHERE)
    if meant:
        message = f"BPMN's {tag} has no attribute {name!r}; it has {meant!r}."
        source.error("unknown-attribute", element, message, "Correct its spelling.")
    elif name in _FOREIGN_NAMES:
        message = f"The attribute {name!r} of {tag} belongs to another engine's dialect."
        source.error("foreign-dialect", element, message, f"Use {REPLACED_BY[name]}.")
    else:
        message = f"BPMN's {tag} has no attribute {name!r}: it has no effect."
        source.note("warning", "unknown-attribute", element, message, "Remove it.")


def meant_by(name: str, free: set[str], anywhere: Collection[str]) -> str | None:
    """The attribute that was probably meant; a name that another element has, or a very long one, is never a slip."""
    if len(name) > 40 or f"@{name}" in anywhere:
        return None
    for attribute in sorted(free):
        if attribute.lower() == name.lower():
            return attribute
    return _closest(name, frozenset(free - _NAMED))


@lru_cache(maxsize=256)
def _closest(name: str, free: frozenset[str]) -> str | None:
    from difflib import get_close_matches

    return next(iter(get_close_matches(name, sorted(free), n=1, cutoff=_CLOSE)), None)


def flag(element: Element, name: str, source: Source, *, default: bool) -> bool:
    """Read an xsd:boolean attribute."""
    match (element.get(name) or str(default)).strip().lower():
        case "true" | "1":
            return True
        case "false" | "0":
            return False
        case text:
            source.error(
                "bad-attribute", element, f"{name} is {text!r}, neither true nor false.", "Write true or false."
            )
            return default


def choice(element: Element, name: str, values: tuple[str, ...], source: Source) -> str:
    """Read an attribute that has one of these values, the first by default; another spelling of one is put right."""
    text = element.get(name, values[0]).strip()
    found = next((value for value in values if value.lower() == text.lower()), None)
    if found is None:
        source.error("bad-attribute", element, f"{name} is {text!r}.", f"Write {' or '.join(values)}.")
    elif found != text:
        source.note("warning", "bad-attribute", element, f"{name} is {text!r}: read as {found}.", f"Write {found}.")
    return found or values[0]
