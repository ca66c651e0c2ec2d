"""Do boundary events interrupt, or run beside, their activity as BPMN 2.0.2 §10.5.4 and §13.5.3 say?"""

from pathlib import Path
from typing import Any

import pytest

from tests.conformance.events.expectation import Case


def guarded(event: str, host: str = "user u -> e") -> str:
    return f"process p\n  start s -> u\n  {host}\n  boundary b on=u {event} -> x\n  end e\n  end x"


INTERRUPTING = "§13.5.3: an interrupting boundary event cancels its activity and goes on alone"
BESIDE = "§13.5.3: a non-interrupting boundary event adds a token, its activity goes on"
SUB = """
process p
  start s -> S
  sub S -> e
    start a -> f
    and f -> u1, u2
    user u1 -> j
    user u2 -> j
    and j -> i
    end i
  boundary b on=S {event} -> x
  end e
  end x
"""
FIRES: list[tuple[str, dict[str, Any]]] = [
    ("message=M", {"message": "M"}),
    ("signal=S", {"signal": "S"}),
    ("duration=PT1H", {"advance": "PT1H"}),
    ("condition='= n > 1'", {"set": {"n": 2}}),
]


def kinds() -> list[Case]:
    cases = []
    for event, step in FIRES:
        kind = event.split("=")[0]
        cases += [
            Case(
                name=f"an interrupting {kind} boundary event ends its activity",
                why=INTERRUPTING,
                text=guarded(event),
                start={"n": 0},
                script=[step],
                ended=["x"],
                completed={"u": 0, "b": 1},
                terminated={"u": 1},
                order=["~u", "b"],
            ),
            Case(
                name=f"a non-interrupting {kind} boundary event leaves its activity running",
                why=BESIDE,
                text=guarded(event + " nonint"),
                start={"n": 0},
                script=[step],
                status="waiting",
                ended=["x"],
                waiting=["u"],
                terminated={"u": 0},
            ),
            Case(
                name=f"a non-interrupting {kind} boundary event lets its activity complete later",
                why=BESIDE,
                text=guarded(event + " nonint"),
                start={"n": 0},
                script=[step, {"complete": "u"}],
                ended=["x", "e"],
            ),
            Case(
                name=f"an interrupting {kind} boundary event ends everything in its sub-process",
                why=INTERRUPTING,
                text=SUB.format(event=event),
                start={"n": 0},
                script=[{"complete": "u1"}, step],
                ended=["x"],
                completed={"u1": 1, "u2": 0, "S": 0, "i": 0},
                terminated={"u2": 1, "S": 1},
            ),
        ]
    return cases


