"""Do intermediate events catch and throw as BPMN 2.0.2 §10.5.4 and §13.5.2 say?"""

from pathlib import Path

import pytest

from tests.conformance.events.expectation import Case


def waits(event: str) -> str:
    return f"process p\n  start s -> c\n  catch c {event} -> e\n  end e"


FORK = """
process p
  start s -> f
  and f -> c, d, u
  catch c {event} -> ec
  catch d {event} -> ed
  user u -> eu
  end ec
  end ed
  end eu
"""

LINKS = """
process p
  start s -> x
  xor x -> l1 if n = 1, l2 if n = 2, l3 default
  throw l1 link=A
  throw l2 link=B
  throw l3 link=A
  catch ca link=A -> ea
  catch cb link=B -> eb
  end ea
  end eb
"""

CASES = [
    Case(
        name="a none intermediate event passes its token on",
        why="§10.5.4 None",
        text="process p\n  start s -> t\n  throw t -> e\n  end e",
        ended=["e"],
        order=["s", "t", "e"],
    ),
    Case(
        name="a message catch waits for its message",
        why="§13.5.2: the catching event waits for its trigger",
        text=waits("message=M"),
        status="waiting",
        waiting=["c"],
        trigger={"c": "message"},
        ended=[],
    ),
    Case(
        name="a message catch goes on with the variables of the message",
        why="bpmn.md Variables: the result merges into the process scope",
        text=waits("message=M"),
        script=[{"message": "M", "variables": {"x": 2}}],
        ended=["e"],
        variables={"x": 2},
    ),
    Case(
        name="an output mapping of a message catch decides what is written outward",
        why="bpmn.md Variables: output mappings write outward",
        text=waits("message=M out.y='= x + 1'"),
        script=[{"message": "M", "variables": {"x": 2}}],
        ended=["e"],
        variables={"y": 3, "x": None},
    ),
    Case(
        name="a message of another name does not free a message catch",
        why="bpmn.md: messages match by the name of their definition",
        text=waits("message=M"),
        script=[{"message": "Other"}],
        status="script-failed",
        completed={"c": 0},
    ),
    Case(
        name="a receive task waits for its message",
        why="§13.3.3 Receive task",
        text="process p\n  start s -> r\n  receive r message=M -> e\n  end e",
        script=[{"message": "M"}],
        ended=["e"],
        completed={"r": 1},
    ),
    Case(
        name="a signal catch waits for its signal",
        why="§13.5.2",
        text=waits("signal=S"),
        status="waiting",
        waiting=["c"],
        trigger={"c": "signal"},
    ),
    Case(
        name="one signal frees every catch that waits for it",
        why="§10.5.1: signals are broadcast",
        text=FORK.format(event="signal=S"),
        script=[{"signal": "S"}, {"complete": "u"}],
        ended_set=["ec", "ed", "eu"],
    ),
    Case(
        name="a conditional catch that is not true waits",
        why="§10.5.4 Conditional",
        text=waits("condition='= x > 3'"),
        start={"x": 1},
        status="waiting",
        waiting=["c"],
        trigger={"c": "conditional"},
    ),
    Case(
        name="a conditional catch fires when a variable makes it true",
        why="§10.5.4 Conditional: triggered when the condition becomes true",
        text=waits("condition='= x > 3'"),
        start={"x": 1},
        script=[{"set": {"x": 3}}, {"set": {"x": 4}}],
        ended=["e"],
        completed={"c": 1},
    ),
    Case(
        name="a conditional catch that is true already fires at once",
        why="bpmn.md Policies",
        text=waits("condition='= x > 3'"),
        start={"x": 9},
        ended=["e"],
    ),
    Case(
        name="a conditional catch sees what a parallel task wrote",
        why="§10.5.4 Conditional; bpmn.md Variables: the result merges into the process scope",
        text=FORK.format(event="condition='= ready = true'"),
        start={"ready": False},
        script=[{"complete": "u", "variables": {"ready": True}}],
        ended_set=["ec", "ed", "eu"],
    ),
    Case(
        name="a link throw goes on at the catch of the same name",
        why="§10.5.4 Link: pairs by name; several sources may go to one target",
        text=LINKS,
        start={"n": 1},
        ended=["ea"],
        completed={"cb": 0},
    ),
    Case(
        name="a second link throw of the name goes to the same catch",
        why="§10.5.4 Link: there may be multiple source link events, but one target",
        text=LINKS,
        start={"n": 3},
        ended=["ea"],
        completed={"l3": 1, "ca": 1},
    ),
    Case(
        name="another pair of links is kept apart",
        why="§10.5.4 Link: pairs by name",
        text=LINKS,
        start={"n": 2},
        ended=["eb"],
        completed={"ca": 0},
    ),
    Case(
        name="links of the same name in a sub-process are their own pair",
        why="§10.5.4: links are limited to a single process level",
        text="""
process p
  start s -> S
  sub S -> out
    start a -> in1
    throw in1 link=A
    catch in2 link=A -> ei
    end ei
  throw out link=A
  catch back link=A -> e
  end e
""",
        ended=["ei", "e"],
        completed={"in2": 1, "back": 1},
    ),
    Case(
        name="links can make a loop",
        why="§10.5.4 Link: used to create looping situations",
        text="""
process p
  start s -> x
  catch again link=L -> x
  script x gives='= n + 1' result=n -> g
  xor g -> l if n < 3, e default
  throw l link=L
  end e
""",
        start={"n": 0},
        ended=["e"],
        completed={"x": 3, "l": 2},
        variables={"n": 3},
    ),
    Case(
        name="two tokens at one link throw are two tokens at its catch",
        why="§10.5.4: a link is a virtual sequence flow",
        text="""
process p
  start s -> f
  and f -> l1, l2
  throw l1 link=L
  throw l2 link=L
  catch c link=L -> e
  end e
""",
        ended=["e", "e"],
        completed={"c": 2},
    ),
    Case(
        name="a multiple catch goes on with any one of its triggers",
        why="§10.5.4 Multiple: only one of them is required",
        text=waits("message=M signal=S duration=PT5H"),
        script=[{"signal": "S"}],
        ended=["e"],
        completed={"c": 1},
    ),
    Case(
        name="a multiple catch forgets its other triggers once it went on",
        why="§10.5.4 Multiple: one occurrence consumes the token",
        text="process p\n  start s -> c\n  catch c message=M duration=PT1H -> u\n  user u -> e\n  end e",
        script=[{"message": "M"}, {"advance": "PT5H"}, {"complete": "u"}],
        ended=["e"],
        completed={"c": 1, "u": 1},
    ),
    Case(
        name="a multiple catch goes on by its timer",
        why="§10.5.4 Multiple",
        text=waits("message=M duration=PT5H"),
        script=[{"advance": "next"}],
        ended=["e"],
        hours={"c": [5]},
    ),
    Case(
        name="a parallel multiple catch needs all of its triggers",
        why="§10.5.4 Parallel Multiple: all of them are required",
        text=waits("message=M signal=S parallel"),
        script=[{"signal": "S"}],
        status="waiting",
        waiting=["c"],
        completed={"c": 0},
    ),
    Case(
        name="a parallel multiple catch goes on when all triggers came in any order",
        why="§10.5.4 Parallel Multiple",
        text=waits("message=M|N signal=S parallel"),
        script=[{"message": "N"}, {"signal": "S"}, {"message": "M"}],
        ended=["e"],
        completed={"c": 1},
    ),
    Case(
        name="the same trigger twice does not complete a parallel multiple catch",
        why="§10.5.4 Parallel Multiple: all of them are required",
        text="process p\n  start s -> c\n  catch c signal=A|B parallel -> e\n  end e",
        script=[{"signal": "A"}, {"signal": "A"}],
        status="",  # whether the second A still has a target is not determined
        completed={"c": 0},
    ),
    Case(
        name="every token at a catch waits for itself",
        why="§13.5.2; bpmn.md: an activity with several incoming flows runs once per token",
        text="process p\n  start s -> f\n  and f -> c, a\n  task a -> c\n  catch c message=M -> e\n  end e",
        script=[{"message": "M"}, {"message": "M"}],
        ended=["e", "e"],
        completed={"c": 2},
    ),
    Case(
        name="an intermediate escalation that nobody catches goes on",
        why="bpmn.md: escalation with no catcher (continues)",
        text="process p\n  start s -> t\n  throw t escalation=E -> e\n  end e",
        ended=["e"],
    ),
    Case(
        name="an intermediate compensation throw with nothing to compensate goes on",
        why="§10.7.2: nothing completed, nothing compensated",
        text="process p\n  start s -> t\n  throw t compensation -> e\n  end e",
        ended=["e"],
    ),
    Case(
        name="a catch with two incoming flows of one exclusive choice fires once",
        why="§13.5.2",
        text="process p\n  start s -> x\n  xor x -> c if a = 1, c default\n  catch c message=M -> e\n  end e",
        start={"a": 1},
        script=[{"message": "M"}],
        ended=["e"],
        completed={"c": 1},
    ),
    Case(
        name="several outgoing flows of an intermediate event fork",
        why="§13.5.2: a token on each outgoing sequence flow",
        text="process p\n  start s -> t\n  throw t -> a, b\n  end a\n  end b",
        ended_set=["a", "b"],
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_intermediate_event(case: Case, tmp_path: Path) -> None:
    case.check(tmp_path)
