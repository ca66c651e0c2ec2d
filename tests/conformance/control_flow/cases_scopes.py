"""How do sub-processes, called processes, variables and data stand to each other?"""

from tests.conformance.control_flow.expectation import Case, complete


def _calls(process: str, *, extra: str = "", propagate: str = "true") -> str:
    called = f'<zeebe:calledElement processId="{process}" propagateAllChildVariables="{propagate}"/>'
    return f"call c {{\n<extensionElements>{called}{extra}</extensionElements>\n}}"


def _mapping(inputs: str = "", outputs: str = "") -> str:
    def written(kind: str, text: str) -> str:
        pairs = [part.split("=", 1) for part in text.split("|") if part]
        return "".join(f'<zeebe:{kind} source="={source}" target="{target}"/>' for target, source in pairs)

    return f"<zeebe:ioMapping>{written('input', inputs)}{written('output', outputs)}</zeebe:ioMapping>"


def _parent(call: str, child: str) -> str:
    return (
        f"process P isExecutable=true {{\nstart s\n{call}\ntask t\nend e\ns -> c -> t -> e\n}}\n"
        f"process Q isExecutable=true {{\nstart qs\n{child}\n}}"
    )


RECURSION = _parent(
    "call c {\n<extensionElements>"
    '<zeebe:calledElement processId="Q" propagateAllChildVariables="false"/></extensionElements>\n}',
    """xor g
    task deep bottom
    call r {
    <extensionElements><zeebe:calledElement processId="Q" propagateAllChildVariables="false"/>
    <zeebe:ioMapping><zeebe:input source="=n - 1" target="n"/></zeebe:ioMapping></extensionElements>
    }
    qs -> g
    g -> deep if n > 0
    g -> bottom if n <= 0
    deep -> r""",
)
LANES = """<laneSet id="lanes"><lane id="clerk" name="clerk"><flowNodeRef>s</flowNodeRef><flowNodeRef> a </flowNodeRef>
</lane><lane id="nurse" name="nurse"><flowNodeRef>b</flowNodeRef></lane></laneSet>
start s
user a b
s -> a
s -> b"""

