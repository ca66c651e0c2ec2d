"""Does an escalation reach its catcher, and does the thrower go on when it may (BPMN 2.0.2 §10.5.7, §13.5.6)?"""

from pathlib import Path

import pytest

from tests.conformance.events.expectation import Case

INNERMOST = "§10.5.7: an escalation goes to the innermost enclosing scope that catches it"
WITHIN = """
process p
  start s -> S
  sub S -> e
    start a -> t
    throw t escalation=X -> v
    user v -> i
    end i
  {outer}
  end e
  end x
  end y
"""
TASK = "process p\n  start s -> u\n  user u -> e\n  boundary b on=u {event} -> x\n  end e\n  end x\n  end y"
CALL = """
process p
  start s -> c
  call c calls=q -> e
  boundary b on=c escalation=X {kind} -> x
  end e
  end x
process q
  start a -> t
  throw t escalation=X -> v
  user v -> i
  end i
"""
ESCALATES = {"throwEscalation": "u", "code": "X"}

CASES = [
    Case(
        name="an interrupting boundary event ends the sub-process that escalates",
        why="bpmn.md Policies: an interrupting escalation cancels its scope before anything else runs",
        text=WITHIN.format(outer="boundary b on=S escalation=X -> x"),
        ended=["x"],
        completed={"v": 0, "S": 0},
        terminated={"S": 1},
    ),
    Case(
        name="a non-interrupting boundary event lets the thrower continue",
        why="bpmn.md: escalation caught non-interruptingly while the thrower continues",
        text=WITHIN.format(outer="boundary b on=S escalation=X nonint -> x"),
        script=[{"complete": "v"}],
        ended=["x", "i", "e"],
        completed={"S": 1},
    ),
    Case(
        name="an escalation of another code passes a boundary event by",
        why="§10.5.4 Escalation: by escalationCode; bpmn.md: escalation with no catcher (continues)",
        text=WITHIN.format(outer="boundary b on=S escalation=Z -> x"),
        script=[{"complete": "v"}],
        ended=["i", "e"],
        completed={"b": 0},
    ),
    Case(
        name="a catch-all escalation boundary event catches any code",
        why="§10.5.4 Escalation: without code any escalation triggers it",
        text=WITHIN.format(outer="boundary b on=S escalation -> x"),
        ended=["x"],
    ),
    Case(
        name="the catcher of the code wins over the catch-all of escalations",
        why="bpmn.md Policies: a code-specific catcher wins over a catch-all and only one fires",
        text=WITHIN.format(outer="boundary b on=S escalation nonint -> x\n  boundary c on=S escalation=X nonint -> y"),
        script=[{"complete": "v"}],
        ended=["y", "i", "e"],
    ),
    Case(
        name="an escalation of a task is caught on it and ends it",
        why=INNERMOST,
        text=TASK.format(event="escalation=X"),
        script=[ESCALATES],
        ended=["x"],
        terminated={"u": 1},
    ),
    Case(
        name="an escalation of a task caught non-interruptingly leaves it waiting",
        why=INNERMOST,
        text=TASK.format(event="escalation=X nonint"),
        script=[ESCALATES],
        status="waiting",
        ended=["x"],
        waiting=["u"],
    ),
    Case(
        name="a task may escalate more than once",
        why="§13.5.3: a non-interrupting boundary event may occur several times",
        text=TASK.format(event="escalation=X nonint"),
        script=[ESCALATES, ESCALATES, {"complete": "u"}],
        ended=["x", "x", "e"],
    ),
    Case(
        name="an escalation of a task that nobody catches changes nothing",
        why="bpmn.md: escalation with no catcher (continues)",
        text=TASK.format(event="escalation=Z"),
        script=[ESCALATES, {"complete": "u"}],
        ended=["e"],
    ),
    Case(
        name="an escalation end event that nobody catches ends its path",
        why="bpmn.md: escalation with no catcher (continues)",
        text="process p\n  start s -> e\n  end e escalation=X",
        ended=["e"],
    ),
    Case(
        name="an escalation end event caught non-interruptingly lets its sub-process complete",
        why="§10.5.3 Escalation end",
        text="process p\n  start s -> S\n  sub S -> e\n    start a -> k\n    end k escalation=X\n"
        "  boundary b on=S escalation=X nonint -> x\n  end e\n  end x",
        ended_set=["k", "x", "e"],
        completed={"S": 1, "b": 1},
    ),
    Case(
        name="an escalation end event caught by an interrupting boundary event does not take the normal flow",
        why="§13.5.3: interrupting",
        text="process p\n  start s -> S\n  sub S -> e\n    start a -> k\n    end k escalation=X\n"
        "  boundary b on=S escalation=X -> x\n  end e\n  end x",
        completed={"x": 1, "e": 0, "S": 0},
    ),
    Case(
        name="an escalation goes through the scopes that do not catch it",
        why=INNERMOST,
        text="""
process p
  start s -> S
  sub S -> e
    start a -> T
    sub T -> i
      start b -> t
      throw t escalation=X -> v
      user v -> j
      end j
    end i
  boundary d on=S escalation=X nonint -> x
  end e
  end x
""",
        script=[{"complete": "v"}],
        ended=["x", "j", "i", "e"],
    ),
    Case(
        name="an escalation caught inside does not go further out",
        why=INNERMOST,
        text="""
process p
  start s -> S
  sub S -> e
    start a -> t
    throw t escalation=X -> i
    end i
    esub E
      start es escalation=X nonint -> ee
      end ee
  boundary d on=S escalation=X nonint -> x
  end e
  end x
""",
        ended_set=["ee", "i", "e"],
        completed={"d": 0},
    ),
    Case(
        name="an escalation of a called process is caught on the call activity beside it",
        why="§10.5.7: propagation crosses call activities",
        text=CALL.format(kind="nonint"),
        processes=["p"],
        script=[{"complete": "v"}],
        completed={"x": 1, "i": 1, "e": 1, "c": 1},
    ),
    Case(
        name="an interrupting catch on the call activity ends the called process",
        why="§13.5.3",
        text=CALL.format(kind=""),
        processes=["p"],
        completed={"x": 1, "v": 0, "e": 0},
        terminated={"c": 1},
    ),
    Case(
        name="each item of a multi-instance sub-process may escalate",
        why="§13.5.3: non-interrupting, several times",
        text=WITHIN.format(outer="boundary b on=S escalation=X nonint -> x").replace("sub S", "sub S each='= [1, 2]'"),
        auto=True,
        ended_set=["x", "x", "i", "i", "e"],
        completed={"b": 2},
    ),
    Case(
        name="an escalation after an interrupting catch finds no more sub-process",
        why="bpmn.md Policies: cancels its scope before anything else runs",
        text="""
process p
  start s -> S
  sub S -> e
    start a -> g
    and g -> k1, k2
    end k1 escalation=X
    end k2 escalation=X
  boundary b on=S escalation=X -> x
  end e
  end x
""",
        completed={"b": 1, "x": 1, "e": 0},
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_escalation(case: Case, tmp_path: Path) -> None:
    case.check(tmp_path)
