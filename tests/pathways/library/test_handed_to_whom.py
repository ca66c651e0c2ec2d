"""Does everybody get what the name of a step promises them, and is there something to read in it?"""

import re
from collections.abc import Iterator

from pathways.bpmn.model import FlowNode
from pathways.feel import compile_expression
from tests.pathways.library.comparing_ways import NOW
from tests.pathways.library.drawn import Drawn, library

ROLES = {"GP": "medical_physician", "GDP": "gdp"}
"""Who is meant in the name of a step; the medical physician is the patient's GP, too."""


def test_whoever_is_named_in_a_letter_gets_it() -> None:
    left_out = [
        f"{key}: {node.id} ({node.name}): {role}"
        for key, drawn in library().items()
        for node in drawn.nodes.values()
        if node.type in ("sendTask", "serviceTask")
        for word, role in ROLES.items()
        if re.search(rf"\b{word}\b", node.name) and role not in " ".join(reached(drawn, node))
    ]
    assert left_out == []


def reached(drawn: Drawn, node: FlowNode) -> Iterator[str]:
    """Who gets something of a step, and of what follows until somebody has done a task."""
    to_see, seen = [node.id], set[str]()
    while to_see:
        here = drawn.nodes[to_see.pop()]
        if here.id in seen:
            continue
        seen.add(here.id)
        yield from (mapping.source for mapping in here.inputs if mapping.target in ("recipients", "tell"))
        if here.work is not None:
            yield from here.work.headers.values()
        if here.user is not None:
            yield here.user.candidate_groups or ""
        elif here.type != "callActivity":
            to_see.extend(drawn.after(here.id))


def test_of_a_procedure_that_was_declined_there_is_something_to_read() -> None:
    told = library()["complex_shared_plan"].nodes["told"]
    (source,) = [mapping.source for mapping in told.inputs if mapping.target == "result"]
    declined = {"procedure_done": False, "complication": None, "bleeding": None, "fever": None}
    given = compile_expression(source.removeprefix("=")).evaluate(declined, now=NOW).value
    assert given["text"] == "Procedure not done: the patient does not want it."
