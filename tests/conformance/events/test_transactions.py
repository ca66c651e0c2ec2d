"""Does cancelling a transaction compensate it and then go on at its cancel boundary (BPMN 2.0.2 §10.3.5, §13.5.8)?"""

from pathlib import Path

import pytest

from tests.conformance.events.expectation import Case

RULE = "bpmn.md: cancel end in a transaction (compensates, then cancel boundary)"
BOOK = """
process p
  start s -> T
  transaction T -> e
    start i -> a
    task a -> b
    boundary ca on=a compensation undo=ua
    {handler} ua handler
    task b -> x
    boundary cb on=b compensation undo=ub
    {handler} ub handler
    xor x -> k if bad = true, j default
    end k cancel
    end j
  boundary c on=T cancel -> v
  boundary h on=T error -> w
  end e
  end v
  end w
"""
NESTED = """
process p
  start s -> T
  transaction T -> e
    start i -> a
    task a -> U
    boundary ca on=a compensation undo=ua
    task ua handler
    transaction U -> x
      start ii -> b
      task b -> y
      boundary cb on=b compensation undo=ub
      task ub handler
      xor y -> l if inner = true, m default
      end l cancel
      end m
    boundary cu on=U cancel -> iv
    end iv
    xor x -> k if outer = true, j default
    end k cancel
    end j
  boundary c on=T cancel -> v
  end e
  end v
"""

CASES = [
    Case(
        name="a cancelled transaction compensates in reverse and goes on at its cancel boundary",
        why=RULE,
        text=BOOK.format(handler="task"),
        start={"bad": True},
        completed={"v": 1, "e": 0, "T": 0, "w": 0},
        order=["a", "b", "ub", "ua", "c", "v"],
    ),
    Case(
        name="a transaction that succeeds goes on normally and compensates nothing",
        why="§10.3.5: successful completion",
        text=BOOK.format(handler="task"),
        start={"bad": False},
        ended=["j", "e"],
        completed={"ua": 0, "ub": 0, "c": 0, "T": 1},
    ),
    Case(
        name="the cancel boundary waits for the compensation",
        why=RULE,
        text=BOOK.format(handler="user"),
        start={"bad": True},
        script=[{"complete": "ub"}],
        status="waiting",
        waiting=["ua"],
        completed={"c": 0, "v": 0},
    ),
    Case(
        name="the cancel boundary goes on when the last handler has completed",
        why=RULE,
        text=BOOK.format(handler="user"),
        start={"bad": True},
        script=[{"complete": "ub"}, {"complete": "ua"}],
        completed={"v": 1},
        order=["ub", "ua", "c"],
    ),
    Case(
        name="a cancel ends the other work of the transaction and does not compensate it",
        why="§10.3.5: all running activities are cancelled; §10.7.1: only completed work is compensated",
        text="""
process p
  start s -> T
  transaction T -> e
    start i -> f
    and f -> a, w
    user a -> j
    boundary ca on=a compensation undo=ua
    task ua handler
    user w -> k
    end k cancel
    end j
  boundary c on=T cancel -> v
  end e
  end v
""",
        script=[{"complete": "w"}],
        completed={"v": 1, "ua": 0, "j": 0},
        terminated={"a": 1},
    ),
    Case(
        name="an error leaves a transaction without compensation",
        why="§10.3.5 Hazard: neither success nor cancel; no compensation is done",
        text=BOOK.format(handler="task").replace("end k cancel", "end k error=E1"),
        start={"bad": True},
        completed={"w": 1, "ua": 0, "ub": 0, "c": 0},
        terminated={"T": 1},
    ),
    Case(
        name="the work of a successful transaction can be compensated later",
        why="§10.7.1: a transaction is a sub-process, default compensation",
        text=BOOK.format(handler="task").replace("-> e\n    start", "-> t\n    start") + "  throw t compensation -> e",
        start={"bad": False},
        order=["T", "ub", "ua", "t", "e"],
    ),
    Case(
        name="the cancel of an inner transaction leaves the outer one running",
        why=RULE,
        text=NESTED,
        start={"inner": True, "outer": False},
        completed={"ub": 1, "ua": 0, "cu": 1, "c": 0, "iv": 1, "e": 1, "T": 1, "U": 0},
    ),
    Case(
        name="the cancel of the outer transaction compensates the completed inner one",
        why="§10.7.1: default compensation recurses; reverse order",
        text=NESTED,
        start={"inner": False, "outer": True},
        completed={"c": 1, "v": 1, "cu": 0, "e": 0},
        order=["a", "b", "ub", "ua", "c"],
    ),
    Case(
        name="a cancel compensates an activity once per completion",
        why=RULE + "; once per completed activation",
        text="""
process p
  start s -> T
  transaction T -> e
    start i -> m
    xor m -> a
    script a gives='= n + 1' result=n -> x
    boundary ca on=a compensation undo=ua
    task ua handler
    xor x -> m if n < 2, k default
    end k cancel
  boundary c on=T cancel -> v
  end e
  end v
""",
        start={"n": 0},
        completed={"a": 2, "ua": 2, "v": 1},
    ),
    Case(
        name="a timer on a transaction interrupts it without compensation",
        why="§13.5.3: the activity is terminated; compensation belongs to cancel",
        text="""
process p
  start s -> T
  transaction T -> e
    start i -> a
    task a -> w
    boundary ca on=a compensation undo=ua
    task ua handler
    user w -> j
    end j
  boundary c on=T cancel -> v
  boundary d on=T duration=PT1H -> x
  end e
  end v
  end x
""",
        script=[{"advance": "next"}],
        ended=["x"],
        completed={"ua": 0, "c": 0},
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_transaction(case: Case, tmp_path: Path) -> None:
    case.check(tmp_path)
