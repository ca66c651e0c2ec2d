"""What are diagrams that break or keep our rules made of?"""

from itertools import pairwise

from tests.pathways.bpmn.diagrams import END, START, chain, extended, flow, prop

TIMER = "<bpmn:timerEventDefinition><bpmn:timeDuration>{}</bpmn:timeDuration></bpmn:timerEventDefinition>"
CYCLE = "<bpmn:timerEventDefinition><bpmn:timeCycle>{}</bpmn:timeCycle></bpmn:timerEventDefinition>"
TASK = '<bpmn:task id="it"/>'
HOUR = TIMER.format("PT1H")
MESSAGE = '<bpmn:messageEventDefinition messageRef="M"/>'
KEYLESS = '<bpmn:messageEventDefinition messageRef="Keyless"/>'
SIGNAL = '<bpmn:signalEventDefinition signalRef="S"/>'
ERROR = '<bpmn:errorEventDefinition errorRef="E"/>'
ANY_ERROR = "<bpmn:errorEventDefinition/>"
ESCALATION = '<bpmn:escalationEventDefinition escalationRef="X"/>'
LADDER = prop("escalation", "LAD-TEST")
CALLED = '<zeebe:calledElement processId="q"/>'
NURSE = '<zeebe:assignmentDefinition candidateGroups="nurse"/>'
FORM = '<zeebe:formDefinition formId="triage"/>'
DUE = '<zeebe:taskSchedule dueDate="=deadline"/>'
TRIAGE = {
    "id": "triage",
    "components": [
        {"type": "radio", "key": "outcome", "values": [{"value": "accept"}, {"value": "reject"}]},
        {"type": "checkbox", "key": "urgent"},
        {"type": "number", "key": "score", "validate": {"min": 0, "max": 10}},
        {"type": "number", "key": "amount"},
        {"type": "textfield", "key": "remark"},
        {
            "type": "group",
            "path": "plan",
            "components": [{"type": "select", "key": "side", "values": [{"value": "L"}]}],
        },
    ],
}


def named(tag: str, name: str, title: str, inside: str = "", attributes: str = "", extensions: str = "") -> str:
    held = f"<bpmn:extensionElements>{extensions}</bpmn:extensionElements>" if extensions else ""
    return f'<bpmn:{tag} id="{name}" name="{title}" {attributes}>{held}{inside}</bpmn:{tag}>'


def catch(inside: str, extensions: str = "") -> str:
    return chain(extended("intermediateCatchEvent", "c", extensions, inside=inside), names=("c",))


def user(extensions: str, **parts: str) -> str:
    return chain(extended("userTask", "t", extensions, **parts), names=("t",))


def on(host: str, inside: str, *, name: str = "b", attributes: str = "") -> str:
    return extended("boundaryEvent", name, inside=inside, attributes=f'attachedToRef="{host}" {attributes}') + flow(
        name, "end"
    )


def sub(content: str, *, border: str = "") -> str:
    return chain(extended("subProcess", "sub", inside=content), border, names=("sub",))


def ending(definition: str, name: str = "e2") -> str:
    return '<bpmn:startEvent id="s2"/>' + extended("endEvent", name, inside=definition) + flow("s2", name)


def listener(name: str, definition: str, attributes: str = "") -> str:
    start = extended("startEvent", f"s_{name}", inside=definition, attributes=attributes)
    content = f'{start}<bpmn:endEvent id="e_{name}"/>{flow(f"s_{name}", f"e_{name}")}'
    return extended("subProcess", name, inside=content, attributes='triggeredByEvent="true"')


def decide(*conditions: str, default: bool = False, tag: str = "exclusiveGateway", before: str = "") -> str:
    flows = [flow("g", "end", condition, f"f{number}") for number, condition in enumerate(conditions)]
    gateway = extended(tag, "g", attributes='default="otherwise"' if default else "")
    last = flow("g", "end", name="otherwise") if default else ""
    path = ("start", "t", "g") if before else ("start", "g")
    return "\n".join([START, END, before, gateway, *flows, last, *(flow(*ends) for ends in pairwise(path))])


ASK = extended("userTask", "t", NURSE + FORM + DUE)
DECIDED = extended("businessRuleTask", "t", '<zeebe:calledDecision decisionId="{}" resultVariable="{}"/>')
MAPPED = (
    '<zeebe:ioMapping><zeebe:output source="=outcome" target="answer"/>'
    '<zeebe:output source="=&quot;withdrawn&quot;" target="answer"/></zeebe:ioMapping>'
)
ASK_MAPPED = extended("userTask", "t", NURSE + FORM + DUE + MAPPED)


def wired(*flows: tuple[str, str], nodes: dict[str, str]) -> str:
    drawn = [extended(tag, name) for name, tag in nodes.items()]
    return "\n".join([START, END, *drawn, *(flow(*ends) for ends in flows)])


def branches(split: str, join: str, *, back: bool = False) -> str:
    """Start, split, two tasks, join, end; conditions where the split wants some."""
    nodes = {"g": split, "a": "task", "b": "task", "j": join}
    flows = [("start", "g"), ("a", "j"), ("b", "j"), ("j", "end")]
    body = wired(*flows, nodes=nodes) + flow("g", "a", "x > 1") + flow("g", "b", "x &lt;= 1")
    return body + (extended("exclusiveGateway", "again") + flow("b", "again") + flow("again", "g") if back else "")


