"""How do multi-instance, standard loops and ad-hoc sub-processes repeat work (§13.3.6, §13.3.7, §13.3.5)?"""

from typing import Any

from tests.conformance.control_flow.expectation import Case, complete

EACH = "start s\nuser a {\neach item in xs\n}\ntask t\nend e\ns -> a -> t -> e"
IN_TURN = EACH.replace("each item", "in turn item")
COLLECT = EACH.replace("in xs", "in xs collect results = r + item")
BLOCK = "start s\nsub p {\neach item in xs\ntask a\n}\ntask t\nend e\ns -> p -> t -> e"


def _given(element: str, **variables: Any) -> dict[str, Any]:
    return {"complete": element, "variables": variables}


CASES = {
    "parallel instances are all offered": Case(
        diagram=EACH, variables={"xs": [1, 2, 3]}, status="waiting", waiting="a a a", done="t:0"
    ),
    "parallel instances are all awaited": Case(
        diagram=EACH, variables={"xs": [1, 2, 3]}, script=complete("a", "a"), status="waiting", waiting="a", done="t:0"
    ),
    "parallel instances go on as one token": Case(
        diagram=EACH, variables={"xs": [1, 2, 3]}, script=complete("a", "a", "a"), done="t:1", ended="e", absent="item"
    ),
    "sequential instances are offered one at a time": Case(
        diagram=IN_TURN, variables={"xs": [1, 2]}, status="waiting", waiting="a"
    ),
    "sequential instances follow each other": Case(
        diagram=IN_TURN, variables={"xs": [1, 2, 3]}, script=complete("a", "a"), status="waiting", waiting="a"
    ),
    "sequential instances go on as one token": Case(
        diagram=IN_TURN, variables={"xs": [1, 2, 3]}, script=complete("a", "a", "a"), done="t:1", absent="item"
    ),
    "an empty collection completes at once": Case(diagram=EACH, variables={"xs": []}, done="t:1", ended="e"),
    "an empty collection completes at once in turn": Case(diagram=IN_TURN, variables={"xs": []}, done="t:1"),
    "an empty collection gives an empty output collection": Case(
        diagram=COLLECT, variables={"xs": []}, values={"results": []}
    ),
    "a missing collection is an incident": Case(diagram=EACH, status="incident", incidents="expression@a"),
    "a collection that is a number is an incident": Case(
        diagram=EACH, variables={"xs": 3}, status="incident", incidents="expression@a"
    ),
    "a collection of one instance": Case(diagram=EACH, variables={"xs": [7]}, script=complete("a"), done="t:1"),
    "a null in the collection is an item like any other": Case(
        diagram=BLOCK, variables={"xs": [1, None, 3]}, done="a:3 t:1"
    ),
    "cardinality says how many instances there are": Case(
        diagram=EACH.replace("each item in xs", "each times n"), variables={"n": 3}, status="waiting", waiting="a a a"
    ),
    "a cardinality without the equals sign is a number too": Case(
        diagram="""start s
        user a {
        <multiInstanceLoopCharacteristics><loopCardinality>2</loopCardinality></multiInstanceLoopCharacteristics>
        }
        s -> a""",
        status="waiting",
        waiting="a a",
    ),
    "cardinality in turn": Case(
        diagram="start s\nsub p {\nin turn times 4\nscript d k = k + 1\n}\nend e\ns -> p -> e",
        variables={"k": 0},
        values={"k": 4},
        done="d:4",
    ),
    "cardinality nought completes at once": Case(
        diagram=EACH.replace("each item in xs", "each times 0"), done="t:1", ended="e"
    ),
    "the output collection keeps the order of the items": Case(
        diagram=COLLECT,
        variables={"xs": [10, 20, 30]},
        script=(_given("a", r=1), _given("a", r=2), _given("a", r=3)),
        values={"results": [11, 22, 33]},
    ),
    "the output collection of sequential instances": Case(
        diagram=COLLECT.replace("each item", "in turn item"),
        variables={"xs": [10, 20]},
        script=(_given("a", r=1), _given("a", r=2)),
        values={"results": [11, 22]},
        absent="item",
    ),
    "the output collection of a script for every item": Case(
        diagram="""start s
        <scriptTask id="a"><extensionElements><zeebe:script expression="=item * item" resultVariable="square"/>
        </extensionElements>
        each item in [1, 2, 3] collect squares = square
        </scriptTask>
        s -> a""",
        values={"squares": [1, 4, 9]},
    ),
    "a completion condition cancels the remaining instances": Case(
        diagram=EACH.replace("in xs", "in xs until numberOfCompletedInstances >= 2"),
        variables={"xs": [1, 2, 3]},
        script=complete("a", "a"),
        done="t:1",
        ended="e",
    ),
    "a completion condition that is not met yet lets the others wait": Case(
        diagram=EACH.replace("in xs", "in xs until numberOfCompletedInstances >= 2"),
        variables={"xs": [1, 2, 3]},
        script=complete("a"),
        status="waiting",
        waiting="a a",
        done="t:0",
    ),
    "a completion condition ends sequential instances early": Case(
        diagram=IN_TURN.replace("in xs", "in xs until enough"),
        variables={"xs": [1, 2, 3], "enough": False},
        script=(_given("a"), _given("a", enough=True)),
        done="t:1",
    ),
    "a completion condition may read how many instances there are": Case(
        diagram=EACH.replace("in xs", "in xs until numberOfCompletedInstances / numberOfInstances >= 0.5"),
        variables={"xs": [1, 2, 3, 4]},
        script=complete("a", "a"),
        done="t:1",
    ),
    "a completion condition may read how many instances are active": Case(
        diagram=EACH.replace("in xs", "in xs until numberOfActiveInstances = 1"),
        variables={"xs": [1, 2, 3]},
        script=complete("a", "a"),
        done="t:1",
    ),
    "the last instance completes the whole though its condition stays false": Case(
        diagram=EACH.replace("in xs", "in xs until false"),
        variables={"xs": [1, 2]},
        script=complete("a", "a"),
        done="t:1",
    ),
    "each instance of a sub-process runs its own tokens": Case(
        diagram=BLOCK, variables={"xs": ["x", "y"]}, done="a:2 t:1", ended="e"
    ),
    "each instance has its own item": Case(
        diagram=BLOCK.replace("task a", "xor g default=v\ntask u v w\ng -> u if item > 1\ng -> v\nu -> w"),
        variables={"xs": [1, 2, 3]},
        done="u:2 v:1 w:2 t:1",
    ),
    "sequential instances may add up in the process": Case(
        diagram=BLOCK.replace("each item", "in turn item").replace("task a", "script a sum = sum + item"),
        variables={"xs": [1, 2, 3], "sum": 0},
        values={"sum": 6},
        absent="item",
        done="a:3",
    ),
    "instances nest": Case(
        diagram="sub p {\neach row in rows\nsub q {\neach cell in row\ntask a\n}\ntask b\nq -> b\n}\ntask t\np -> t",
        variables={"rows": [[1, 2], [3], []]},
        done="a:3 b:3 t:1",
    ),
    "nested instances collect nested results": Case(
        diagram="sub p {\neach row in rows collect all = doubled\n"
        "sub q {\neach cell in row collect doubled = cell * 2\ntask a\n}\n}",
        variables={"rows": [[1, 2], [3], []]},
        values={"all": [[2, 4], [6], []]},
    ),
    "instances nest in turn inside parallel ones": Case(
        diagram="sub p {\neach row in rows\nuser q {\nin turn cell in row\n}\n}\ntask t\np -> t",
        variables={"rows": [[1, 2], [3, 4]]},
        status="waiting",
        waiting="q q",
    ),
    "joins of two instances do not mix": Case(
        diagram=BLOCK.replace(
            "task a", "xor g\nand j\ntask a\ng -> j if item = 1\ng -> h if item = 2\ntask h\nh -> j -> a"
        ),
        variables={"xs": [1, 2]},
        status="waiting|incident",  # tokens that wait for ever: the contract does not say what they are
        done="a:0 t:0",
    ),
    "an inclusive join of one instance does not wait for another instance": Case(
        diagram=BLOCK.replace(
            "task a", "xor g\nor j\ntask a\nuser h\ng -> j if item = 1\ng -> h if item = 2\nh -> j -> a"
        ),
        variables={"xs": [1, 2]},
        status="waiting",
        waiting="h",
        done="a:1 t:0",
    ),
    "two tokens start two sets of instances": Case(
        diagram=BLOCK.replace("s -> p", "s -> x -> p").replace("start s", "start s\ntask x completionQuantity=2"),
        variables={"xs": [1, 2]},
        done="a:4 t:2",
        ended="e e",
    ),
    "a standard loop runs once before it asks": Case(
        diagram="start s\nscript a n = n + 1\nend e\nsub p {\n"
        "<standardLoopCharacteristics><loopCondition>=n &lt; 0</loopCondition>"
        "</standardLoopCharacteristics>\ntask x\n}\ns -> a -> p -> e",
        variables={"n": 0},
        done="x:1",
        ended="e",
    ),
    "a standard loop runs while its condition is true": Case(
        diagram="sub p {\n<standardLoopCharacteristics><loopCondition>=n &lt; 3</loopCondition>"
        "</standardLoopCharacteristics>\nscript c n = n + 1\n}\ntask t\np -> t",
        variables={"n": 0},
        values={"n": 3},
        done="c:3 t:1",
    ),
    "a loop tested before may not run at all": Case(
        diagram='sub p {\n<standardLoopCharacteristics testBefore="true"><loopCondition>=n &lt; 0</loopCondition>'
        "</standardLoopCharacteristics>\ntask x\n}\ntask t\np -> t",
        variables={"n": 0},
        done="x:0 t:1",
    ),
    "a loop tested before runs while its condition is true": Case(
        diagram='sub p {\n<standardLoopCharacteristics testBefore="true"><loopCondition>n &lt; 3</loopCondition>'
        "</standardLoopCharacteristics>\nscript c n = n + 1\n}\ntask t\np -> t",
        variables={"n": 0},
        values={"n": 3},
        done="c:3 t:1",
    ),
    "a loop stops at its maximum": Case(
        diagram='sub p {\n<standardLoopCharacteristics loopMaximum="4"><loopCondition>=true</loopCondition>'
        "</standardLoopCharacteristics>\nscript c n = n + 1\n}\ntask t\np -> t",
        variables={"n": 0},
        values={"n": 4},
        done="t:1",
    ),
    "a loop tested before stops at its maximum": Case(
        diagram='sub p {\n<standardLoopCharacteristics testBefore="true" loopMaximum="2"><loopCondition>=true'
        "</loopCondition></standardLoopCharacteristics>\ntask x\n}\ntask t\np -> t",
        done="x:2 t:1",
    ),
    "a loop on a user task offers it again": Case(
        diagram="start s\nuser a {\n<standardLoopCharacteristics><loopCondition>=again</loopCondition>"
        "</standardLoopCharacteristics>\n}\ntask t\ns -> a -> t",
        script=(_given("a", again=True), _given("a", again=True)),
        status="waiting",
        waiting="a",
        done="t:0",
    ),
    "a loop on a user task ends with its condition": Case(
        diagram="start s\nuser a {\n<standardLoopCharacteristics><loopCondition>=again</loopCondition>"
        "</standardLoopCharacteristics>\n}\ntask t\ns -> a -> t",
        script=(_given("a", again=True), _given("a", again=False)),
        done="t:1",
    ),
    "ad-hoc activities without incoming flow start by themselves": Case(
        diagram="start s\nadhoc p {\nuser a b c\na -> c\n}\nend e\ns -> p -> e", status="waiting", waiting="a b"
    ),
    "an ad-hoc sub-process without condition completes when all is done": Case(
        diagram="start s\nadhoc p {\nuser a b c\na -> c\n}\nend e\ns -> p -> e",
        script=complete("a", "b", "c"),
        ended="e",
        before="a<c",
    ),
    "a sequential ad-hoc sub-process offers one activity at a time": Case(
        # Which one comes first, the standard leaves open.
        diagram="start s\nadhoc p ordering=Sequential {\nuser a b\n}\nend e\ns -> p -> e",
        status="waiting",
        waiting="a|b",
    ),
    "a sequential ad-hoc sub-process runs all its activities": Case(
        diagram="start s\nadhoc p ordering=Sequential {\nuser a b c\n}\nend e\ns -> p -> e",
        auto=True,
        ended="e",
        done="a:1 b:1 c:1",
    ),
    "an ad-hoc completion condition cancels the remaining activities": Case(
        diagram="start s\nadhoc p {\n<completionCondition>=enough</completionCondition>\nuser a b\n}\n"
        "end e\ns -> p -> e",
        variables={"enough": False},
        script=(_given("b", enough=True),),
        ended="e",
        done="a:0 b:1",
    ),
    "an ad-hoc completion condition may let the remaining activities finish": Case(
        diagram="start s\nadhoc p cancelRemainingInstances=false {\n<completionCondition>=enough</completionCondition>"
        "\nuser a b\n}\nend e\ns -> p -> e",
        variables={"enough": False},
        script=(_given("b", enough=True),),
        status="waiting",
        waiting="a",
        ended="",
    ),
    "an ad-hoc sub-process starts what its extension says": Case(
        diagram="""start s
        adhoc p {
        <extensionElements><zeebe:adHoc activeElementsCollection="=chosen"/></extensionElements>
        user a b c
        }
        end e
        s -> p -> e""",
        variables={"chosen": ["a", "c"]},
        status="waiting",
        waiting="a c",
    ),
    "an ad-hoc sub-process completes when what was requested is done": Case(
        diagram="""start s
        adhoc p {
        <extensionElements><zeebe:adHoc activeElementsCollection="=chosen"/></extensionElements>
        user a b c
        }
        end e
        s -> p -> e""",
        variables={"chosen": ["a", "c"]},
        script=complete("c", "a"),
        ended="e",
        done="b:0",
    ),
}
