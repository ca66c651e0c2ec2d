"""Which attributes may a BPMN element carry? Those that are executed, and those that change nothing."""

from collections.abc import Mapping
from functools import lru_cache

from pathways.bpmn.reading.foreign import REPLACED_BY, meet_attribute
from pathways.bpmn.reading.source import Source
from pathways.bpmn.reading.xml import ZEEBE, Element, local_of, namespace_of, tag_of

_NODE = "id name"
_ACTIVITY = f"{_NODE} default isForCompensation startQuantity completionQuantity"
_WORK = f"{_ACTIVITY} implementation operationRef"
ATTRIBUTES: Mapping[str, frozenset[str]] = {
    tag: frozenset(names.split())
    for tag, names in {
        "definitions": "id name targetNamespace expressionLanguage typeLanguage exporter exporterVersion",
        "process": "id name isExecutable isClosed processType definitionalCollaborationRef",
        "startEvent": f"{_NODE} isInterrupting parallelMultiple",
        "endEvent": _NODE,
        "intermediateCatchEvent": f"{_NODE} parallelMultiple",
        "intermediateThrowEvent": _NODE,
        "boundaryEvent": f"{_NODE} attachedToRef cancelActivity parallelMultiple",
        "task": _ACTIVITY,
        "manualTask": _ACTIVITY,
        "userTask": f"{_ACTIVITY} implementation",
        "serviceTask": _WORK,
        "sendTask": f"{_WORK} messageRef",
        "receiveTask": f"{_WORK} messageRef instantiate",
        "scriptTask": f"{_ACTIVITY} scriptFormat",
        "businessRuleTask": f"{_ACTIVITY} implementation",
        "callActivity": f"{_ACTIVITY} calledElement",
        "subProcess": f"{_ACTIVITY} triggeredByEvent",
        "transaction": f"{_ACTIVITY} triggeredByEvent method protocol",
        "adHocSubProcess": f"{_ACTIVITY} triggeredByEvent ordering cancelRemainingInstances",
        "complexGateway": f"{_NODE} default gatewayDirection",
        "exclusiveGateway": f"{_NODE} default gatewayDirection",
        "inclusiveGateway": f"{_NODE} default gatewayDirection",
        "parallelGateway": f"{_NODE} gatewayDirection",
        "eventBasedGateway": f"{_NODE} gatewayDirection instantiate eventGatewayType",
        "sequenceFlow": f"{_NODE} sourceRef targetRef isImmediate",
        "multiInstanceLoopCharacteristics": "id isSequential behavior oneBehaviorEventRef noneBehaviorEventRef",
        "standardLoopCharacteristics": "id testBefore loopMaximum",
        "messageEventDefinition": "id messageRef",
        "signalEventDefinition": "id signalRef",
        "conditionalEventDefinition": "id",
        "linkEventDefinition": "id name",
        "compensateEventDefinition": "id activityRef waitForCompletion",
        "cancelEventDefinition": "id",
        "signal": f"{_NODE} structureRef",
        "timerEventDefinition": "id",
        "errorEventDefinition": "id errorRef",
        "escalationEventDefinition": "id escalationRef",
        "terminateEventDefinition": "id",
        "message": f"{_NODE} itemRef",
        "error": f"{_NODE} errorCode structureRef",
        "escalation": f"{_NODE} escalationCode structureRef",
    }.items()
}
"""The attributes of BPMN 2.0.2 that an element may carry."""

_NAMED = frozenset({"id", "name"})
_ANYWHERE = frozenset().union(*ATTRIBUTES.values())
_FOREIGN_NAMES = REPLACED_BY.keys() & {
    "assignee",
    "candidateGroups",
    "candidateUsers",
    "formKey",
    "formRef",
    "class",
    "delegateExpression",
    "expression",
    "topic",
    "decisionRef",
    "collection",
    "elementVariable",
    "skipExpression",
}
"""Attributes of other engines that change execution even where somebody forgot their namespace prefix."""

