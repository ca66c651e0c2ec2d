"""Where can a token get stuck, get lost or run for ever? Rules about the ways through a process."""

from collections.abc import Iterator

from pathways.bpmn.model import FlowNode
from pathways.rules.graph import Graph, triggers
from pathways.rules.subject import Remark, Rule, Subject, remark


def unreachable(subject: Subject) -> Iterator[Remark]:
    """Every flow node can be reached from a start event, a boundary event or an event sub-process."""
    for node in subject.nodes:
        if node.id not in subject.graph.reached:
            yield remark(node, f"Nothing ever reaches {node.title!r}.", "Connect it or delete it.")


def several_plain_starts(subject: Subject) -> Iterator[Remark]:
    """A process has one plain start event: several would all begin, each with a token of its own."""
    processes = {process.id for process in subject.definition.processes}
    for scope in sorted(processes):
        plain = [node for node in subject.graph.inside.get(scope, ()) if node.type == "startEvent" and not node.trigger]
        for node in plain[1:]:
            what = f"{node.title!r} and {plain[0].title!r} would both begin every case that is simply started."
            yield remark(node, what, "Keep one of them, or let the other start by a message.")


def never_ends(subject: Subject) -> Iterator[Remark]:
    """From every flow node an end can be reached, or something from outside ends its scope."""
    graph = subject.graph
    for node in subject.nodes:
        if node.id in graph.reached and node.id not in graph.ending and not _ended_from_outside(node, graph):
            what = f"No end can be reached from {node.title!r}: whoever comes here stays in a circle."
            yield remark(node, what, "Draw a way out of the circle, or an event that ends it.")


def _ended_from_outside(node: FlowNode, graph: Graph) -> bool:
    """By an interrupting event around it, or a terminate end event beside it."""
    for scope in graph.scopes_around(node):
        events = [*graph.event_starts(scope), *graph.border.get(scope, ())]
        beside = triggers(graph.inside.get(scope, ()))
        if any(event.interrupting for event in events) or any(said.kind == "terminate" for _, said in beside):
            return True
        holder = graph.definition.nodes.get(scope)
        if holder and holder.ad_hoc and holder.ad_hoc.cancel_remaining and holder.ad_hoc.completion_condition:
            return True
    return False


def join_waits_for_ever(subject: Subject) -> Iterator[Remark]:
    """A parallel join does not wait for branches of which only one is taken."""
    for node in subject.nodes:
        if node.type != "parallelGateway" or len(node.incoming) < 2:
            continue
        branches = subject.branches(node.scope)
        pair = branches.pair(node.incoming, "one of them")
        if pair and not branches.comes_again(pair[2], without=node):
            what = (
                f"The parallel join {node.title!r} waits for two branches of {pair[2].title!r}, which takes only one."
            )
            yield remark(node, what, "Merge these branches with an exclusive gateway first, or join inclusively.")


def join_may_wait(subject: Subject) -> Iterator[Remark]:
    """A parallel join does not wait for branches that are taken by their conditions, perhaps not all of them."""
    for node in subject.nodes:
        if node.type != "parallelGateway" or len(node.incoming) < 2:
            continue
        pair = subject.branches(node.scope).pair(node.incoming, "perhaps both")
        if pair:
            what = f"The parallel join {node.title!r} also waits for branches of {pair[2].title!r} that are not taken."
            yield remark(node, what, "Join them with an inclusive gateway: it waits for those that are taken.")


_WAITS = frozenset({"userTask", "receiveTask", "intermediateCatchEvent", "eventBasedGateway", "callActivity"})


def runs_away(subject: Subject) -> Iterator[Remark]:
    """In a circle without a way out something waits: else its steps are done without end, all at once."""
    graph = subject.graph
    for node in subject.nodes:
        if node.id in graph.reached and node.id not in graph.ending and not graph.starts(node.id):
            circle = graph.closure([node])
            if not any(each.type in _WAITS or each.is_scope for each in circle):
                what = f"{node.title!r} stands in a circle that nothing ends and in which nothing waits."
                yield remark(node, what, "Draw a way out of the circle, or a timer into it.")


def gateway_to_nowhere(subject: Subject) -> Iterator[Remark]:
    """A gateway leads somewhere: a way that is not drawn to its end just stops there."""
    for node in subject.nodes:
        if node.type.endswith("Gateway") and not node.outgoing and node.id in subject.graph.reached:
            yield remark(node, f"Nothing follows the {node.type} {node.title!r}.", "Connect it, or draw an end event.")


_MERGES_TOKENS = frozenset({"parallelGateway", "inclusiveGateway", "complexGateway", "endEvent"})


def runs_twice(subject: Subject) -> Iterator[Remark]:
    """Parallel branches meet in a join, not where each token runs on by itself."""
    for node in subject.nodes:
        if node.type in _MERGES_TOKENS or len(node.incoming) < 2:
            continue
        pair = subject.branches(node.scope).pair(node.incoming, "both")
        if pair:
            what = f"Parallel branches of {pair[2].title!r} meet at {node.title!r}: what follows runs once for each."
            yield remark(node, what, "Join them with a parallel gateway first.")


RULES = (
    Rule("unreachable", "warning", unreachable, publication="error"),
    Rule("several-plain-starts", "warning", several_plain_starts, publication="error"),
    Rule("never-ends", "warning", never_ends),
    Rule("join-waits-for-ever", "warning", join_waits_for_ever, publication="error"),
    Rule("join-may-wait", "warning", join_may_wait, publication="error"),
    Rule("runs-away", "warning", runs_away, publication="error"),
    Rule("gateway-to-nowhere", "warning", gateway_to_nowhere, publication="error"),
    Rule("runs-twice", "warning", runs_twice),
)
