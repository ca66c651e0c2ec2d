"""Which ways of writing mean the same, and what has no effect?"""

from tests.conformance.control_flow.diagrams import BPMN
from tests.conformance.control_flow.expectation import Case, complete

HEAD = '<?xml version="1.0" encoding="UTF-8"?>'
QUALIFIED = f"""{HEAD}<definitions xmlns="{BPMN}" xmlns:me="urn:me" targetNamespace="urn:me">
<message id="m" name="Reply"/><error id="er" errorCode="E1"/>
<process id="P" isExecutable="true"><startEvent id="s"/><sequenceFlow sourceRef="s" targetRef="r"/>
<receiveTask id="r" messageRef="me:m"/><sequenceFlow sourceRef="r" targetRef="c"/>
<callActivity id="c" calledElement="me:Q"/>
<boundaryEvent id="b" attachedToRef="c">
<errorEventDefinition errorRef="me:er"/></boundaryEvent>
<sequenceFlow sourceRef="b" targetRef="e"/><endEvent id="e"/></process>
<process id="Q"><startEvent id="qs"/><sequenceFlow sourceRef="qs" targetRef="q"/><userTask id="q"/></process>
</definitions>"""

CASES = {
    "references may be qualified names": Case(
        diagram=QUALIFIED,
        as_written=True,
        processes=("P",),
        script=({"message": "Reply"}, {"throwError": "q", "code": "E1"}),
        ended="e",
    ),
    "a condition may say that it is a formal expression": Case(
        diagram="""start s
        xor g default=f
        end e f
        s -> g
        <sequenceFlow id="g_e" sourceRef="g" targetRef="e"><conditionExpression xsi:type="tFormalExpression"
        < xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">=x = 1</conditionExpression></sequenceFlow>
        g -> f""".replace("\n        < xmlns", " xmlns"),
        variables={"x": 1},
        ended="e",
        as_written=True,  # the type's name has no prefix here
    ),
    "a condition may name FEEL as its language": Case(
        diagram="""start s
        xor g default=f
        end e f
        s -> g
        <sequenceFlow id="g_e" sourceRef="g" targetRef="e"><conditionExpression
        < language="https://www.omg.org/spec/DMN/20191111/FEEL/">x = 1</conditionExpression></sequenceFlow>
        g -> f""".replace("\n        < language", " language"),
        variables={"x": 1},
        ended="e",
    ),
    "one is true in XML": Case(
        diagram="""start s
        <userTask id="a"><multiInstanceLoopCharacteristics isSequential="1"><loopCardinality>=3</loopCardinality>
        </multiInstanceLoopCharacteristics></userTask>
        s -> a""",
        status="waiting",
        waiting="a",
    ),
    "nought is false in XML": Case(
        diagram="start s\nuser a\nboundary x attachedToRef=a cancelActivity=0 timer=PT1H\ntask u\ns -> a\nx -> u",
        script=({"advance": "PT1H"},),
        status="waiting",
        waiting="a",
        done="u:1",
    ),
    "testing before may be written as one": Case(
        diagram="sub p {\n<standardLoopCharacteristics testBefore='1'><loopCondition>=false</loopCondition>"
        "</standardLoopCharacteristics>\ntask x\n}\ntask t\np -> t",
        done="x:0 t:1",
    ),
    "a number may stand between blanks": Case(
        diagram="start s\n<task id='a' completionQuantity=' 2 '/>\ntask t\ns -> a -> t", done="t:2"
    ),
    "the direction of a gateway has no effect": Case(
        diagram="start s\nand f gatewayDirection=Diverging\nand j gatewayDirection=Converging\ntask a b t\n"
        "s -> f -> a -> j\nf -> b -> j -> t",
        done="t:1",
    ),
    "an immediate flow has no effect": Case(
        diagram="start s\n<sequenceFlow id='s_e' sourceRef='s' targetRef='e' isImmediate='true'/>\nend e", ended="e"
    ),
    "a transaction that nobody cancels is a sub-process": Case(
        diagram="start s\n<transaction id='p'>\ntask a\n</transaction>\ntask t\ns -> p -> t", done="a:1 t:1"
    ),
    "a compensation handler does not start by itself": Case(
        diagram="task a\n<task id='u' isForCompensation='true'/>\n<boundaryEvent id='b' attachedToRef='a'>"
        "<compensateEventDefinition/></boundaryEvent>\n"
        "<association id='as' sourceRef='b' targetRef='u' associationDirection='One'/>\ntask t\na -> t",
        done="a:1 u:0 t:1",
    ),
    "an event sub-process does not start by itself": Case(
        diagram="task a\n<subProcess id='p' triggeredByEvent='true'>\n"
        "start i message=Reply\ntask u\ni -> u\n</subProcess>",
        done="a:1 u:0",
    ),
    "the catching half of a link does not start by itself": Case(
        diagram="task a b\n<intermediateThrowEvent id='x'><linkEventDefinition name='L'/></intermediateThrowEvent>\n"
        "<intermediateCatchEvent id='y'><linkEventDefinition name='L'/></intermediateCatchEvent>\na -> x\ny -> b",
        done="a:1 b:1",
    ),
    "a boundary event without outgoing flow is an implicit end": Case(
        diagram="start s\nuser a\nboundary x attachedToRef=a timer=P1D\ntask t\ns -> a -> t",
        script=({"advance": "P1D"},),
        ended="",
        done="a:0 t:0",
    ),
    "one end event is reached by every token": Case(
        diagram="start s\ntask a completionQuantity=3\nend e\ns -> a -> e", ended="e e e"
    ),
    "roots that nobody refers to have no effect": Case(
        diagram=f"{HEAD}<definitions xmlns='{BPMN}'><signal id='x' name='X'/><error id='y'/><category id='k'/>"
        "<process id='P'><task id='a'/></process><escalation id='z'/></definitions>",
        as_written=True,
        done="a:1",
    ),
    "an input mapping to null hides the outer variable": Case(
        diagram="start s\nuser a {\nio in x = null\n}\ns -> a",
        variables={"x": 1},
        script=({"complete": "a", "variables": {"x": 5}},),
        values={"x": 1},
    ),
    "an output mapping keeps the result of a script inside": Case(
        diagram="""start s
        <scriptTask id="a"><extensionElements><zeebe:script expression="=1 + 1" resultVariable="r"/>
        <zeebe:ioMapping><zeebe:output source="=r * 10" target="z"/></zeebe:ioMapping></extensionElements></scriptTask>
        s -> a""",
        values={"z": 20},
        absent="r",
    ),
    "counters of instances do not leak": Case(
        diagram="start s\nsub p {\neach item in [1, 2] until numberOfCompletedInstances = 2\ntask a\n}\ns -> p",
        absent="loopCounter numberOfInstances numberOfActiveInstances numberOfCompletedInstances item",
    ),
    "each instance knows its place": Case(
        diagram="start s\nsub p {\nin turn item in [7, 7, 7] collect places = loopCounter\ntask a\n}\n"
        "script d step = places[3] - places[2]\ns -> p -> d",
        values={"step": 1},
    ),
    "a completion condition is asked when an instance completes and not before": Case(
        diagram="start s\nuser a {\neach item in [1, 2, 3] until true\n}\ns -> a", status="waiting", waiting="a a a"
    ),
    "cancelling takes away what runs at every depth": Case(
        diagram="start s\nsub p {\neach item in [1, 2]\nuser a\ncatch w timer=P1D\n}\nuser b\ns -> p\ns -> b",
        script=({"cancel": True},),
        status="terminated",
        waiting="",
        done="a:0 b:0",
    ),
    "a loop may call a process": Case(
        diagram="""process P isExecutable=true {
        start s
        <callActivity id="c"><extensionElements><zeebe:calledElement processId="Q" propagateAllChildVariables="true"/>
        </extensionElements><standardLoopCharacteristics><loopCondition>=n &lt; 3</loopCondition>
        </standardLoopCharacteristics></callActivity>
        task t
        s -> c -> t
        }
        process Q isExecutable=true {
        start qs
        script q n = n + 1
        qs -> q
        }""",
        processes=("P",),
        variables={"n": 0},
        values={"n": 3},
        done="q:3 t:1",
    ),
    "loops nest": Case(
        diagram="sub p {\n<standardLoopCharacteristics loopMaximum='3'><loopCondition>=true</loopCondition>"
        "</standardLoopCharacteristics>\nsub q {\n<standardLoopCharacteristics loopMaximum='2'><loopCondition>=true"
        "</loopCondition></standardLoopCharacteristics>\ntask x\n}\ntask y\nq -> y\n}\ntask t\np -> t",
        done="x:6 y:3 t:1",
    ),
    "a loop ends with its condition before its maximum": Case(
        diagram="sub p {\n<standardLoopCharacteristics loopMaximum='9'><loopCondition>=n &lt; 2</loopCondition>"
        "</standardLoopCharacteristics>\nscript c n = n + 1\n}",
        variables={"n": 0},
        values={"n": 2},
    ),
    "a complex gateway activates once per round": Case(
        diagram="""start s
        xor m x
        and f
        task a b
        complex g {
        <activationCondition><![CDATA[=activationCount >= 2]]></activationCondition>
        }
        script c n = n + 1
        end e
        s -> m -> f
        f -> a -> g
        f -> b -> g
        g -> c if waitingForStart
        c -> x
        x -> m if n < 3
        x -> e if n >= 3""",
        variables={"n": 0},
        done="a:3 b:3 c:3",
        ended="e",
    ),
    "nested lanes give the role of the innermost": Case(
        diagram="""<laneSet id="ls"><lane id="ward" name="ward"><childLaneSet id="cs"><lane id="nurse" name="nurse">
        <flowNodeRef>a</flowNodeRef></lane></childLaneSet></lane></laneSet>
        start s
        user a
        s -> a""",
        status="waiting",
        roles={"a": "nurse"},
    ),
    "a script may complete what a condition opened": Case(
        diagram="start s\nuser a\nxor g\nuser b c\ns -> a -> g\ng -> b if way = 1\ng -> c if way = 2",
        script=({"complete": "a", "variables": {"way": 2}}, *complete("c")),
        done="a:1 b:0 c:1",
    ),
}
