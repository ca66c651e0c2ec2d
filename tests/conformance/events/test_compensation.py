"""Is completed work compensated as BPMN 2.0.2 §10.7 and §13.5.7 say?"""

from pathlib import Path

import pytest

from tests.conformance.events.expectation import Case

REVERSE = "bpmn.md: compensation in reverse order of completion, once per completed activation"


def undoable(name: str, then: str, *, kind: str = "task", handler: str = "task", marks: str = "") -> str:
    """A task with its compensation handler, indented for a process."""
    return (
        f"  {kind} {name} {marks} -> {then}\n  boundary c{name} on={name} compensation undo=u{name}\n"
        f"  {handler} u{name} handler\n"
    )


def inner(text: str) -> str:
    return "".join(f"  {line}\n" for line in text.splitlines())


CHAIN = "process p\n  start s -> a\n" + undoable("a", "b") + undoable("b", "t")
USERS = "process p\n  start s -> a\n" + undoable("a", "b", handler="user") + undoable("b", "t", handler="user")
SUB = "process p\n  start s -> S\n  sub S -> t\n    start i -> a\n" + inner(undoable("a", "b") + undoable("b", "j"))
SUB += "    end j\n"
END = "  end e\n"
ITEMS = (
    "process p\n  start s -> S\n  sub S each='= [1, 2, 3]' sequential -> t\n    start i -> a\n    task a -> j\n"
    "    boundary ca on=a compensation undo=ua\n"
    "    script ua handler gives='= append(done, item)' result=done\n    end j\n"
)

