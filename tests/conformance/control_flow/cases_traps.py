"""What happens where several rules of control flow meet?"""

from tests.conformance.control_flow.diagrams import bpmn
from tests.conformance.control_flow.expectation import Case, complete

CALLED = "process Q isExecutable=true {\nstart qs\nscript q r = k * 2\nqs -> q\n}"
KEYED = """start s
sub p {
each item in ["k1", "k2"]
<receiveTask id="r" messageRef="message_Reply"/>
task t
r -> t
}
end e
s -> p -> e"""
CORRELATED = '<message id="message_Reply" name="Reply"><extensionElements><zeebe:subscription correlationKey="=item"/>'


def _keyed() -> str:
    """A process in a file of its own text: its message has a correlation key."""
    plain = '<message id="message_Reply" name="Reply"/>'
    return bpmn(KEYED).replace(plain, f"{CORRELATED}</extensionElements></message>")


def _call(node: str, inputs: str, output: str) -> str:
    return (
        f'<callActivity id="{node}"><extensionElements><zeebe:calledElement processId="Q" '
        f'propagateAllChildVariables="false"/><zeebe:ioMapping><zeebe:input source="={inputs}" target="k"/>'
        f'<zeebe:output source="=r" target="{output}"/></zeebe:ioMapping></extensionElements></callActivity>'
    )


