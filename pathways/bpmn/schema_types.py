"""What becomes of each attribute and child element of BPMN 2.0.2's schema? THE rows, type by type, for `schema.py`."""

from collections.abc import Mapping

from pathways.bpmn.schema_parts import Type, make_type

_HOOK = "the standard leaves its meaning to tools (§8.4.9); the audit of every case is kept anyway"
_DRAWING = "groups what is drawn (§8.4.2)"
_STRUCTURE = "values carry their own FEEL type: no structure is imposed on them"
_LIST = "a value is a list or none by itself; a loop over what is no list is an incident"
_STATE = "the standard leaves the states of data and their meaning to the author (§10.4.1)"
_CLOSED = "a case hears what its events wait for, and nothing else"
_SERVICE = "what a worker does is named by zeebe:taskDefinition"
_CALLED = "a call activity names what it calls"
_TALK = "who talks with whom is drawn by it; message flows and correlation keys are read"
_PARTNER = "who takes part is the service directory's to say"
_SETS = "every input is copied as the activity begins: one that is not there is null, nothing waits for it"
_STREAMED = "data are copied as an activity begins and ends, not while it runs"
_SHOWN = "for people"
_NO_CHOREOGRAPHY = "a choreography is not executed (§11): the processes of its participants are"
_CHOREOGRAPHY = "a process holds no step of a choreography"

_NODES = (
    "adHocSubProcess boundaryEvent businessRuleTask callActivity complexGateway endEvent eventBasedGateway "
    "exclusiveGateway inclusiveGateway intermediateCatchEvent intermediateThrowEvent manualTask parallelGateway "
    "receiveTask scriptTask sendTask serviceTask startEvent subProcess task transaction userTask"
)
_DATA = "dataObject dataObjectReference dataStoreReference"
_EVENT_DEFINITIONS = (
    "cancelEventDefinition compensateEventDefinition conditionalEventDefinition errorEventDefinition "
    "escalationEventDefinition linkEventDefinition messageEventDefinition signalEventDefinition "
    "terminateEventDefinition timerEventDefinition"
)
_ROLES = "resourceRole performer humanPerformer potentialOwner"
_LOOPS = "multiInstanceLoopCharacteristics standardLoopCharacteristics"
_GLOBAL_TASKS = "globalTask globalUserTask globalManualTask globalScriptTask globalBusinessRuleTask"
_FLOW_ELEMENTS = f"{_NODES} sequenceFlow association {_DATA}"
_INSIDE = f"{_FLOW_ELEMENTS} laneSet"
_NOT_INSIDE: Mapping[str, str] = {
    "choreographyTask callChoreography subChoreography": _CHOREOGRAPHY,
    "event implicitThrowEvent": "the standard has it in complex loop behaviour only",
}
_TYPES_ELSEWHERE = (
    "http://www.w3.org/2001/XMLSchema",
    "http://www.w3.org/TR/wsdl20/",
    "http://schemas.xmlsoap.org/wsdl/",
    "http://www.w3.org/ns/wsdl",
)
"""What an import may bring that only describes structures and services, which are documentation."""
_SERVICES = ("", "##WebService", "##unspecified", "##Unspecified", "##other", "unspecified", "Unspecified")
_OPERATION = "no operation of an interface is called: a worker does what zeebe:taskDefinition says"
_IMPLEMENTED: Mapping[str, str] = {
    "@implementation": "no other technology is asked: the task is done by what its zeebe: elements say"
}

