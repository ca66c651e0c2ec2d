"""Which messages flow between pools, and by what are they correlated? (BPMN 2.0.2 §9.3, §8.4.2, §10.5.1)."""

from collections.abc import Container, Iterator, Mapping
from dataclasses import replace

from pathways.bpmn.model import FlowNode, MessageTrigger, parts
from pathways.bpmn.reading.source import Source
from pathways.bpmn.reading.xml import Element, bpmn_children, children, local_reference, tag_of, text_of


def index_message_flows(root: Element, source: Source) -> None:
    """Give both ends of a message flow its message, so that a throw reaches the catch it is drawn to.

    Flows that share an end carry one message: the one they name, else the first flow's name or id names it.
    """
    _tell_multiplicity(root, source)
    _tell_dangling(root, source)
    _tell_gone_processes(root, source)
    pools = _pools(root)
    flows = {_name(flow): flow for flow in _flows(root)}
    ends = {name: _ends(flow) - pools for name, flow in flows.items()}
    for names in _joined_flows(ends):
        message = _message([flows[name] for name in sorted(names)], source)
        source.message_flows.update((end, message) for name in names for end in ends[name])


def _tell_multiplicity(root: Element, source: Source) -> None:
    """A pool is one participant here: how many there are in a conversation is not executed (§9.2, Table 9.4)."""
    for collaboration in bpmn_children(root, "collaboration"):
        for participant in bpmn_children(collaboration, "participant"):
            for several in bpmn_children(participant, "participantMultiplicity"):
                message = "How many participants a pool stands for has no effect: whoever waits for a message gets it."
                remedy = "Draw a multi-instance activity that sends to each of them."
                source.note("warning", "participants-uncounted", several, message, remedy)


def _tell_gone_processes(root: Element, source: Source) -> None:
    """Say which pool stands for a process that is not in the file; one that names none is a black box (§9.2)."""
    there = {process.get("id") for process in bpmn_children(root, "process")}
    for collaboration in bpmn_children(root, "collaboration"):
        for participant in bpmn_children(collaboration, "participant"):
            name = local_reference(participant.get("processRef", ""))
            if name and name not in there:
                why = f"This pool stands for the process {name!r}, which is not in the file."
                source.note("warning", "missing-reference", participant, why, "Correct its processRef, or remove it.")


def _tell_dangling(root: Element, source: Source) -> None:
    """Say which message flows carry nothing: an end, or the message, is not in the file."""
    there = {element.get("id") for element in root.iter()}
    for flow in _flows(root):
        gone = sorted(end for end in _ends(flow) if end not in there)
        message = local_reference(flow.get("messageRef", ""))
        gone += [message] if message and message not in source.messages else []
        for name in gone:
            why = f"The message flow {_name(flow)!r} refers to {name!r}, which is not in the file."
            source.note("warning", "missing-reference", flow, why, "Connect it in the modeler, or delete it.")


_ROLES = {"sourceRef": ("leaves", "sends"), "targetRef": ("leads to", "receives")}


def tell_flows_to_plain_steps(root: Element, nodes: Mapping[str, FlowNode], source: Source) -> None:
    """Say which message flows end at a step that neither sends nor receives: nothing goes over them (§9.3)."""
    for flow in _flows(root):
        for end, (leads, does) in _ROLES.items():
            node = nodes.get(local_reference(flow.get(end, "")))
            if node is not None and not _talks(node, sends=end == "sourceRef"):
                why = (
                    f"The message flow {_name(flow)!r} {leads} the {node.type} {node.title!r}, which {does} no message."
                )
                remedy = "Draw a send or receive task, or a message event; or see it as documentation."
                source.note("warning", "message-flow-unread", flow, why, remedy)


def _talks(node: FlowNode, *, sends: bool) -> bool:
    """Whether this end of a message flow does something: work may send, and what a scope or call holds may do both."""
    throws = node.type in ("sendTask", "endEvent", "intermediateThrowEvent")
    if node.is_scope or node.type == "callActivity" or (sends and node.work is not None):
        return True
    return throws == sends and any(isinstance(part, MessageTrigger) for part in parts(node.trigger))


def _joined_flows(ends: Mapping[str, set[str]]) -> Iterator[set[str]]:
    """Group flows that share an end, directly or through others."""
    at: dict[str, list[str]] = {}
    for name, its in ends.items():
        for end in its:
            at.setdefault(end, []).append(name)
    left = set(ends)
    for name in sorted(ends):
        group, waiting = set[str](), [name] if name in left else []
        while waiting:
            flow = waiting.pop()
            if flow in left:
                left.remove(flow)
                group.add(flow)
                waiting.extend(other for end in ends[flow] for other in at.pop(end, ()))
        if group:
            yield group


