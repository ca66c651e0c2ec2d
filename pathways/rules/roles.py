"""Does anybody have this role? A typo in a role is a task that nobody is offered, or news that nobody gets."""

from collections.abc import Iterator
from difflib import get_close_matches
from functools import cache
from pathlib import Path

import yaml

from pathways.bpmn.model import FlowNode
from pathways.rules.subject import Remark, Rule, Subject, remark

_FILE = Path(__file__).parents[1] / "library/roles.yaml"
_HEADERS = ("recipients", "tell")
_INPUTS = ("role", "requester_role", "results_role")


@cache
def known_roles() -> frozenset[str]:
    """Every role id of this installation, and the words that stand for one."""
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


def _named(node: FlowNode) -> Iterator[str]:
    """The roles that stand in a node as plain text, not as an expression."""
    expressions = [node.user.candidate_groups or ""] if node.user else []
    expressions += [mapping.source for mapping in node.inputs if mapping.target in _INPUTS]
    texts = [each.strip('"') for each in expressions if each.startswith('"') and each.count('"') == 2]
    texts += [node.work.headers.get(name, "") for name in _HEADERS] if node.work else []
    for text in texts:
        yield from (role.strip() for role in text.split(",") if role.strip())


RULES = (Rule("unknown-role", "info", unknown_role, publication="warning"),)
