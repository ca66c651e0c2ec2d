"""Do start events of every kind begin a process as BPMN 2.0.2 §10.5.2 and §13.5.1 say?"""

from pathlib import Path

import pytest

from tests.conformance.events.expectation import Case

TWO_PARTIES = """
process p
  start s message=Go -> u
  user u -> e
  end e
"""

CASES = [
    Case(
        name="a none start event runs without a trigger",
        why="§10.5.2: None start, the process is started as requested",
        text="process p\n  start s -> e\n  end e",
        ended=["e"],
        order=["s", "e", "p"],
    ),
    Case(
        name="only the none start event of several start events runs when the process is started plainly",
        why="§10.5.2: each start event is an alternative way to start; the message one needs its message",
        text="process p\n  start s -> e\n  start m message=Go -> e2\n  end e\n  end e2",
        ended=["e"],
        completed={"s": 1, "m": 0, "e2": 0},
    ),
    Case(
        name="a message start event makes an instance when its message arrives and takes its variables",
        why="§10.5.2 Message start; contract: other processes start only by message",
        text=TWO_PARTIES,
        script=[{"message": "Go", "variables": {"who": "ada"}}, {"complete": "u"}],
        ended=["e"],
        variables={"who": "ada"},
    ),
    Case(
        name="the process waits for a task after its message start",
        why="§10.5.2 Message start",
        text=TWO_PARTIES,
        script=[{"message": "Go"}],
        status="waiting",
        ended=[],
        waiting=["u"],
        completed={"s": 1},
    ),
    Case(
        name="every message of a start event makes another instance",
        why="§13.5.1: each occurrence of the trigger of a start event makes a new instance",
        text=TWO_PARTIES,
        script=[{"message": "Go"}, {"message": "Go"}, {"complete": "u"}, {"complete": "u"}],
        ended=["e", "e"],
        completed={"s": 2, "p": 2},
    ),
    Case(
        name="two message start events start the instance at the one whose message came",
        why="§10.5.2: several start events are alternatives, each makes its own instance",
        text="process p\n  start a message=A -> ea\n  start b message=B -> eb\n  end ea\n  end eb",
        script=[{"message": "B"}],
        ended=["eb"],
        completed={"a": 0, "b": 1},
    ),
    Case(
        name="a message start event ignores another message",
        why="§10.5.2; contract: a step that has no target ends the run as script-failed",
        text="process p\n  start s -> u\n  user u -> e\n  end e\nprocess q\n  start m message=Go -> x\n  end x",
        processes=["p"],
        script=[{"message": "Stay"}],
        status="script-failed",
        completed={"m": 0},
    ),
    Case(
        name="a signal thrown by one process starts another",
        why="§10.5.2 Signal start: a signal starts every process that has it",
        text="process p\n  start s -> t\n  throw t signal=Alarm -> e\n  end e\nprocess q\n"
        "  start a signal=Alarm -> x\n  end x",
        processes=["p"],
        ended_set=["e", "x"],
    ),
    Case(
        name="one signal starts every process that begins with it",
        why="§10.5.2: a signal is broadcast, many processes may start from one",
        text="process q\n  start a signal=Alarm -> x\n  end x\nprocess r\n  start b signal=Alarm -> y\n  end y",
        script=[{"signal": "Alarm"}],
        ended_set=["x", "y"],
    ),
    Case(
        name="a signal start event takes the variables of the signal",
        why="contract: signal step with variables",
        text="process q\n  start a signal=Alarm -> x\n  end x",
        script=[{"signal": "Alarm", "variables": {"level": 3}}],
        variables={"level": 3},
        ended=["x"],
    ),
    Case(
        name="a timer start event with a duration starts its process then",
        why="§10.5.2 Timer start",
        text="process p\n  start s duration=PT1H -> e\n  end e",
        processes=["p"],
        script=[{"advance": "PT2H"}],
        ended=["e"],
        completed={"s": 1},
    ),
    Case(
        name="a timer start event with a date starts its process once",
        why="§10.5.2 Timer start: a specific time-date",
        text="process p\n  start s date=2100-01-01T00:00:00Z -> e\n  end e",
        processes=["p"],
        script=[{"advance": "next"}],
        ended=["e"],
        completed={"s": 1},
    ),
    Case(
        name="a timer start event with a cycle starts one instance per repetition",
        why="§10.5.2 Timer start: a specific cycle starts the process at each repetition",
        text="process p\n  start s cycle=R3/PT1H -> e\n  end e",
        processes=["p"],
        script=[{"advance": "PT9H"}],
        ended=["e", "e", "e"],
        completed={"s": 3},
    ),
    Case(
        name="a conditional start event that is already true fires at once",
        why="bpmn.md: a conditional event that is already true when its scope opens fires at once",
        text="process p\n  start s condition='= x > 3' -> e\n  end e",
        processes=["p"],
        start={"x": 5},
        ended=["e"],
    ),
    Case(
        name="a multiple start event needs only one of its triggers",
        why="§10.5.2 Multiple start: only one of them is required to start the process",
        text="process p\n  start s message=A|B signal=C -> e\n  end e",
        script=[{"message": "B"}],
        ended=["e"],
        completed={"s": 1},
    ),
    Case(
        name="a multiple start event starts by its signal too",
        why="§10.5.2 Multiple start",
        text="process p\n  start s message=A signal=C -> e\n  end e",
        script=[{"signal": "C"}],
        ended=["e"],
    ),
    Case(
        name="each trigger of a multiple start event makes its own instance",
        why="§10.5.2 Multiple start: any of them starts an instance",
        text="process p\n  start s message=A signal=C -> e\n  end e",
        script=[{"signal": "C"}, {"message": "A"}],
        ended=["e", "e"],
        completed={"s": 2},
    ),
    Case(
        name="a parallel multiple start event starts when all its triggers came",
        why="§10.5.2 Parallel Multiple start: all of them are required",
        text="process p\n  start s message=A|B parallel -> e\n  end e",
        script=[{"message": "A"}, {"message": "B"}],
        ended=["e"],
        completed={"s": 1},
    ),
    Case(
        name="a parallel multiple start event does not start with one of two",
        why="§10.5.2 Parallel Multiple start: all of them are required",
        text="process p\n  start s message=A signal=B parallel -> e\n  end e",
        script=[{"message": "A"}],
        status="waiting",
        ended=[],
        completed={"s": 0, "e": 0},
    ),
    Case(
        name="an instantiating receive task starts the process with its message",
        why="§10.3.3 Receive task, instantiate: the message starts the process; the task has no incoming flow",
        text="process p\n  receive r message=Go instantiate -> u\n  user u -> e\n  end e",
        script=[{"message": "Go", "variables": {"n": 1}}, {"complete": "u"}],
        ended=["e"],
        completed={"r": 1},
        variables={"n": 1},
    ),
    Case(
        name="an instantiating event gateway starts the process with the first of its events",
        why="§10.6.6 and §13.4.4: exclusive instantiating gateway, the first event makes the instance and wins",
        text="""
process p
  eventgw g instantiate -> a, b
  catch a message=A -> ea
  catch b message=B -> eb
  end ea
  end eb
""",
        script=[{"message": "B"}],
        ended=["eb"],
        completed={"a": 0, "b": 1},
    ),
    Case(
        name="a parallel instantiating event gateway waits for the other events of the instance",
        why="§13.4.4: the first event makes the instance; it completes only when all events of the gateway came",
        text="""
message A key='= id'
message B key='= id'
process p
  eventgw g instantiate parallel -> a, b
  catch a message=A -> ea
  catch b message=B -> eb
  end ea
  end eb
""",
        script=[{"message": "A", "correlationKey": "7", "variables": {"id": "7"}}],
        status="waiting",
        ended=["ea"],  # whether the gateway or its event b is the waiting element is not determined
        completed={"b": 0},
    ),
    Case(
        name="a parallel instantiating event gateway makes one instance of all its events",
        why="§13.4.4: subsequent events of the gateway go to the instance that the first one made",
        text="""
message A key='= id'
message B key='= id'
process p
  eventgw g instantiate parallel -> a, b
  catch a message=A -> ea
  catch b message=B -> eb
  end ea
  end eb
""",
        script=[
            {"message": "B", "correlationKey": "7", "variables": {"id": "7"}},
            {"message": "A", "correlationKey": "7", "variables": {"id": "7"}},
        ],
        ended=["eb", "ea"],
        completed={"p": 1},
    ),
    Case(
        name="activities without incoming flow start when a process has no start event",
        why="§10.5.2: without start event, all flow nodes without incoming flow are activated on instantiation",
        text="process p\n  user a -> e\n  user b -> e2\n  end e\n  end e2",
        processes=["p"],
        status="waiting",
        waiting=["a", "b"],
    ),
    Case(
        name="activities without incoming flow start when a sub-process has no start event",
        why="§13.3.4: without start event, all activities and gateways without incoming flow start",
        text="process p\n  start s -> S\n  sub S -> e\n    task a\n    user b\n  end e",
        script=[{"complete": "b"}],
        ended=["e"],
        completed={"a": 1, "b": 1, "S": 1},
    ),
    Case(
        name="a compensation handler does not start by itself in a scope without start event",
        why="§10.7: a compensation activity has no incoming flow and runs outside normal flow",
        text="""
process p
  start s -> S
  sub S -> e
    task a
    boundary c on=a compensation undo=h
    task h handler
  end e
""",
        ended=["e"],
        completed={"a": 1, "h": 0},
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_start_event(case: Case, tmp_path: Path) -> None:
    case.check(tmp_path)
