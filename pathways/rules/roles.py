"""Does anybody have this role? A typo in a role is a task that nobody is offered, or news that nobody gets."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from pathways.bpmn.model import FlowNode
from pathways.ladders import INLINE
from pathways.near import meant
from pathways.rules.given import texts_given
from pathways.rules.subject import Remark, Rule, Subject, remark

_FILE = Path(__file__).parents[1] / "library/roles.yaml"
_HEADERS = ("recipients", "tell")
_INPUTS = ("role", "requester_role", "results_role", "required_roles")
_QUOTED = re.compile(r'"([^"]*)"')
_WORD = re.compile(r"[A-Za-z_]\w*")
_WHERE = "The roles stand in pathways/library/roles.yaml; what each sees, in policy/matrix.yaml."
_VARIABLES = frozenset({"patient", "requester", "assignee"})


@cache
def known_roles() -> frozenset[str]:
    """Every role id of this installation, and the words that stand for one."""
    import yaml  # here: `pathways check` starts without it, and most files that name no role never need it

    table = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return frozenset(table["roles"]) | frozenset(table["stand_ins"])


def misspelt_role(subject: Subject) -> Iterator[Remark]:
    """No role is called almost like one that this installation knows."""
    for node, role in _strangers(subject):
        found = meant(role, known_roles())
        if found:
            what = f"{node.title!r} names the role {role!r}, which nobody has here."
            yield remark(node, what, f"Did you mean {found!r}? {_WHERE}")


def unknown_role(subject: Subject) -> Iterator[Remark]:
    """Whoever does a step or is told of it has a role that this installation knows."""
    for node, role in _strangers(subject):
        if not meant(role, known_roles()):
            what = f"{node.title!r} names the role {role!r}, of which nothing is known here: who has it sees no data."
            yield remark(node, what, _WHERE)


def _strangers(subject: Subject) -> Iterator[tuple[FlowNode, str]]:
    for node in subject.nodes:
        for role in dict.fromkeys(_named(node)):
            if role not in known_roles() and ":" not in role:
                yield node, role


def _named(node: FlowNode) -> Iterator[str]:
    """The roles that stand in a node as plain text: alone, in a list, in a branch, or in a ladder of its own."""
    texts = [text for each in _expressions(node) for text in texts_given(each)]
    headers = [node.work.headers.get(name, "") for name in _HEADERS] if node.work else []
    texts += [text for text in headers if not text.startswith("=")]
    texts.append(node.properties.get("responsible", ""))
    for text in texts:
        yield from (role.strip() for role in text.split(",") if role.strip())
    if node.ladder and node.ladder.name == INLINE:
        yield from (role for rung in node.ladder.rungs for role in rung.tell)


def role_as_variable(subject: Subject) -> Iterator[Remark]:
    """A role that stands in an expression stands in quotes: without them it is a variable."""
    for node in subject.nodes:
        for role in dict.fromkeys(_bare(node)):
            what = f"{node.title!r} names {role!r} as a variable, where a role stands."
            yield remark(node, what, f'Put the role into quotes: "{role}".')


def _bare(node: FlowNode) -> Iterator[str]:
    """Roles that stand in an expression without quotes; `patient` is a variable as well."""
    for each in _expressions(node):
        yield from (word for word in _WORD.findall(_QUOTED.sub("", each)) if word in known_roles() - _VARIABLES)


def _expressions(node: FlowNode) -> Iterator[str]:
    if node.user and node.user.candidate_groups:
        yield node.user.candidate_groups
    if node.call or node.work:
        yield from (mapping.source for mapping in node.inputs if mapping.target in _INPUTS)


RULES = (
    Rule("misspelt-role", "info", misspelt_role, publication="error"),
    Rule("unknown-role", "info", unknown_role, publication="warning"),
    Rule("role-as-variable", "info", role_as_variable, publication="warning"),
)
