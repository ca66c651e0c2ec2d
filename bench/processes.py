"""Which processes are measured? The same for every engine; how many nodes a case visits and how often it waits."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bench.drawing import Dialect, Drawing


@dataclass(frozen=True, slots=True)
class Process:
    """A measured process. `visits`: flow nodes that one case activates; `waits`: user tasks that it completes."""

    name: str
    title: str
    visits: int
    waits: int
    draw: Callable[[Drawing], None]
    variables: Mapping[str, Any] = field(default_factory=dict)

    def bpmn(self, dialect: Dialect, *, diagram: bool = False) -> str:
        """Write it in an engine's dialect."""
        drawing = Drawing(dialect, diagram=diagram)
        self.draw(drawing)
        return drawing.bpmn()


def linear(nodes: int, waits: int) -> Process:
    """One node after the other; every so many is a user task."""
    every = (nodes - 2) // waits

    def draw(drawing: Drawing) -> None:
        middle = [
            drawing.node("userTask" if step % every == every - 1 and step // every < waits else "task", f"Step {step}")
            for step in range(nodes - 2)
        ]
        drawing.chain(drawing.node("startEvent"), *middle, drawing.node("endEvent"))

    return Process(f"linear-{nodes}", f"linear, {nodes} nodes, {waits} user tasks", nodes, waits, draw)


def fork(ways: int) -> Process:
    """A parallel gateway with a user task on every way, and its join."""

    def draw(drawing: Drawing) -> None:
        split, join = drawing.node("parallelGateway"), drawing.node("parallelGateway")
        drawing.chain(drawing.node("startEvent"), split)
        for way in range(ways):
            drawing.chain(split, drawing.node("userTask", f"Way {way}"), join)
        drawing.chain(join, drawing.node("endEvent"))

    return Process(f"fork-{ways}", f"{ways}-way fork of user tasks, joined", ways + 4, ways, draw)


def multi_instance(items: int) -> Process:
    """One user task per item, all open at once."""

    def draw(drawing: Drawing) -> None:
        drawing.chain(drawing.node("startEvent"), drawing.multi_instance(items), drawing.node("endEvent"))

    variables = {"items": list(range(items))}
    return Process(f"items-{items}", f"multi-instance user task, {items} items", items + 2, items, draw, variables)


BLOCK = 10
"""Nodes in one block of a graph."""


def graph(nodes: int, waits: int) -> Process:
    """Blocks of ten nodes, eight visited: a choice between two ways of two tasks, then a parallel pair."""
    title = f"graph of {nodes} nodes: choices and forks, {waits} user tasks"
    return _graph(f"graph-{nodes}", title, nodes, waits, _choice, visits=8)


def forks(nodes: int, waits: int) -> Process:
    """Blocks of ten nodes without a choice: two tasks, two parallel pairs; all are visited."""
    return _graph(
        f"forks-{nodes}",
        f"graph of {nodes} nodes: forks alone, {waits} user tasks",
        nodes,
        waits,
        _two_pairs,
        visits=10,
    )


def _graph(
    name: str, title: str, nodes: int, waits: int, block: Callable[[Drawing, str, str], str], *, visits: int
) -> Process:
    blocks = (nodes - 2) // BLOCK
    every = max(blocks // waits, 1)
    spare = nodes - 2 - blocks * BLOCK

    def draw(drawing: Drawing) -> None:
        at = drawing.node("startEvent")
        for number in range(blocks):
            is_wait = number % every == 0 and number // every < waits
            at = block(drawing, at, "userTask" if is_wait else "task")
        drawing.chain(at, *(drawing.node("task", "Spare") for _ in range(spare)), drawing.node("endEvent"))

    return Process(name, title, 2 + blocks * visits + spare, waits, draw, {"yes": True})


def _choice(drawing: Drawing, before: str, kind: str) -> str:
    otherwise = f"flow_{drawing.flows + 2}"
    choice = drawing.node("exclusiveGateway", "Which way?", attributes=f' default="{otherwise}"')
    merge = drawing.node("exclusiveGateway")
    ways = [[drawing.node("task", "Assess"), drawing.node("task", "Record")] for _ in range(2)]
    drawing.flow(before, choice)
    drawing.flow(choice, ways[1][0])
    drawing.flow(choice, ways[0][0], when="yes")
    for way in ways:
        drawing.chain(*way, merge)
    return _pair(drawing, merge, kind)


def _two_pairs(drawing: Drawing, before: str, kind: str) -> str:
    assess, record = drawing.node("task", "Assess"), drawing.node("task", "Record")
    drawing.chain(before, assess, record)
    return _pair(drawing, _pair(drawing, record, "task"), kind)


def _pair(drawing: Drawing, before: str, kind: str) -> str:
    split, join = drawing.node("parallelGateway"), drawing.node("parallelGateway")
    drawing.chain(before, split, drawing.node(kind, "Review"), join)
    drawing.chain(split, drawing.node("task", "Inform"), join)
    return join


def nested(levels: int) -> Process:
    """Sub-processes inside each other, each with a user task before the next one."""

    def draw(drawing: Drawing) -> None:
        _level(drawing, levels)

    return Process(
        f"nested-{levels}", f"{levels} nested sub-processes, a user task in each", 4 * levels + 3, levels + 1, draw
    )


def _level(drawing: Drawing, below: int) -> None:
    first = [drawing.node("startEvent"), drawing.node("userTask", "Ask")]
    if below:
        first.append(drawing.open_sub_process())
        _level(drawing, below - 1)
        drawing.close_sub_process()
    drawing.chain(*first, drawing.node("endEvent"))


def loop() -> Process:
    """A user task that comes again for ever: a case that has run for long."""

    def draw(drawing: Drawing) -> None:
        merge, ask = drawing.node("exclusiveGateway"), drawing.node("userTask", "Again?")
        drawing.chain(drawing.node("startEvent"), merge, ask)
        choice = drawing.node("exclusiveGateway", "Enough?", attributes=' default="flow_5"')
        drawing.flow(ask, choice)
        drawing.flow(choice, merge, when="yes")
        drawing.flow(choice, drawing.node("endEvent"))

    return Process("loop", "a loop with one user task", 5, 1, draw, {"yes": True})


MEASURED = (
    linear(30, 5),
    fork(10),
    multi_instance(50),
    graph(1000, 10),
    forks(1000, 10),
    fork(200),
    nested(10),
)
"""The processes of the table: the 1,000-node graph with exclusive choices, and without for engines that need that."""