CASES = [
    Case(
        name="compensation runs in reverse order of completion",
        why=REVERSE,
        text=CHAIN + "  throw t compensation -> e\n" + END,
        ended=["e"],
        order=["a", "b", "ub", "ua", "t", "e"],
    ),
    Case(
        name="a handler does not run without a compensation throw",
        why="§10.7.1: outside normal flow",
        text=CHAIN + "  throw t -> e\n" + END,
        ended=["e"],
        completed={"ua": 0, "ub": 0},
    ),
    Case(
        name="the compensation throw waits for the handlers one after the other",
        why="§10.7.2: waitForCompletion is true by default; reverse order",
        text=USERS + "  throw t compensation -> e\n" + END,
        status="waiting",
        ended=[],
        completed={"t": 0, "a": 1, "b": 1},
        script=[{"complete": "ub"}],
        order=["b", "ub"],
    ),
    Case(
        name="the throw goes on when the last handler has completed",
        why="§10.7.2",
        text=USERS + "  throw t compensation -> e\n" + END,
        script=[{"complete": "ub"}, {"complete": "ua"}],
        ended=["e"],
        order=["ub", "ua", "t"],
    ),
    Case(
        name="the earlier handler is not offered before the later one is done",
        why=REVERSE,
        text=USERS + "  throw t compensation -> e\n" + END,
        status="waiting",
        script=[{"complete": "ub"}],
        completed={"ub": 1, "ua": 0},
    ),
    Case(
        name="a compensation throw that does not wait goes on at once",
        why="§10.7.2: waitForCompletion false",
        text="process p\n  start s -> a\n"
        + undoable("a", "t", handler="user")
        + "  throw t compensation nowait -> e\n"
        + END,
        status="waiting",
        ended=["e"],
        waiting=["ua"],
    ),
    Case(
        name="a compensation throw with activityRef compensates only that activity",
        why="§10.7.2: activityRef names the activity",
        text=CHAIN + "  throw t compensation=a -> e\n" + END,
        ended=["e"],
        completed={"ua": 1, "ub": 0},
    ),
    Case(
        name="an activityRef to what has not run compensates nothing",
        why="§10.7.1: only completed activities are compensated",
        text="process p\n  start s -> x\n  xor x -> a if n = 1, t default\n"
        + undoable("a", "t")
        + "  throw t compensation=a -> e\n"
        + END,
        start={"n": 2},
        ended=["e"],
        completed={"ua": 0},
    ),
    Case(
        name="what was compensated is not compensated again",
        why=REVERSE,
        text=CHAIN + "  throw t compensation -> t2\n  throw t2 compensation -> e\n" + END,
        ended=["e"],
        completed={"ua": 1, "ub": 1},
    ),
    Case(
        name="a throw for all after a throw for one compensates the rest",
        why=REVERSE,
        text=CHAIN + "  throw t compensation=b -> t2\n  throw t2 compensation -> e\n" + END,
        ended=["e"],
        completed={"ua": 1, "ub": 1},
        order=["ub", "t", "ua", "t2"],
    ),
    Case(
        name="an activity that completed three times is compensated three times",
        why=REVERSE,
        text="process p\n  start s -> m\n  xor m -> a\n"
        + undoable("a", "g", kind="script", marks="gives='= n + 1' result=n")
        + "  xor g -> m if n < 3, t default\n  throw t compensation -> e\n"
        + END,
        start={"n": 0},
        ended=["e"],
        completed={"a": 3, "ua": 3},
    ),
    Case(
        name="a running activity is not compensated",
        why="bpmn.md: not for activities still running",
        text="process p\n  start s -> f\n  and f -> a, v\n"
        + undoable("a", "x", kind="user")
        + "  user v -> t\n  throw t compensation -> e\n  end x\n"
        + END,
        script=[{"complete": "v"}],
        status="waiting",
        ended=["e"],
        waiting=["a"],
        completed={"ua": 0},
    ),
    Case(
        name="an activity that completes after the throw can be compensated by the next",
        why=REVERSE,
        text="process p\n  start s -> f\n  and f -> a, v\n"
        + undoable("a", "t2", kind="user")
        + "  user v -> t\n  throw t compensation -> e\n  throw t2 compensation -> e\n"
        + END,
        script=[{"complete": "v"}, {"complete": "a"}],
        ended=["e", "e"],
        completed={"ua": 1},
        order=["t", "a", "ua", "t2"],
    ),
    Case(
        name="an interrupted activity is not compensated",
        why="§10.7.1: only activities that completed",
        text="process p\n  start s -> a\n"
        + undoable("a", "e", kind="user")
        + "  boundary x on=a error=E1 -> t\n  throw t compensation -> e\n"
        + END,
        script=[{"throwError": "a", "code": "E1"}],
        ended=["e"],
        completed={"ua": 0},
    ),
    Case(
        name="parallel work is compensated in the reverse order in which it completed",
        why=REVERSE,
        text="process p\n  start s -> f\n  and f -> a, b\n"
        + undoable("a", "j", kind="user")
        + undoable("b", "j", kind="user")
        + "  and j -> t\n  throw t compensation -> e\n"
        + END,
        script=[{"complete": "b"}, {"complete": "a"}],
        ended=["e"],
        order=["b", "a", "ua", "ub"],
    ),
    Case(
        name="a completed sub-process without handler compensates what it did",
        why="§10.7.1: default compensation, the contained activities in reverse order",
        text=SUB + "  throw t compensation -> e\n" + END,
        ended_set=["j", "e"],
        order=["S", "ub", "ua", "t"],
    ),
    Case(
        name="activityRef of a sub-process compensates what it did",
        why="§10.7.1: default compensation",
        text=SUB + "  throw t compensation=S -> e\n" + END,
        order=["ub", "ua", "t", "e"],
    ),
    Case(
        name="the handler of a sub-process takes the place of the default",
        why="§10.7.1: default compensation applies when there is no handler",
        text=SUB + "  boundary cS on=S compensation undo=uS\n  task uS handler\n  throw t compensation -> e\n" + END,
        completed={"uS": 1, "ua": 0, "ub": 0, "e": 1},
    ),
    Case(
        name="a running sub-process is not compensated from outside",
        why="§10.7.1: only completed activities",
        text=SUB.replace("j", "v").replace("    end v\n", "    user v\n").replace("-> S\n", "-> f\n  and f -> S, w\n")
        + "  user w -> t\n  throw t compensation -> e\n"
        + END,
        script=[{"complete": "w"}],
        status="waiting",
        ended=["e"],
        waiting=["v"],
        completed={"a": 1, "ua": 0},
    ),
    Case(
        name="a throw inside a sub-process compensates only that scope",
        why="§10.7.2: the current scope; the throw is in the same sub-process as what it compensates",
        text="process p\n  start s -> z\n"
        + undoable("z", "S")
        + "  sub S -> e\n    start i -> a\n"
        + inner(undoable("a", "k"))
        + "    throw k compensation -> j\n    end j\n"
        + END,
        ended_set=["j", "e"],
        completed={"ua": 1, "uz": 0},
    ),
    Case(
        name="a compensation end event of a sub-process compensates that scope",
        why="§10.5.3 Compensation end; §10.7.2",
        text="process p\n  start s -> z\n"
        + undoable("z", "S")
        + "  sub S -> e\n    start i -> a\n"
        + inner(undoable("a", "k"))
        + "    end k compensation\n"
        + END,
        ended_set=["k", "e"],
        completed={"ua": 1, "uz": 0, "S": 1},
    ),
    Case(
        name="a sub-process compensates from its error event sub-process what it did",
        why="§10.7.2: from an event sub-process the scope around it is compensated",
        text="process p\n  start s -> S\n  sub S -> e\n    start i -> a\n"
        + inner(undoable("a", "v", kind="task"))
        + "    user v -> j\n    end j\n    esub E\n      start es error=E1 -> t\n"
        "      throw t compensation -> ee\n      end ee\n" + END,
        script=[{"throwError": "v", "code": "E1"}],
        ended=["ee", "e"],
        completed={"ua": 1},
    ),
    Case(
        name="what an interrupted sub-process did is not compensated later",
        why="§10.7.1: the sub-process did not complete",
        text=SUB.replace("    end j\n", "    end j error=E1\n")
        + "  boundary x on=S error=E1 -> t\n  throw t compensation -> e\n"
        + END,
        completed={"ua": 0, "ub": 0, "e": 1},
    ),
    Case(
        name="each item of a multi-instance sub-process is compensated with its own data in reverse order",
        why="§10.7.1: each instance has its own snapshot; sequential instances in reverse order",
        text=ITEMS + "  throw t compensation -> e\n" + END,
        start={"done": []},
        variables={"done": [3, 2, 1]},
        completed={"ua": 3},
    ),
    Case(
        name="each completed item of a parallel multi-instance task is compensated",
        why="bpmn.md: compensation of multi-instance, once per completed activation",
        text="process p\n  start s -> a\n"
        + undoable("a", "t", marks="each='= [1, 2, 3]'")
        + "  throw t compensation -> e\n"
        + END,
        ended=["e"],
        completed={"ua": 3},
    ),
    Case(
        name="the handler of a call activity compensates it",
        why="§10.7.1: a call activity is an activity",
        text="process p\n  start s -> a\n"
        + undoable("a", "t", kind="call", marks="calls=q")
        + "  throw t compensation -> e\n"
        + END
        + "process q\n  start i -> j\n  end j\n",
        processes=["p"],
        completed={"ua": 1, "e": 1},
        order=["a", "ua", "t"],
    ),
    Case(
        name="a handler may be a sub-process",
        why="§10.7.1: a handler is any activity",
        text="process p\n  start s -> a\n"
        + undoable("a", "t", handler="sub").rstrip("\n")
        + "\n    start i -> v\n    user v -> j\n    end j\n  throw t compensation -> e\n"
        + END,
        script=[{"complete": "v"}],
        order=["a", "v", "ua", "t", "e"],
    ),
    Case(
        name="a handler may be a call activity",
        why="§10.7.1: a handler is any activity",
        text="process p\n  start s -> a\n"
        + undoable("a", "t", handler="call").replace("ua handler", "ua handler calls=q")
        + "  throw t compensation -> e\n"
        + END
        + "process q\n  start i -> j\n  end j\n",
        processes=["p"],
        order=["a", "ua", "t", "e"],
    ),
    Case(
        name="a compensation event sub-process takes the place of the default",
        why="§10.7.1: a compensation event sub-process is the handler of its scope",
        text=SUB + "    esub E\n      start es compensation -> h\n      task h -> ee\n      end ee\n"
        "  throw t compensation -> e\n" + END,
        completed={"h": 1, "ua": 0, "ub": 0, "e": 1},
        order=["S", "h", "t"],
    ),
    Case(
        name="a compensation event sub-process may compensate what its scope did",
        why="§10.7.2: a throw in a compensation event sub-process compensates the activities of its parent",
        text=SUB + "    esub E\n      start es compensation -> h\n      throw h compensation=a -> ee\n      end ee\n"
        "  throw t compensation -> e\n" + END,
        completed={"h": 1, "ua": 1, "ub": 0, "e": 1},
    ),
    Case(
        name="a compensation event sub-process does not run while its scope does",
        why="§10.7.1: only after the scope has completed",
        text=SUB + "    esub E\n      start es compensation -> ee\n      end ee\n  throw t -> e\n" + END,
        ended=["j", "e"],
        completed={"es": 0},
    ),
    Case(
        name="nested sub-processes are compensated from the outside in reverse",
        why="§10.7.1: default compensation recurses",
        text="process p\n  start s -> S\n  sub S -> t\n    start i -> a\n"
        + inner(undoable("a", "T"))
        + "    sub T -> b\n      start k -> c\n"
        + inner(inner(undoable("c", "l")))
        + "      end l\n"
        + inner(undoable("b", "j"))
        + "    end j\n  throw t compensation -> e\n"
        + END,
        order=["a", "c", "b", "ub", "uc", "ua", "t", "e"],
    ),
    Case(
        name="an error of a handler that nobody catches is an incident",
        why="bpmn.md: error thrown with no catcher (incident)",
        text="process p\n  start s -> a\n" + undoable("a", "t", handler="user") + "  throw t compensation -> e\n" + END,
        script=[{"throwError": "ua", "code": "E1"}],
        status="incident",
        incidents=[("ua", "uncaught-error")],
        ended=[],
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_compensation(case: Case, tmp_path: Path) -> None:
    case.check(tmp_path)