CASES = {
    "an inclusive join goes on when the activity it waited for is interrupted": Case(
        diagram="""start s
        task a t
        user u
        boundary b attachedToRef=u error=E1
        or j
        end e x
        s -> a -> j
        s -> u -> j
        b -> x
        j -> t -> e""",
        script=({"throwError": "u", "code": "E1"},),
        done="t:1 u:0",
        ended="x e",
    ),
    "an inclusive join waits for a boundary path that leads to it": Case(
        diagram="""start s
        task a t
        user u v
        boundary b attachedToRef=u error=E1
        or j
        end e x
        s -> a -> j
        s -> u -> x
        b -> v -> j
        j -> t -> e""",
        script=({"throwError": "u", "code": "E1"}, {"complete": "v"}),
        # Whether the join had waited for the boundary of u, the standard leaves open; v comes in any case.
        status="completed",
        done="u:0 v:1 a:1",
    ),
    "an inclusive join waits for a race before it": Case(
        diagram="""start s
        task a t
        event g
        catch m message=Reply
        catch w timer=P1D
        or j
        end e x
        s -> a -> j
        s -> g -> m -> j
        g -> w -> x
        j -> t -> e""",
        status="waiting",
        done="a:1 t:0",
    ),
    "an inclusive join goes on when the race before it leads away": Case(
        diagram="""start s
        task a t
        event g
        catch m message=Reply
        catch w timer=P1D
        or j
        end e x
        s -> a -> j
        s -> g -> m -> j
        g -> w -> x
        j -> t -> e""",
        script=({"advance": "P1D"},),
        done="a:1 t:1 w:1 m:0",
        ended="x e",
    ),
    "an inclusive join waits for a token that is stuck in an incident": Case(
        diagram="start s\ntask a t\nxor g\nor j\nend e\ns -> a -> j\ns -> g\ng -> j if false\nj -> t -> e",
        status="incident",
        incidents="no-flow@g",
        done="a:1 t:0",
        ended="",
    ),
    "an inclusive join behind instances waits for all of them": Case(
        diagram="start s\ntask a t\nuser p {\neach item in [1, 2]\n}\nor j\nend e\ns -> a -> j\n"
        "s -> p -> j\nj -> t -> e",
        script=complete("p"),
        status="waiting",
        waiting="p",
        done="t:0",
    ),
    "two inclusive joins one after the other join the same block": Case(
        diagram="start s\nor f j k\ntask a b c t\nend e\ns -> f\nf -> a if true\nf -> b if true\nf -> c if true\n"
        "a -> j\nb -> j\nj -> k\nc -> k\nk -> t -> e",
        done="t:1",
        ended="e",
    ),
    "a parallel join takes the path of a boundary event": Case(
        diagram="""start s
        user a
        boundary x attachedToRef=a cancelActivity=false timer=PT1H
        and j
        task t
        s -> a -> j
        x -> j -> t""",
        script=({"advance": "PT1H"}, {"complete": "a"}),
        done="t:1 x:1",
    ),
    "auto lets time run when only a receive task with a timer waits": Case(
        diagram="start s\nreceive a message=Reply\nboundary x attachedToRef=a timer=P2D\ntask t u\ns -> a -> t\nx -> u",
        auto=True,
        done="a:0 t:0 u:1",
    ),
    "auto takes each of several timers in its turn": Case(
        diagram="start s\ncatch v timer=PT3H\ncatch w timer=PT1H\ncatch x timer=PT2H\nend a b c\n"
        "s -> v -> a\ns -> w -> b\ns -> x -> c",
        auto=True,
        ended_in_order="b c a",
    ),
    "a race inside a sub-process is over with the sub-process": Case(
        diagram="""start s
        sub p {
        event g
        catch m message=Reply
        catch w timer=P9D
        g -> m
        g -> w
        }
        boundary x attachedToRef=p timer=P1D
        task t u
        s -> p -> t
        x -> u""",
        script=({"advance": "P30D"},),
        done="m:0 w:0 t:0 u:1",
    ),
    "each of two running sub-processes has its own local variable": Case(
        diagram="""start s
        task d completionQuantity=2
        sub p {
        io in mine = 0
        script a mine = mine + 1
        script b seen = mine
        a -> b
        }
        s -> d -> p""",
        values={"seen": 1},
        absent="mine",
        done="a:2 b:2",
    ),
    "an input mapping of an instance reads its item": Case(
        diagram="start s\nsub p {\n<extensionElements><zeebe:ioMapping><zeebe:input source='=item * 2' target='k'/>"
        "</zeebe:ioMapping></extensionElements>\neach item in [1, 2]\nxor g\ntask a b\ng -> a if k = 2\n"
        "g -> b if k = 4\n}"
        "\ns -> p",
        done="a:1 b:1",
        absent="k item",
    ),
    "a terminate end in a sequential instance lets the next instance start": Case(
        diagram="start s\nsub p {\nin turn item in [1, 2, 3]\ntask a\nuser u\nend x terminate=yes\na -> x\n}\ntask t\n"
        "s -> p -> t",
        done="a:3 u:0 t:1",
        ended="x x x",
    ),
    "an error in a sequential instance ends the whole": Case(
        diagram="start s\nuser a {\nin turn item in [1, 2, 3]\n}\nboundary x attachedToRef=a error=E1\ntask t u\n"
        "s -> a -> t\nx -> u",
        script=({"complete": "a"}, {"throwError": "a", "code": "E1"}),
        done="t:0 u:1",
    ),
    "instances that were cancelled cannot be completed": Case(
        diagram="start s\nuser a {\neach item in [1, 2, 3] until true\n}\nuser t\ns -> a -> t",
        script=complete("a", "a"),
        status="script-failed",
        waiting="t",
    ),
    "an escalation end inside a sub-process leaves its other branch": Case(
        diagram="start s\nsub p {\nuser a\ntask b\nend x escalation=Late\nb -> x\n}\n"
        "boundary y attachedToRef=p cancelActivity=false escalation=Late\ntask t u\ns -> p -> t\ny -> u",
        script=complete("a"),
        done="a:1 b:1 u:1 t:1",
    ),
    "an interrupting escalation inside a sub-process takes its other branch away": Case(
        diagram="start s\nsub p {\nuser a\ntask b\nend x escalation=Late\nb -> x\n}\n"
        "boundary y attachedToRef=p escalation=Late\ntask t u\ns -> p -> t\ny -> u",
        done="a:0 b:1 u:1 t:0",
    ),
    "two calls of one process do not mix their variables": Case(
        diagram="process P isExecutable=true {\nstart s\n"
        + _call("c", "1", "left")
        + "\n"
        + _call("d", "10", "right")
        + "\ns -> c\ns -> d\n}\n"
        + CALLED,
        processes=("P",),
        values={"left": 2, "right": 20},
        absent="r k",
        done="q:2",
    ),
    "an incident of a called process leaves the caller's other branch at work": Case(
        diagram="process P isExecutable=true {\nstart s\ncall c calledElement=Q\nuser a\nend e\ns -> c\n"
        "s -> a -> e\n}\n"
        "process Q isExecutable=true {\nstart qs\nxor g\ntask q\nqs -> g\ng -> q if false\n}",
        processes=("P",),
        script=complete("a"),
        status="incident",
        incidents="no-flow@g",
        ended="e",
    ),
    "a timer on a call takes the called process away": Case(
        diagram="process P isExecutable=true {\nstart s\ncall c calledElement=Q\nboundary x attachedToRef=c timer=P1D\n"
        "task t u\ns -> c -> t\nx -> u\n}\nprocess Q isExecutable=true {\nstart qs\nuser a\nqs -> a\n}",
        processes=("P",),
        script=({"advance": "P1D"},),
        done="a:0 t:0 u:1",
    ),
    "a message reaches the instance with its key": Case(
        diagram=_keyed(),
        script=({"message": "Reply", "correlationKey": "k2"},),
        status="waiting",
        waiting="r",
        done="t:1",
    ),
    "messages reach each instance in any order of keys": Case(
        diagram=_keyed(),
        script=({"message": "Reply", "correlationKey": "k2"}, {"message": "Reply", "correlationKey": "k1"}),
        done="t:2",
        ended="e",
    ),
    "a message with another key completes nothing": Case(
        diagram=_keyed(),
        script=({"message": "Reply", "correlationKey": "k9"},),
        status="waiting|script-failed",
        waiting="r r",
        done="t:0",
    ),
    "a gateway inside an ad-hoc sub-process joins as anywhere": Case(
        diagram="start s\nadhoc p {\nuser a b\nand j\ntask t\na -> j\nb -> j -> t\n}\nend e\ns -> p -> e",
        script=complete("a", "b"),
        done="t:1",
        ended="e",
    ),
    "an ad-hoc sub-process inside instances": Case(
        diagram="start s\nsub o {\neach item in [1, 2]\nadhoc p {\ntask a b\n}\n}\nend e\ns -> o -> e",
        done="a:2 b:2",
        ended="e",
    ),
    "start quantity on a sub-process": Case(
        diagram="start s\ntask d completionQuantity=4\nsub p startQuantity=2 {\ntask a\n}\nend e\ns -> d -> p -> e",
        done="a:2",
        ended="e e",
    ),
    "completion quantity on a sub-process with instances counts the whole once": Case(
        diagram="start s\nsub p completionQuantity=2 {\neach item in [1, 2, 3]\ntask a\n}\ntask t\ns -> p -> t",
        done="a:3 t:2",
    ),
    "default and conditions out of a task with instances decide once": Case(
        diagram="start s\nsub p default=f {\neach item in [1, 2]\ntask a\n}\nend e f\ns -> p\np -> e if x\np -> f",
        variables={"x": False},
        done="a:2",
        ended="f",
    ),
    "a null condition out of a task is an incident and not its default": Case(
        # Only gateways are named by the contract; out of an activity the default may be taken as well.
        diagram="start s\ntask a default=f\nend e f\ns -> a\na -> e if x > 1\na -> f",
        status="incident|completed",
    ),
    "a thousand tasks in a row": Case(
        diagram="start t0\n"
        + "\n".join(f"task t{n}\nt{n - 1} -> t{n}" for n in range(1, 1001))
        + "\nend e\nt1000 -> e",
        done="t1:1 t1000:1",
        ended="e",
    ),
    "a fork of two hundred branches": Case(
        diagram="start s\nand f j\ntask t\nend e\ns -> f\n"
        + "\n".join(f"task b{n}\nf -> b{n} -> j" for n in range(200))
        + "\nj -> t -> e",
        done="t:1",
        ended="e",
    ),
    "two hundred instances": Case(
        diagram="start s\nsub p {\neach item in for n in 1..200 return n collect out = item\ntask a\n}\n"
        "end e\ns -> p -> e",
        values={"out": list(range(1, 201))},
        done="a:200",
    ),
    "two hundred rounds of a loop": Case(
        diagram="start s\nxor m g\nscript c n = n + 1\nend e\ns -> m -> c -> g\ng -> m if n < 200\ng -> e if n >= 200",
        variables={"n": 0},
        values={"n": 200},
        done="c:200",
        ended="e",
    ),
    "thirty sub-processes within each other": Case(
        diagram="".join(f"sub p{n} {{\n" for n in range(30)) + "task a\n" + "}\n" * 30, done="a:1 p0:1 p29:1"
    ),
}