CASES = [
    *kinds(),
    Case(
        name="a boundary event no longer catches when its activity has completed",
        why="§13.5.3: it listens only while the activity runs",
        text=guarded("message=M", "user u -> v\n  user v -> e"),
        script=[{"complete": "u"}, {"message": "M"}],
        status="script-failed",
        completed={"b": 0},
    ),
    Case(
        name="a timer boundary event is gone with its activity",
        why="§13.5.3",
        text=guarded("duration=PT1H", "user u -> v\n  user v -> e"),
        script=[{"complete": "u"}, {"advance": "PT5H"}, {"complete": "v"}],
        ended=["e"],
        completed={"b": 0},
    ),
    Case(
        name="a non-interrupting message boundary event fires once per message",
        why=BESIDE,
        text=guarded("message=M nonint"),
        script=[{"message": "M"}, {"message": "M"}, {"message": "M"}, {"complete": "u"}],
        ended=["x", "x", "x", "e"],
        completed={"b": 3},
    ),
    Case(
        name="a non-interrupting signal boundary event fires once per signal",
        why=BESIDE,
        text=guarded("signal=S nonint"),
        script=[{"signal": "S"}, {"signal": "S"}, {"complete": "u"}],
        ended=["x", "x", "e"],
    ),
    Case(
        name="a cycle on a non-interrupting timer boundary event fires as often as it says",
        why="§10.5.4 Timer; ISO 8601 R3/PT1H: three times",
        text=guarded("cycle=R3/PT1H nonint"),
        script=[{"advance": "PT9H"}, {"complete": "u"}],
        ended=["x", "x", "x", "e"],
        hours={"b": [1, 2, 3]},
    ),
    Case(
        name="a cycle on a non-interrupting timer boundary event stops when its activity completes",
        why="§13.5.3",
        text=guarded("cycle=R3/PT1H nonint", "user u -> v\n  user v -> e"),
        script=[{"advance": "PT2H"}, {"complete": "u"}, {"advance": "PT9H"}, {"complete": "v"}],
        hours={"b": [1, 2]},
        ended=["x", "x", "e"],
    ),
    Case(
        name="a cycle on an interrupting timer boundary event fires once",
        why=INTERRUPTING,
        text=guarded("cycle=R3/PT1H"),
        script=[{"advance": "PT9H"}],
        ended=["x"],
        hours={"b": [1]},
    ),
    Case(
        name="a duration on a non-interrupting timer boundary event fires once",
        why="§10.5.4 Timer: a duration is one point of time",
        text=guarded("duration=PT1H nonint"),
        script=[{"advance": "PT9H"}, {"complete": "u"}],
        ended=["x", "e"],
        hours={"b": [1]},
    ),
    Case(
        name="a non-interrupting conditional boundary event fires each time its condition becomes true",
        why="§10.5.4 Conditional: triggers when the condition becomes true",
        text=guarded("condition='= n > 1' nonint"),
        start={"n": 0},
        script=[{"set": {"n": 2}}, {"set": {"n": 3}}, {"set": {"n": 0}}, {"set": {"n": 5}}, {"complete": "u"}],
        ended=["x", "x", "e"],
        completed={"b": 2},
    ),
    Case(
        name="a conditional boundary event that is true when its activity starts fires at once",
        why="bpmn.md Policies: already true when its scope opens",
        text=guarded("condition='= n > 1'"),
        start={"n": 2},
        ended=["x"],
        completed={"u": 0},
    ),
    Case(
        name="a multiple boundary event fires on either trigger",
        why="§10.5.4 Multiple boundary: one of them is required",
        text=guarded("message=M signal=S"),
        script=[{"signal": "S"}],
        ended=["x"],
        terminated={"u": 1},
    ),
    Case(
        name="a non-interrupting multiple boundary event fires on each trigger",
        why="§10.5.4 Multiple boundary, non-interrupting",
        text=guarded("message=M signal=S nonint"),
        script=[{"signal": "S"}, {"message": "M"}, {"complete": "u"}],
        ended=["x", "x", "e"],
    ),
    Case(
        name="a parallel multiple boundary event needs all its triggers",
        why="§10.5.4 Parallel Multiple boundary: all of them are required",
        text=guarded("message=M signal=S parallel"),
        script=[{"signal": "S"}, {"message": "M"}],
        ended=["x"],
        order=["~u", "b"],
    ),
    Case(
        name="a parallel multiple boundary event does not fire with one of two triggers",
        why="§10.5.4 Parallel Multiple boundary: all of them are required",
        text=guarded("message=M signal=S parallel"),
        script=[{"signal": "S"}, {"complete": "u"}],
        ended=["e"],
        completed={"b": 0},
    ),
    Case(
        name="of two interrupting boundary timers the sooner wins",
        why=INTERRUPTING,
        text=guarded("duration=PT2H") + "\n  boundary b2 on=u duration=PT1H -> x2\n  end x2",
        script=[{"advance": "PT9H"}],
        ended=["x2"],
        completed={"b": 0},
    ),
    Case(
        name="of two interrupting boundary timers at the same instant exactly one wins",
        why="bpmn.md: exactly one wins",
        text=guarded("duration=PT1H") + "\n  boundary b2 on=u duration=PT1H -> x",
        script=[{"advance": "PT1H"}],
        ended=["x"],
        terminated={"u": 1},
    ),
    Case(
        name="one signal fires two non-interrupting boundary events of one activity",
        why="§10.5.1: a signal is broadcast to every catcher",
        text=guarded("signal=S nonint") + "\n  boundary b2 on=u signal=S nonint -> x2\n  end x2",
        script=[{"signal": "S"}, {"complete": "u"}],
        ended_set=["x", "x2", "e"],
    ),
    Case(
        name="one signal interrupts two activities",
        why="§10.5.1: a signal is broadcast to every catcher",
        text="""
process p
  start s -> f
  and f -> u, v
  user u
  user v
  boundary b on=u signal=S -> x
  boundary c on=v signal=S -> y
  end x
  end y
""",
        script=[{"signal": "S"}],
        ended_set=["x", "y"],
        terminated={"u": 1, "v": 1},
    ),
    Case(
        name="a boundary event of an outer sub-process ends the inner ones",
        why=INTERRUPTING,
        text="""
process p
  start s -> S
  sub S -> e
    start a -> T
    sub T -> i
      start b -> u
      user u
    boundary c on=T message=M -> y
    end i
    end y
  boundary d on=S message=N -> x
  end e
  end x
""",
        script=[{"message": "N"}],
        ended=["x"],
        terminated={"S": 1, "T": 1, "u": 1},
        completed={"c": 0},
    ),
    Case(
        name="a boundary event sits on a call activity and ends what it called",
        why=INTERRUPTING,
        text="""
process p
  start s -> c
  call c calls=q -> e
  boundary b on=c message=M -> x
  end e
  end x
process q
  start a -> u
  user u -> i
  end i
""",
        processes=["p"],
        script=[{"message": "M"}],
        ended=["x"],
        completed={"u": 0, "c": 0},
        terminated={"u": 1, "c": 1},
    ),
    Case(
        name="a boundary event on a whole multi-instance activity ends all its items",
        why="§13.3.7 and bpmn.md: multi-instance with a boundary event on the whole",
        text=guarded("message=M", "user u each='= [1, 2, 3]' -> e"),
        script=[{"complete": "u"}, {"message": "M"}],
        ended=["x"],
        completed={"b": 1},
    ),
    Case(
        name="a non-interrupting boundary event on a multi-instance activity fires for the whole",
        why="§13.5.3: the boundary event belongs to the activity, not to its items",
        text=guarded("message=M nonint", "user u each='= [1, 2]' -> e"),
        script=[{"message": "M"}, {"complete": "u"}, {"complete": "u"}],
        ended=["x", "e"],
        completed={"b": 1},
    ),
    Case(
        name="a boundary flow that leads back runs its activity again with new events",
        why="§13.5.3: each activation listens for itself",
        text="""
process p
  start s -> u
  user u -> e
  boundary b on=u duration=PT1H -> again
  task again -> u
  end e
""",
        script=[{"advance": "next"}, {"advance": "next"}, {"complete": "u"}],
        ended=["e"],
        hours={"b": [1, 2]},
        terminated={"u": 2},
    ),
    Case(
        name="the path of a non-interrupting boundary event goes on after its activity completed",
        why=BESIDE,
        text="process p\n  start s -> u\n  user u -> e\n  boundary b on=u message=M nonint -> v\n"
        "  user v -> x\n  end e\n  end x",
        script=[{"message": "M"}, {"complete": "u"}],
        status="waiting",
        ended=["e"],
        waiting=["v"],
    ),
    Case(
        name="a boundary event on a receive task",
        why=INTERRUPTING,
        text=guarded("duration=PT1H", "receive u message=M -> e"),
        script=[{"advance": "next"}],
        ended=["x"],
        terminated={"u": 1},
    ),
    Case(
        name="the variables of a boundary message reach the process",
        why="bpmn.md Variables",
        text=guarded("message=M"),
        script=[{"message": "M", "variables": {"reason": "late"}}],
        ended=["x"],
        variables={"reason": "late"},
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_boundary_event(case: Case, tmp_path: Path) -> None:
    case.check(tmp_path)
