"""Does a signal reach every catcher, everywhere, and only those who listen (BPMN 2.0.2 §10.5.1, §10.5.7)?"""

from pathlib import Path

import pytest

from tests.conformance.events.expectation import Case

BROADCAST = "§10.5.1: a signal is broadcast to every catcher within and across processes"
TWO = """
process p
  start s -> u
  user u -> t
  throw t signal=S -> e
  end e
process q
  start a -> c
  catch c signal=S -> x
  end x
"""

CASES = [
    Case(
        name="a signal of one process frees the catch of another",
        why=BROADCAST,
        text=TWO,
        processes=["p", "q"],
        script=[{"complete": "u"}],
        ended_set=["e", "x"],
    ),
    Case(
        name="a signal frees catches in several instances of a process",
        why=BROADCAST,
        text=TWO,
        processes=["q", "q", "p"],
        script=[{"complete": "u"}],
        ended_set=["e", "x", "x"],
    ),
    Case(
        name="a signal from outside reaches every process",
        why=BROADCAST,
        text="process p\n  start s -> c\n  catch c signal=S -> e\n  end e\n"
        "process q\n  start a -> d\n  catch d signal=S -> x\n  end x",
        processes=["p", "q"],
        script=[{"signal": "S"}],
        ended_set=["e", "x"],
    ),
    Case(
        name="a signal is not kept for a catch that comes later",
        why="§10.5.1: a signal reaches those who listen when it is thrown; only messages are buffered",
        text="process p\n  start s -> t\n  throw t signal=S -> c\n  catch c signal=S -> e\n  end e",
        status="waiting",
        waiting=["c"],
        completed={"t": 1},
    ),
    Case(
        name="a signal that nobody catches ends nothing",
        why="§10.5.1",
        text="process p\n  start s -> t\n  throw t signal=S -> e\n  end e",
        ended=["e"],
    ),
    Case(
        name="a signal interrupts the scope that throws it",
        why="bpmn.md: also to the thrower's own scope; an interrupting signal cancels its scope before anything else",
        text="""
process p
  start s -> S
  sub S -> e
    start a -> t
    throw t signal=S -> v
    user v -> i
    end i
  boundary b on=S signal=S -> x
  end e
  end x
""",
        ended=["x"],
        completed={"v": 0, "S": 0},
        terminated={"S": 1},
    ),
    Case(
        name="a signal interrupts its own process by an event sub-process",
        why="bpmn.md: also to the thrower's own scope",
        text="process p\n  start s -> t\n  throw t signal=S -> v\n  user v -> e\n  end e\n"
        "  esub E\n    start es signal=S -> ee\n    end ee",
        ended=["ee"],
        completed={"v": 0},
    ),
    Case(
        name="a signal starts a non-interrupting event sub-process of its own scope and goes on",
        why="bpmn.md: also to the thrower's own scope",
        text="process p\n  start s -> t\n  throw t signal=S -> v\n  user v -> e\n  end e\n"
        "  esub E\n    start es signal=S nonint -> ee\n    end ee",
        script=[{"complete": "v"}],
        ended=["ee", "e"],
    ),
    Case(
        name="one throw reaches a catch, a boundary event, an event sub-process and a start event",
        why=BROADCAST,
        text="""
process p
  start s -> f
  and f -> c, u, g
  catch c signal=S -> ec
  user u -> eu
  boundary b on=u signal=S -> eb
  user g -> t
  throw t signal=S -> et
  end ec
  end eu
  end eb
  end et
  esub E
    start es signal=S nonint -> ee
    end ee
process q
  start a signal=S -> x
  end x
""",
        processes=["p"],
        script=[{"complete": "g"}],
        ended_set=["ec", "eb", "ee", "et", "x"],
    ),
    Case(
        name="a signal of a called process reaches its caller",
        why=BROADCAST,
        text="process p\n  start s -> c\n  call c calls=q -> e\n  boundary b on=c signal=S nonint -> x\n"
        "  end e\n  end x\n"
        "process q\n  start a -> t\n  throw t signal=S -> y\n  end y",
        processes=["p"],
        completed={"e": 1, "x": 1, "y": 1, "b": 1},
    ),
    Case(
        name="a signal of a caller reaches the called process",
        why=BROADCAST,
        text="process p\n  start s -> f\n  and f -> c, u\n  call c calls=q -> e\n  user u -> t\n"
        "  end t signal=S\n  end e\n"
        "process q\n  start a -> d\n  catch d signal=S -> y\n  end y",
        processes=["p"],
        script=[{"complete": "u"}],
        completed={"e": 1, "y": 1, "t": 1},
    ),
    Case(
        name="signals of another name are not heard",
        why="bpmn.md Policies: signals match by the name of their definition",
        text=TWO.replace("throw t signal=S", "throw t signal=Z"),
        processes=["p", "q"],
        script=[{"complete": "u"}],
        status="waiting",
        waiting=["c"],
        ended=["e"],
    ),
    Case(
        name="a signal that starts a process also frees its running catches",
        why=BROADCAST,
        text="process q\n  start a signal=S -> c\n  catch c signal=S -> x\n  end x",
        script=[{"signal": "S"}, {"signal": "S"}],
        status="waiting",
        ended=["x"],
        waiting=["c"],
        completed={"a": 2},
    ),
    Case(
        name="a signal from outside that nobody waits for ends the script",
        why="contract: each step waits for its target to be there, else script-failed",
        text="process p\n  start s -> u\n  user u -> e\n  end e",
        script=[{"signal": "S"}],
        status="script-failed",
        completed={"u": 0},
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_signal(case: Case, tmp_path: Path) -> None:
    case.check(tmp_path)
