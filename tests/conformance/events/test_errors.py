"""Does an error go to the innermost catcher that takes it (BPMN 2.0.2 §10.5.7, §13.5.6)?"""

from pathlib import Path

import pytest

from tests.conformance.events.expectation import Case

INNERMOST = "§10.5.7: the error goes to the innermost enclosing scope that has a catcher for it"
POLICY = "bpmn.md Policies: a code-specific catcher wins over a catch-all and only one fires"
ONE_TASK = "process p\n  start s -> u\n  user u -> e\n  end e\n  end x\n  end y\n"
NESTED = """
process p
  start s -> S
  sub S -> e
    start a -> T
    sub T -> i
      start b -> u
      user u -> j
      end j
    {inner}
    end i
    end y
  {outer}
  end e
  end x
"""
CALL = """
process p
  start s -> c
  call c calls=q -> e
  {boundary}
  end e
  end x
process q
  start a -> u
  user u -> k
  end k error=E1
"""


def thrown(code: str = "E1") -> list[dict[str, str]]:
    return [{"throwError": "u", "code": code}]


CASES = [
    Case(
        name="an error boundary event catches the error of its task",
        why=INNERMOST,
        text=ONE_TASK + "  boundary b on=u error=E1 -> x",
        script=thrown(),
        ended=["x"],
        terminated={"u": 1},
    ),
    Case(
        name="a catch-all catches an error of any code",
        why="§10.5.4 Error: without errorCode any error triggers it",
        text=ONE_TASK + "  boundary b on=u error -> x",
        script=thrown("E7"),
        ended=["x"],
    ),
    Case(
        name="the catcher of the code wins over a catch-all that stands before it",
        why=POLICY,
        text=ONE_TASK + "  boundary b on=u error -> x\n  boundary c on=u error=E1 -> y",
        script=thrown(),
        ended=["y"],
        completed={"b": 0, "c": 1},
    ),
    Case(
        name="the catcher of the code wins over a catch-all that stands after it",
        why=POLICY,
        text=ONE_TASK + "  boundary c on=u error=E1 -> y\n  boundary b on=u error -> x",
        script=thrown(),
        ended=["y"],
    ),
    Case(
        name="the catch-all takes what the catcher of a code does not",
        why=POLICY,
        text=ONE_TASK + "  boundary c on=u error=E1 -> y\n  boundary b on=u error -> x",
        script=thrown("E2"),
        ended=["x"],
    ),
    Case(
        name="an error that nobody catches is an incident",
        why="bpmn.md Policies: an uncaught BPMN error is an incident",
        text=ONE_TASK,
        script=thrown(),
        status="incident",
        incidents=[("u", "uncaught-error")],
        ended=[],
    ),
    Case(
        name="an error of another code than the catcher's is an incident",
        why="bpmn.md: error thrown with no catcher (incident, never a silent end)",
        text=ONE_TASK + "  boundary b on=u error=E1 -> x",
        script=thrown("E2"),
        status="incident",
        incidents=[("u", "uncaught-error")],
        completed={"b": 0},
    ),
    Case(
        name="an error end event that nobody catches is an incident",
        why="bpmn.md: error thrown with no catcher (incident, never a silent end)",
        text="process p\n  start s -> k\n  end k error=E1",
        status="incident",
        incidents=[("k", "uncaught-error")],
        completed={"p": 0},
    ),
    Case(
        name="an error passes a scope that has no catcher for it",
        why=INNERMOST,
        text=NESTED.format(inner="boundary c on=T error=E2 -> y", outer="boundary d on=S error=E1 -> x"),
        script=thrown(),
        ended=["x"],
        terminated={"u": 1, "T": 1, "S": 1},
    ),
    Case(
        name="the inner of two catchers takes the error",
        why=INNERMOST,
        text=NESTED.format(inner="boundary c on=T error=E1 -> y", outer="boundary d on=S error=E1 -> x"),
        script=thrown(),
        ended=["y", "e"],
        completed={"S": 1, "d": 0},
    ),
    Case(
        name="an inner catch-all comes before the outer catcher of the code",
        why=INNERMOST + "; the policy of the code decides among catchers of one scope",
        text=NESTED.format(inner="boundary c on=T error -> y", outer="boundary d on=S error=E1 -> x"),
        script=thrown(),
        ended=["y", "e"],
    ),
    Case(
        name="an error is caught once",
        why="bpmn.md Policies: only one fires",
        text=NESTED.format(inner="boundary c on=T error=E1 -> y", outer="boundary d on=S error -> x"),
        script=thrown(),
        completed={"c": 1, "d": 0},
        ended=["y", "e"],
    ),
    Case(
        name="an event sub-process inside comes before the boundary event around",
        why=INNERMOST + ": the event sub-process lies within the activity",
        text=NESTED.format(
            inner="esub E\n      start es error=E1 -> ee\n      end ee", outer="boundary d on=S error=E1 -> x"
        ),
        script=thrown(),
        ended=["ee", "e"],
        completed={"d": 0, "S": 1},
    ),
    Case(
        name="an inner catch-all event sub-process comes before the outer boundary event of the code",
        why=INNERMOST,
        text=NESTED.format(
            inner="esub E\n      start es error -> ee\n      end ee", outer="boundary d on=S error=E1 -> x"
        ),
        script=thrown(),
        ended=["ee", "e"],
    ),
    Case(
        name="an event sub-process of another code lets the error out",
        why=INNERMOST,
        text=NESTED.format(
            inner="esub E\n      start es error=E2 -> ee\n      end ee", outer="boundary d on=S error=E1 -> x"
        ),
        script=thrown(),
        ended=["x"],
        completed={"es": 0},
    ),
    Case(
        name="of two event sub-processes the one of the code takes the error",
        why=POLICY,
        text=ONE_TASK
        + "  esub E\n    start es error -> ee\n    end ee\n  esub F\n    start fs error=E1 -> fe\n    end fe",
        script=thrown(),
        ended=["fe"],
    ),
    Case(
        name="a task's boundary event comes before the event sub-process of its scope",
        why=INNERMOST,
        text=ONE_TASK + "  boundary b on=u error=E1 -> x\n  esub F\n    start fs error=E1 -> fe\n    end fe",
        script=thrown(),
        ended=["x"],
        completed={"fs": 0},
    ),
    Case(
        name="an error of a called process is caught on the call activity",
        why="§10.5.7: propagation crosses call activities",
        text=CALL.format(boundary="boundary b on=c error=E1 -> x"),
        processes=["p"],
        script=[{"complete": "u"}],
        completed={"x": 1, "e": 0, "c": 0, "q": 0},
        terminated={"c": 1},
    ),
    Case(
        name="an error of a task in a called process is caught on the call activity",
        why="§10.5.7",
        text=CALL.format(boundary="boundary b on=c error -> x"),
        processes=["p"],
        script=thrown(),
        completed={"x": 1},
        terminated={"u": 1},
    ),
    Case(
        name="an error of a called process is caught by an event sub-process of the caller",
        why=INNERMOST,
        text=CALL.format(boundary="esub E\n    start es error=E1 -> ee\n    end ee"),
        processes=["p"],
        script=thrown(),
        completed={"ee": 1, "e": 0},
    ),
    Case(
        name="an error that leaves every called process uncaught is an incident",
        why="bpmn.md: error thrown with no catcher (incident)",
        text=CALL.format(boundary="boundary b on=c error=E2 -> x"),
        processes=["p"],
        script=thrown(),
        status="incident",
        incidents=[("", "uncaught-error")],  # on the task or on the call activity: not determined
    ),
    Case(
        name="an error that no scope around catches is an incident of its thrower",
        why="bpmn.md: error thrown with no catcher (incident)",
        text=NESTED.format(inner="boundary c on=T error=E2 -> y", outer="boundary d on=S error=E3 -> x"),
        script=thrown(),
        status="incident",
        incidents=[("u", "uncaught-error")],
        completed={"c": 0, "d": 0},
    ),
    Case(
        name="an error in one item of a multi-instance task ends all items",
        why="§13.5.3: the boundary event belongs to the whole activity and interrupts it",
        text=ONE_TASK.replace("user u", "user u each='= [1, 2, 3]'") + "  boundary b on=u error=E1 -> x",
        script=[{"complete": "u"}, *thrown()],
        ended=["x"],
        completed={"b": 1},
    ),
    Case(
        name="an error thrown on the path of an error boundary event goes outward",
        why="§10.5.7: the activity is over, its boundary events do not catch any more",
        text="""
process p
  start s -> S
  sub S -> e
    start a -> u
    user u -> i
    boundary c on=u error=E1 -> k
    end k error=E1
    end i
  boundary d on=S error=E1 -> x
  end e
  end x
""",
        script=thrown(),
        completed={"c": 1, "d": 1, "x": 1},
    ),
    Case(
        name="the error ends its scope before anything else runs",
        why="bpmn.md Policies: an interrupting error cancels its scope before anything else runs",
        text="""
process p
  start s -> S
  sub S -> e
    start a -> g
    and g -> k, t
    task t -> u
    user u -> i
    end i
    end k error=E1
  boundary d on=S error=E1 -> v
  user v -> e
  end e
""",
        status="waiting",
        waiting=["v"],
        completed={"i": 0},
    ),
    Case(
        name="another branch keeps running beside a caught error",
        why=INNERMOST + "; nothing outside that scope is ended",
        text="process p\n  start s -> f\n  and f -> u, v\n  user u -> e\n  user v -> w\n"
        "  boundary b on=u error=E1 -> x\n"
        "  end e\n  end w\n  end x",
        script=[*thrown(), {"complete": "v"}],
        ended=["x", "w"],
    ),
    Case(
        name="a failed work is an incident that no error catcher takes",
        why="contract: fail is no BPMN error; kind work-failed",
        text=ONE_TASK.replace("user", "service") + "  boundary b on=u error -> x",
        script=[{"fail": "u", "message": "no line"}],
        status="incident",
        incidents=[("u", "work-failed")],
        completed={"b": 0},
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_error(case: Case, tmp_path: Path) -> None:
    case.check(tmp_path)
