"""Who does a user task, by the standard's own elements? (BPMN 2.0.2 §10.3.4, §8.4.9: resource roles)."""

import re
from dataclasses import replace

from pathways.bpmn.model import UserTaskSpec
from pathways.bpmn.reading.source import Source, literal
from pathways.bpmn.reading.xml import Element, bpmn_children, local_reference, tag_of, text_of

ROLES = ("potentialOwner", "humanPerformer", "performer", "resourceRole")
_WRAPPED = re.compile(r"^(?:user|group)\((.*)\)$")


def owners_of(element: Element, user: UserTaskSpec, source: Source) -> UserTaskSpec:
    """A potential owner is a candidate group, a (human) performer the assignee."""
    for role in (role for tag in ROLES for role in bpmn_children(element, tag)):
        who = _who(role, source)
        if who and tag_of(role) in ("humanPerformer", "performer"):
            user = replace(user, assignee=user.assignee or who)
        elif who:
            user = replace(user, candidate_groups=user.candidate_groups or who)
    return user


def _who(role: Element, source: Source) -> str | None:
    """The assignment expression of a role, else the name of the resource that it refers to."""
    for assignment in bpmn_children(role, "resourceAssignmentExpression"):
        text = text_of(assignment)
        if text.startswith("="):
            return source.expression(assignment, text, what="The assignment")
        return literal(", ".join(_WRAPPED.sub(r"\1", name.strip()) for name in text.split(",")))
    references = [local_reference(text_of(child)) for child in bpmn_children(role, "resourceRef")]
    if references:
        return literal(source.resources.get(references[0], references[0]))
    return literal(role.get("name")) if role.get("name") else None