CIRCLE = wired(("start", "a"), ("a", "b"), ("b", "a"), nodes={"a": "task", "b": "task"})
INNER_CIRCLE = '<bpmn:startEvent id="s2"/><bpmn:task id="a"/>' + flow("s2", "a") + flow("a", "a", name="again")


def notifying(text: str, *, tell: str = "patient") -> str:
    """A step with the template Notify patient, as the modeler writes it."""
    written = f'<zeebe:header key="text" value="{text}"/><zeebe:header key="tell" value="{tell}"/>'
    headers = f"<zeebe:taskHeaders>{written}</zeebe:taskHeaders>"
    marked = 'zeebe:modelerTemplate="referral-pathways.notify-patient"'
    step = extended("serviceTask", "it", '<zeebe:taskDefinition type="notify"/>' + headers, attributes=marked)
    return chain(step, names=("it",))


def acknowledging(role: str) -> str:
    """A step with the template Acknowledge."""
    inputs = {"role": role, "what": "A report", "due": "P5D"}
    mapped = "".join(f'<zeebe:input source="{source}" target="{target}"/>' for target, source in inputs.items())
    marked = 'zeebe:modelerTemplate="referral-pathways.acknowledge"'
    return chain(_call("it", "acknowledge_result", mapped, marked), names=("it",))


def ordering(*keys: str) -> str:
    """One imaging order after the other, each with its own source of the key."""
    orders = [
        _call(f"o{n}", "imaging_order", f'<zeebe:input source="{key}" target="order_id"/>')
        for n, key in enumerate(keys)
    ]
    return chain(*orders, names=tuple(f"o{n}" for n in range(len(keys))))


def conferring(option: str) -> str:
    """A conference with two options, and a way that is taken for one."""
    mapped = '<zeebe:input source="=[&quot;treat&quot;, &quot;wait&quot;]" target="options"/>'
    mapped += '<zeebe:output source="=decision" target="decision"/>'
    return decide(f'decision = "{option}"', default=True, before=_call("t", "case_conference", mapped))


def ordering_and_referring(key: str, other: str) -> str:
    """An imaging order, and a referral after it."""
    order = _call("o", "imaging_order", f'<zeebe:input source="{key}" target="order_id"/>')
    referral = _call("r", "closed_loop_referral", f'<zeebe:input source="{other}" target="referral_id"/>')
    return chain(order, referral, names=("o", "r"))


def _call(name: str, process: str, mapped: str, attributes: str = "") -> str:
    held = f'<zeebe:calledElement processId="{process}"/><zeebe:ioMapping>{mapped}</zeebe:ioMapping>'
    return extended("callActivity", name, held, attributes=attributes)


def working(task_type: str, headers: dict[str, str] | None = None, *, inputs: str = "", tried: str = "3") -> str:
    """A step of the worker."""
    written = "".join(f'<zeebe:header key="{key}" value="{value}"/>' for key, value in (headers or {}).items())
    held = f'<zeebe:taskDefinition type="{task_type}" retries="{tried}"/>'
    held += f"<zeebe:taskHeaders>{written}</zeebe:taskHeaders>" if headers else ""
    held += f"<zeebe:ioMapping>{inputs}</zeebe:ioMapping>" if inputs else ""
    return chain(extended("serviceTask", "it", held), names=("it",))


def given(source: str, target: str) -> str:
    """An input mapping."""
    return f'<zeebe:input source="{source}" target="{target}"/>'


def calling(process: str, source: str, target: str) -> str:
    """A call of a process of the library with one input."""
    return chain(_call("it", process, given(source, target)), names=("it",))


def signed(first: str) -> str:
    """A task that a second person signs, after the task `t`."""
    return chain(
        extended("userTask", "t", NURSE),
        extended("userTask", "u", NURSE + prop("secondSignerOf", first)),
        names=("t", "u"),
    )


EACH = (
    '<bpmn:multiInstanceLoopCharacteristics><bpmn:extensionElements><zeebe:loopCharacteristics inputElement="{}" '
    'inputCollection="{}" outputCollection="all" outputElement="{}"/></bpmn:extensionElements>'
    "</bpmn:multiInstanceLoopCharacteristics>"
)


NOTIFY = (
    '<zeebe:taskDefinition type="notify"/><zeebe:ioMapping><zeebe:input source="{}" target="text"/></zeebe:ioMapping>'
)


def heard(name: str, key: str) -> str:
    """A step that waits for a message of this name and key; what stands behind it is another process."""
    subscribed = f'<zeebe:subscription correlationKey="{key}"/>'
    message = f'<bpmn:message id="W" name="{name}"><bpmn:extensionElements>{subscribed}</bpmn:extensionElements>'
    step = catch('<bpmn:messageEventDefinition messageRef="W"/>', LADDER)
    return f'{step}</bpmn:process>{message}</bpmn:message><bpmn:process id="q" isExecutable="false">'
