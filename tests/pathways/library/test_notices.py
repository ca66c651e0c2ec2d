"""Do notices say no more than they should, and as loudly as the name of their step promises?

Those who organise care see who and when, never a diagnosis.
"""

import re
from collections.abc import Iterator

from activities.notification import PAGE
from pathways.bpmn.model import FlowNode
from policy.alerts import alert_rules
from policy.matrix import matrix
from tests.pathways.library.drawn import library

FINDING = re.compile(r"orbital|neurolog|bleed|recurrence|lesion|tumou?r|malignan|infect|cancer treat", re.IGNORECASE)


def test_a_notice_to_who_organises_care_names_no_finding() -> None:
    told = {
        f"{key}: {node.id}": text
        for key, drawn in library().items()
        for node in drawn.nodes.values()
        for text in texts(node)
        if FINDING.search(text) and any(matrix().is_of_type(role, "admin") for role in roles(node))
    }
    assert told == {}


def texts(node: FlowNode) -> Iterator[str]:
    if node.work is not None and node.work.task_type == '"notify"':
        yield node.work.headers.get("text", "")


def roles(node: FlowNode) -> list[str]:
    """The roles that a notice goes to: named in its header, or by an input."""
    computed = " ".join(each.source for each in node.inputs if each.target == "tell")
    named = node.work.headers.get("tell", "") if node.work is not None else ""
    return [role for role in matrix().roles if role in re.findall(r"\w+", f"{named} {computed}")]


def test_a_step_that_pages_by_its_name_pages() -> None:
    quiet = [
        f"{key}: {node.id}: level {node.work.headers.get('level')}"
        for key, drawn in library().items()
        for node in drawn.nodes.values()
        if node.work is not None and node.work.task_type == '"notify"'
        if re.search(r"\bpage[rs]?\b", node.name, re.IGNORECASE)
        and alert_rules().tier(node.work.headers.get("level", ""), node.work.headers.get("channel", "")) != PAGE
    ]
    assert quiet == []