TYPES: Mapping[str, Type] = {
    # §8: what every element has
    "baseElement": make_type(executed="@id extensionElements", documentation={"documentation": _SHOWN}),
    "definitions": make_type(
        "baseElement",
        "@expressionLanguage extension import process collaboration message signal error escalation resource "
        f"dataStore correlationProperty globalConversation choreography {_GLOBAL_TASKS} {_EVENT_DEFINITIONS}",
        documentation={
            "@name @exporter @exporterVersion": _SHOWN,
            "@targetNamespace": "an id is looked for in this file, whatever prefix a reference has",
            "@typeLanguage itemDefinition": _STRUCTURE,
            "category": _DRAWING,
            "interface endPoint": _SERVICE,
            "partnerEntity partnerRole": _PARTNER,
            "relationship": "links elements to those of other models, for tools (§8.2.5)",
            "globalChoreographyTask": _NO_CHOREOGRAPHY,
        },
    ),
    "extension": make_type(executed="@mustUnderstand", documentation={"@definition documentation": _SHOWN}),
    "import": make_type(
        documentation={"@location @namespace": "told with its type"},
        told={"@importType": "nothing is fetched: what it defines is not there"},
        unless={"@importType": _TYPES_ELSEWHERE},
    ),
    "expression": make_type("baseElement", "@language", documentation={"@evaluatesToTypeRef": _STRUCTURE}),
    "message": make_type("baseElement", "@name", documentation={"@itemRef": _STRUCTURE}),
    "signal": make_type("baseElement", "@name", documentation={"@structureRef": _STRUCTURE}),
    "error": make_type("baseElement", "@errorCode", documentation={"@structureRef": _STRUCTURE, "@name": _SHOWN}),
    "escalation": make_type(
        "baseElement", "@escalationCode", documentation={"@structureRef": _STRUCTURE, "@name": _SHOWN}
    ),
    "flowElement": make_type(
        "baseElement",
        "@name",
        documentation={"auditing monitoring": _HOOK, "categoryValueRef": _DRAWING},
    ),
    "flowNode": make_type("flowElement", "documentation", documentation={"incoming": "sequence flows name their ends"}),
    "sequenceFlow": make_type(
        "flowElement",
        "@sourceRef @targetRef conditionExpression",
        refused={"@isImmediate": "it is neither true nor false"},
        unless={"@isImmediate": ("true", "1", "false", "0")},
    ),
    "association": make_type(
        "baseElement",
        "@sourceRef @targetRef",
        documentation={"@associationDirection": "a compensation handler is found in both directions (§10.7)"},
    ),
    # §9: who talks with whom
    "collaboration": make_type(
        "baseElement",
        "participant messageFlow correlationKey conversation subConversation callConversation",
        documentation={
            "@name": _SHOWN,
            "@isClosed": _CLOSED,
            "association group textAnnotation": _SHOWN,
            "conversationAssociation participantAssociation messageFlowAssociation choreographyRef conversationLink": (
                _TALK
            ),
        },
    ),
    "globalConversation": make_type("collaboration"),
    "choreography": make_type(
        "collaboration",
        documentation={
            _FLOW_ELEMENTS: _NO_CHOREOGRAPHY,
            "choreographyTask callChoreography subChoreography event implicitThrowEvent": _NO_CHOREOGRAPHY,
        },
    ),
    "participant": make_type(
        "baseElement",
        "@processRef participantMultiplicity",
        documentation={"@name": _SHOWN, "interfaceRef endPointRef": _PARTNER},
    ),
    "participantMultiplicity": make_type(
        "baseElement", documentation={"@minimum @maximum": "the multiplicity as a whole is told"}
    ),
    "messageFlow": make_type("baseElement", "@name @sourceRef @targetRef @messageRef"),
    "conversation": make_type(
        "baseElement", "correlationKey", documentation={"@name": _SHOWN, "participantRef messageFlowRef": _TALK}
    ),
    "subConversation": make_type("conversation", "conversation subConversation callConversation"),
    "callConversation": make_type(
        "conversation", documentation={"@calledCollaborationRef participantAssociation": _TALK}
    ),
    "correlationKey": make_type("baseElement", "correlationPropertyRef", documentation={"@name": _SHOWN}),
    "correlationProperty": make_type(
        "baseElement",
        "correlationPropertyRetrievalExpression",
        documentation={"@name": _SHOWN, "@type": _STRUCTURE},
    ),
    "correlationPropertyRetrievalExpression": make_type("baseElement", "@messageRef messagePath"),
    "correlationSubscription": make_type("baseElement", "@correlationKeyRef correlationPropertyBinding"),
    "correlationPropertyBinding": make_type("baseElement", "@correlationPropertyRef dataPath"),
    # §10.2 and §10.8: processes and lanes
    "callable": make_type(
        "baseElement",
        "@name ioSpecification",
        documentation={"supportedInterfaceRef": _CALLED},
        refused={"ioBinding": "no operation of an interface begins it. Use zeebe:ioMapping"},
    ),
    "process": make_type(
        "callable",
        f"@isExecutable property correlationSubscription {_INSIDE}",
        documentation={
            "auditing monitoring": _HOOK,
            "@processType supports": _SHOWN,
            "@isClosed @definitionalCollaborationRef": _CLOSED,
            "group textAnnotation": _SHOWN,
        },
        told={_ROLES: "nobody is asked to do a process"},
        refused=_NOT_INSIDE,
    ),
    "laneSet": make_type("baseElement", "lane", documentation={"@name": _SHOWN}),
    "lane": make_type(
        "baseElement",
        "@name flowNodeRef childLaneSet",
        told={"@partitionElementRef partitionElement": "the role of a lane is its name, or its property `role`"},
    ),
    # §10.3: activities
    "activity": make_type(
        "flowNode",
        "@isForCompensation @startQuantity @completionQuantity @default ioSpecification property dataInputAssociation "
        f"dataOutputAssociation {_LOOPS}",
        documentation={"outgoing": "sequence flows name their ends"},
        told={_ROLES: "nobody is asked to do it"},
    ),
    "task": make_type("activity"),
    "manualTask": make_type("activity"),
    "userTask": make_type(
        "activity",
        _ROLES,
        told={**_IMPLEMENTED, "rendering": "a form is named by zeebe:formDefinition"},
        unless={"@implementation": _SERVICES},
    ),
    "serviceTask": make_type(
        "activity", told={**_IMPLEMENTED, "@operationRef": _OPERATION}, unless={"@implementation": _SERVICES}
    ),
    "sendTask": make_type("serviceTask", "@messageRef"),
    "receiveTask": make_type("serviceTask", "@messageRef @instantiate"),
    "scriptTask": make_type("activity", "@scriptFormat script"),
    "businessRuleTask": make_type("activity", told=_IMPLEMENTED, unless={"@implementation": _SERVICES}),
    "callActivity": make_type("activity", "@calledElement"),
    "subProcess": make_type(
        "activity",
        f"@triggeredByEvent {_INSIDE}",
        documentation={"group textAnnotation": _SHOWN},
        refused=_NOT_INSIDE,
    ),
    "transaction": make_type(
        "subProcess",
        refused={"@method": "only compensation is executed", "@protocol": "only compensation is executed"},
        unless={"@method": ("##Compensate",), "@protocol": ("",)},
    ),
    "adHocSubProcess": make_type("subProcess", "@ordering @cancelRemainingInstances completionCondition"),
    "globalTask": make_type("callable", _ROLES),
    "globalUserTask": make_type(
        "globalTask",
        told={**_IMPLEMENTED, "rendering": "a form is named by zeebe:formDefinition"},
        unless={"@implementation": _SERVICES},
    ),
    "globalScriptTask": make_type("globalTask", "@scriptLanguage script"),
    "globalBusinessRuleTask": make_type("globalTask", told=_IMPLEMENTED, unless={"@implementation": _SERVICES}),
    "resourceRole": make_type("baseElement", "@name resourceRef resourceParameterBinding resourceAssignmentExpression"),
    "resourceParameterBinding": make_type(
        "baseElement", documentation={"@parameterRef expression formalExpression": "the query as a whole is refused"}
    ),
    "resourceAssignmentExpression": make_type("baseElement", "expression formalExpression"),
    "resource": make_type(
        "baseElement", "@name", documentation={"resourceParameter": "what a query for people may ask is not asked"}
    ),
    "standardLoopCharacteristics": make_type("baseElement", "@testBefore @loopMaximum loopCondition"),
    "multiInstanceLoopCharacteristics": make_type(
        "baseElement",
        "@isSequential loopCardinality loopDataInputRef loopDataOutputRef inputDataItem outputDataItem "
        "completionCondition",
        documentation={
            "@oneBehaviorEventRef @noneBehaviorEventRef": "behavior All throws no event; the others are refused"
        },
        refused={
            "@behavior": "its events are not thrown",
            "complexBehaviorDefinition": "its events are not thrown. Remove it",
        },
        unless={"@behavior": ("All",)},
    ),
    # §10.4: data
    "itemAware": make_type("baseElement", documentation={"@itemSubjectRef": _STRUCTURE, "dataState": _STATE}),
    "data": make_type("itemAware", "@name", documentation={"@isCollection": _LIST}),
    "dataInput": make_type("data"),
    "dataOutput": make_type("data"),
    "dataObject": make_type("data", documentation={"auditing monitoring": _HOOK, "categoryValueRef": _DRAWING}),
    "property": make_type("itemAware", "@name"),
    "dataObjectReference": make_type(
        "itemAware",
        "@name @dataObjectRef",
        documentation={"auditing monitoring": _HOOK, "categoryValueRef": _DRAWING},
    ),
    "dataStoreReference": make_type(
        "itemAware",
        "@name @dataStoreRef",
        documentation={"auditing monitoring": _HOOK, "categoryValueRef": _DRAWING},
    ),
    "dataStore": make_type(
        "itemAware",
        "@name",
        told={"@capacity @isUnlimited": "a data store is a variable of the case: no capacity is kept"},
        unless={"@isUnlimited": ("true", "1")},
    ),
    "ioSpecification": make_type("baseElement", "dataInput dataOutput", documentation={"inputSet outputSet": _SETS}),
    "inputSet": make_type(
        "baseElement",
        documentation={"@name": _SHOWN, "dataInputRefs optionalInputRefs outputSetRefs": _SETS},
        told={"whileExecutingInputRefs": _STREAMED},
    ),
    "outputSet": make_type(
        "baseElement",
        documentation={"@name": _SHOWN, "dataOutputRefs optionalOutputRefs inputSetRefs": _SETS},
        told={"whileExecutingOutputRefs": _STREAMED},
    ),
    "dataAssociation": make_type("baseElement", "sourceRef targetRef transformation assignment"),
    "assignment": make_type("baseElement", "from to"),
    # §10.5: events
    "event": make_type("flowNode", "property", documentation={"outgoing": "sequence flows name their ends"}),
    "catchEvent": make_type(
        "event",
        f"@parallelMultiple dataOutput dataOutputAssociation eventDefinitionRef {_EVENT_DEFINITIONS}",
        documentation={"outputSet": _SETS},
    ),
    "throwEvent": make_type(
        "event",
        f"dataInput dataInputAssociation eventDefinitionRef {_EVENT_DEFINITIONS}",
        documentation={"inputSet": _SETS},
    ),
    "startEvent": make_type("catchEvent", "@isInterrupting"),
    "intermediateCatchEvent": make_type("catchEvent"),
    "boundaryEvent": make_type("catchEvent", "@attachedToRef @cancelActivity"),
    "intermediateThrowEvent": make_type("throwEvent"),
    "endEvent": make_type("throwEvent"),
    "cancelEventDefinition": make_type("baseElement"),
    "compensateEventDefinition": make_type("baseElement", "@activityRef @waitForCompletion"),
    "conditionalEventDefinition": make_type("baseElement", "condition"),
    "errorEventDefinition": make_type("baseElement", "@errorRef"),
    "escalationEventDefinition": make_type("baseElement", "@escalationRef"),
    "linkEventDefinition": make_type("baseElement", "@name source target"),
    "messageEventDefinition": make_type("baseElement", "@messageRef", told={"operationRef": _OPERATION}),
    "signalEventDefinition": make_type("baseElement", "@signalRef"),
    "terminateEventDefinition": make_type("baseElement"),
    "timerEventDefinition": make_type("baseElement", "timeDate timeDuration timeCycle"),
    # §10.6: gateways
    "gateway": make_type("flowNode", "@gatewayDirection", documentation={"outgoing": "sequence flows name their ends"}),
    "exclusiveGateway": make_type("gateway", "@default outgoing"),
    "inclusiveGateway": make_type("gateway", "@default"),
    "parallelGateway": make_type("gateway"),
    "eventBasedGateway": make_type("gateway", "@instantiate @eventGatewayType"),
    "complexGateway": make_type("gateway", "@default activationCondition"),
    # references, texts
    "reference": make_type(),
    "documentation": make_type(),
    "script": make_type(),
}
"""Every type of the schema that is looked into, by the name of its element."""

KINDS: Mapping[str, str] = {
    name: kind
    for kind, names in {
        "expression": (
            "conditionExpression condition completionCondition activationCondition loopCondition loopCardinality "
            "timeDate timeDuration timeCycle transformation from to messagePath dataPath formalExpression"
        ),
        "dataAssociation": "dataInputAssociation dataOutputAssociation",
        "laneSet": "childLaneSet",
        "dataInput": "inputDataItem",
        "dataOutput": "outputDataItem",
        "resourceRole": "performer humanPerformer potentialOwner",
        "globalTask": "globalManualTask",
    }.items()
    for name in names.split()
}
"""The type of elements that have another name than their type."""
