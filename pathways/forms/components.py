"""Which form-js components and properties exist, and what does the server do with each? THE coverage table of forms."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

SCHEMA_VERSION = 19
"""The newest `schemaVersion` of form-js that this table was written for (form-js 1.24)."""

TEXTS = ("textfield", "textarea")
CHOICES = ("radio", "select")
SEVERAL = ("checklist", "taglist")
FILLED_IN = frozenset({*TEXTS, "number", "checkbox", *CHOICES, *SEVERAL, "datetime", "filepicker"})
"""Components that a person fills in."""

COMPUTED = "expression"
REPEATED = "dynamiclist"
CONTAINERS = frozenset({"group", REPEATED})
SHOWN = frozenset({"text", "html", "separator", "spacer", "button", "image", "iframe", "table", "documentPreview"})
"""Components that only show something: they have no value."""

KEYED = FILLED_IN | {COMPUTED}
"""Components whose value stands under their `key`."""

KNOWN = KEYED | CONTAINERS | SHOWN

EMPTY: Mapping[str, object] = {
    "textfield": "",
    "textarea": "",
    "checkbox": False,
    "checklist": [],
    "taglist": [],
}
"""What expressions read of a field that nobody filled in; null for every other type."""

ROOT = frozenset({"id", "type", "schemaVersion", "components"})
"""What is read of the form itself."""
ROOT_NOTES = frozenset({"executionPlatform", "executionPlatformVersion", "exporter", "versionTag"})
"""What the editor notes of the form itself: a form is pinned with its pathway, by its content."""

_EVERY = tuple(sorted(KNOWN))
_FILLED = tuple(sorted(FILLED_IN))
Use = Literal["checked", "decides", "shown", "publication"]


@dataclass(frozen=True, slots=True)
class Property:
    """A property of components: where it may stand, whether it may be FEEL, and what becomes of it here.

    `use`: `checked` against every answer; `decides` which answers are taken or what they become;
    `shown` only to people, by form-js; `publication`: looked at once, when the form is published.
    """

    name: str
    on: tuple[str, ...]
    use: Use
    feel: bool
    does: str


PROPERTIES = (
    Property("id", _EVERY, "publication", False, "may be missing; must be unique"),
    Property("label", _EVERY, "shown", True, "named in errors when it is plain text"),
    Property("description", _EVERY, "shown", True, ""),
    Property("key", tuple(sorted(KEYED)), "decides", False, "where the answer stands; dots are paths"),
    Property("path", tuple(sorted(CONTAINERS)), "decides", False, "where the answers inside stand; a list needs one"),
    Property("components", tuple(sorted(CONTAINERS)), "decides", False, ""),
    Property("conditional.hide", _EVERY, "decides", True, "true: neither required nor kept, also all inside"),
    Property("defaultValue", tuple(sorted(KEYED)), "decides", False, "taken when the answer is missing altogether"),
    Property("disabled", tuple(sorted(KEYED)), "decides", False, "an answer is ignored; nothing is kept"),
    Property("readonly", tuple(sorted(KEYED)), "decides", True, "an answer is ignored; what was shown is kept"),
    Property("validate.required", _FILLED, "checked", True, "form-js itself takes an expression for true"),
    Property("validate.min", ("number",), "checked", True, ""),
    Property("validate.max", ("number",), "checked", True, ""),
    Property("validate.minLength", TEXTS, "checked", True, "without spaces at both ends"),
    Property("validate.maxLength", TEXTS, "checked", True, "without spaces at both ends"),
    Property("validate.pattern", TEXTS, "checked", False, "JavaScript's language, steps counted"),
    Property("validate.patternErrorMessage", TEXTS, "shown", False, "the error's text"),
    Property("validate.validationType", TEXTS, "checked", False, "`email`, `phone` (international), `custom`"),
    Property("decimalDigits", ("number",), "checked", False, ""),
    Property("increment", ("number",), "checked", False, "counted from zero"),
    Property("serializeToString", ("number",), "decides", False, "the number stays text"),
    Property("subtype", ("datetime",), "checked", False, "`date` (default), `time`, `datetime`"),
    Property("disallowPassedDates", ("datetime",), "checked", False, "without zone: past everywhere on earth"),
    Property("timeInterval", ("datetime",), "checked", False, "only when it is written; 1, 5, 10, 15, 30 or 60"),
    Property("timeSerializingFormat", ("datetime",), "checked", False, "`utc_normalized` is also converted to `Z`"),
    Property("use24h", ("datetime",), "shown", False, ""),
    Property("dateLabel", ("datetime",), "shown", False, "named in errors"),
    Property("timeLabel", ("datetime",), "shown", False, "named in errors"),
    Property("valuesKey", (*CHOICES, *SEVERAL), "checked", False, "a variable the form was shown with"),
    Property("values", (*CHOICES, *SEVERAL), "checked", False, "with labels, or plain values"),
    Property("valuesExpression", (*CHOICES, *SEVERAL), "checked", True, ""),
    Property("searchable", ("select",), "shown", False, ""),
    Property("multiple", ("filepicker",), "checked", True, "one file unless true"),
    Property("accept", ("filepicker",), "shown", True, "a reference to a file does not say its type"),
    Property("expression", (COMPUTED,), "decides", True, "computed here; the browser's value is ignored"),
    Property("computeOn", (COMPUTED,), "publication", False, "`change` and `presubmit` give the same at the end"),
    Property("isRepeating", (REPEATED,), "decides", False, "false: a group"),
    Property("allowAddRemove", (REPEATED,), "checked", False, "false: as many items as were shown"),
    Property("defaultRepetitions", (REPEATED,), "decides", False, "items that were shown when there was no variable"),
    Property("disableCollapse", (REPEATED,), "shown", False, ""),
    Property("nonCollapsedItems", (REPEATED,), "shown", False, ""),
    Property("showOutline", tuple(sorted(CONTAINERS)), "shown", False, ""),
    Property("verticalAlignment", tuple(sorted(CONTAINERS)), "shown", False, ""),
    Property("appearance", _EVERY, "shown", True, ""),
    Property("layout", _EVERY, "shown", False, ""),
    Property("properties", _EVERY, "shown", False, "the author's own"),
    Property("text", ("text",), "shown", True, ""),
    Property("content", ("html",), "shown", False, ""),
    Property("source", ("image",), "shown", True, ""),
    Property("alt", ("image",), "shown", True, ""),
    Property("url", ("iframe",), "shown", True, ""),
    Property("title", ("iframe", "documentPreview"), "shown", True, ""),
    Property("security", ("iframe",), "shown", False, ""),
    Property("height", ("iframe", "spacer"), "shown", False, ""),
    Property("maxHeight", ("documentPreview",), "shown", False, ""),
    Property("action", ("button",), "shown", False, ""),
    Property("dataSource", ("table", "documentPreview"), "shown", True, ""),
    Property("columns", ("table",), "shown", False, ""),
    Property("columnsExpression", ("table",), "shown", True, ""),
    Property("rowCount", ("table",), "shown", False, ""),
)

BY_NAME: Mapping[str, Property] = {each.name: each for each in PROPERTIES}
TOP_LEVEL = frozenset(each.name.split(".")[0] for each in PROPERTIES) | {"type"}
"""Names of the properties that may stand directly in a component."""


_ALLOWED: Mapping[str, frozenset[str]] = {
    kind: frozenset({"type", *(each.name.split(".")[0] for each in PROPERTIES if kind in each.on)}) for kind in KNOWN
}


def allowed(kind: str, name: str) -> bool:
    """Whether a component of this known type may have the property."""
    return name in _ALLOWED[kind]


def table() -> str:
    """Give the coverage table of the documentation as Markdown."""
    head = ("| property | FEEL | on | here |", "|---|---|---|---|")
    return "\n".join((*head, *_rows()))


def _rows() -> Iterator[str]:
    for each in PROPERTIES:
        says = f"{each.use}: {each.does}" if each.does else each.use
        yield f"| `{each.name}` | {'yes' if each.feel else ''} | {_components(each.on)} | {says} |"


def _components(kinds: tuple[str, ...]) -> str:
    named = {
        _EVERY: "every component",
        _FILLED: "every input",
        tuple(sorted(KEYED)): "every input, expression",
        (*CHOICES, *SEVERAL): "every choice",
    }
    return named.get(kinds) or ", ".join(kinds)
