"""What do exclusive and parallel gateways do, alone and together?"""

from tests.conformance.control_flow.expectation import Case, complete

FORK = "start s\nand f j\nuser a b\ntask t\nend e\ns -> f -> a -> j\nf -> b -> j -> t -> e"
CHOICE = "start s\nxor g\nend e f\ns -> g\ng -> e if x > 1\ng -> f if x < 0"
WITH_DEFAULT = "start s\nxor g default=f\nend e f\ns -> g\ng -> e if x > 1\ng -> f"
STUCK = "waiting|incident"
"""Tokens that wait at a join for ever: the contract does not say whether that is an incident."""

CASES = {
    "an exclusive gateway follows the one true condition": Case(diagram=CHOICE, variables={"x": -1}, ended="f"),
    "an exclusive gateway where nothing is true and no default is an incident": Case(
        diagram=CHOICE, variables={"x": 1}, status="incident", incidents="no-flow@g", ended=""
    ),
    "an exclusive gateway takes its default when nothing is true": Case(
        diagram=WITH_DEFAULT, variables={"x": 0}, ended="f"
    ),
    "an exclusive gateway leaves its default when a condition is true": Case(
        diagram=WITH_DEFAULT, variables={"x": 2}, ended="e"
    ),
    "a null that decides an exclusive gateway is an incident and not its default": Case(
        diagram=WITH_DEFAULT, status="incident", incidents="*@g", ended=""
    ),
    "a text where a condition should be is an incident": Case(
        diagram="start s\nxor g default=f\nend e f\ns -> g\ng -> e if x\ng -> f",
        variables={"x": "yes"},
        status="incident",
        incidents="*@g",
        ended="",
    ),
    "a number where a condition should be is an incident": Case(
        diagram="start s\nxor g default=f\nend e f\ns -> g\ng -> e if x\ng -> f",
        variables={"x": 1},
        status="incident",
        incidents="*@g",
        ended="",
    ),
    "an exclusive gateway with one flow passes": Case(diagram="start s\nxor g\nend e\ns -> g -> e", ended="e"),
    "an exclusive merge lets every token through": Case(
        diagram="start s\nxor m\ntask a b t\nend e\ns -> a -> m\ns -> b -> m\nm -> t -> e", done="t:2", ended="e e"
    ),
    "an exclusive gateway that merges and splits decides for each token": Case(
        diagram="""start s
        task a b
        xor m default=y
        end x y
        s -> a -> m
        s -> b -> m
        m -> x if n = 1
        m -> y""",
        variables={"n": 1},
        ended="x x",
    ),
    "a loop over an exclusive gateway runs until its condition": Case(
        diagram="""start s
        xor m
        script c n = n + 1
        xor g default=e
        end e
        s -> m -> c -> g
        g -> m if n < 5
        g -> e""",
        variables={"n": 0},
        values={"n": 5},
        done="c:5",
        ended="e",
    ),
    "a task is looped by a flow straight back to it": Case(
        diagram="start s\nscript c n = n + 1\nxor g default=e\nend e\ns -> c -> g\ng -> c if n < 3\ng -> e",
        variables={"n": 0},
        values={"n": 3},
        done="c:3",
    ),
    "a condition without the equals sign is FEEL too": Case(
        diagram="""start s
        xor g default=f
        end e f
        s -> g
        <sequenceFlow id="g_e" sourceRef="g" targetRef="e">
        <conditionExpression>x &gt; 1</conditionExpression></sequenceFlow>
        g -> f""",
        variables={"x": 2},
        ended="e",
    ),
    "a condition may be written over several lines with a comment": Case(
        diagram="""start s
        xor g default=f
        end e f
        s -> g
        <sequenceFlow id="g_e" sourceRef="g" targetRef="e">
        <conditionExpression>  = x &gt; 1   // one
        <!-- not text --> and /* two */ x &lt; 5  </conditionExpression></sequenceFlow>
        g -> f""",
        variables={"x": 2},
        ended="e",
    ),
    "a parallel gateway forks": Case(diagram=FORK, status="waiting", waiting="a b", done="t:0"),
    "a parallel join waits for the slower branch": Case(
        diagram=FORK, script=complete("b"), status="waiting", waiting="a", done="t:0 b:1"
    ),
    "a parallel join goes on once when all have come": Case(
        diagram=FORK, script=complete("b", "a"), ended="e", done="t:1", before="a<t b<t"
    ),
    "a parallel gateway ignores conditions": Case(
        diagram="start s\nand f\nend e g\ns -> f\nf -> e if false\nf -> g if x > 1", variables={"x": 0}, ended="e g"
    ),
    "a parallel gateway ignores even a null condition": Case(
        diagram="start s\nand f\nend e g\ns -> f\nf -> e if missing > 1\nf -> g", ended="e g"
    ),
    "a parallel gateway with one flow in and out passes": Case(diagram="start s\nand f\nend e\ns -> f -> e", ended="e"),
    "a parallel gateway joins and forks at once": Case(
        diagram="start s\ntask a b\nand j\ntask t u\nend e\ns -> a -> j\ns -> b -> j\nj -> t -> e\nj -> u -> e",
        done="t:1 u:1",
        ended="e e",
    ),
    "two flows straight from a fork to its join count as two": Case(
        diagram="""start s
        and f j
        task t
        end e
        <sequenceFlow id="one" sourceRef="f" targetRef="j"/>
        <sequenceFlow id="two" sourceRef="f" targetRef="j"/>
        s -> f
        j -> t -> e""",
        done="t:1",
        ended="e",
    ),
    "an excess token does not stand in for the flow that misses one": Case(
        diagram="""start s
        user p q b
        xor m
        and j
        task t
        end e
        s -> p -> m
        s -> q -> m
        s -> b -> j
        m -> j -> t -> e""",
        script=complete("p", "q"),
        status="waiting",
        waiting="b",
        done="t:0",
    ),
    "an excess token stays at the parallel join": Case(
        diagram="start s\ntask p q b\nxor m\nand j\ntask t\nend e\ns -> p -> m\ns -> q -> m\ns -> b -> j\n"
        "m -> j -> t -> e",
        status=STUCK,
        done="t:1",
        ended="e",
    ),
    "an excess token counts for the next activation": Case(
        diagram="""start s
        user p q b c
        xor m n
        and j
        task t
        end e
        s -> p -> m
        s -> q -> m
        s -> b -> n
        s -> c -> n
        m -> j
        n -> j -> t -> e""",
        script=complete("p", "q", "b", "c"),
        done="t:2",
        ended="e e",
    ),
    "a join takes one token of each flow at a time": Case(
        diagram="""start s
        task p completionQuantity=3
        task q completionQuantity=2
        and j
        task t
        s -> p -> j
        s -> q -> j
        j -> t""",
        status=STUCK,
        done="t:2",
    ),
    "a parallel join behind an exclusive split never goes on": Case(
        diagram="start s\nxor g default=b\ntask a b t\nand j\nend e\ns -> g\ng -> a if x\ng -> b\na -> j\n"
        "b -> j -> t -> e",
        variables={"x": True},
        status=STUCK,
        done="a:1 b:0 t:0",
        ended="",
    ),
    "an exclusive merge behind a parallel split lets both through": Case(
        diagram="start s\nand f\ntask a b t\nxor m\nend e\ns -> f -> a -> m\nf -> b -> m -> t -> e",
        done="t:2",
        ended="e e",
    ),
    "a parallel block in a loop joins once per round": Case(
        diagram="""start s
        xor m g
        and f j
        script c n = n + 1
        task a b
        end e
        s -> m -> f
        f -> a -> j
        f -> b -> j
        j -> c -> g
        g -> m if n < 3
        g -> e if n >= 3""",
        variables={"n": 0},
        done="a:3 b:3 c:3",
        ended="e",
    ),
    "a fork that returns into a loop feeds the same join again": Case(
        # Unstructured: one branch of the fork goes back before it, the other waits at the join.
        diagram="""start s
        xor m g
        script c n = n + 1
        task a t
        and j
        user u
        end e
        s -> u -> j
        s -> m -> c -> g
        g -> m if n < 3
        g -> a if n >= 3
        a -> j -> t -> e""",
        variables={"n": 0},
        script=complete("u"),
        done="c:3 t:1",
        ended="e",
    ),
    "parallel joins nest": Case(
        diagram="""start s
        and f1 f2 j1 j2
        user a b c
        task t u
        end e
        s -> f1 -> a -> j1
        f1 -> f2 -> b -> j2
        f2 -> c -> j2 -> t -> j1 -> u -> e""",
        script=complete("b", "a", "c"),
        done="t:1 u:1",
        before="t<u a<u c<t",
        ended="e",
    ),
    "overlapping forks and joins that are not nested": Case(
        diagram="""start s
        and f1 f2 j1 j2
        user a b c
        task t u
        end e
        s -> f1 -> a -> j1
        f1 -> b -> f2
        f2 -> j1 -> t -> j2
        f2 -> c -> j2 -> u -> e""",
        script=complete("b", "a", "c"),
        done="t:1 u:1",
        before="b<t a<t t<u c<u",
        ended="e",
    ),
    "the joins of two rounds do not mix when rounds overlap": Case(
        # Two tokens run through the fork: four tokens, two at each flow, two joins.
        diagram="start s\ntask d completionQuantity=2\nand f j\nuser a b\ntask t\nend e\n"
        "s -> d -> f -> a -> j\nf -> b -> j -> t -> e",
        script=complete("a", "a", "b"),
        status="waiting",
        waiting="b",
        done="t:1 a:2",
        ended="e",
    ),
}
