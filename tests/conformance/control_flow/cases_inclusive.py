"""What do inclusive and complex gateways do (§13.4.3, §13.4.5)?"""

from tests.conformance.control_flow.expectation import Case, complete

SPLIT = """start s
or f
user a b c
or j
task t
end e
s -> f
f -> a if x > 0
f -> b if x > 1
f -> c if x > 2
a -> j
b -> j
c -> j
j -> t -> e"""
DEFAULT = SPLIT.replace("or f", "or f default=d").replace("user a b c", "user a b c d") + "\nf -> d -> j"
COMPLEX = """start s
user a b c
complex g {
<activationCondition><![CDATA[=activationCount >= 2]]></activationCondition>
}
task t r
end e
s -> a -> g
s -> b -> g
s -> c -> g
g -> t if waitingForStart
g -> r if not(waitingForStart)
t -> e
r -> e"""

CASES = {
    "an inclusive gateway follows every true condition": Case(
        diagram=SPLIT, variables={"x": 2}, status="waiting", waiting="a b"
    ),
    "an inclusive join waits only for the branches that were taken": Case(
        diagram=SPLIT, variables={"x": 2}, script=complete("b", "a"), done="t:1", ended="e", before="a<t b<t"
    ),
    "an inclusive join waits for every branch that was taken": Case(
        diagram=SPLIT, variables={"x": 3}, script=complete("c", "a"), status="waiting", waiting="b", done="t:0"
    ),
    "an inclusive join of one branch goes on at once": Case(
        diagram=SPLIT, variables={"x": 1}, script=complete("a"), done="t:1", ended="e"
    ),
    "an inclusive gateway where nothing is true is an incident": Case(
        diagram=SPLIT, variables={"x": 0}, status="incident", incidents="no-flow@f"
    ),
    "an inclusive gateway takes its default when nothing is true": Case(
        diagram=DEFAULT, variables={"x": 0}, status="waiting", waiting="d"
    ),
    "an inclusive gateway leaves its default when something is true": Case(
        diagram=DEFAULT, variables={"x": 1}, status="waiting", waiting="a"
    ),
    "a null that decides an inclusive gateway is an incident": Case(
        diagram=DEFAULT, status="incident", incidents="*@f", waiting=""
    ),
    "an inclusive join behind a parallel split waits for both": Case(
        diagram="start s\nand f\nuser a b\nor j\ntask t\nend e\ns -> f -> a -> j\nf -> b -> j -> t -> e",
        script=complete("a"),
        status="waiting",
        waiting="b",
        done="t:0",
    ),
    "an inclusive join behind a parallel split goes on once": Case(
        diagram="start s\nand f\ntask a b t\nor j\nend e\ns -> f -> a -> j\nf -> b -> j -> t -> e",
        done="t:1",
        ended="e",
    ),
    "an inclusive join behind an exclusive split passes the only token": Case(
        diagram="start s\nxor g default=b\ntask a b t\nor j\nend e\ns -> g\ng -> a if x\ng -> b\na -> j\n"
        "b -> j -> t -> e",
        variables={"x": True},
        done="t:1 b:0",
        ended="e",
    ),
    "a parallel join behind an inclusive split misses the branch not taken": Case(
        diagram=SPLIT.replace("or j", "and j"),
        variables={"x": 2},
        script=complete("a", "b"),
        status="waiting|incident",  # tokens that wait for ever: the contract does not say what they are
        done="t:0",
        ended="",
    ),
    "an exclusive merge behind an inclusive split lets each through": Case(
        diagram=SPLIT.replace("or j", "xor j"), variables={"x": 3}, script=complete("a", "b", "c"), done="t:3"
    ),
    "an inclusive join waits for a token several steps before it": Case(
        diagram="""start s
        task a t
        user u
        xor g m
        or j
        end e
        s -> a -> j
        s -> u -> m -> g
        g -> j if x
        g -> m if not(x)
        j -> t -> e""",
        variables={"x": True},
        status="waiting",
        waiting="u",
        done="a:1 t:0",
    ),
    "an inclusive join goes on when the token it waited for turns away": Case(
        diagram="""start s
        task a t
        user u
        xor g
        or j
        end e x
        s -> a -> j
        s -> u -> g
        g -> j if x
        g -> x if not(x)
        j -> t -> e""",
        variables={"x": False},
        script=complete("u"),
        done="t:1",
        ended="x e",
    ),
    "an inclusive join goes on when the token it waited for dies in a terminated sub-process": Case(
        diagram="""start s
        task a t
        sub p {
        user u
        end q terminate=yes
        u -> q
        }
        or j
        end e
        s -> a -> j
        s -> p -> j
        j -> t -> e""",
        script=complete("u"),
        done="t:1",
        ended="q e",
    ),
    "an inclusive join does not wait for a token that can also reach a flow that has one": Case(
        # §13.4.3: u's token reaches the empty flow g→j, but also m→j, which has a token: j is enabled.
        diagram="""start s
        task t
        user a u
        xor g m
        or j
        end e
        s -> a -> m
        s -> u -> g
        g -> m if x
        g -> j if not(x)
        m -> j -> t -> e""",
        variables={"x": True},
        script=complete("a"),
        status="waiting",
        waiting="u",
        done="t:1",
    ),
    "an inclusive join does not wait for a token that can only come through itself": Case(
        # Paths that visit the gateway itself do not count: j loops back to itself over g.
        diagram="""start s
        task t
        xor g
        or j
        script c n = n + 1
        end e
        s -> j -> c -> g
        g -> j if n < 3
        g -> e if n >= 3
        """,
        variables={"n": 0},
        done="c:3",
        ended="e",
    ),
    "an inclusive block in a loop joins once per round": Case(
        diagram="""start s
        xor m g
        or f j
        task a b
        script c n = n + 1
        end e
        s -> m -> f
        f -> a if n >= 0
        f -> b if n >= 1
        a -> j
        b -> j
        j -> c -> g
        g -> m if n < 3
        g -> e if n >= 3""",
        variables={"n": 0},
        done="a:3 b:2 c:3",
        ended="e",
    ),
    "an inclusive join waits for a sub-process before it": Case(
        diagram="start s\ntask a t\nsub p {\nuser u\n}\nor j\nend e\ns -> a -> j\ns -> p -> j\nj -> t -> e",
        status="waiting",
        waiting="u",
        done="a:1 t:0",
    ),
    "an inclusive join inside a sub-process does not wait for tokens outside": Case(
        diagram="""start s
        user u
        sub p {
        xor g default=b
        task a b t
        or j
        g -> a if x
        g -> b
        a -> j
        b -> j -> t
        }
        end e
        s -> u -> p
        s -> p -> e""",
        variables={"x": True},
        status="waiting",
        waiting="u",
        done="t:1",
        ended="e",
    ),
    "an inclusive join takes one token of each flow and leaves the excess": Case(
        # Two tokens on a's flow, one on b's: first both flows together, then the excess token alone.
        diagram="start s\ntask a completionQuantity=2\nuser b\ntask t\nor j\nend e\ns -> a -> j\n"
        "s -> b -> j\nj -> t -> e",
        script=complete("b"),
        done="t:2",
        ended="e e",
    ),
    "an inclusive gateway joins and splits at once": Case(
        diagram="start s\ntask a b\nor j\nend x y z\ns -> a -> j\ns -> b -> j\nj -> x if n > 0\n"
        "j -> y if n > 1\nj -> z if n > 2",
        variables={"n": 2},
        ended="x y",
    ),
    "a flow between two inclusive blocks is counted for the outer join": Case(
        diagram="""start s
        or f1 f2 j1 j2
        user a b c
        task t
        end e
        s -> f1
        f1 -> a if true
        f1 -> f2 if true
        f2 -> b if x
        f2 -> c if true
        b -> j2
        c -> j2 -> j1
        a -> j1 -> t -> e""",
        variables={"x": True},
        script=complete("a", "c"),
        status="waiting",
        waiting="b",
        done="t:0",
    ),
    "a complex gateway goes on as soon as its activation condition is true": Case(
        diagram=COMPLEX, script=complete("a", "c"), status="waiting", waiting="b", done="t:1 r:0"
    ),
    "a complex gateway waits while its activation condition is false": Case(
        diagram=COMPLEX, script=complete("b"), status="waiting", waiting="a c", done="t:0 r:0"
    ),
    "a complex gateway resets with the last token": Case(
        diagram=COMPLEX, script=complete("a", "c", "b"), done="t:1 r:1", before="t<r", ended="e e"
    ),
    "a complex gateway that produces nothing at its reset is no incident": Case(
        diagram=COMPLEX.replace("g -> r if not(waitingForStart)", "g -> r if false"),
        script=complete("a", "c", "b"),
        done="t:1 r:0",
        ended="e",
    ),
    "a complex gateway with nothing true when it starts is an incident": Case(
        diagram=COMPLEX.replace("if waitingForStart", "if false"),
        script=complete("a", "c"),
        status="incident",
        incidents="no-flow@g",
        waiting="b",
    ),
    "a complex gateway splits to every true condition": Case(
        diagram="start s\ncomplex g\nend x y z\ns -> g\ng -> x if n > 0\ng -> y if n > 1\ng -> z if n > 2",
        variables={"n": 2},
        ended="x y",
    ),
    "a complex gateway takes its default when nothing is true": Case(
        diagram="start s\ncomplex g default=z\nend x z\ns -> g\ng -> x if n > 0\ng -> z", variables={"n": 0}, ended="z"
    ),
    "a complex gateway resets when the missing token cannot come any more": Case(
        diagram="""start s
        user a
        xor d
        complex g {
        <activationCondition><![CDATA[=activationCount >= 1]]></activationCondition>
        }
        task b t r
        end e x
        s -> b -> g
        s -> a -> d
        d -> g if x
        d -> x if not(x)
        g -> t if waitingForStart
        g -> r if not(waitingForStart)
        t -> e
        r -> e""",
        variables={"x": False},
        script=complete("a"),
        done="t:1 r:1",
        ended="e x e",
    ),
}
