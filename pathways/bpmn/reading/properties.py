"""What do our own properties on a step say? (escalation ladder, calendar, expected duration, due anchor)."""

from collections.abc import Iterator
from typing import Any

from pathways.bpmn.model import FlowNode, Ladder, VariableMapping
from pathways.bpmn.reading.source import Source
from pathways.bpmn.reading.xml import Element
from pathways.calendar import is_time_literal
from pathways.feel import syntax as ast
from pathways.feel.parser import parse_expression
from pathways.ladders import LadderSyntaxError, parse_inline
from pathways.near import suggestion

_PROFILE = "payload_profile"


def properties(element: Element, node: FlowNode, source: Source) -> dict[str, Any]:
    """The fields of the node that its zeebe:property entries ask for."""
    given = node.properties
    if not given:
        return {}
    return {
        **_escalation(element, given.get("escalation", "").strip(), source),
        "calendar": _calendar(element, given.get("calendar", "always").strip(), source),
        "expected_duration": _duration(element, given.get("expectedDuration", "").strip(), source),
        "due_anchor": _anchor(element, given.get("dueAnchor", "").strip(), source),
        **_profile(element, node, source),
    }


def _profile(element: Element, node: FlowNode, source: Source) -> dict[str, Any]:
    """What a step may send at most, as an input of the work or of the called process; an input of that name wins."""
    text = node.properties.get("payloadProfile", "").strip()
    feel = source.feel(element, text, what="payloadProfile")
    if feel is None or any(mapping.target == _PROFILE for mapping in node.inputs):
        return {}
    if not (node.work or node.call):
        message = f"payloadProfile has no effect on a {node.type}: it sends nothing."
        source.error("property-without-effect", element, message, "Set it on a task of the worker or a call activity.")
        return {}
    return {"inputs": (VariableMapping(feel, _PROFILE), *node.inputs)}


def _escalation(element: Element, text: str, source: Source) -> dict[str, Any]:
    """One ladder, or an expression that gives the name of one when the step begins."""
    if not text.startswith("="):
        return {"ladder": _ladder(element, text, source)}
    feel = source.feel(element, text, what="escalation")
    names = tuple(dict.fromkeys(_given(parse_expression(feel)))) if feel else ()
    unknown = ["what is no text" if name is None else name for name in names if name not in source.ladders]
    if unknown:
        known = ", ".join(sorted(source.ladders)) or "none"
        message = f"escalation {text!r} may give {', '.join(unknown)}, which is no known ladder ({known})."
        remedy = 'Let every branch be a ladder\'s name: =if priority = "stat" then "LAD-RED" else "LAD-URGENT".'
        source.error("unknown-ladder", element, message, remedy)
        return {}
    return {"ladder_choice": feel, "ladders": tuple(source.ladders[name] for name in names if name is not None)}


def _given(node: ast.Node) -> Iterator[str | None]:
    """Give the texts that an expression may give; None for whatever is not written down as text."""
    if isinstance(node, ast.If):
        yield from _given(node.consequence)
        yield from _given(node.alternative)
    else:
        yield node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _ladder(element: Element, text: str, source: Source) -> Ladder | None:
    """A ladder by its name, or inline rungs such as `PT24H → coordinator; P3D → clinical_lead`."""
    if not text:
        return None
    if text in source.ladders:
        return source.ladders[text]
    try:
        return parse_inline(text)
    except LadderSyntaxError as error:
        known = ", ".join(sorted(source.ladders)) or "none"
        message = f"escalation {text!r} is neither a known ladder ({known}) nor rungs: {error}."
        near = suggestion(text, source.ladders)
        source.error("unknown-ladder", element, message, f"{near}Write a ladder's name or `PT24H → role; P3D → role`.")
        return None


def _calendar(element: Element, name: str, source: Source) -> str:
    if name != "always" and name not in source.calendars:
        known = ", ".join(["always", *sorted(source.calendars)])
        near = suggestion(name, source.calendars)
        source.error("unknown-calendar", element, f"There is no calendar {name!r}.", f"{near}Known calendars: {known}.")
    return name


def _duration(element: Element, text: str, source: Source) -> str | None:
    if text and not text.startswith("=") and not is_time_literal(text, form="duration"):
        source.error("expected-duration", element, f"{text!r} is no ISO 8601 duration.", "Write it like P3D or PT8H.")
    return source.feel(element, text, what="expectedDuration")


def _anchor(element: Element, text: str, source: Source) -> str | None:
    name = text.removeprefix("=").strip()
    if name and not name.isidentifier():
        source.error("due-anchor", element, f"dueAnchor {text!r} is no variable name.", "Name one variable.")
    return name or None
