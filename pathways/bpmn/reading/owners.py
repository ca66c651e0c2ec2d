"""Who does a user task, by the standard's own elements? (BPMN 2.0.2 §10.3.4, §8.4.9: resource roles)."""

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
                candidate_groups=user.candidate_groups or groups,
                candidate_users=user.candidate_users or users,
            )
    return user


def _who(role: Element, source: Source) -> tuple[str | None, str | None]:
    """The groups and users of an assignment expression, else the name of the resource that the role refers to."""
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