def _flows(root: Element) -> Iterator[Element]:
    for collaboration in bpmn_children(root, "collaboration"):
        yield from bpmn_children(collaboration, "messageFlow")


def _pools(root: Element) -> set[str]:
    """The ids that stand for a whole pool: participants and processes."""
    pools = {process.get("id", "") for process in bpmn_children(root, "process")}
    for collaboration in bpmn_children(root, "collaboration"):
        pools |= {participant.get("id", "") for participant in bpmn_children(collaboration, "participant")}
    return pools


def _ends(flow: Element) -> set[str]:
    return {local_reference(flow.get(end, "")) for end in ("sourceRef", "targetRef")}


def _name(flow: Element) -> str:
    """The id of the flow; without one, its two ends name it."""
    return flow.get("id", "") or f"{flow.get('sourceRef', '')}->{flow.get('targetRef', '')}"


def _message(flows: list[Element], source: Source) -> MessageTrigger:
    references = [local_reference(flow.get("messageRef", "")) for flow in flows]
    known = [source.messages[reference] for reference in references if reference in source.messages]
    names = [" ".join(flow.get("name", "").split()) or _name(flow) for flow in flows]
    return known[0] if known else MessageTrigger(name=names[0])


def index_correlation(root: Element, source: Source) -> None:
    """Give every message of a correlation key the expressions that read it (§8.4.2).

    The payload's side is the property's messagePath, the case's side the dataPath of a correlation subscription;
    a zeebe:subscription of the message itself wins.
    """
    paths = {prop.get("id", ""): _message_paths(prop, source) for prop in bpmn_children(root, "correlationProperty")}
    bindings = dict(_bindings(root, source))
    _refuse_dangling(root, paths, source)
    for key in _keys(root):
        named = [local_reference(text_of(child)) for child in bpmn_children(key, "correlationPropertyRef")]
        for message, trigger in list(source.messages.items()):
            if named and not trigger.correlation_key and all(message in paths.get(name, {}) for name in named):
                payload = _joined([paths[name][message] for name in named])
                bound = [bindings[name] for name in named if name in bindings]
                expected = _joined(bound) if len(bound) == len(named) else None
                source.messages[message] = replace(
                    trigger, payload_key=payload, correlation_key=expected, conversation=key.get("id")
                )


def _refuse_dangling(root: Element, paths: Mapping[str, Mapping[str, str]], source: Source) -> None:
    """Refuse what correlates by nothing: a key, a property or a message that is not in the file."""
    keys = frozenset(key.get("id", "") for key in _keys(root))
    properties = [(key, text_of(each)) for key in _keys(root) for each in bpmn_children(key, "correlationPropertyRef")]
    named: list[tuple[Element, str, Container[str]]] = [(about, name, paths) for about, name in properties]
    for process in bpmn_children(root, "process"):
        for subscription in bpmn_children(process, "correlationSubscription"):
            named.append((subscription, subscription.get("correlationKeyRef", ""), keys))
            for binding in bpmn_children(subscription, "correlationPropertyBinding"):
                named.append((binding, binding.get("correlationPropertyRef", ""), paths))
    for about, name, known in named:
        if local_reference(name) not in known:
            what = f"{tag_of(about)} names {name!r}, which is not in the file: no message would be correlated by it."
            source.error("missing-reference", about, what, "Define it, or give the message a zeebe:subscription.")


def _keys(root: Element) -> Iterator[Element]:
    for holder in children(root):
        if tag_of(holder) in ("collaboration", "globalConversation", "choreography"):
            yield from (key for key in holder.iter(f"{holder.tag.rpartition('}')[0]}}}correlationKey"))


def _message_paths(prop: Element, source: Source) -> dict[str, str]:
    found: dict[str, str] = {}
    for retrieval in bpmn_children(prop, "correlationPropertyRetrievalExpression"):
        for path in bpmn_children(retrieval, "messagePath"):
            found[local_reference(retrieval.get("messageRef", ""))] = source.condition(path, what="The message path")
    return found


def _bindings(root: Element, source: Source) -> Iterator[tuple[str, str]]:
    for process in bpmn_children(root, "process"):
        for subscription in bpmn_children(process, "correlationSubscription"):
            for binding in bpmn_children(subscription, "correlationPropertyBinding"):
                for path in bpmn_children(binding, "dataPath"):
                    name = local_reference(binding.get("correlationPropertyRef", ""))
                    yield name, source.condition(path, what="The data path")


def _joined(expressions: list[str]) -> str:
    if len(expressions) == 1:
        return expressions[0]
    return ' + "|" + '.join(f"string({expression})" for expression in expressions)
