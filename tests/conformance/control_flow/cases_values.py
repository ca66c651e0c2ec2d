"""Which values do expressions leave in the variables of the process?"""

from typing import Any

from tests.conformance.control_flow.expectation import Case


def _gives(value: Any, expression: str, **variables: Any) -> Case:
    return Case(diagram=f"start s\nscript a r = {expression}\ns -> a", variables=variables, values={"r": value})


CASES = {
    "a script gives an exact number": _gives(0.3, "0.1 + 0.2"),
    "a script gives a half": _gives(2.5, "10 / 4"),
    "a script gives a whole number": _gives(4, "8 / 2"),
    "a script gives a truth": _gives(True, "1 < 2"),
    "a script gives null": _gives(None, "null"),
    "a script gives a text with quotes": _gives('say "hi"', r'"say \"hi\""'),
    "a script gives a list": _gives([1, "two", [3]], '[1, "two", [3]]'),
    "a script gives a context": _gives({"a": 1, "b": {"c": 2}}, "{a: 1, b: {c: a + 1}}"),
    "a script gives a date as ISO 8601": _gives("2024-02-29", 'date("2024-01-31") + duration("P1M")'),
    "a script gives a duration as ISO 8601": _gives("P1DT2H", 'duration("PT26H")'),
    "a script gives null for what fails": _gives(None, "1 / 0"),
    "a script sees a list that was given": _gives([2, 4], "for x in xs return x * 2", xs=[1, 2]),
    "a script sees a null that was given": _gives(True, "x = null", x=None),
    "a script sees umlauts": _gives("Größe: 5", 'Größe + ": " + string(5)', Größe="Größe"),
    "a script replaces its own variable by null": Case(
        diagram="start s\nscript a x = null\ns -> a", variables={"x": 1}, values={"x": None}
    ),
    "a task may be completed with null": Case(
        diagram="start s\nuser a\ns -> a",
        variables={"x": 1},
        script=({"complete": "a", "variables": {"x": None}},),
        values={"x": None},
    ),
    "the clock of the run moves with its timers": Case(
        diagram="start s\nscript a begin = string(now())\ncatch w timer=P1D\n"
        'script b passed = now() - date and time(begin) = duration("P1D")\ns -> a -> w -> b',
        auto=True,
        values={"passed": True},
    ),
    "the clock of the run stands still while nothing waits": Case(
        diagram="start s\nscript a begin = string(now())\nscript b same = string(now()) = begin\ns -> a -> b",
        values={"same": True},
    ),
    "an assignment of a data input association is evaluated": Case(
        diagram="""start s
        <scriptTask id="a"><extensionElements><zeebe:script expression="=given * 2" resultVariable="r"/>
        </extensionElements><ioSpecification><dataInput id="given" name="given"/><inputSet>
        <dataInputRefs>given</dataInputRefs></inputSet><outputSet/></ioSpecification><dataInputAssociation>
        <targetRef>given</targetRef><assignment><from>=x + 1</from><to>given</to></assignment>
        </dataInputAssociation></scriptTask>
        s -> a""",
        variables={"x": 4},
        values={"r": 10, "x": 4},
    ),
    "a transformation of a data output association is evaluated": Case(
        diagram="""start s
        <dataObject id="store" name="box"/><dataObjectReference id="box" name="box" dataObjectRef="store"/>
        <userTask id="a"><ioSpecification><dataOutput id="out" name="out"/><inputSet/><outputSet>
        <dataOutputRefs>out</dataOutputRefs></outputSet></ioSpecification><dataOutputAssociation>
        <sourceRef>out</sourceRef><targetRef>box</targetRef><transformation>=out + 1</transformation>
        </dataOutputAssociation></userTask>
        s -> a""",
        script=({"complete": "a", "variables": {"out": 5}},),
        values={"box": 6},
    ),
}
