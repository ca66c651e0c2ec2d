"""Who does a user task, by the standard's own elements? (BPMN 2.0.2 §10.3.4, §8.4.9: resource roles)."""

import json
import re
from dataclasses import replace

from pathways.bpmn.model import UserTaskSpec
from pathways.bpmn.reading.source import Source, literal
from pathways.bpmn.reading.xml import Element, bpmn_children, local_reference, tag_of, text_of

ROLES = ("potentialOwner", "humanPerformer", "performer", "resourceRole")
_WRAPPED = re.compile(r"^(user|group)\((.*)\)$")
"""How some tools say in an assignment whether a name is a person's or a group's."""


def owners_of(element: Element, user: UserTaskSpec, source: Source) -> UserTaskSpec:
    """A potential owner is a candidate group, or user where it says so; a (human) performer the assignee."""
    for role in (role for tag in ROLES for role in bpmn_children(element, tag)):
        groups, users = _who(role, source)
        if tag_of(role) in ("humanPerformer", "performer"):
            user = replace(user, assignee=user.assignee or users or groups)
        else:
            user = replace(
                user,
                candidate_groups=_both(role, user.candidate_groups, groups, source),
                candidate_users=_both(role, user.candidate_users, users, source),
            )
    return user


def _both(role: Element, first: str | None, second: str | None, source: Source) -> str | None:
    """Whoever is named by any of several potential owners is asked; names can be listed, expressions cannot."""
    if not first or not second:
        return first or second
    if first.startswith('"') and second.startswith('"'):
        return literal(f"{json.loads(first)}, {json.loads(second)}")
    message = "Several potential owners, and one of them is an expression: they cannot be put together."
    source.error("several-owners", role, message, "Write one expression that gives all of them.")
    return first


def tell_unread_owners(element: Element, source: Source, *, asked: bool) -> None:
    """Say that a resource role has no effect: on what no person does, or beside an assignment of the diagram."""
    for role in (role for tag in ROLES for role in bpmn_children(element, tag)):
        why = "the assignment of the task counts" if asked else f"nobody is asked to do a {tag_of(element)}"
        message = f"This {tag_of(role)} has no effect: {why}."
        source.note("warning", "owner-unread", role, message, "Remove it, or name who does it in one place.")


def _who(role: Element, source: Source) -> tuple[str | None, str | None]:
    """The groups and users of an assignment expression, else the name of the resource that the role refers to."""
    for binding in bpmn_children(role, "resourceParameterBinding"):
        message = "A query for people (resourceParameterBinding) is not executed: all of the resource would be asked."
        source.error("unsupported-element", binding, message, "Name the groups or users in an assignment.")
    for assignment in bpmn_children(role, "resourceAssignmentExpression"):
        text = text_of(assignment)
        if text.startswith("="):
            return source.expression(assignment, text, what="The assignment"), None
        return _listed(text, "group"), _listed(text, "user")
    references = [local_reference(text_of(child)) for child in bpmn_children(role, "resourceRef")]
    if references:
        return literal(source.resources.get(references[0], references[0])), None
    return (literal(role.get("name")) if role.get("name") else None), None


def _listed(text: str, kind: str) -> str | None:
    """The names of this kind in a list; a bare name is a group's."""
    found = [_WRAPPED.match(name.strip()) or name.strip() for name in text.split(",")]
    names = [("group", name) if isinstance(name, str) else (name[1], name[2].strip()) for name in found]
    chosen = [name for said, name in names if said == kind and name]
    return literal(", ".join(chosen)) if chosen else None
