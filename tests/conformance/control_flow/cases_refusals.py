"""Which files are refused, and where do the findings point?"""

from tests.conformance.control_flow.diagrams import BPMN
from tests.conformance.control_flow.expectation import Case


def _inside(text: str) -> str:
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<definitions xmlns="{BPMN}">{text}</definitions>'


def _foreign(attribute: str, namespace: str) -> Case:
    prefix = attribute.partition(":")[0]
    return Case(
        diagram=f'start s\n<userTask id="a" xmlns:{prefix}="{namespace}" {attribute}/>\nend e\ns -> a -> e',
        status="refused",
        refused="a",
    )


CASES = {
    "a file that is no XML is refused": Case(diagram="no XML at all", as_written=True, status="refused"),
    "a file that ends in the middle is refused": Case(
        diagram=_inside("<process id='P'>")[:-8], as_written=True, status="refused"
    ),
    "a file of another language is refused": Case(
        diagram="<?xml version='1.0'?><html><body/></html>", as_written=True, status="refused"
    ),
    "a file without process is refused": Case(
        diagram=_inside("<message id='m' name='M'/>"), as_written=True, status="refused"
    ),
    "a flow to nowhere is refused": Case(diagram="start s\ntask a\ns -> a -> x", status="refused", as_written=True),
    "a flow from nowhere is refused": Case(diagram="start s\ntask a\nx -> a", status="refused", as_written=True),
    "two nodes with one id are refused": Case(
        diagram="start s\ntask a\nuser a\nend e\ns -> a -> e", status="refused", refused="a", as_written=True
    ),
    "a default flow that leaves another node is refused": Case(
        diagram="start s\ntask b\nxor g default=x\nend e\ns -> b -> g -> e".replace("default=x", "").replace(
            "xor g ", "<exclusiveGateway id='g' default='s_b'/>"
        ),
        status="refused",
        refused="g",
        as_written=True,
    ),
    "a flow into a sub-process is refused": Case(
        diagram="start s\nsub p {\ntask a\n}\nend e\ns -> p -> e\ns -> a", status="refused", as_written=True
    ),
    "a flow out of a sub-process is refused": Case(
        diagram="start s\nsub p {\ntask a\na -> e\n}\nend e\ns -> p -> e", status="refused", as_written=True
    ),
    "a boundary event on nothing is refused": Case(
        diagram="start s\nuser a\nboundary x attachedToRef=nobody error=E\nend e\ns -> a -> e\nx -> e",
        status="refused",
        refused="x",
    ),
    "a task behind an event-based gateway is refused": Case(
        # §10.6.6: its targets are catch events and receive tasks.
        diagram="start s\nevent g\ncatch m message=M\nuser a\nend e\ns -> g -> m -> e\ng -> a -> e",
        status="refused",
    ),
    "a script in another language is refused": Case(
        diagram="start s\n<scriptTask id='a' scriptFormat='javascript'><script>x = 1</script></scriptTask>\ns -> a",
        status="refused",
        refused="a",
    ),
    "a condition in another language is refused": Case(
        diagram="""start s
        xor g default=f
        end e f
        s -> g
        <sequenceFlow id="g_e" sourceRef="g" targetRef="e"><conditionExpression language="http://www.java.com/java">x.isReady()
        </conditionExpression></sequenceFlow>
        g -> f""",
        status="refused",
        as_written=True,
    ),
    "an assignee of Camunda 7 is refused": _foreign('camunda:assignee="anna"', "http://camunda.org/schema/1.0/bpmn"),
    "candidate groups of Flowable are refused": _foreign(
        'flowable:candidateGroups="nurses"', "http://flowable.org/bpmn"
    ),
    "an assignee of Activiti is refused": _foreign('activiti:assignee="anna"', "http://activiti.org/bpmn"),
    "a process that the file does not hold is refused": Case(
        diagram="start s\nend e\ns -> e", processes=("Nobody",), status="refused"
    ),
    "an expression that is no FEEL does not go unnoticed": Case(
        # Refused before or an incident when it is reached: the contract does not say which.
        diagram="start s\nxor g default=f\nend e f\ns -> g\ng -> e if x > > 1\ng -> f",
        variables={"x": 2},
        status="refused|incident",
        incidents="*@g",
        as_written=True,
    ),
    "a decision that is nowhere does not go unnoticed": Case(
        diagram='start s\nrule a {\n<extensionElements><zeebe:calledDecision decisionId="nowhere" resultVariable="r"/>'
        "</extensionElements>\n}\nend e\ns -> a -> e",
        status="refused|incident",
        refused="a",
        incidents="*@a",
    ),
    "gateways that turn a token in circles do not hang the run": Case(
        diagram="start s\nxor m g\ns -> m -> g -> m", status="refused|incident", ended="", as_written=True
    ),
    "scripts that turn a token in circles do not hang the run": Case(
        diagram="start s\nxor m\nscript c n = n + 1\ns -> m -> c -> m",
        variables={"n": 0},
        status="refused|incident",
        ended="",
        as_written=True,
    ),
    "a process that calls itself for ever does not hang the run": Case(
        diagram="start s\ncall c calledElement=P\ns -> c", status="refused|incident", as_written=True
    ),
}
