"""Does anybody have this role? A typo in a role is a task that nobody is offered, or news that nobody gets."""

import re
from collections.abc import Iterator
from difflib import get_close_matches
from functools import cache
from pathlib import Path

from pathways.bpmn.model import FlowNode
from pathways.rules.subject import Remark, Rule, Subject, remark

_FILE = Path(__file__).parents[1] / "library/roles.yaml"
_HEADERS = ("recipients", "tell")
_INPUTS = ("role", "requester_role", "results_role", "required_roles")
_QUOTED = re.compile(r'"([^"]*)"')
_WORD = re.compile(r"[A-Za-z_]\w*")
_VARIABLES = frozenset({"patient", "requester", "assignee"})


@cache
def known_roles() -> frozenset[str]:
    """Every role id of this installation, and the words that stand for one."""
    import yaml  # here: `pathways check` starts without it, and most files that name no role never need it

    table = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return frozenset(table["roles"]) | frozenset(table["stand_ins"])


def unknown_role(subject: Subject) -> Iterator[Remark]:
    """Whoever does a step or is told of it has a role that this installation knows."""
    for node in subject.nodes:
        for role in dict.fromkeys(_named(node)):
            if role not in known_roles() and ":" not in role:
                near = get_close_matches(role, known_roles(), n=1)
                meant = f"Did you mean {near[0]!r}? " if near else ""
                what = f"{node.title!r} names the role {role!r}, which nobody has here."
                yield remark(node, what, f"{meant}The roles stand in pathways/library/roles.yaml.")
        for role in dict.fromkeys(_bare(node)):
            what = f"{node.title!r} names {role!r} as a variable, where a role stands."
            yield remark(node, what, f'Put the role into quotes: "{role}".')


def _named(node: FlowNode) -> Iterator[str]:
    """The roles that stand in a node as plain text: alone, in a list, or within an expression."""
    texts = [text for each in _expressions(node) for text in _QUOTED.findall(each)]
    texts += [node.work.headers.get(name, "") for name in _HEADERS] if node.work else []
    for text in texts:
        yield from (role.strip() for role in text.split(",") if role.strip())


def _bare(node: FlowNode) -> Iterator[str]:
    """Roles that stand in an expression without quotes; `patient` is a variable as well."""
    for each in _expressions(node):
        yield from (word for word in _WORD.findall(_QUOTED.sub("", each)) if word in known_roles() - _VARIABLES)


def _expressions(node: FlowNode) -> Iterator[str]:
    if node.user and node.user.candidate_groups:
        yield node.user.candidate_groups
    if node.call or node.work:
        yield from (mapping.source for mapping in node.inputs if mapping.target in _INPUTS)


RULES = (Rule("unknown-role", "info", unknown_role, publication="warning"),)