_ONLY: Mapping[str, tuple[str, ...]] = {
    "behavior": ("All",),
    "isImmediate": ("true", "1", "false", "0"),
    "method": ("##Compensate",),
    "protocol": ("",),
}
"""Attributes of which only these values are executed."""

_TEMPLATE = frozenset({"modelerTemplate", "modelerTemplateVersion", "modelerTemplateIcon"})
_MOST = 200
_CLOSE = 0.8
"""From this likeness on, an unknown attribute is taken for a misspelt one."""


def check_attributes(element: Element, source: Source) -> None:
    """Refuse the attributes that could change execution and are not executed; mention the others."""
    known = ATTRIBUTES.get(tag_of(element), _NAMED)
    for name, value in list(element.attrib.items())[:_MOST]:
        if name in known:
            if name in _ONLY and value.strip() not in _ONLY[name]:
                _refuse_value(element, name, value, source)
        elif name[0] != "{":
            _meet_unknown(element, name, known, source)
        elif namespace_of(name) != ZEEBE:
            meet_attribute(element, name, value, source)
        elif local_of(name) not in _TEMPLATE:
            source.error("unknown-attribute", element, f"Unknown attribute zeebe:{local_of(name)}.", "Remove it.")
    if len(element.attrib) > _MOST:
        message = f"This element has {len(element.attrib)} attributes; at most {_MOST} are looked at."
        source.error("too-many-attributes", element, message, "Remove those that BPMN does not have.")


def _refuse_value(element: Element, name: str, value: str, source: Source) -> None:
    message = f'{name}="{value}" of {tag_of(element)} is not executed by this build.'
    source.error("unsupported-attribute", element, message, f'Only {name}="{_ONLY[name][0]}" is executed.')


def _meet_unknown(element: Element, name: str, known: frozenset[str], source: Source) -> None:
    """An attribute that the schema does not allow: misspelt, of another engine, or without any meaning."""
    tag = tag_of(element)
    meant = _meant(name, {attribute for attribute in known if attribute not in element.attrib})
    if meant:
        message = f"BPMN's {tag} has no attribute {name!r}; it has {meant!r}."
        source.error("unknown-attribute", element, message, "Correct its spelling.")
    elif name in _FOREIGN_NAMES:
        message = f"The attribute {name!r} of {tag} belongs to another engine's dialect."
        source.error("foreign-dialect", element, message, f"Use {REPLACED_BY[name]}.")
    else:
        message = f"BPMN's {tag} has no attribute {name!r}: it has no effect."
        source.note("warning", "unknown-attribute", element, message, "Remove it.")


def _meant(name: str, free: set[str]) -> str | None:
    """The attribute that was probably meant; a very long name is never a slip."""
    if len(name) > 40 or name in _ANYWHERE:
        return None
    for attribute in sorted(free):
        if attribute.lower() == name.lower():
            return attribute
    return _closest(name, frozenset(free - _NAMED))


@lru_cache(maxsize=256)
def _closest(name: str, free: frozenset[str]) -> str | None:
    from difflib import get_close_matches

    return next(iter(get_close_matches(name, sorted(free), n=1, cutoff=_CLOSE)), None)


def flag(element: Element, name: str, source: Source, *, default: bool) -> bool:
    """Read an xsd:boolean attribute."""
    match (element.get(name) or str(default)).strip().lower():
        case "true" | "1":
            return True
        case "false" | "0":
            return False
        case text:
            source.error(
                "bad-attribute", element, f"{name} is {text!r}, neither true nor false.", "Write true or false."
            )
            return default


def choice(element: Element, name: str, values: tuple[str, ...], source: Source) -> str:
    """Read an attribute that has one of these values, the first by default; another spelling of one is put right."""
    text = element.get(name, values[0]).strip()
    found = next((value for value in values if value.lower() == text.lower()), None)
    if found is None:
        source.error("bad-attribute", element, f"{name} is {text!r}.", f"Write {' or '.join(values)}.")
    elif found != text:
        source.note("warning", "bad-attribute", element, f"{name} is {text!r}: read as {found}.", f"Write {found}.")
    return found or values[0]
