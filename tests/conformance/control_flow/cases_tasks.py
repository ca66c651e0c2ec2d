"""What do tasks of every kind do, and the flows into and out of them?"""

from tests.conformance.control_flow.expectation import Case, complete

DECISION = """<?xml version="1.0"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="dmn" name="dmn" namespace="urn:conformance">
<decision id="triage" name="triage"><variable id="v" name="triage" typeRef="string"/>
<literalExpression id="l"><text>if age &gt; 65 then "elderly" else "adult"</text></literalExpression></decision>
</definitions>"""

CASES = {
    "an undefined task passes through": Case(diagram="start s\ntask a\nend e\ns -> a -> e", ended="e", done="a:1"),
    "a manual task passes through": Case(diagram="start s\nmanual a\nend e\ns -> a -> e", ended="e", done="a:1"),
    "a user task waits": Case(
        diagram="start s\nuser a\nend e\ns -> a -> e", status="waiting", waiting="a", ended="", done="a:0"
    ),
    "a service task waits for its work": Case(
        diagram="start s\nservice a\nend e\ns -> a -> e", status="waiting", waiting="a", ended=""
    ),
    "auto completes every kind of task in the order of the flow": Case(
        diagram="""start s
        task t
        manual m
        user u
        service v
        send n
        script c r = 1 + 1
        end e
        s -> t -> m -> u -> v -> n -> c -> e""",
        auto=True,
        ended="e",
        values={"r": 2},
        before="t<m m<u u<v v<n n<c",
        done="t:1 m:1 u:1 v:1 n:1 c:1",
    ),
    "a completed task leaves its result in the process": Case(
        diagram="start s\nuser a\nend e\ns -> a -> e",
        script=({"complete": "a", "variables": {"x": 5, "list": [1, "two", None]}},),
        values={"x": 5, "list": [1, "two", None]},
    ),
    "a script task computes its result variable": Case(
        diagram="start s\nscript a total = x * 2\nend e\ns -> a -> e", variables={"x": 4}, values={"x": 4, "total": 8}
    ),
    "a business rule task asks the decision beside the file": Case(
        diagram="""start s
        rule a {
        <extensionElements><zeebe:calledDecision decisionId="triage" resultVariable="group"/></extensionElements>
        }
        end e
        s -> a -> e""",
        files={"triage.dmn": DECISION},
        variables={"age": 70},
        values={"group": "elderly"},
    ),
    "a receive task waits for its message": Case(
        diagram="start s\nreceive a message=Reply\nend e\ns -> a -> e", status="waiting", waiting="a"
    ),
    "a message completes a receive task and brings its variables": Case(
        diagram="start s\nreceive a message=Reply\nend e\ns -> a -> e",
        script=({"message": "Reply", "variables": {"answer": "yes"}},),
        values={"answer": "yes"},
        ended="e",
        done="a:1",
    ),
    "auto does not invent the message of a receive task": Case(
        diagram="start s\nreceive a message=Reply\nend e\ns -> a -> e", auto=True, status="waiting", waiting="a"
    ),
    "an instantiating receive task starts the process with its message": Case(
        diagram="receive a message=Referral instantiate=true\nend e\na -> e",
        script=({"message": "Referral", "variables": {"n": 1}},),
        ended="e",
        values={"n": 1},
        done="a:1",
    ),
    "an activity with several incoming flows runs once per token": Case(
        diagram="start s\nand f\ntask a\nend e\ns -> f -> a -> e\nf -> g -> a\ntask g", ended="e e", done="a:2 g:1"
    ),
    "several outgoing flows of a task fork": Case(
        diagram="start s\ntask a\nuser b c\nend e f\ns -> a -> b -> e\na -> c -> f",
        status="waiting",
        waiting="b c",
        done="a:1",
    ),
    "several outgoing flows of a start event fork": Case(
        diagram="start s\nuser b c\nend e f\ns -> b -> e\ns -> c -> f", status="waiting", waiting="b c"
    ),
    "each of several end events is reached": Case(
        diagram="start s\nuser b c\nend e f\ns -> b -> e\ns -> c -> f", script=complete("c", "b"), ended_in_order="f e"
    ),
    "a true condition out of a task adds a token to the unconditional flow": Case(
        diagram="start s\ntask a b c\nend e f\ns -> a\na -> b if x > 1\na -> c\nb -> e\nc -> f",
        variables={"x": 2},
        ended="e f",
    ),
    "a false condition out of a task leaves the unconditional flow": Case(
        diagram="start s\ntask a b c\nend e f\ns -> a\na -> b if x > 1\na -> c\nb -> e\nc -> f",
        variables={"x": 1},
        ended="f",
    ),
    "every true condition out of a task is followed": Case(
        diagram="start s\ntask a\nend e f g\ns -> a\na -> e if x > 1\na -> f if x > 2\na -> g if x > 3",
        variables={"x": 3},
        ended="e f",
    ),
    "the default flow of a task is taken when no condition is true": Case(
        diagram="start s\ntask a default=g\nend e f g\ns -> a\na -> e if x > 1\na -> f if x > 2\na -> g",
        variables={"x": 0},
        ended="g",
    ),
    "the default flow of a task is left when a condition is true": Case(
        diagram="start s\ntask a default=g\nend e f g\ns -> a\na -> e if x > 1\na -> f if x > 2\na -> g",
        variables={"x": 2},
        ended="e",
    ),
    "a task whose conditions are all false is an incident": Case(
        diagram="start s\ntask a\nend e f\ns -> a\na -> e if x > 1\na -> f if x > 2",
        variables={"x": 0},
        status="incident",
        incidents="no-flow@a",
        ended="",
    ),
    "conditions out of a user task see what it was completed with": Case(
        diagram="start s\nuser a default=f\nend e f\ns -> a\na -> e if ok\na -> f",
        variables={"ok": False},
        script=({"complete": "a", "variables": {"ok": True}},),
        ended="e",
    ),
    "conditional flows out of a sub-process are decided when it is done": Case(
        diagram="""start s
        sub p default=f {
        script t n = n + 1
        }
        end e f
        s -> p
        p -> e if n = 2
        p -> f""",
        variables={"n": 1},
        ended="e",
    ),
    "start quantity two waits for the second token": Case(
        diagram="start s\nuser b c\nxor m\nuser a startQuantity=2\nend e\ns -> b -> m\ns -> c -> m\nm -> a -> e",
        script=complete("b"),
        status="waiting",
        done="b:1 a:0",
        ended="",
    ),
    "start quantity two runs once for two tokens": Case(
        diagram="start s\ntask b c\nxor m\ntask a startQuantity=2\nend e\ns -> b -> m\ns -> c -> m\nm -> a -> e",
        done="a:1 b:1 c:1",
        ended="e",
    ),
    "start quantity two runs twice for four tokens": Case(
        diagram="start s\ntask b completionQuantity=4\ntask a startQuantity=2\nend e\ns -> b -> a -> e",
        done="b:1 a:2",
        ended="e e",
    ),
    "start quantity counts tokens of all incoming flows": Case(
        # §13.3.2: several incoming sequence flows are an implied exclusive gateway.
        diagram="start s\ntask b c\ntask a startQuantity=2\nend e\ns -> b -> a\ns -> c -> a\na -> e",
        done="a:1",
        ended="e",
    ),
    "completion quantity three gives three tokens": Case(
        diagram="start s\ntask a completionQuantity=3\ntask b\nend e\ns -> a -> b -> e", done="a:1 b:3", ended="e e e"
    ),
    "completion quantity counts on each outgoing flow": Case(
        diagram="start s\ntask a completionQuantity=2\ntask b c\nend e f\ns -> a -> b -> e\na -> c -> f",
        done="a:1 b:2 c:2",
        ended="e e f f",
    ),
    "completion quantity on the followed conditional flow only": Case(
        diagram="start s\ntask a completionQuantity=2 default=c\ntask b c\nend e f\n"
        "s -> a\na -> b if x\nb -> e\na -> c -> f",
        variables={"x": True},
        done="b:2 c:0",
        ended="e e",
    ),
    "a process without start event starts where nothing comes in": Case(
        diagram="task a b\nend e\na -> b -> e", done="a:1 b:1", ended="e"
    ),
    "every activity without incoming flow starts when there is no start event": Case(
        diagram="user a b\ntask c\na -> c", status="waiting", waiting="a b"
    ),
    "a gateway without incoming flow starts when there is no start event": Case(
        diagram="and f\ntask a b\nend e\nf -> a -> e\nf -> b -> e", done="a:1 b:1", ended="e e"
    ),
    "an activity without outgoing flow is an implicit end": Case(
        diagram="start s\ntask a\ns -> a", ended="", done="a:1"
    ),
    "the process lasts until every implicit end": Case(
        diagram="start s\ntask a\nuser b\ns -> a\ns -> b", status="waiting", waiting="b", done="a:1"
    ),
    "a single task is a process": Case(diagram="task a", ended="", done="a:1"),
    "a gateway without outgoing flow is an implicit end": Case(
        diagram="start s\ntask a\nxor g\ns -> a -> g", ended="", done="a:1"
    ),
    "an intermediate event without trigger passes": Case(
        diagram="start s\nthrow t\nend e\ns -> t -> e", ended="e", done="t:1"
    ),
    "a terminate end takes the other tokens away": Case(
        # Which status the process has then, the contract does not say: both words fit.
        diagram="start s\nuser a\ntask b\nend e\nend x terminate=yes\ns -> a -> e\ns -> b -> x",
        status="completed|terminated",
        ended="x",
        waiting="",
        done="a:0",
    ),
}