CASES = {
    "a sub-process is entered and left": Case(
        diagram="start s\nsub p {\nstart i\ntask a\nend o\ni -> a -> o\n}\ntask t\nend e\ns -> p -> t -> e",
        before="a<t",
        ended_in_order="o e",
        done="a:1 t:1",
    ),
    "a sub-process lasts until its last token": Case(
        diagram="start s\nsub p {\nuser a b\n}\nend e\ns -> p -> e",
        script=complete("a"),
        status="waiting",
        waiting="b",
        ended="",
    ),
    "a sub-process goes on with one token however many it had": Case(
        diagram="start s\nsub p {\ntask a b c\n}\ntask t\nend e\ns -> p -> t -> e", done="t:1", ended="e"
    ),
    "sub-processes nest": Case(
        diagram="start s\nsub p {\nsub q {\nsub r {\nuser a\n}\ntask b\nr -> b\n}\ntask c\nq -> c\n}\n"
        "task t\ns -> p -> t",
        script=complete("a"),
        before="a<b b<c c<t",
    ),
    "a sub-process runs once per token": Case(
        diagram="start s\ntask x y\nsub p {\ntask a\n}\nend e\ns -> x -> p\ns -> y -> p -> e", done="a:2", ended="e e"
    ),
    "a terminate end inside a sub-process ends only that sub-process": Case(
        diagram="""start s
        user u
        sub p {
        user a
        task b
        end x terminate=yes
        b -> x
        }
        task t
        end e
        s -> u
        s -> p -> t -> e""",
        status="waiting",
        waiting="u",
        done="a:0 t:1",
        ended="x e",
    ),
    "a terminate end in one instance leaves the other instances": Case(
        diagram="""start s
        sub p {
        each item in [1, 2]
        xor g
        user a
        end x terminate=yes
        g -> x if item = 1
        g -> a if item = 2
        }
        s -> p""",
        status="waiting",
        waiting="a",
    ),
    "an input mapping makes a local variable": Case(
        diagram="start s\nuser a {\nio in y = x + 1\n}\ns -> a",
        variables={"x": 1},
        script=complete("a"),
        values={"x": 1},
        absent="y",
    ),
    "a result goes into the nearest scope that has the variable": Case(
        # The input mapping made a local x: the result x is merged there and is gone with the task.
        diagram="start s\nuser a {\nio in x = 1\n}\ns -> a",
        variables={"x": 0},
        script=({"complete": "a", "variables": {"x": 5, "y": 6}},),
        values={"x": 0, "y": 6},
    ),
    "output mappings alone decide what leaves a task": Case(
        diagram="start s\nuser a {\nio out z = r + 1\n}\ns -> a",
        script=({"complete": "a", "variables": {"r": 5, "q": 6}},),
        values={"z": 6},
        absent="r q",
    ),
    "input mappings see those before them": Case(
        diagram="start s\nuser a {\nio in x = 1 | in y = x + 1 | out z = y\n}\ns -> a",
        script=complete("a"),
        values={"z": 2},
        absent="x y",
    ),
    "a script inside a sub-process writes to the local variable of the sub-process": Case(
        diagram="start s\nsub p {\nio in x = 10\nscript a x = x + 1\nscript b seen = x\na -> b\n}\ns -> p",
        variables={"x": 1},
        values={"x": 1, "seen": 11},
    ),
    "a script inside a sub-process writes a new variable to the process": Case(
        diagram="start s\nsub p {\nscript a fresh = 7\n}\ns -> p", values={"fresh": 7}
    ),
    "a script inside a sub-process overwrites the variable of the process": Case(
        diagram="start s\nsub p {\nsub q {\nscript a x = x + 1\n}\n}\ns -> p", variables={"x": 1}, values={"x": 2}
    ),
    "output mappings of a sub-process write outward": Case(
        diagram="start s\nsub p {\nio in x = 10 | out y = x\nscript a x = x + 1\n}\ns -> p",
        variables={"x": 1},
        values={"x": 1, "y": 11},
    ),
    "an output mapping of a task inside a sub-process writes to the scope that has the target": Case(
        diagram="start s\nsub p {\nio in total = 0 | out sum = total\nuser a {\nio out total = r\n}\n}\ns -> p",
        variables={"total": 1},
        script=({"complete": "a", "variables": {"r": 9}},),
        values={"total": 1, "sum": 9},
        absent="r",
    ),
    "a condition inside a sub-process sees its local variable": Case(
        diagram="start s\nsub p {\nio in x = 10\nxor g default=b\ntask a b\ng -> a if x = 10\ng -> b\n}\ns -> p",
        variables={"x": 1},
        done="a:1 b:0",
    ),
    "a called process gives its variables back": Case(
        diagram=_parent(_calls("Q"), "script a y = x + 1\nqs -> a"),
        processes=("P",),
        variables={"x": 1},
        values={"x": 1, "y": 2},
        done="a:1 t:1",
    ),
    "a called process that propagates nothing gives nothing back": Case(
        diagram=_parent(_calls("Q", propagate="false"), "script a y = x + 1\nscript b x = 99\nqs -> a -> b"),
        processes=("P",),
        variables={"x": 1},
        values={"x": 1},
        absent="y",
        done="a:1 b:1",
    ),
    "input mappings give variables to a called process": Case(
        diagram=_parent(
            _calls("Q", extra=_mapping("k=x * 10", "out=y"), propagate="false"), "script a y = k + 1\nqs -> a"
        ),
        processes=("P",),
        variables={"x": 2},
        values={"out": 21, "x": 2},
        absent="y k",
    ),
    "a user task of a called process is offered": Case(
        diagram=_parent(_calls("Q"), "user a\nqs -> a"), processes=("P",), status="waiting", waiting="a", done="t:0"
    ),
    "a case goes on when the task of the called process is completed": Case(
        diagram=_parent(_calls("Q"), "user a\nqs -> a"),
        processes=("P",),
        script=({"complete": "a", "variables": {"y": 1}},),
        values={"y": 1},
        before="a<t",
        done="t:1",
    ),
    "a call activity names its process with the attribute of the standard": Case(
        diagram=_parent("call c calledElement=Q", "task a\nqs -> a"), processes=("P",), done="a:1 t:1"
    ),
    "a call activity calls once per item": Case(
        diagram=_parent(
            '<callActivity id="c"><extensionElements><zeebe:calledElement processId="Q" '
            'propagateAllChildVariables="true"/></extensionElements><multiInstanceLoopCharacteristics>'
            '<extensionElements><zeebe:loopCharacteristics inputCollection="=[1,2,3]" inputElement="item" '
            'outputCollection="all" outputElement="=y"/></extensionElements></multiInstanceLoopCharacteristics>'
            "</callActivity>",
            "script a y = item * 2\nqs -> a",
        ),
        processes=("P",),
        values={"all": [2, 4, 6]},
        done="a:3 t:1",
    ),
    "calls nest": Case(
        diagram=_parent(_calls("Q"), "call d calledElement=R\ntask b\nqs -> d -> b")
        + "\nprocess R isExecutable=true {\nstart rs\ntask a\nrs -> a\n}",
        processes=("P",),
        before="a<b b<t",
    ),
    "a process calls itself until its condition": Case(
        diagram=RECURSION, processes=("P",), variables={"n": 3}, done="deep:3 bottom:1 t:1", values={"n": 3}, ended="e"
    ),
    "a terminate end of a called process leaves its caller": Case(
        diagram=_parent(_calls("Q"), "user a\nend x terminate=yes\nqs -> a\nqs -> x"),
        processes=("P",),
        done="t:1 a:0",
    ),
    "a called process lies beside the file": Case(
        diagram="start s\n" + _calls("Q") + "\ntask t\ns -> c -> t",
        files={"other.bpmn": "process Q isExecutable=true {\nstart qs\nscript a y = 1\nqs -> a\n}"},
        values={"y": 1},
        done="a:1 t:1",
    ),
    "a called process is given with its file": Case(
        diagram="start s\n" + _calls("Q") + "\ntask t\ns -> c -> t",
        files={"other.txt": "process Q isExecutable=true {\nstart qs\nscript a y = 1\nqs -> a\n}"},
        named=("other.txt",),
        values={"y": 1},
        done="a:1 t:1",
    ),
    "a called process that is nowhere does not go unnoticed": Case(
        # Refused before or an incident at the call: the contract does not say which.
        diagram="start s\n" + _calls("Nowhere") + "\ntask t\ns -> c -> t",
        status="refused|incident",
        refused="c",
        incidents="*@c",
    ),
    "an incident in a called process is an incident of the case": Case(
        diagram=_parent(_calls("Q"), "xor g\ntask a\nqs -> g\ng -> a if false"),
        processes=("P",),
        status="incident",
        incidents="no-flow@g",
        done="t:0",
    ),
    "a data output association fills its data object": Case(
        diagram="""start s
        <dataObject id="store" name="box"/><dataObjectReference id="box" name="box" dataObjectRef="store"/>
        <userTask id="a"><ioSpecification><dataOutput id="a_out" name="result"/><inputSet/><outputSet>
        <dataOutputRefs>a_out</dataOutputRefs></outputSet></ioSpecification>
        <dataOutputAssociation><sourceRef>a_out</sourceRef><targetRef>box</targetRef></dataOutputAssociation></userTask>
        s -> a""",
        script=({"complete": "a", "variables": {"result": 5}},),
        values={"box": 5},
    ),
    "a data input association is read by the task": Case(
        diagram="""start s
        <dataObject id="store" name="box"/><dataObjectReference id="box" name="box" dataObjectRef="store"/>
        <scriptTask id="a"><extensionElements><zeebe:script expression="=given + 1" resultVariable="r"/>
        </extensionElements><ioSpecification><dataInput id="given" name="given"/><inputSet>
        <dataInputRefs>given</dataInputRefs></inputSet><outputSet/></ioSpecification>
        <dataInputAssociation><sourceRef>box</sourceRef><targetRef>given</targetRef></dataInputAssociation></scriptTask>
        s -> a""",
        variables={"box": 4},
        values={"r": 5, "box": 4},
        absent="given",
    ),
    "lanes give their tasks a role": Case(
        diagram=LANES, status="waiting", waiting="a b", roles={"a": "clerk", "b": "nurse"}
    ),
    "a task that says who does it keeps its own role in a lane": Case(
        diagram=LANES.replace(
            "user a b",
            'user b\n<userTask id="a"><extensionElements><zeebe:userTask/><zeebe:assignmentDefinition '
            'candidateGroups="doctor"/></extensionElements></userTask>',
        ),
        status="waiting",
        roles={"a": "doctor", "b": "nurse"},
    ),
    "groups and annotations have no effect": Case(
        diagram="""start s
        task a
        <textAnnotation id="note"><text>Ask twice</text></textAnnotation><group id="g"/>
        <association id="as" sourceRef="a" targetRef="note"/>
        end e
        s -> a -> e""",
        ended="e",
        done="a:1",
    ),
}
