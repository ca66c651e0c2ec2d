"""Do events of several kinds and scopes meet as BPMN 2.0.2 §10.5.7, §13.5 and the policies of bpmn.md say?"""

from pathlib import Path

import pytest

from tests.conformance.events.expectation import Case

SAME_STEP = "bpmn.md Policies: an interrupting signal, escalation or error cancels its scope before anything else runs"
SCOPE_ENDS = "§13.5.4: an interrupting event sub-process ends its scope's other work, the scope ends with it"


def within(inside: str, around: str) -> str:
    return f"process p\n  start s -> S\n  sub S -> e\n    start a -> u\n{inside}    end i\n{around}  end e\n  end x\n"


def sub_process(event: str, then: str = "end ee", *, depth: int = 4, name: str = "E") -> str:
    space = " " * depth
    return f"{space}esub {name}\n{space}  start {name}s {event} -> ee\n{space}  {then}\n".replace("ee", f"{name}e")


THREE = """
process p
  start s -> c
  call c calls=q -> e
  boundary b on=c {event} -> x
  end e
  end x
process q
  start a -> d
  call d calls=r -> y
  end y
process r
  start h -> u
  user u -> z
  end z {end}
"""

CASES = [
    Case(
        name="a signal that would complete a sub-process and interrupts it interrupts it",
        why=SAME_STEP,
        text=within("    catch u signal=S -> i\n", "  boundary b on=S signal=S -> x\n"),
        script=[{"signal": "S"}],
        ended=["x"],
        completed={"S": 0, "i": 0},
    ),
    Case(
        name="an interrupting signal on the outer scope leaves nothing of the inner one",
        why=SAME_STEP,
        text=within(
            "    user u -> i\n    boundary d on=u signal=S -> k\n    end k\n", "  boundary b on=S signal=S -> x\n"
        ),
        script=[{"signal": "S"}],
        ended=["x"],
        completed={"k": 0},
        terminated={"u": 1, "S": 1},
    ),
    Case(
        name="a signal completes a catch in one branch and interrupts a task in another",
        why="§10.5.1: a signal is broadcast to every catcher",
        text="process p\n  start s -> f\n  and f -> c, u\n  catch c signal=S -> e\n  user u -> i\n"
        "  boundary b on=u signal=S -> x\n  end e\n  end i\n  end x",
        script=[{"signal": "S"}],
        ended_set=["e", "x"],
    ),
    Case(
        name="two errors of two branches are caught once",
        why=SAME_STEP,
        text="process p\n  start s -> S\n  sub S -> e\n    start a -> f\n    and f -> k, l\n"
        "    end k error=E1\n    end l error=E1\n"
        "  boundary b on=S error=E1 -> x\n  end e\n  end x",
        completed={"b": 1, "x": 1, "e": 0},
    ),
    Case(
        name="a boundary event still interrupts a sub-process whose event sub-process runs",
        why="§13.5.3: the sub-process is active until its event sub-process has completed",
        text=within(
            "    user u -> i\n" + sub_process("message=M", "user ee"), "  boundary b on=S duration=PT1H -> x\n"
        ),
        script=[{"message": "M"}, {"advance": "next"}],
        ended=["x"],
        terminated={"u": 1, "Ee": 1, "S": 1},
    ),
    Case(
        name="an error in a non-interrupting event sub-process ends the scope around it",
        why="§10.5.7: the error leaves the event sub-process and then its scope",
        text=within(
            "    user u -> i\n" + sub_process("message=M nonint", "end ee error=E1"),
            "  boundary b on=S error=E1 -> x\n",
        ),
        script=[{"message": "M"}],
        completed={"x": 1, "e": 0},
        terminated={"u": 1, "S": 1},
    ),
    Case(
        name="an error in one event sub-process is caught by another of the same scope",
        why="§10.5.7: the scope around the thrower has a catcher",
        text=within(
            "    user u -> i\n"
            + sub_process("message=M nonint", "end ee error=E1")
            + sub_process("error=E1", name="F"),
            "  boundary b on=S error=E1 -> x\n",
        ),
        script=[{"message": "M"}],
        completed={"Fe": 1, "e": 1, "x": 0, "S": 1},
        terminated={"u": 1},
    ),
    Case(
        name="an escalation of an event sub-process reaches the boundary of its scope",
        why="§10.5.7: to the innermost enclosing scope that catches it",
        text=within(
            "    user u -> i\n" + sub_process("message=M nonint", "end ee escalation=X"),
            "  boundary b on=S escalation=X nonint -> x\n",
        ),
        script=[{"message": "M"}, {"complete": "u"}],
        completed={"x": 1, "e": 1, "S": 1, "i": 1},
    ),
    Case(
        name="a terminate end in an interrupting event sub-process lets the flow go on after its scope",
        why="bpmn.md: terminate end (only that scope); " + SCOPE_ENDS,
        text=within("    user u -> i\n" + sub_process("message=M", "end ee terminate"), ""),
        script=[{"message": "M"}],
        ended=["Ee", "e"],
        completed={"S": 1},
    ),
    Case(
        name="an error passes two called processes to the catcher of the first",
        why="§10.5.7: propagation crosses call activities",
        text=THREE.format(event="error=E1", end="error=E1"),
        processes=["p"],
        script=[{"complete": "u"}],
        completed={"x": 1, "e": 0, "y": 0, "d": 0},
        terminated={"c": 1, "d": 1},
    ),
    Case(
        name="an escalation passes two called processes and lets them go on",
        why="§10.5.7; bpmn.md: the thrower continues",
        text=THREE.format(event="escalation=X nonint", end="escalation=X"),
        processes=["p"],
        script=[{"complete": "u"}],
        completed={"x": 1, "e": 1, "y": 1, "z": 1},
    ),
    Case(
        name="a timer on a call activity ends what was called two levels down",
        why="§13.5.3: an interrupting boundary event ends all work of its activity",
        text=THREE.format(event="duration=PT1H", end=""),
        processes=["p"],
        script=[{"advance": "next"}],
        ended=["x"],
        terminated={"u": 1, "c": 1, "d": 1},
    ),
    Case(
        name="cancelling a run ends what it called",
        why="contract: {'cancel': true}",
        text=THREE.format(event="duration=PT1H", end=""),
        processes=["p"],
        script=[{"cancel": True}],
        status="terminated",
        waiting=[],
        terminated={"u": 1},
    ),
    Case(
        name="a non-interrupting message on a call activity leaves the called process running",
        why="§13.5.3",
        text=THREE.format(event="message=M nonint", end=""),
        processes=["p"],
        script=[{"message": "M"}, {"message": "M"}, {"complete": "u"}],
        completed={"b": 2, "x": 2, "e": 1},
    ),
    Case(
        name="an error of one item ends the called processes of all items",
        why="§13.5.3: the boundary event belongs to the whole multi-instance activity",
        text=THREE.format(event="error=E1", end="").replace("call c", "call c each='= [1, 2]'"),
        processes=["p"],
        script=[{"throwError": "u", "code": "E1"}],
        completed={"x": 1, "e": 0, "z": 0},
        terminated={"u": 2},
    ),
    Case(
        name="a sequential multi-instance task is interrupted between its items",
        why="§13.3.7; §13.5.3",
        text="process p\n  start s -> u\n  user u sequential each='= [1, 2, 3]' -> e\n"
        "  boundary b on=u duration=PT1H -> x\n"
        "  end e\n  end x",
        script=[{"complete": "u"}, {"advance": "next"}],
        ended=["x"],
        hours={"b": [1]},
    ),
    Case(
        name="an event sub-process of an item sees the item",
        why="bpmn.md Variables: a multi-instance item has its own scope",
        text="process p\n  start s -> S\n  sub S each='= [1, 2]' sequential -> e\n    start a -> u\n"
        "    user u -> i\n    end i\n"
        "    esub E\n      start es message=M -> t\n"
        "      script t gives='= append(seen, item)' result=seen -> ee\n      end ee\n  end e",
        start={"seen": []},
        script=[{"message": "M"}, {"message": "M"}],
        variables={"seen": [1, 2]},
        ended=["ee", "ee", "e"],
    ),
    Case(
        name="an event sub-process without a trigger still listens after its scope's branch ended",
        why="§13.5.4: as long as the scope is active",
        text="process p\n  start s -> f\n  and f -> u, v\n  user u -> e\n  user v -> d\n  end e\n  end d\n"
        + sub_process("message=M nonint", depth=2),
        script=[{"complete": "u"}, {"message": "M"}, {"complete": "v"}],
        ended=["e", "Ee", "d"],
    ),
    Case(
        name="a signal caught in each item of a multi-instance sub-process",
        why="§10.5.1: broadcast",
        text="process p\n  start s -> S\n  sub S each='= [1, 2, 3]' -> e\n    start a -> c\n"
        "    catch c signal=S -> i\n    end i\n  end e",
        script=[{"signal": "S"}],
        ended=["i", "i", "i", "e"],
    ),
    Case(
        name="an event that refers to an event definition at the root waits for it",
        why="§10.5.1 eventDefinitionRef; bpmn.md: references to a root eventDefinition",
        text="process p\n  start s -> c\n"
        '  xml \'<intermediateCatchEvent id="c"><eventDefinitionRef>late</eventDefinitionRef>'
        '</intermediateCatchEvent><sequenceFlow id="c_0" sourceRef="c" targetRef="e"/>\'\n  end e',
        extra='<timerEventDefinition id="late"><timeDuration>PT2H</timeDuration></timerEventDefinition>',
        auto=True,
        ended=["e"],
        hours={"c": [2]},
    ),
    Case(
        name="messages of one name are one message whatever their ids",
        why="bpmn.md Policies: signals and messages match by the name of their definition",
        text="process p\n  start s -> c\n"
        '  xml \'<intermediateCatchEvent id="c"><messageEventDefinition messageRef="other"/>'
        '</intermediateCatchEvent><sequenceFlow id="c_0" sourceRef="c" targetRef="e"/>\'\n  end e\n'
        "process q\n  start a -> t\n  throw t message=M -> x\n  end x",
        extra='<message id="other" name="M"/>',
        processes=["p", "q"],
        ended_set=["e", "x"],
    ),
    Case(
        name="signals of one name are one signal whatever their ids",
        why="bpmn.md Policies: signals and messages match by the name of their definition",
        text="process p\n  start s -> c\n"
        '  xml \'<intermediateCatchEvent id="c"><signalEventDefinition signalRef="other"/>'
        '</intermediateCatchEvent><sequenceFlow id="c_0" sourceRef="c" targetRef="e"/>\'\n  end e\n'
        "process q\n  start a -> t\n  throw t signal=M -> x\n  end x",
        extra='<signal id="other" name="M"/>',
        processes=["p", "q"],
        ended_set=["e", "x"],
    ),
    Case(
        name="the output mapping of a boundary event decides what is written outward",
        why="bpmn.md Variables: output mappings write outward",
        text="process p\n  start s -> u\n  user u -> e\n  boundary b on=u message=M out.y='= x * 2' -> x\n"
        "  end e\n  end x",
        script=[{"message": "M", "variables": {"x": 4}}],
        variables={"y": 8, "x": None},
        ended=["x"],
    ),
    Case(
        name="a variable local to a sub-process is enough for a condition inside it",
        why="bpmn.md Variables: input mappings create locals",
        text="process p\n  start s -> S\n  sub S in.n='= 5' -> e\n    start a -> c\n"
        "    catch c condition='= n > 3' -> i\n    end i\n  end e",
        ended=["i", "e"],
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_scopes_and_events(case: Case, tmp_path: Path) -> None:
    case.check(tmp_path)
