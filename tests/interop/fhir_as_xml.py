"""Writes FHIR JSON as FHIR XML, so that tests can post the same document in both forms."""

from typing import Any
from xml.sax.saxutils import quoteattr

Json = dict[str, Any]
FHIR = 'xmlns="http://hl7.org/fhir"'


def as_xml(resource: Json) -> bytes:
    """The resource as a document in UTF-8, one element a line."""
    return ('<?xml version="1.0" encoding="UTF-8"?>\n' + _resource(resource, FHIR)).encode()


def _resource(resource: Json, more: str = "") -> str:
    kind = resource["resourceType"]
    members = {name: value for name, value in resource.items() if name not in ("resourceType", "id", "_id")}
    own_id = f"<id value={quoteattr(resource['id'])}/>\n" if "id" in resource else ""
    return f"<{kind} {more}>\n{own_id}{_members(members)}</{kind}>\n"


def _members(members: Json) -> str:
    names = dict.fromkeys(name.removeprefix("_") for name in members)
    return "".join(_member(name, members.get(name), members.get(f"_{name}")) for name in names)


def _member(name: str, value: Any, rest: Any) -> str:
    if not isinstance(value, list) and not isinstance(rest, list):
        return _element(name, value, rest or {})
    values, rests = value or [None] * len(rest or ()), rest or [None] * len(value or ())
    return "".join(_element(name, one, more or {}) for one, more in zip(values, rests, strict=True))


def _element(name: str, value: Any, rest: Json) -> str:
    if isinstance(value, dict):
        return f"<{name}>\n{_resource(value)}</{name}>\n" if "resourceType" in value else _tag(name, value)
    if name == "div":
        return f"{value}\n"
    said = {True: "true", False: "false"}.get(value, value) if isinstance(value, bool) else value
    return _tag(name, rest, "" if value is None else f"value={quoteattr(str(said))}")


def _tag(name: str, members: Json, attribute: str = "") -> str:
    attributes = [attribute, *(f"{key}={quoteattr(members[key])}" for key in _attributes(name) if key in members)]
    inside = {key: value for key, value in members.items() if key not in _attributes(name)}
    return f"<{name} {' '.join(attributes)}>\n{_members(inside)}</{name}>\n"


def _attributes(name: str) -> tuple[str, ...]:
    return ("id", "url") if name in ("extension", "modifierExtension") else ("id",)
